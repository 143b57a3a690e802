"""Kill -9 of the monitor, again and again, while ten agents work: all converges, nothing twice."""

from __future__ import annotations

import os
import signal

import pytest

from gastown.ops.monitor import log_file
from gastown.runtime.journal import read
from gastown.store import locks, pulse
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.waiting import until

AGENTS = 10
STEPS = """```sh
echo one > {0}-one.txt
echo two > {0}-two.txt
echo three > {0}-three.txt
```"""


def kill_monitor(desk: Desk) -> None:
    """End the monitor, and every git it has started, with kill -9."""
    known = pulse.read(desk.town.layout)
    if known is not None and locks.is_held(desk.town.layout.monitor_lock):
        try:
            os.killpg(known.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until(lambda: not locks.is_held(desk.town.layout.monitor_lock))


@pytest.mark.timeout(300)
def test_the_monitor_is_killed_in_a_loop_while_ten_agents_work(desk: Desk) -> None:
    """Each bead is merged exactly once, and no commit that an agent made is unreachable."""
    desk.gate("true")
    beads = [desk.bead(f"Bead {n}", "-d", STEPS.format(f"b{n}")) for n in range(AGENTS)]
    desk.run("gt", "daemon", "start")
    desk.run("gt", "sling", *beads, "mp")
    made: set[str] = set()
    bare = desk.root / "mp" / "repo.git"
    for _ in range(8):
        kill_monitor(desk)
        made |= set(git(bare, "rev-list", "--branches").splitlines())
        desk.run("gt", "daemon", "start")
        statuses = desk.town.read().statuses(beads)
        if set(statuses.values()) == {"closed"}:
            break
    until(lambda: set(desk.town.read().statuses(beads).values()) == {"closed"}, 90)
    until(lambda: not list((desk.root / "mp" / "polecats").glob("*")), 20)
    desk.run("gt", "daemon", "stop")
    for bead in beads:
        moves = desk.gt("log", bead, "--json", "-n", "50").data
        closed = [m for op in moves for m in op["moves"] if m.startswith(f"bead {bead} ")]
        assert [move.rpartition(" -> ")[2] for move in reversed(closed)] == [
            "open", "hooked", "in_progress", "closed",
        ]  # fmt: skip
    for number in range(AGENTS):
        assert desk.on_target(f"b{number}-three.txt") == "three"
    reachable = set(git(bare, "rev-list", "--all").splitlines())
    assert made <= reachable
    assert git(bare, "fsck", "--full", "--no-dangling") == ""
    bugs = [e.fields for e in read(log_file(desk.town), 10_000) if e.event == "bug"]
    assert bugs == []
