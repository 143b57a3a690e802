"""Agents' clients: their commands, their hooks, how far they are, and trying them."""
