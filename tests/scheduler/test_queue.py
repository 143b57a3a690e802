"""The queue without a monitor: commands make a pass themselves.

The embedded agent stops at once at a bead that tells it nothing to run, and keeps its place: nobody
starts it again here.
"""

from __future__ import annotations

from typing import Any

import pytest

from gastown.ops.scheduling.holds import hold
from tests.molecules.formulas import FAN, put
from tests.support.desk import Desk
from tests.support.people import make_project


def limit(desk: Desk, most: int = 1) -> None:
    """Let so many polecats work at once."""
    desk.gt("config", "set", "scheduler.max_polecats", str(most))


def queue(desk: Desk) -> list[Any]:
    """What `gt scheduler list` tells."""
    return list(desk.gt("scheduler", "list", "--json").data)


def beads(desk: Desk, count: int, rig: str = "mp") -> list[str]:
    """So many beads."""
    return [desk.bead(f"Bead {number}", "--rig", rig) for number in range(count)]


def test_idempotency(desk: Desk) -> None:
    """Without a place a bead waits untouched; slinging it again is no second entry."""
    limit(desk)
    first, second, third = beads(desk, 3)
    slung, waiting, _ = desk.gt("sling", first, second, third, "mp", "--json").data
    assert slung["hook"]["bead"] == first
    assert (waiting["place"], waiting["why"]) == (1, "1 of 1 polecats are at work")
    assert desk.shown(second)["status"] == "open"
    commit = desk.town.commit()
    again = desk.gt("sling", second, "mp")
    assert "waits as before in mp (number 1)" in again.out
    assert desk.town.commit() == commit
    assert [row["bead"] for row in queue(desk)] == [second, third]
    [convoy] = desk.gt("convoy", "list", "--json").data
    assert convoy["convoy"]["beads"] == [first, second, third]  # one for the whole batch
    desk.gt("unsling", second)
    desk.bd("close", third)
    desk.gt("unsling", first)
    assert queue(desk) == []
    states = {one.id: (one.state.value, one.reason) for one in desk.town.read().dispatches()}
    assert states == {
        first: ("dispatched", None), second: ("withdrawn", "human took it back"),
        third: ("withdrawn", "it is closed"),
    }  # fmt: skip


def test_only_what_needs_a_new_place_waits(desk: Desk) -> None:
    """A worktree without agent takes none; an agent that was named is not waited for."""
    limit(desk)
    first, second, third, fourth = beads(desk, 4)
    desk.gt("sling", first, "mp")
    [free] = desk.gt("sling", second, "mp", "--no-start", "--json").data
    assert free["hook"]["runtime"] is None
    refused = desk.gt("sling", third, "mp/rex", status=1)
    assert "1 of 1 polecats are at work" in refused.err
    refused = desk.gt("sling", second, "mp", status=1)  # the same hook, with an agent this time
    assert "1 of 1 polecats are at work" in refused.err
    desk.gt("hooks", "suspend", "mp/toast")
    assert desk.gt("sling", fourth, "mp", "--json").data[0]["hook"]["bead"] == fourth
    refused = desk.gt("hooks", "resume", "mp/toast", status=1)
    assert "1 of 1 polecats are at work" in refused.err
    assert desk.hook("mp/toast").state == "suspended"


def test_a_place_that_gets_free_is_used_by_the_next_command(desk: Desk) -> None:
    """Most urgent first, then oldest; what is blocked or deferred keeps nobody behind it."""
    limit(desk)
    desk.gt("sling", desk.bead("At work", "--rig", "mp"), "mp")
    [*ids] = beads(desk, 4)
    desk.gt("sling", *ids, "mp")
    urgent = desk.bead("Urgent", "--rig", "mp", "-p", "0")
    desk.gt("sling", urgent, "mp")
    assert [row["bead"] for row in queue(desk)] == [urgent, *ids]
    desk.bd("defer", urgent)
    desk.bd("dep", "add", ids[0], ids[3])
    desk.gt("unsling", "mp/toast")
    rows = queue(desk)
    assert [row["bead"] for row in rows] == [urgent, ids[0], *ids[2:]]
    assert "put off" in rows[0]["waits"]
    assert rows[1]["waits"] == f"it waits for {ids[3]}"
    assert desk.shown(ids[1])["status"] == "hooked"


