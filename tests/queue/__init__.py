"""The merge queue as people and agents use it."""
