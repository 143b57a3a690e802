"""Small things that the tests of processes and sessions share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

SHELL_ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def until(predicate: Callable[[], object], deadline_s: float = 5.0) -> None:
    """Return as soon as the predicate holds; fail the test when it does not in time."""
    end = time.monotonic() + deadline_s
    while not predicate():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def number_in(path: Path) -> int:
    """The number that some other process writes into this file, as soon as it is there."""
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def names_in(directory: Path) -> list[str]:
    """The names of all files in a directory."""
    return sorted(path.name for path in directory.iterdir())
