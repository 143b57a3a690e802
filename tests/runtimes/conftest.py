"""Fixtures: a town at a desk, and clients that are little scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desks import desk, project, template

__all__ = ["desk", "project", "template"]

RECORDING = """#!/bin/sh
[ "${{1-}}" = --version ] && {{ echo 9.9.9; : >"{out}.asked"; exit 0; }}
{{ printf '%s\\n' "$#"; for word; do printf '%s\\n' "$word"; done; }} >"{out}.tmp"
[ -t 0 ] || cat >"{out}.stdin"
mv "{out}.tmp" "{out}"
{then}
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a program on the search path that is a shell script; returns the program.

    `$0.said` holds its arguments, one a line after their number, when it has been started.
    """
    folder = tmp_path / "clients"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(name: str, then: str = "exec sleep 300") -> Path:
        program = folder / name
        program.write_text(RECORDING.format(out=folder / f"{name}.said", then=then))
        program.chmod(0o755)
        return program

    return make


def said(program: Path) -> list[str]:
    """The arguments a recording client was started with."""
    lines = Path(f"{program}.said").read_text().splitlines()
    return lines[1 : 1 + int(lines[0])]
