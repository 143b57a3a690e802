"""A refinery that is killed while a batch is tested, bisected, landed or recorded: the same end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from gastown.store import locks
from tests.refinery.conftest import GREEN, Yard
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


def test_bisecting_goes_on_where_it_was(yard: Yard, tmp_path: Path) -> None:
    """Killed after each of its tests, it does not run again what is recorded for the same tree.

    The gate kills a refinery that begins its second test, so that each gets one test further.
    """
    begun = tmp_path / "begun"
    begun.mkdir()
    yard.desk.gate(
        f"if test -e {begun}/$PPID; then kill -9 $PPID; exit 1; fi; touch {begun}/$PPID; "
        f"git rev-parse HEAD^{{tree}} >>{yard.notes}; {GREEN}"
    )
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "4")
    yard.desk.gt("config", "set", "rigs.mp.merge.retry_flaky", "false")
    yard.submit(["good", "good", "bad", "good"])
    killed = 0
    while yard.desk.run("gt", "refinery", "run", status=None).status == -signal.SIGKILL:
        killed += 1
        assert killed == len(yard.runs) < 8, "it gets no further"
        until(lambda: not locks.is_held(yard.desk.town.layout.locks / "town"))
    assert killed >= 3
    assert len(set(yard.runs)) == len(yard.runs)
    assert yard.states() == ["merged", "merged", "failed", "merged"]
    yard.assert_target_is_green()
