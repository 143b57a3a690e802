"""Gas Town in plain git: run many coding agents, with every fact in files and commits."""

__version__ = "0.1.0"
