"""Children that use a town: Python programs of a few lines, and a `git` that misbehaves."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_REAL_GIT = shutil.which("git") or "git"
_started: list[subprocess.Popen[str]] = []

_PRELUDE = """
import sys
from pathlib import Path
from gastown.errors import GtError
from gastown.store import faults
from gastown.store.town import Town
from tests.support.towns import *
town = Town(Path(sys.argv[1]), EDGE)
"""


def python(
    body: str,
    *arguments: str,
    extra: Mapping[str, str] | None = None,
    under: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Start a child that runs `body` with `town` open; arguments are the town's root and more.

    Args:
        extra: variables besides our own.
        under: a program, with its arguments, that runs the child.
    """
    child = subprocess.Popen(
        [*under, sys.executable, "-c", _PRELUDE + textwrap.dedent(body), *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(extra or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,  # so that killing the group of a child cannot reach the tests
    )
    _started.append(child)
    return child


def end_all() -> None:
    """Kill the children that a failed test has left behind."""
    while _started:
        child = _started.pop()
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def finish(child: subprocess.Popen[str], *, status: int | None = 0, stdin: str = "") -> str:
    """Wait for a child; its output. Fails when it ends with another status (None: any)."""
    out, err = child.communicate(stdin, timeout=60)
    assert status is None or child.returncode == status, f"{child.returncode}\n{out}\n{err}"
    return out


def fake_git(folder: Path, script: str) -> dict[str, str]:
    """An environment whose `git` is a script; in it, `$GIT` is the real one."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\nGIT={_REAL_GIT}\n{textwrap.dedent(script)}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
