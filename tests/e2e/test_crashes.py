"""kill -9 of real commands at every named point, and towns that are moved or copied."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, write
from tests.support.queue import RED
from tests.support.soundness import assert_sound, subjects
from tests.support.trees import listing
from tests.support.waiting import until

POINTS = [
    "tx:before-commit", "commit:before-import", "commit:after-import", "sync:before-restore",
    "sync:after-restore", "tx:before-cache",
]  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_done_killed_and_said_again_is_one_request(desk: Desk, point: str) -> None:
    """Wherever `gt done` dies, saying it again ends with one request and the same state."""
    bead, tree = desk.sling()
    head = desk.work(tree)
    desk.run("gt", "done", at=tree, env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    assert desk.shown(bead)["status"] in ("hooked", "in_progress")
    desk.gt("done", at=tree)
    [merge] = desk.gt("mq", "list", "--all", "--json").data
    assert (merge["state"], merge["head"]) == ("queued", head)
    assert desk.hook("mp/toast").state == "completed"
    assert desk.shown(bead)["status"] == "in_progress"
    assert subjects(desk.town).count(f"mp/toast is done with {bead}") == 1
    assert_sound(desk.town)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_sling_is_completed_or_was_not(desk: Desk, point: str) -> None:
    """Wherever `gt sling` dies: nothing was assigned, or repair completes the assignment."""
    bead = desk.bead()
    desk.run("gt", "sling", bead, "mp", "--no-start", env={"GT_FAULT": f"{point}:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    if desk.shown(bead)["status"] == "open":
        desk.gt("sling", bead, "mp", "--no-start")
    else:
        assert "✓ mp/toast" in desk.gt("hooks", "repair").out
    tree = desk.root / "mp" / "polecats" / "toast"
    assert desk.gt("hook", at=tree).out.startswith(bead)
    assert "in order" in desk.gt("hooks", "repair").out
    assert len(list(tree.parent.iterdir())) == 1
    desk.work(tree)
    desk.gt("done", at=tree)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_unsling_loses_nothing(desk: Desk, point: str) -> None:
    """Wherever `gt unsling` dies, what was not committed is in the worktree or under a ref."""
    bead, tree = desk.sling()
    commit = desk.work(tree)
    write(tree, {"half.txt": "half\n"})
    desk.run("gt", "unsling", bead, env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    if desk.shown(bead)["status"] != "open":
        desk.gt("unsling", bead)
    desk.gt("hooks", "repair")
    bare = desk.root / "mp" / "repo.git"
    assert git(bare, "rev-parse", f"polecat/toast/{bead}@1") == commit
    assert git(bare, "show", "refs/gt/rescue/toast/1:half.txt") == "half"
    assert not tree.exists()


def test_a_moved_town_works(desk: Desk) -> None:
    """After `mv` every command works in the new place, with work, sessions and logs."""
    desk.gate(f"echo the-gate; {RED}")
    failed, first = desk.hand_in("failed", {"a.txt": "a\n"})
    desk.gt("refinery", "run", status=1)
    bead = desk.bead("ran", "-d", "```sh\necho hello; false\n```")
    desk.gt("sling", bead, "mp")
    until(lambda: desk.gt("agents", "--json").data[-2]["session"] != "running")
    desk.gt("crew", "add", "me")
    second = desk.root / "mp" / "polecats" / "nux"
    write(second, {"half.txt": "half\n"})

    before = desk.gt("agents", "--json").data
    new = Desk(desk.root.with_name("moved town"))
    desk.root.rename(new.root)
    assert new.gt("hooks", "list", "--json").data["broken"] == 0
    told = new.gt("agents", "--json").data
    assert [agent["session"] for agent in told] == [agent["session"] for agent in before]
    assert "hello" in new.gt("peek", "mp/nux").out
    assert "the-gate" in new.gt("mq", "log", failed).out
    assert git(new.root / "hq", "status", "--porcelain") == ""
    tree = new.root / "mp" / "polecats" / "nux"
    assert git(tree, "status", "--porcelain") == "?? half.txt"
    assert git(new.root / "mp" / "crew" / "me", "status", "--porcelain") == ""
    git(tree, "add", "half.txt")
    git(tree, "commit", "-qm", "half")
    new.gate("true")
    new.gt("done", at=tree)
    new.gt("mq", "retry", f"mr-{failed}-1")
    new.gt("refinery", "run")
    assert new.shown(bead)["status"] == "closed"
    assert new.shown(failed)["status"] == "closed"
    another, _ = new.sling("another")
    assert new.shown(another)["status"] == "hooked"
    assert_sound(new.town)
    assert first.name == "toast"
    new.root.rename(desk.root)
    desk.gt("unsling", another)


def test_a_copied_town_is_a_town_of_its_own(desk: Desk) -> None:
    """`cp -a` makes a second town: nothing done there reaches the first, nor its agents."""
    desk.gt("config", "agent", "set", "fake", "sh -c 'exec sleep 300'")
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "fake")
    copy = Desk(desk.root.with_name("copy"))
    shutil.copytree(desk.root, copy.root, symlinks=True)
    before = listing(desk.root)
    assert copy.gt("hooks", "list", "--json").data["broken"] == 0
    assert copy.gt("agents", "--json").data[-1]["session"] == "none"
    copy.gt("unsling", bead)
    copy.bead("only there")
    assert listing(desk.root) == before
    assert desk.gt("agents", "--json").data[-1]["session"] == "running"
    assert desk.gt("hooks", "list", "--json").data["broken"] == 0
    assert_sound(copy.town)


def test_a_town_behind_a_link_is_the_same_town(desk: Desk) -> None:
    """Reached through a symbolic link a town is not taken for a moved one."""
    bead, tree = desk.sling()
    link = desk.root.with_name("link")
    link.symlink_to(desk.root)
    place = (desk.root / ".gt" / "run" / "place").read_bytes()
    said = desk.run("gt", "hook", at=link / "mp" / "polecats" / "toast")
    assert said.out.startswith(bead)
    named = {"GT_TOWN": str(link), "PWD": "/"}
    assert desk.run("bd", "show", bead, at="/", env=named).out.startswith(bead)
    assert (desk.root / ".gt" / "run" / "place").read_bytes() == place
    assert os.fsencode(desk.root) == place
    assert tree.is_dir()


def test_two_towns_do_not_know_each_other(desk: Desk, tmp_path: Path) -> None:
    """A second town with the same names has its own ledger, sessions and tmux server."""
    other = Desk(tmp_path / "second")
    desk.gt("install", other.root)
    other.gt("rig", "add", "mp", tmp_path / "project")
    for one in (desk, other):
        one.gt("config", "agent", "set", "fake", "sh -c 'exec sleep 300'")
    here, there = desk.bead("x", "--id", "same"), other.bead("y", "--id", "same")
    try:
        desk.gt("sling", here, "mp", "--agent", "fake")
        other.gt("sling", there, "mp", "--agent", "fake")
        other.gt("unsling", there)
        assert desk.gt("agents", "--json").data[-1]["session"] == "running"
        assert desk.shown("same")["title"] == "x"
    finally:
        other.tidy()
