"""Two versions of a thing, and what both came from, become one. Pure."""
