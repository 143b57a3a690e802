"""gt hooks suspend and resume: the agent rests, its work stays, and no kill in between loses it."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gastown.ops import sessions, starting
from gastown.ops.suspension import suspend
from gastown.runtime.sessions import State
from tests.snapshots.trees import files, kinds
from tests.support.desk import Desk, host
from tests.support.people import write
from tests.support.soundness import message
from tests.support.waiting import until

# An agent that writes a last line when it is told to end.
AGENT = """#!/bin/sh
trap 'echo last words > last.txt; exit 0' TERM
echo started >> half.txt
while :; do sleep 0.05; done
"""


@pytest.fixture
def at_work(desk: Desk, tmp_path: Path) -> Path:
    """The worktree of an agent that runs and has written something."""
    program = tmp_path / "agent"
    program.write_text(AGENT)
    program.chmod(0o755)
    desk.gt("config", "agent", "set", "writer", program)
    bead = desk.bead("Long work", "--rig", "mp")
    desk.gt("sling", bead, "mp", "--agent", "writer")
    tree = desk.root / "mp" / "polecats" / "toast"
    until((tree / "half.txt").exists)
    return tree


def state(desk: Desk) -> State | None:
    """Whether toast's agent runs."""
    found = sessions.liveness(sessions.sessions_of(desk.town, host()), desk.hook("mp/toast"))
    return found.state if found is not None else None


def test_an_agent_rests_and_goes_on(desk: Desk, at_work: Path) -> None:
    """It is stopped, what it wrote to the very end is held; resumed, it runs in the same place."""
    bead = desk.hook("mp/toast").bead
    said = desk.gt("hooks", "suspend", "mp/toast", "--reason", "its\nowner \x1b[1msleeps")
    assert "its agent was stopped" in said.out
    assert "\x1b" not in said.out
    hook = desk.hook("mp/toast")
    assert (hook.state, hook.bead, hook.reason) == ("suspended", bead, "its\nowner \x1b[1msleeps")
    assert "Move: hook mp/toast active -> suspended" in message(desk.town)
    assert state(desk) is None
    assert (at_work / "last.txt").exists()
    assert kinds(desk) == [("snapshot", "suspended"), ("snapshot", "suspended")]
    assert "last words" in desk.gt("hooks", "diff", "mp/toast", snapshot_id(desk)).out
    said = desk.gt("hooks", "resume", "mp/toast")
    assert "agent started (writer)" in said.out
    hook = desk.hook("mp/toast")
    assert (hook.state, hook.reason) == ("active", None)
    until(lambda: (at_work / "half.txt").read_text() == "started\nstarted\n")


def snapshot_id(desk: Desk) -> str:
    """The newest entry of toast's log."""
    [entry] = desk.gt("hooks", "log", "mp/toast", "-n", "1", "--json").data["entries"]
    return str(entry["id"])


def test_the_monitor_may_be_quicker(
    desk: Desk, at_work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the start somebody else starts the agent: that is no failure."""
    desk.gt("hooks", "suspend", "mp/toast")
    start = starting.start

    def second(*given: Any, **named: Any) -> Any:
        start(*given, **named)
        return start(*given, **named)

    monkeypatch.setattr(starting, "start", second)
    desk.gt("hooks", "resume", "mp/toast")
    assert desk.hook("mp/toast").state == "active"


def test_a_worktree_that_is_gone_is_mended_first(desk: Desk, at_work: Path) -> None:
    """Resuming brings a deleted worktree back with its last snapshot, then starts the agent."""
    desk.gt("hooks", "suspend", "mp/toast")
    shutil.rmtree(at_work)
    said = desk.gt("hooks", "resume", "mp/toast").out
    assert "its worktree is gone: checked out again" in said
    assert (at_work / "last.txt").read_text() == "last words\n"


def test_wrong_states_are_refused(desk: Desk) -> None:
    """Twice the same, or of a hook without a bead: status 4, what is possible, nothing done."""
    _, tree = desk.sling()
    before = desk.town.commit()
    said = desk.gt("hooks", "resume", "mp/toast", status=4)
    assert "it can: suspend" in said.err
    assert "gt hook mp/toast" in said.err
    assert "created" in desk.gt("hooks", "suspend", "mayor", status=4).err
    assert desk.town.commit() == before
    desk.gt("hooks", "suspend", "mp/toast")
    before = desk.town.commit()
    assert "gt hooks resume mp/toast" in desk.gt("hooks", "suspend", "mp/toast", status=4).err
    assert desk.town.commit() == before
    desk.gt("hooks", "suspend", "mp/nobody", status=3)
    desk.gt("hooks", "resume", "mp/toast")
    assert tree.is_dir()


def test_a_reason_goes_with_the_state(desk: Desk) -> None:
    """Whatever ends a suspension also forgets why it was."""
    bead, _ = desk.sling()
    suspend(desk.town, "mp/toast", host=host(), actor="human", reason="town down")
    assert desk.hook("mp/toast").reason == "town down"
    desk.gt("unsling", bead)
    assert desk.hook("mp/toast").reason is None


def test_what_cannot_be_held_is_said(desk: Desk) -> None:
    """A worktree that cannot be read does not keep its agent from being stopped."""
    _, tree = desk.sling()
    (tree / ".git").unlink()
    said = desk.gt("hooks", "suspend", "mp/toast")
    assert "! no snapshot" in said.out
    assert "held already" not in said.out
    assert desk.hook("mp/toast").state == "suspended"


def test_an_unknown_runtime_is_said_before(desk: Desk, at_work: Path) -> None:
    """When the agent's command is gone a resume changes nothing."""
    desk.gt("hooks", "suspend", "mp/toast")
    desk.gt("config", "agent", "remove", "writer")
    desk.gt("hooks", "resume", "mp/toast", status=3)
    assert desk.hook("mp/toast").state == "suspended"


def test_restoring_under_a_running_agent_warns(desk: Desk, at_work: Path) -> None:
    """It is done, since it was asked for and can be taken back; and said that somebody works."""
    desk.gt("hooks", "log", "mp/toast")
    write(at_work, {"more.txt": "more\n"})
    desk.gt("hooks", "suspend", "mp/toast")
    desk.gt("hooks", "resume", "mp/toast")
    assert "is at work there" in desk.gt("hooks", "restore", "mp/toast").out


@pytest.mark.parametrize("point", ["held", "committed", "stopped"])
def test_killed_on_the_way(desk: Desk, at_work: Path, point: str) -> None:
    """At each point the ledger and the agent are in a state that can be gone on from."""
    words = ("gt", "hooks", "suspend", "mp/toast")
    desk.run(*words, env={"GT_FAULT": f"suspend:{point}:kill"}, status=-signal.SIGKILL)
    before = files(at_work)
    assert before[b"half.txt"][0] == b"started\n"
    assert kinds(desk) == [("snapshot", "suspended")]
    runs = {"held": State.RUNNING, "committed": State.RUNNING, "stopped": None}
    assert state(desk) is runs[point]
    assert desk.hook("mp/toast").state == ("active" if point == "held" else "suspended")
    if point == "held":
        desk.gt(*words[1:])
        assert state(desk) is None
    else:
        said = desk.gt("hooks", "resume", "mp/toast")
        assert ("agent started" in said.out) is (point == "stopped")
        assert state(desk) is State.RUNNING
