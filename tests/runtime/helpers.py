"""Small things that the tests of processes and sessions share."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.waiting import until

SHELL_ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def number_in(path: Path) -> int:
    """The number that some other process writes into this file, as soon as it is there."""
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def names_in(directory: Path) -> list[str]:
    """The names of all files in a directory."""
    return sorted(path.name for path in directory.iterdir())
