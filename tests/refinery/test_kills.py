"""A refinery that is killed while a batch is tested, bisected, landed or recorded: the same end."""

from __future__ import annotations

import signal

import pytest

from gastown.store import locks
from tests.refinery.conftest import Yard
from tests.support.people import git
from tests.support.queue import assert_no_gate_trees, first_parents, requests
from tests.support.waiting import until


@pytest.mark.parametrize(
    "point", ["refinery:taken", "refinery:tested", "target:moved", "refinery:moved",
              "refinery:recorded", "gates:cleaned", "gates:ready"],
)  # fmt: skip
def test_the_same_end(yard: Yard, point: str) -> None:
    """Good, bad, good: killed again and again at a point, then left to end."""
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "3")
    yard.submit(["good", "bad", "good"])
    for _ in range(3):
        env = {"GT_FAULT": f"{point}:kill"}
        said = yard.desk.run("gt", "refinery", "run", env=env, status=None)
        if said.status != -signal.SIGKILL:
            break
        until(lambda: not locks.is_held(yard.desk.town.layout.locks / "town"))
    yard.run()
    assert yard.states() == ["merged", "failed", "merged"]
    assert len(first_parents(yard.desk, yard.start)) == 2
    yard.assert_target_is_green()
    assert_no_gate_trees(yard.desk)
    assert len([m for m in yard.desk.gt("mail", "inbox", "--json").data
                if m["subject"].startswith("merge failed")]) == 1  # fmt: skip
    for merge in requests(yard.desk):
        if merge["state"] == "merged":
            git(yard.bare, "merge-base", "--is-ancestor", merge["head"], "main")


def test_bisecting_goes_on_where_it_was(yard: Yard) -> None:
    """Killed after each of its tests, it does not run again what is recorded for the same tree."""
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "3")
    yard.desk.gt("config", "set", "rigs.mp.gates.test.timeout_s", "60")
    yard.submit(["good", "bad", "good"])
    for _ in range(40):
        env = {"GT_FAULT": "refinery:tested:kill"}
        if yard.desk.run("gt", "refinery", "run", env=env, status=None).status >= 0:
            break
        until(lambda: not locks.is_held(yard.desk.town.layout.locks / "town"))
    yard.run()
    assert yard.states() == ["merged", "failed", "merged"]
    yard.assert_target_is_green()
