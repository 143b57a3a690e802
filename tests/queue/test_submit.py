"""gt mq submit: a branch, with or without a bead, gets into the queue, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.queue import request, requests


@pytest.fixture
def crew(desk: Desk) -> Path:
    """A person's worktree `me`, on a branch of its own."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    return desk.root / "mp" / "crew" / "me"


def commit(tree: Path, name: str, message: str = "work") -> str:
    """Commit a file of that name."""
    write(tree, {name: "x\n"})
    return commit_all(tree, message)


def test_a_branch_without_a_bead(desk: Desk, crew: Path) -> None:
    """It is queued under a short id, moved by more commits, tested, and merged."""
    head = commit(crew, "one")
    write(crew, {"left.txt": "not committed\n"})
    said = desk.gt("mq", "submit", at=crew, status=0)
    assert "1 commit queued as mr-" in said.out
    assert "1 uncommitted file(s)" in said.out
    [one] = requests(desk)
    assert (one["bead"], one["hook"], one["author"]) == (None, None, "mp/me")
    assert (one["branch"], one["head"], len(one["id"])) == ("crew/me", head, 8)

    same = desk.gt("mq", "submit", "refs/heads/crew/me", "--json", at=crew).data
    assert (same["outcome"], same["merge"]["id"]) == ("unchanged", one["id"])
    later = commit(crew, "two")
    moved = desk.gt("mq", "submit", "--json", at=crew).data
    assert (moved["outcome"], moved["merge"]["head"]) == ("moved", later)
    assert moved["merge"]["id"] == one["id"]

    desk.gt("refinery", "run")
    assert requests(desk)[0]["state"] == "merged"
    assert desk.on_target("two") == "x"
    desk.gt("mq", "submit", "crew/me", "--rig", "mp", status=1)


def test_its_bead_is_closed_by_the_merge(desk: Desk, crew: Path) -> None:
    """A bead is named, or its commits agree on one; a failed request is queued again."""
    bead = desk.bead("Work", "--rig", "mp")
    commit(crew, "bad", f"work\n\nBead: {bead}")
    desk.gate("! test -e bad")
    first = desk.gt("mq", "submit", "--json", at=crew).data["merge"]
    assert (first["id"], first["bead"], first["hook"]) == (f"mr-{bead}-1", bead, None)
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["state"] == "failed"
    assert "failed" in desk.gt("mq", "submit", at=crew).out
    (crew / "bad").rename(crew / "good")
    git(crew, "rm", "-q", "bad")
    commit(crew, "good")
    again = desk.gt("mq", "submit", "--json", at=crew).data
    assert (again["merge"]["state"], again["merge"]["retries"]) == ("queued", 1)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_on_a_hook_it_is_gt_done(desk: Desk) -> None:
    """Where a bead is on the hook, its work is handed in; others may not have that bead."""
    bead, tree = desk.sling("Work")
    commit(tree, "one")
    git(tree, "branch", "side")
    said = desk.gt("mq", "submit", "side", "--rig", "mp", "--bead", bead, status=1)
    assert "on the hook of mp/toast" in said.err
    done = desk.gt("mq", "submit", "--json", at=tree).data
    assert (done["merge"]["id"], done["merge"]["hook"]) == (f"mr-{bead}-1", "mp/toast")
    assert desk.hook("mp/toast").state == "completed"
    assert "unchanged" in desk.gt("mq", "submit", "--json", at=tree).out
    said = desk.gt("mq", "submit", "side", "--rig", "mp", "--bead", bead, status=1)
    assert "has a request already" in said.err


def test_what_cannot_be_submitted(desk: Desk, crew: Path) -> None:
    """Each refusal has its reason, a hint and a status; nothing is queued."""
    closed = desk.bead("Closed", "--rig", "mp")
    desk.bd("close", closed)
    for words, status, why in (
        (("nope",), 3, "no branch 'nope'"), (("main",), 1, "target itself"),
        ((), 1, "no commit that main does not have"), (("--bead", "nope"), 1, "no commit"),
        (("--target", "nope"), 3, "to merge into"), (("--rig", "nope"), 3, "nope"),
    ):  # fmt: skip
        assert why in desk.gt("mq", "submit", *words, at=crew, status=status).err
    commit(crew, "one")
    for bead, status in ((closed, 1), ("nope", 3)):
        desk.gt("mq", "submit", "--bead", bead, at=crew, status=status)
    desk.gt("mq", "submit", "--priority", 5, at=crew, status=2)
    desk.gt("mq", "submit", status=2)
    assert requests(desk) == []
