"""The scheduler as people and monitors use it."""
