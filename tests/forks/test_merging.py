"""A fork's plan becomes real: one commit, legal moves, worktrees and agents; or nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.process import is_alive
from tests.forks.test_forks import planned
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.undo.test_kinds import KINDS, tree


@pytest.fixture
def town(desk: Desk) -> Iterator[Desk]:
    """A town whose agents `sleeper` do nothing."""
    desk.gt("config", "agent", "set", "sleeper", "sleep 600")
    desk.gt("config", "default-agent", "sleeper")
    yield desk
    desk.tidy()


def runs(desk: Desk, agent: str) -> bool:
    """Whether an agent runs."""
    found = sessions_of(desk.town, host()).get(agent)
    return found is not None and is_alive(found.process)


def test_a_plan_becomes_real(town: Desk) -> None:
    """One commit says all of it; worktrees are there, agents at work; an undo takes it back."""
    town.bead("Work", "--id", "mp-x", "--rig", "mp")
    town.bead("Work", "--id", "mp-y", "--rig", "mp")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "sling", "mp-x", "mp-y", "mp")
    town.bd("--fork", "plan", "update", "mp-y", "-p", "0")
    before, was = town.town.commit(), tree(town)
    dry = town.gt("fork", "merge", "plan", "--dry-run", "--json").data
    assert town.town.commit() == before
    done = town.gt("fork", "merge", "plan", "--json").data
    assert done["moves"] == dry["moves"]
    assert "bead mp-x open -> hooked" in done["moves"]
    assert "hook mp/clunk created -> active" in done["moves"]
    assert done["failed"] == []
    assert git(town.root / "hq", "rev-parse", "refs/heads/town^") == before
    said = git(town.root / "hq", "log", "-1", "--format=%B")
    assert "sling mp-x to mp/clunk" in said
    assert "update mp-y" in said
    assert "Fork: plan " in said
    assert runs(town, "mp/clunk")
    assert runs(town, "mp/sarse")
    assert (town.root / "mp/polecats/clunk/.git").exists()
    assert git(town.root / "hq", "status", "--porcelain") == ""
    assert town.gt("fork", "list", "--json").data == []
    town.gt("verify")
    town.gt("hooks", "list")
    assert town.gt("undo", "--json").data["failed"] == []
    assert tree(town) == was
    assert not runs(town, "mp/clunk")
    assert not (town.root / "mp/polecats/clunk").exists()
    town.gt("undo")
    assert runs(town, "mp/clunk")
    town.gt("verify")


def test_what_both_have_changed_is_named(town: Desk) -> None:
    """Nothing is done then; when one of them is taken back, the rest is merged."""
    planned(town, "mp-x", "mp-y")
    town.bd("update", "mp-x", "-p", "0")
    before = town.town.commit()
    refused = town.gt("fork", "merge", "plan", status=1)
    assert "mp-x.json" in refused.err
    assert "mp-y" not in refused.err
    assert town.town.commit() == before
    assert town.shown("mp-y")["status"] == "open"
    town.gt("undo")
    town.gt("fork", "merge", "plan")
    assert town.shown("mp-x")["status"] == "hooked"
    town.gt("verify")


def test_the_town_goes_on_meanwhile(town: Desk) -> None:
    """What is not the same record is merged, also a convoy that both have added to."""
    for name in ("mp-x", "mp-y", "mp-z"):
        town.bead("Work", "--id", name, "--rig", "mp")
    town.gt("convoy", "create", "C", "mp-x")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "convoy", "add-issue", "mp-y")
    town.gt("--fork", "plan", "sling", "mp-y", "mp")
    town.gt("convoy", "add-issue", "mp-z")
    town.gt("sling", "mp-x", "mp", "--no-start")  # its name is not that of the fork's agent
    town.gt("fork", "merge", "plan")
    assert town.town.read().convoys()[0].beads == ("mp-x", "mp-y", "mp-z")
    assert sorted(one.id for one in town.town.read().hooks()) == ["mayor", "mp/clunk", "mp/toast"]
    town.gt("verify")


def test_agents_begin_at_the_newest_commit(town: Desk) -> None:
    """The plan may be older than the project's last commit."""
    planned(town, "mp-x")
    project = town.root.parent / "project"
    (project / "new.txt").write_text("new\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "newer")
    town.gt("fork", "merge", "plan")
    assert (town.root / "mp/polecats/clunk/new.txt").read_text() == "new\n"
    head = git(project, "rev-parse", "HEAD")
    assert (town.hook("mp/clunk").base, town.hook("mp/clunk").start) == (head, head)
    town.gt("verify")


def test_an_agent_that_the_plan_lets_go(town: Desk) -> None:
    """A worktree that is there is rescued and archived."""
    town.bead("Work", "--id", "mp-x", "--rig", "mp")
    town.gt("sling", "mp-x", "mp")
    place = town.root / "mp/polecats/toast"
    (place / "half.txt").write_text("half\n")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "unsling", "mp-x")
    assert runs(town, "mp/toast")
    assert place.is_dir()
    told = town.gt("fork", "merge", "plan").out
    assert "its agent was stopped" in told
    assert not place.exists()
    assert git(town.root / "mp/repo.git", "show", "refs/gt/rescue/toast/1:half.txt") == "half"
    town.gt("verify")


