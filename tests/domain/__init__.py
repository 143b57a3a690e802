"""The tables of moves, the shape of records, names and settings."""