def test_circuit_breaker(desk: Desk) -> None:
    """What fails again and again is given up with one escalation; the others go on."""
    desk.gt("config", "agent", "set", "odd", "sh -c true")
    desk.gt("config", "set", "scheduler.attempts", "2")
    desk.gt("scheduler", "pause", "-r", "to look at it")
    bad, good = beads(desk, 2)
    desk.gt("sling", bad, "mp", "--agent", "odd")
    desk.gt("sling", good, "mp", "--agent", "shell")
    desk.gt("config", "agent", "remove", "odd")
    assert [row["waits"] for row in queue(desk)] == ["the scheduler is paused: to look at it"] * 2
    desk.gt("scheduler", "resume")
    assert desk.shown(good)["status"] == "hooked"
    [row] = queue(desk)
    assert (row["failures"], row["place"]) == (1, 1)
    assert "is tried again in" in row["waits"]
    failed = desk.gt("scheduler", "run", status=1)
    assert "no runtime 'odd'; it is given up" in failed.out
    assert (
        desk.gt("scheduler", "run").out == "nothing can be slung now: gt scheduler list says why\n"
    )
    [row] = queue(desk)
    assert row["place"] is None
    [escalation] = desk.town.read().escalations()
    assert (escalation.bead, escalation.severity, escalation.count) == (bad, "medium", 1)
    desk.gt("sling", bad, "mp", "--agent", "shell")
    assert desk.shown(bad)["status"] == "hooked"


def test_what_cannot_be_made_real_gives_its_place_back(desk: Desk) -> None:
    """A bead whose worktree cannot be made is taken back, so that its place is free."""
    limit(desk)
    (desk.root / "mp" / "polecats").write_text("in the way")
    [bead] = beads(desk, 1)
    said = desk.gt("sling", bead, "mp")
    assert "waits for a place" in said.out
    assert "is tried again in" in said.out
    assert desk.shown(bead)["status"] == "open"
    assert desk.town.read().hooks(rig="mp") == []
    (desk.root / "mp" / "polecats").unlink()
    desk.gt("scheduler", "run")
    assert desk.shown(bead)["status"] == "hooked"


def test_multi_rig(desk: Desk) -> None:
    """A rig that is full keeps no other one from going on."""
    make_project(desk.root.parent / "other")
    desk.gt("rig", "add", "ab", desk.root.parent / "other")
    desk.gt("config", "set", "scheduler.rigs.mp", "1")
    [*mine] = beads(desk, 2)
    [there] = beads(desk, 1, "ab")
    desk.gt("sling", *mine, "mp")
    [slung] = desk.gt("sling", there, "ab", "--json").data
    assert slung["hook"]["id"] == "ab/toast"
    [row] = queue(desk)
    assert (row["bead"], row["waits"]) == (mine[1], "1 of 1 polecats are at work in mp")
    status = desk.gt("scheduler", "status").out
    assert "1 of 1 places of rig mp are taken" in status


def test_pausing_is_a_persons(desk: Desk) -> None:
    """Nothing new is slung then, also where nothing is limited; an agent may not."""
    bead, tree = desk.sling()
    refused = desk.gt("scheduler", "pause", at=tree, status=1)
    assert "that is a person's, or the mayor's" in refused.err
    desk.gt("scheduler", "pause")
    desk.gt("scheduler", "pause", status=4)
    [other] = beads(desk, 1)
    assert "the scheduler is paused" in desk.gt("sling", other, "mp").out
    assert desk.gt("scheduler", "run", "--dry-run", "--json").data["would"] == []
    desk.gt("scheduler", "clear", other)
    desk.gt("scheduler", "clear", other, status=3)
    desk.gt("scheduler", "resume")
    assert desk.shown(other)["status"] == "open"
    assert desk.hook("mp/toast").bead == bead


