"""Looking at the merge queue, the mail about it, and the target that it moves."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.desk import Desk
from tests.support.people import git

RED = "! git rev-parse --quiet --verify HEAD^2 >/dev/null"
"""A gate that is red on every merge, and green on the target where all began."""


def requests(desk: Desk) -> list[Any]:
    """Every merge request, oldest first."""
    found = desk.gt("mq", "list", "--all", "--json").data
    return sorted(found, key=lambda merge: (merge["created_at"], merge["id"]))


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
    """Fail if a throw-away worktree is left, or a warm one says that gates still run in it."""
    folder = desk.root / rig / "refinery"
    found = sorted(folder.iterdir()) if folder.exists() else []
    assert [tree.name for tree in found if not tree.name.startswith("slot-")] == []
    listed = git(desk.root / rig / "repo.git", "worktree", "list", "--porcelain")
    known = [line.partition(" ")[2] for line in listed.splitlines() if line.startswith("worktree ")]
    assert sorted(path for path in known if "/refinery/" in path) == [str(tree) for tree in found]
    for tree in found:
        state = desk.root / ".gt" / "run" / "gates" / rig / tree.name.removeprefix("slot-")
        assert not (state / "running.json").exists(), f"{tree} is marked as in use"
        assert list(state.glob("gone-*")) == []
        head = git(tree, "symbolic-ref", "-q", "HEAD", check=False)
        assert head == "", f"{tree} is on {head}"
