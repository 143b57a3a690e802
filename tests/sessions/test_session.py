"""Sessions as a person lists, stops, starts and restarts them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from tests.sessions.conftest import A, Client, wanted_by_monitor
from tests.support.desk import Desk, host
from tests.support.waiting import until


def running(desk: Desk) -> dict[str, str]:
    """The agents that run, and how far their clients are."""
    return {
        one["agent"]: one["state"] for one in desk.gt("session", "list", "--json").data["running"]
    }


def test_what_runs_is_listed(in_tmux: Desk, works: str) -> None:
    """Agent, runtime, runner, bead, conversation, and how far its client is."""
    [one] = in_tmux.gt("session", "list", "--json").data["running"]
    assert (one["agent"], one["runtime"], one["runner"], one["attached"]) == (
        works,
        "fake",
        "tmux",
        0,
    )
    assert one["conversation"] == A
    assert one["state"] == "ready"
    assert works in in_tmux.gt("session", "list").out


def test_stopped_it_rests_and_started_it_goes_on(in_tmux: Desk, fake: Client, works: str) -> None:
    """Its uncommitted work is held; the monitor lets it rest; its conversation is resumed."""
    tree = in_tmux.root / in_tmux.hook(works).path
    (tree / "new.txt").write_text("half\n")
    said = in_tmux.gt("session", "stop", works)
    assert "held in snapshot" in said.out
    [ended] = in_tmux.town.read().conversations(works)
    assert (ended.state, ended.how) == ("ended", "stopped")
    assert running(in_tmux) == {}
    assert wanted_by_monitor(in_tmux) == []
    begun = in_tmux.gt("session", "start", works, "--json").data
    assert begun["resumed"] == A
    until(lambda: f"--resume|{A}|" in fake.last_start)
    assert "your session was interrupted" in fake.last_start
    assert in_tmux.gt("session", "start", works, status=1).err.startswith(
        f"gt: {works} runs already"
    )
    found = in_tmux.gt("session", "list", "--all", "--json").data
    assert [one["how"] for one in found["former"]] == ["stopped"]


def test_after_a_crash_restart_goes_on_in_the_same_hook(
    in_tmux: Desk, fake: Client, works: str
) -> None:
    """The same hook, bead and worktree, the same conversation."""
    before = in_tmux.hook(works)
    session = sessions_of(in_tmux.town, host()).get(works)
    assert session is not None
    os.killpg(session.process.pid, signal.SIGKILL)
    until(lambda: running(in_tmux) == {})
    in_tmux.gt("session", "restart", works)
    until(lambda: f"--resume|{A}|" in fake.last_start)
    assert in_tmux.hook(works) == before
    assert list(running(in_tmux)) == [works]
    assert in_tmux.town.read().conversations(works)[0].how == "killed"


def test_fresh_begins_a_new_conversation(in_tmux: Desk, fake: Client, works: str) -> None:
    """With --fresh nothing is resumed; what the last session said does not stand for the next."""
    agent_folder(in_tmux.town.layout.agents, works).state.write_text("waiting\n")
    assert running(in_tmux)[works].startswith("waiting")
    begun = in_tmux.gt("session", "restart", works, "--fresh", "--json").data
    assert begun["resumed"] is None
    assert begun["stopped"]["ran"] is True
    until(lambda: fake.calls.count("--settings") == 2)
    assert "--resume" not in fake.calls
    assert not running(in_tmux)[works].startswith("waiting")


def test_nobody_is_started_where_nobody_may_work(in_tmux: Desk, fake: Client, works: str) -> None:
    """Suspended, closed, a person's hook, a town that is down: each refusal says what to do."""
    hook = in_tmux.hook(works)
    in_tmux.gt("hooks", "suspend", works)
    assert "gt hooks resume" in in_tmux.gt("session", "restart", works, status=4).err
    in_tmux.gt("hooks", "resume", works)
    in_tmux.bd("close", hook.bead)
    assert "nothing is on it" in in_tmux.gt("session", "restart", works, status=4).err
    in_tmux.gt("crew", "add", "ada", "--rig", "mp")
    assert "it is a person's" in in_tmux.gt("session", "start", "mp/ada", status=1).err
    in_tmux.gt("session", "start", "mp/nobody", status=3)


def test_attaching_needs_a_terminal(
    in_tmux: Desk, works: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one it is said what to type, with status 1; with --json the command, with 0."""
    said = in_tmux.gt("session", "attach", works, status=1)
    assert f"gt session attach {works}" in said.out
    assert "attach -t" in said.out
    found = in_tmux.gt("session", "attach", works, "--json").data
    assert found["state"] == "ready"
    assert found["argv"][-1].startswith("=mp--")
    socket = in_tmux.root.resolve() / ".gt" / "run" / "tmux.sock"
    monkeypatch.setenv("TMUX", f"{socket},123,0")
    inside = in_tmux.gt("session", "attach", works, "--json").data
    monkeypatch.setenv("TMUX", "/tmp/another,123,0")
    outside = in_tmux.gt("session", "attach", works, "--json").data
    assert "switch-client" in inside["argv"] or len(str(socket)) > 100
    assert "attach-session" in outside["argv"]
    in_tmux.gt("session", "stop", works)
    assert "gt session start" in in_tmux.gt("session", "attach", works, status=3).err


def test_a_process_has_no_terminal(desk: Desk, fake: Client, tmp_path: Path) -> None:
    """One that runs without tmux is peeked at."""
    slow = tmp_path / "slow.sh"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    desk.gt("config", "agent", "set", "slow", str(slow))
    bead = desk.bead("Say hello", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", "slow", "--json").data
    said = desk.gt("session", "attach", slung["hook"]["id"], status=1)
    assert "runs without a terminal" in said.err
    assert "gt peek" in said.err
