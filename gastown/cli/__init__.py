"""The commands `gt` and `bd`: parse, call one operation, show. Nothing is decided here."""
