"""A merge is not taken back by records: a commit that takes its work out goes through the queue."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.people import git


def merged(desk: Desk, style: str = "merge") -> tuple[str, str]:
    """A bead whose work is on main with two commits, on a convoy; bead and the merge's name."""
    desk.gt("config", "set", "rigs.mp.merge.style", style)
    bead, tree = desk.sling("One")
    desk.gt("convoy", "create", "C", bead)
    desk.work(tree, {"one.txt": "1\n"}, "first")
    desk.work(tree, {"two.txt": "2\n", "README.md": "changed\n"}, "second")
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    name = next(one["op"] for one in desk.gt("log", bead, "--json").data
                if one["subject"] == f"merge {bead} into main")  # fmt: skip
    return bead, name


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_the_work_is_taken_out_by_the_queue(desk: Desk, style: str) -> None:
    """Refused as an undo, offered as a revert; the issue and its convoy are open at once."""
    before = desk.target()
    bead, name = merged(desk, style)
    refused = desk.gt("undo", name, "--json", status=1).error
    assert "the work is in its target" in refused["message"]
    assert f"gt undo {name} --revert" in refused["hint"]
    told = desk.gt("undo", name, "--revert", "--dry-run", "--json").data
    assert told["reopened"] == bead
    assert desk.shown(bead)["status"] == "closed"
    done = desk.gt("undo", name, "--revert", "--json").data
    assert desk.shown(bead)["status"] == "open"
    assert {convoy.state for convoy in desk.town.read().convoys()} == {"open"}
    assert "takes it out already" in desk.gt("undo", name, "--revert", status=1).err
    desk.gt("refinery", "run")
    assert desk.town.read().find("merge", done["request"]).state == "merged"
    bare = desk.root / "mp/repo.git"
    assert git(bare, "diff", "--stat", before, "refs/heads/main") == ""
    assert "revert/mr-" in git(bare, "log", "-1", "--format=%B", "refs/heads/main") or (
        "This reverts commit" in git(bare, "log", "-1", "--format=%B", "refs/heads/main")
    )
    assert desk.shown(bead)["status"] == "open"  # nothing closes it again by itself
    assert "not hold that change" in desk.gt("undo", name, "--revert", status=1).err
    desk.gt("sling", bead, "mp", "--no-start")


def test_only_that_work_is_taken_out(desk: Desk) -> None:
    """Of two that were stacked in one batch, and with something on top."""
    first, tree = desk.sling("First")
    desk.work(tree, {"first.txt": "1\n"})
    desk.gt("done", at=tree)
    second, tree = desk.sling("Second")
    desk.work(tree, {"second.txt": "2\n"})
    desk.gt("done", at=tree)
    desk.gt("config", "set", "rigs.mp.merge.style", "rebase")
    desk.gt("refinery", "run")
    name = next(one["op"] for one in desk.gt("log", second, "--json").data
                if one["subject"] == f"merge {second} into main")  # fmt: skip
    desk.gt("undo", name, "--revert")
    desk.gt("refinery", "run")
    bare = desk.root / "mp/repo.git"
    names = git(bare, "ls-tree", "--name-only", "refs/heads/main").split()
    assert "first.txt" in names
    assert "second.txt" not in names
    assert desk.shown(first)["status"] == "closed"


def test_what_was_changed_since_is_left_to_a_person(desk: Desk) -> None:
    _, name = merged(desk)
    _, tree = desk.sling("Two")
    desk.work(tree, {"one.txt": "another\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    refused = desk.gt("undo", name, "--revert", "--json", status=1).error
    assert "one.txt" in refused["message"]
    assert "git revert -m 1" in refused["hint"]


def test_a_merge_by_hand(desk: Desk) -> None:
    """A merge commit can be told apart; a fast-forward cannot."""
    bead, tree = desk.sling("One")
    desk.work(tree, {"one.txt": "1\n"})
    desk.gt("done", at=tree)
    clone = desk.root.parent / "clone"
    git(desk.root.parent, "clone", "-q", str(desk.root / "mp/repo.git"), str(clone))
    git(clone, "merge", "-q", "--ff-only", f"origin/polecat/toast/{bead}@1")
    git(clone, "push", "-q", "origin", "main")
    desk.gt("convoy", "refresh", "--json")
    desk.gt("refinery", "run")
    name = next(one["op"] for one in desk.gt("log", bead, "--json").data
                if one["subject"] == f"merge {bead} into main")  # fmt: skip
    said = desk.gt("undo", name, "--revert", "--json", status=1).error
    assert "merged by hand" in said["message"]


def test_what_recorded_no_merge(desk: Desk) -> None:
    bead = desk.bead("One")
    name = desk.gt("log", bead, "--json").data[0]["op"]
    said = desk.gt("undo", name, "--revert", "--json", status=1).error
    assert "no merge was recorded" in said["message"]


def test_a_gate_that_needs_the_work_keeps_it_in(desk: Desk) -> None:
    """The revert is tested like everything else."""
    bead, name = merged(desk)
    desk.gate("test -f one.txt")
    done = desk.gt("undo", name, "--revert", "--json").data
    desk.gt("refinery", "run", status=None)
    assert desk.town.read().find("merge", done["request"]).state == "failed"
    assert desk.on_target("one.txt") == "1"
    assert desk.shown(bead)["status"] == "open"
