"""`gt feed`: the town as it lives, in a terminal; the only package that knows textual."""
