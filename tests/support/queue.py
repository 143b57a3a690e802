"""Looking at the merge queue, the mail about it, and the target that it moves."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.desk import Desk
from tests.support.people import git


def requests(desk: Desk) -> list[Any]:
    """Every merge request, oldest first."""
    return list(desk.gt("mq", "list", "--all", "--json").data)


def request(desk: Desk, bead: str) -> Any:
    """The one merge request of a bead."""
    [found] = [merge for merge in requests(desk) if merge["bead"] == bead]
    return found


def letters(desk: Desk, about: str, at: Path | str = "") -> list[str]:
    """The text of each unread message whose subject begins so; it is read by that."""
    found = desk.gt("mail", "inbox", "--json", at=at).data
    return [
        desk.gt("mail", "read", mail["id"], "--json", at=at).data["body"]
        for mail in found
        if mail["subject"].startswith(about)
    ]


def first_parents(desk: Desk, since: str, rig: str = "mp", branch: str = "main") -> list[str]:
    """The commits that the target stood at after `since`, oldest first."""
    bare = desk.root / rig / "repo.git"
    span = f"{since}..refs/heads/{branch}"
    return git(bare, "rev-list", "--reverse", "--first-parent", span).splitlines()


def times_moved(desk: Desk, rig: str = "mp", branch: str = "main") -> int:
    """How often the target was moved since the rig was added, by its reflog."""
    bare = desk.root / rig / "repo.git"
    return len(git(bare, "reflog", "show", "--format=%H", f"refs/heads/{branch}").splitlines()) - 1


def assert_green(desk: Desk, gate: str, since: str) -> None:
    """Fail unless the gate passes on every commit that the target stood at after `since`."""
    bare = desk.root / "mp" / "repo.git"
    for commit in first_parents(desk, since):
        with tempfile.TemporaryDirectory() as folder:
            archive = subprocess.run(
                ["git", "-C", str(bare), "archive", commit], capture_output=True, check=True
            )
            subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
            done = subprocess.run(["sh", "-c", gate], cwd=folder, check=False)
            assert done.returncode == 0, f"{commit} on the target does not pass {gate!r}"


def assert_no_gate_trees(desk: Desk, rig: str = "mp") -> None:
    """Fail if a throw-away worktree, or git's memory of one, is left."""
    folder = desk.root / rig / "refinery"
    assert not folder.exists() or list(folder.iterdir()) == []
    assert "/refinery/" not in git(desk.root / rig / "repo.git", "worktree", "list")
