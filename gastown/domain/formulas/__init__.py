"""Formulas: read, cooked into recipes, their commands bound. Pure."""
