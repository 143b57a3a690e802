"""Running a rig's gates without a merge request, and looking at the worktree they ran in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gastown.domain.merge_settings import Gate
from gastown.ops.gating.running import Tested, run_gates
from tests.support.desk import Desk, host
from tests.support.people import git, write


def gate(command: str, name: str = "test", **more: Any) -> Gate:
    """A gate."""
    return Gate(name, command, **more)


def gated(desk: Desk, *gates: Gate, commit: str | None = None, **more: Any) -> Tested:
    """What gates say of a commit of the rig `mp`: by default that of its target."""
    log = desk.root / ".gt" / "log" / "gates" / "a-test"
    commit = commit or desk.target()
    return run_gates(desk.town, host(), "mp", commit, gates, log=log, **more)


def slot(desk: Desk, name: str = "0") -> Path:
    """The warm worktree of a slot."""
    return desk.root / "mp" / "refinery" / f"slot-{name}"


def commit_of(desk: Desk, project: Path, files: dict[str, str | bytes | None]) -> str:
    """A commit with other files (None: removed) in the rig's repository, on no branch of it."""
    write(project, {name: text for name, text in files.items() if text is not None})
    for name in (name for name, text in files.items() if text is None):
        (project / name).unlink()
    git(project, "add", "-A", "--force")
    git(project, "commit", "--quiet", "--no-verify", "-m", "more")
    commit = git(project, "rev-parse", "HEAD")
    git(desk.root / "mp" / "repo.git", "fetch", "--quiet", str(project), "HEAD")
    return commit


def runs(counter: Path) -> int:
    """How often a gate wrote a line into a file."""
    return len(counter.read_text().splitlines()) if counter.exists() else 0


def set_up(desk: Desk, text: str) -> None:
    """Append to town.toml what a person would write, and accept it."""
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(f"{settings.read_text()}\n{text}\n")
    desk.gt("config", "accept")
    desk.bead("The next operation commits it", "--rig", "mp")
