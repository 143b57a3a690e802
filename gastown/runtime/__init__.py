"""Doors to other programs: operating-system processes, agent sessions and tmux."""
