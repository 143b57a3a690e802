"""What tests of git hooks have in common: git as typed, scripts, and what the spool was told."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gastown.store.spool import Event, Spool
from tests.support.desk import Desk

SCRIPTS = Path(__file__).parents[2] / "githooks"


@dataclass(frozen=True)
class Typed:
    """What a git command said."""

    status: int
    err: str


def typed(
    place: Path, *words: str, status: int | None = 0, env: dict[str, str] | None = None,
    editor: str | None = None,
) -> Typed:  # fmt: skip
    """Type a git command in a folder, with git hooks as they are; `editor`: a shell command."""
    more = {"GIT_EDITOR": editor} if editor is not None else {}
    done = subprocess.run(
        ["git", *words], cwd=place, env={**os.environ, **(env or {}), **more},
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert status is None or done.returncode == status, f"git {words}: {done.stderr}"
    return Typed(done.returncode, done.stderr)


def commit(tree: Path, message: str = "work", *words: str, **env: str) -> None:
    """Commit something new in a worktree, as its agent does, with git hooks."""
    name = hashlib.sha256(os.urandom(8)).hexdigest()[:8]
    (tree / f"{name}.txt").write_text(name)
    typed(tree, "add", "--force", f"{name}.txt")
    typed(tree, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", message, *words, env=env)


def spool(desk: Desk) -> Spool:
    """The town's spool."""
    return Spool(desk.town.layout.spool)


def told(desk: Desk) -> list[Event]:
    """What the spool was told, oldest first; takes it out."""
    box = spool(desk)
    found = []
    for name in box.waiting():
        event = box.read(name)
        assert event is not None
        found.append(event)
        box.done(name)
    assert list((box.folder / "tmp").iterdir()) == []
    return found


def kinds(desk: Desk) -> set[str]:
    """Which git hooks have told something since the last look."""
    return {event.kind for event in told(desk)}


def executable(body: str) -> str:
    """The text of a shell script."""
    return f"#!/bin/sh\n{body}\n"


def put_script(file: Path, text: str) -> Path:
    """Put a script into a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def lines(file: Path) -> list[str]:
    """The lines of a file; none where there is none."""
    return file.read_text().splitlines() if file.exists() else []


def photograph(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder below a folder, with mode and content, but for git's own logs."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode, path.read_bytes() if path.is_file() else b""
        )
        for path in sorted(folder.rglob("*"))
        if "logs" not in path.relative_to(folder).parts
    }  # fmt: skip


def crew(desk: Desk, name: str = "ada") -> Path:
    """The worktree of a new crew member."""
    desk.gt("crew", "add", name, "--rig", "mp")
    return desk.root / "mp" / "crew" / name
