"""Examining a town: each check finds what is wrong, says why it matters and how it is mended.

One module per family of checks. What may be mended safely is, by `--fix`, and then the check is run
again: only what it does not find any more counts as repaired. Nothing is lost by a repair.
"""