def test_a_held_runtime_starts_nothing(desk: Desk) -> None:
    """A bead waits for the end of the hold; one notice, and a person may end it sooner."""
    soon = desk.town.edge.clock().timestamp() + 3600
    hold(desk.town, "shell", until=soon, why="the session limit", agent="mp/nux")
    assert hold(desk.town, "shell", until=soon - 60, why="again", agent="mp/ace") is None
    assert hold(desk.town, "shell", until=soon + 60, why="later", agent="mp/ace") is not None
    [bead] = beads(desk, 1)
    assert "shell is held until" in desk.gt("sling", bead, "mp").out
    [mail] = desk.town.read().mail("human")
    assert mail.subject.startswith("shell is held until")
    desk.gt("scheduler", "release", "odd", status=3)
    desk.gt("scheduler", "release", "shell")
    assert desk.shown(bead)["status"] == "hooked"


def test_a_hold_that_has_passed_is_lifted_by_the_next_pass(desk: Desk) -> None:
    """In a commit of its own."""
    soon = desk.town.edge.clock().timestamp() - 1
    hold(desk.town, "shell", until=soon, why="the session limit", agent=None)
    desk.gt("scheduler", "run")
    assert desk.town.read().scheduler().holds == ()


@pytest.mark.parametrize("words", [("launch",), ("launch", "--rig", "mp")])
def test_launching_says_what_can_never_go(desk: Desk, words: tuple[str, ...]) -> None:
    """What waits for something put off, and the town's own beads without a rig."""
    later = desk.bead("Later", "--rig", "mp")
    desk.bd("defer", later)
    stuck = desk.bead("Stuck", "--rig", "mp", "--deps", later)
    own = desk.bead("The town's", "--rig", "hq")
    desk.gt("convoy", "create", "Odd ones", stuck, own)
    if len(words) == 1:
        refused = desk.gt("convoy", *words, status=1)
        assert f"{own} are the town's own" in refused.err
        return
    told = desk.gt("convoy", *words, "--json").data
    assert told["queued"] == [own]
    [never] = told["never"]
    assert never["bead"] == stuck
    assert never["why"].startswith(f"it waits for {later}: it is put off")
    assert desk.shown(own)["status"] == "hooked"
    [convoy] = desk.gt("convoy", "stranded", "--json").data
    assert stuck in {trouble["bead"] for trouble in convoy["troubles"]}
    assert desk.gt("convoy", "launch", "--json").data["already"]
    desk.gt("convoy", "launch", "--stop")
    desk.gt("convoy", "launch", "--stop", status=1)


def test_stranded_convoys_say_what_helps(desk: Desk) -> None:
    """An empty one, beads that nobody has, agents that are suspended, and what waits outside."""
    desk.gt("convoy", "create", "Empty")
    outside = desk.bead("Outside", "--rig", "mp")
    held = desk.bead("Held", "--rig", "mp", "--deps", outside)
    desk.gt("convoy", "create", "Held up", held)
    bead, _ = desk.sling()
    desk.gt("hooks", "suspend", "mp/toast")
    found = {one["title"]: one["troubles"][0] for one in
             desk.gt("convoy", "stranded", "--json").data}  # fmt: skip
    assert found["Empty"]["why"] == "there is nothing in it"
    assert f"it waits for {outside}, which is not on the convoy" in found["Held up"]["why"]
    [rest] = [one for title, one in found.items() if title not in ("Empty", "Held up")]
    assert (rest["bead"], rest["command"]) == (bead, "gt hooks resume mp/toast")
    assert rest["why"] == "mp/toast is suspended"


def test_a_formula_waits_for_its_places(desk: Desk) -> None:
    """Both legs at once would be one too many; --wait goes on until all of it is merged."""
    limit(desk)
    put(desk, FAN)
    said = desk.gt("sling", "fan", "mp", "--yes", "--wait")
    assert "1 of 1 polecats are at work" in said.err
    assert desk.on_target("sum.txt") == "left\nright"
    [molecule] = desk.bd("mol", "list", "--all", "--json").json
    assert (molecule["status"], molecule["completed"]) == ("closed", 3)
