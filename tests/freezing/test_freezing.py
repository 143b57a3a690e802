"""A town that is stopped in its tracks: every process stands still, and goes on where it was."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime import freezing
from tests.support.desk import Desk, host
from tests.support.waiting import until

COUNTER = "i=0; while :; do i=$((i+1)); echo $i > {file}; sleep 0.02; done"


@pytest.mark.parametrize("runner", ["process", "tmux"])
def test_a_session_and_its_children_stand_still_and_go_on(
    desk: Desk, tmp_path: Path, runner: str
) -> None:
    desk.gt("config", "set", "town.runner", runner)
    near, far = tmp_path / "near", tmp_path / "far"
    script = tmp_path / "agent"
    script.write_text(
        f"#!/bin/sh\n(setsid sh -c '{COUNTER.format(file=far)}') &\n{COUNTER.format(file=near)}\n"
    )
    script.chmod(0o755)
    desk.gt("config", "agent", "set", "counter", str(script))
    desk.gt("config", "accept", status=None)
    bead = desk.bead("Count", "--rig", "mp")
    desk.gt("sling", bead, "mp", "--agent", "counter")
    until(lambda: near.exists() and far.exists() and far.read_text())
    found = desk.gt("estop", "-r", "smoke", "--json").data
    assert len(found["sessions"]) == 1
    assert found["troubles"] == []
    [session] = sessions_of(desk.town, host()).all().sessions
    assert all(freezing.is_still(one) for one in freezing.family(session.process)
               if one != session.process)  # fmt: skip
    before = near.read_text(), far.read_text()
    assert "smoke" in desk.gt("estop").out  # said again, it is the same
    assert (near.read_text(), far.read_text()) == before
    assert (desk.root / ".gt" / "run" / "frozen").exists()
    desk.gt("thaw")
    until(lambda: near.read_text() not in ("", before[0]))
    until(lambda: far.read_text() not in ("", before[1]))
    assert (desk.root / ".gt" / "run" / "thawed").exists()
    assert "not frozen" in desk.gt("thaw").out
    for one in freezing.family(session.process):
        if one.pid != session.process.pid:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGTERM)


def test_a_frozen_town_begins_nothing(desk: Desk) -> None:
    desk.gt("estop", "-r", "too hot")
    refused = desk.gt("refinery", "run", status=1)
    assert "too hot" in refused.err
    assert "gt thaw" in refused.err
    _, tree = desk.sling()
    desk.gt("estop", at=tree, status=1)
    desk.gt("thaw")
    desk.gt("refinery", "run")
