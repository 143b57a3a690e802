"""The queue with a monitor: what waits is slung as soon as there is a place."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest

from gastown.domain.convoy import ConvoyState
from gastown.ops.scheduling.holds import hold
from gastown.ops.sessions import sessions_of
from gastown.runtime.sessions import State
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.support.waiting import until

MOST = 2


def task(name: str) -> str:
    """What the embedded agent is to run: a file of its own."""
    return f"Do it.\n\n```sh\necho {name} > {name}.txt; git add {name}.txt\n```\n"


def at_work(desk: Desk) -> list[str]:
    """The polecats that had a place after each commit of the ledger, at most."""
    hooks: dict[str, Any] = {}
    found = []
    log = git(desk.root / "hq", "log", "--reverse", "--format=commit %H", "--name-only", "town",
              "--", "hooks/")  # fmt: skip
    commit = ""
    for line in [*log.splitlines(), "commit end"]:
        if line.startswith("commit "):
            states = [one["state"] for one in hooks.values() if one["role"] == "polecat"]
            found.append(" ".join(sorted(one for one in states if one in ("created", "active"))))
            commit = line.removeprefix("commit ")
        elif line:
            text = git(desk.root / "hq", "show", f"{commit}:{line}", check=False)
            hooks[line] = json.loads(text) if text else {"state": "gone", "role": "polecat"}
    return found


def running(desk: Desk) -> int:
    """How many agents' sessions run just now."""
    sessions = sessions_of(desk.town, host())
    return sum(sessions.look(one).state is State.RUNNING for one in sessions.all().sessions)


@pytest.mark.timeout(120)
def test_two_places_and_ten_beads(monitor: Desk) -> None:
    """Never more than two polecats are at work, by the ledger and by the processes."""
    monitor.gt("config", "set", "scheduler.max_polecats", str(MOST))
    beads = [monitor.bead(f"Bead {n}", "--rig", "mp", "-d", task(f"f{n}")) for n in range(10)]
    said = monitor.gt("sling", *beads, "mp", "--json").data
    assert len([one for one in said if "hook" in one]) <= MOST
    seen = Counter[int]()
    looked = 0.0

    def is_over() -> bool:
        nonlocal looked
        if time.monotonic() - looked < 0.05:
            return False
        seen[running(monitor)] += 1
        looked = time.monotonic()
        statuses = monitor.town.read().statuses(beads)
        return set(statuses.values()) == {"closed"}

    until(is_over, 60)
    assert max(seen) == MOST
    history = at_work(monitor)
    assert max(len(states.split()) for states in history) == MOST
    assert {one.state for one in monitor.town.read().dispatches()} == {"dispatched"}


@pytest.mark.timeout(120)
def test_a_launched_diamond_goes_in_the_order_of_its_dependencies(monitor: Desk) -> None:
    """Each bead goes when what it waits for is merged; one that is added later goes, too."""
    top = monitor.bead("Top", "--rig", "mp", "-d", task("top"))
    left = monitor.bead("Left", "--rig", "mp", "-d", task("left"), "--deps", top)
    right = monitor.bead("Right", "--rig", "mp", "-d", task("right"), "--deps", top)
    end = monitor.bead("End", "--rig", "mp", "-d", task("end"), "--deps", f"{left},{right}")
    convoy = monitor.gt("convoy", "create", "A diamond", top, left, right, "--json").data["id"]
    told = monitor.gt("convoy", "launch", convoy, "--json").data
    assert told["queued"] == [top]
    assert {one["bead"] for one in told["later"]} == {left, right}
    monitor.gt("convoy", "add", convoy, end)
    landed = lambda: monitor.town.read().find("convoy", convoy).state is ConvoyState.LANDED  # noqa: E731
    until(landed, 60)
    slung = [
        line.split()[1] for line in
        git(monitor.root / "hq", "log", "--reverse", "--format=%s", "town").splitlines()
        if line.startswith("sling ")
    ]  # fmt: skip
    assert slung[0] == top
    assert set(slung[1:3]) == {left, right}
    assert slung[3:] == [end]
    assert monitor.gt("convoy", "stranded", "--json").data == []


@pytest.mark.timeout(60)
def test_a_hold_ends_by_itself_and_what_waited_goes_on(monitor: Desk) -> None:
    """Queued while the runtime is held, slung when that has passed."""
    soon = monitor.town.edge.clock().timestamp() + 1.5
    hold(monitor.town, "shell", until=soon, why="the session limit", agent=None)
    bead = monitor.bead("Held", "--rig", "mp", "-d", task("held"))
    assert "shell is held until" in monitor.gt("sling", bead, "mp").out
    until(lambda: monitor.town.read().bead(bead).state != "open", 15)
    reader = monitor.town.read()
    assert reader.scheduler().holds == ()
    assert reader.bead(bead).data.get("updated_at", "") > reader.find("dispatch", bead).created_at
