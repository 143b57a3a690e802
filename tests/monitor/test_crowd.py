"""A crowd that types at random while a monitor works: nobody is told of a bug, nothing is lost."""

from __future__ import annotations

import json

import pytest

from tests.support.children import REPOSITORY
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.soundness import assert_sound
from tests.support.waiting import until

PEOPLE, DEEDS = 5, 25


@pytest.mark.timeout(300)
def test_a_crowd_beside_the_monitor(monitor: Desk) -> None:
    """Every command ends with a status that is documented, and every commit is held by a ref."""
    import os
    import subprocess
    import sys

    crowd = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.crowd", str(monitor.root), str(seed), str(DEEDS)],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for seed in range(PEOPLE)
    ]  # fmt: skip
    told = []
    for one in crowd:
        out, err = one.communicate(timeout=200)
        assert one.returncode == 0, err
        told.append(json.loads(out))
    statuses = {status for one in told for _, status, _ in one["said"]}
    odd = [line for one in told for line in one["said"] if line[1] not in (0, 1, 3, 4, 75)]
    assert odd == [], statuses
    waiting = monitor.root / ".gt" / "spool" / "new"
    until(lambda: not any(waiting.iterdir()), 30)
    queued = lambda: monitor.town.read().merges(states=("queued", "testing"))  # noqa: E731
    until(lambda: not queued(), 60)
    monitor.run("gt", "daemon", "stop")
    assert_sound(monitor.town)
    bare = monitor.root / "mp" / "repo.git"
    held = set(git(bare, "rev-list", "--all", "--reflog").splitlines())
    made = {commit for one in told for commit in one["commits"]}
    assert made
    assert made <= held
    assert git(bare, "fsck", "--full", "--no-dangling") == ""
