"""What runs and what lies on the disk follow an undo: sessions, worktrees, rescued work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.process import is_alive
from gastown.runtime.records import Session
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.support.waiting import until


@pytest.fixture
def slung(desk: Desk) -> Iterator[Desk]:
    """An agent is at work on mp-x, with a file that it has not committed."""
    desk.gt("config", "agent", "set", "draft", "sh -c 'echo half > draft.txt; sleep 600'")
    desk.bead("Work", "--id", "mp-x", "--rig", "mp")
    desk.gt("sling", "mp-x", "mp", "--agent", "draft")
    until((desk.root / "mp/polecats/toast/draft.txt").exists, 20)
    yield desk
    desk.tidy()


def session(desk: Desk) -> Session | None:
    """The session of mp/toast."""
    return sessions_of(desk.town, host()).get("mp/toast")


def runs(desk: Desk) -> bool:
    """Whether the agent of mp/toast runs."""
    found = session(desk)
    return found is not None and is_alive(found.process)


def test_an_undone_sling(slung: Desk) -> None:
    """The agent is stopped, its work rescued; the undo undone brings both back."""
    before = session(slung)
    assert before is not None
    undone = slung.gt("undo")
    assert "its agent was stopped" in undone.out
    assert "refs/gt/rescue/toast/1" in undone.out
    tree = slung.root / "mp/polecats/toast"
    assert not tree.exists()
    assert not is_alive(before.process)
    assert git(slung.root / "mp/repo.git", "show", "refs/gt/rescue/toast/1:draft.txt") == "half"
    assert slung.shown("mp-x")["status"] == "open"
    (tree.parent / "toast").mkdir(parents=True)  # somebody's empty folder is in nobody's way
    again = slung.gt("undo")
    assert "what was rescued of it" in again.out
    assert (tree / "draft.txt").read_text() == "half\n"
    assert runs(slung)
    slung.gt("hooks", "list")


def test_an_undone_sling_that_was_committed_to(slung: Desk) -> None:
    """The branch with its commits stays."""
    tree = slung.root / "mp/polecats/toast"
    head = slung.work(tree)
    slung.bd("update", "mp-x", "-p", "0")
    name = next(one["op"] for one in slung.gt("log", "mp-x", "--json").data
                if one["subject"].startswith("sling"))  # fmt: skip
    slung.gt("undo", name, status=1)
    slung.gt("undo", name, "--with-later")
    assert not tree.exists()
    assert git(slung.root / "mp/repo.git", "rev-parse", "polecat/toast/mp-x@1") == head


def test_suspended_and_resumed(slung: Desk) -> None:
    slung.gt("hooks", "suspend", "mp/toast")
    assert not runs(slung)
    slung.gt("undo")
    assert runs(slung)
    slung.gt("undo")
    assert not runs(slung)
    slung.gt("hooks", "resume", "mp/toast")
    assert runs(slung)
    slung.gt("undo")
    assert not runs(slung)


def test_what_cannot_be_done_is_said_and_done_later(slung: Desk) -> None:
    """Something in the place of a worktree: the records are back, the rest waits for a repair."""
    slung.gt("undo")
    tree = slung.root / "mp/polecats/toast"
    tree.mkdir(parents=True)
    (tree / "mine.txt").write_text("mine\n")
    told = slung.gt("undo", "--json").data
    assert told["failed"], told
    assert (tree / "mine.txt").read_text() == "mine\n"
    assert slung.hook("mp/toast").bead == "mp-x"
    (tree / "mine.txt").unlink()
    slung.gt("hooks", "repair")
    slung.gt("hooks", "list")


def test_under_a_monitor_it_stays_undone(slung: Desk) -> None:
    """Nothing that was taken back is done again by itself."""
    slung.run("gt", "daemon", "start")
    try:
        slung.gt("undo")
        other = slung.bead("Other")
        slung.gt("convoy", "create", "C", other)
        slung.bd("close", other)
        until(lambda: slung.town.read().convoys()[0].state == "landed")
        assert slung.hook("mp/toast") is None
        assert not (slung.root / "mp/polecats/toast").exists()
    finally:
        slung.run("gt", "daemon", "stop")
