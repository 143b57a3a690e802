"""Giving this process's terminal to another program until it ends."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_CANNOT_RUN = 127


def give_terminal(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Run a program on our own terminal and wait for its end; its exit status, 127: it cannot run.

    It is of our process group, so that keys and signals of the terminal reach it.
    """
    try:
        return subprocess.run(list(argv), cwd=cwd, env=env, check=False).returncode
    except OSError:
        return _CANNOT_RUN