def test_places(town: Desk) -> None:
    """More than may work at once are not begun by a merge either."""
    for name in ("mp-x", "mp-y"):
        town.bead("Work", "--id", name, "--rig", "mp")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "sling", "mp-x", "mp-y", "mp")
    town.gt("config", "set", "scheduler.max_polecats", "1")
    before = town.town.commit()
    refused = town.gt("fork", "merge", "plan", "--json", status=1)
    assert refused.error["code"] == "no-place"
    assert town.town.commit() == before
    town.gt("config", "set", "scheduler.max_polecats", "2")
    town.gt("fork", "merge", "plan")


def test_the_queue_on_paper(town: Desk) -> None:
    """In a fork the limits hold as well: what has no place waits, there and after the merge."""
    for name in ("mp-x", "mp-y"):
        town.bead("Work", "--id", name, "--rig", "mp")
    town.gt("config", "set", "scheduler.max_polecats", "1")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "sling", "mp-x", "mp-y", "mp")
    town.gt("fork", "merge", "plan")
    assert [town.shown(name)["status"] for name in ("mp-x", "mp-y")] == ["hooked", "open"]
    assert [one["bead"] for one in town.gt("scheduler", "list", "--json").data] == ["mp-y"]
    town.gt("verify")


def test_killed_after_the_commit(town: Desk) -> None:
    """It is merged: said again, the fork goes; what is not real yet is mended as ever."""
    planned(town, "mp-x")
    town.run("gt", "fork", "merge", "plan", env={"GT_FAULT": "fork:merged:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    before = town.town.commit()
    town.bd("update", "mp-x", "-p", "0")
    town.gt("fork", "merge", "plan")
    assert git(town.root / "hq", "rev-list", "--count", f"{before}..town") == "1"
    assert town.gt("fork", "list", "--json").data == []
    town.gt("hooks", "repair")
    assert (town.root / "mp/polecats/clunk/.git").exists()


def test_nothing_to_merge(town: Desk) -> None:
    town.gt("fork", "plan")
    assert "nothing to merge" in town.gt("fork", "merge", "plan", status=1).err
    inside = Desk(town.root / ".gt/forks/plan")
    inside.bd("create", "New", "--rig", "mp", "--id", "mp-n")
    inside.gt("undo")
    assert "nothing to merge" in town.gt("fork", "merge", "plan", status=1).err


def test_what_no_table_allows(town: Desk) -> None:
    """An undo may bring a record back on a fork; in the town that is done by an undo."""
    town.bead("Work", "--id", "mp-x", "--rig", "mp")
    town.gt("fork", "plan")
    town.gt("--fork", "plan", "undo")
    assert "was removed on the fork" in town.gt("fork", "merge", "plan", status=1).err


def test_the_mayor_plans(town: Desk) -> None:
    """What the mayor decides on a fork, and its merge, are the mayor's."""
    town.bead("Work", "--id", "mp-x", "--rig", "mp")
    town.gt("fork", "plan", at="mayor")
    town.gt("--fork", "plan", "sling", "mp-x", "mp", at="mayor")
    [fork] = town.gt("fork", "list", "--json").data
    assert [one["actor"] for one in fork["operations"]] == ["mayor"]
    town.gt("fork", "merge", "plan", at="mayor")
    assert town.gt("log", "-n", "1", "--json").data[0]["actor"] == "mayor"
    assert town.town.read().convoys()[0].owner == "mayor"
    town.gt("verify")


def test_an_agent_merges_no_fork(town: Desk) -> None:
    planned(town, "mp-x")
    _, place = town.sling("Other")
    assert "a person or the mayor" in town.gt("fork", "merge", "plan", at=place, status=1).err


_ON_PAPER = [
    "create", "create with links", "update", "claim", "defer", "label", "comment", "dependency",
    "close", "close, which lands a convoy", "close of what is on a hook", "reopen", "delete",
    "remember", "convoy create", "convoy add", "convoy close", "sling", "unsling", "config",
    "scheduler pause", "pour",
]  # fmt: skip


@pytest.mark.parametrize("name", _ON_PAPER)
def test_each_kind(desk: Desk, name: str) -> None:
    """Done on a fork and merged, an operation leaves the very tree that the fork has."""
    kind = KINDS[name]
    kind.before(desk)
    before = tree(desk)
    desk.gt("fork", "plan")
    inside = Desk(desk.root / ".gt/forks/plan")
    kind.do(inside)
    assert tree(inside) != before
    assert tree(desk) == before
    there = tree(inside)
    done = desk.gt("fork", "merge", "plan", "--json").data
    assert done["failed"] == []
    assert tree(desk) == there
    desk.gt("verify")
    desk.gt("undo")
    assert tree(desk) == before
