"""Counting how often git is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class CountedGit:
    """A `git` before all others on the search path that notes each call of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "counted"
        self._log = folder / "git-calls"

    def __enter__(self) -> CountedGit:
        real = shutil.which("git")
        self._folder.mkdir()
        script = self._folder / "git"
        script.write_text(f'#!/bin/sh\necho x >>"{self._log}"\nexec {real} "$@"\n')
        script.chmod(0o755)
        self._before = os.environ["PATH"]
        os.environ["PATH"] = f"{self._folder}:{self._before}"
        return self

    def __exit__(self, *_: object) -> None:
        os.environ["PATH"] = self._before

    def calls(self) -> int:
        """How often git was started until now."""
        return self._log.read_text().count("x") if self._log.exists() else 0
