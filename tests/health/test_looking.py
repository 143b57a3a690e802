"""Real agents, ended and hindered in real ways: what is said of their health."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gastown.domain.health import Condition, Wait
from gastown.monitor.checkup import Checkup
from gastown.ops.conversations import begin
from gastown.ops.health import report
from gastown.ops.sessions import sessions_of
from gastown.runtime.journal import Journal, read
from gastown.runtime.tmux import available
from gastown.store import vitals
from gastown.store.town import Edge, Town
from tests.health.conftest import Ward
from tests.support.desk import host
from tests.support.waiting import until

PERMISSION = '{"message":"Claude needs your permission to use Bash"}'


def test_ends_of_embedded_agents(ward: Ward) -> None:
    """Exit 1, kill -9, a stopped process that goes on, and one that works: told from another."""
    failed, killed, halted = ward.shell("exit 1"), ward.shell("sleep 60"), ward.shell("sleep 61")
    assert ward.health(halted).condition is Condition.WORKING
    os.kill(ward.pid(halted), signal.SIGSTOP)
    os.killpg(sessions_of(ward.desk.town, host()).get(killed).process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    until(lambda: ward.health(killed).condition is Condition.DEAD)
    until(lambda: ward.health(failed).condition is Condition.DEAD)
    assert ward.health(killed).detail == "killed"
    assert ward.health(failed).detail == "exit 1"
    assert ward.health(failed).evidence[0] == "its process has ended: exit 1"
    until(lambda: ward.health(halted).condition is Condition.STALLED)
    assert ward.health(halted).detail == f"process {ward.pid(halted)} is stopped (SIGSTOP)"
    os.kill(ward.pid(halted), signal.SIGCONT)
    until(lambda: ward.health(halted).condition is Condition.WORKING)
    assert ward.health("mayor").condition is Condition.IDLE
    assert not report(ward.desk.town, host()).published


def test_a_client_says_what_it_waits_for(ward: Ward) -> None:
    """Through its own hooks: its question, and that it goes on; then how its turn ended."""
    agent = ward.claude("exec sleep 60")
    assert ward.health(agent).condition is Condition.STARTING
    ward.hears(agent, "prompt")
    assert ward.health(agent).evidence[0].startswith("its own hooks: it works")
    ward.hears(agent, "waiting", PERMISSION)
    found = ward.health(agent)
    assert (found.wait, found.needs_person) == (Wait.PERMISSION, True)
    assert found.detail == "Claude needs your permission to use Bash"
    ward.hears(agent, "waiting", '{"message":"You\'ve hit your limit · resets 3pm"}')
    limited = ward.health(agent)
    assert (limited.wait, limited.needs_person) == (Wait.LIMIT, False)
    assert limited.until is not None
    ward.hears(agent, "tool")
    assert ward.health(agent).condition is Condition.WORKING
    ward.desk.gt("config", "set", "health.propulsion_s", "1")
    ward.hears(agent, "stop")  # it is told that there is work on its hook
    ward.hears(agent, "stop")
    assert ward.health(agent).condition is Condition.IDLE
    until(lambda: ward.health(agent).condition is Condition.PROPULSION)


def test_only_a_clients_own_words_are_a_limit(ward: Ward) -> None:
    """A client that ends with them waits; a program that prints them has only ended."""
    words = "Claude AI usage limit reached|4000000000"
    client = ward.claude(f"echo '{words}'; exit 1")
    program = ward.shell(f"echo '{words}'; exit 1")
    until(lambda: ward.health(client).wait is Wait.LIMIT)
    assert (ward.health(client).until, ward.health(client).detail) == (4000000000.0, words)
    until(lambda: ward.health(program).condition is Condition.DEAD)


def test_a_limit_in_a_transcript_holds_until_the_client_goes_on(ward: Ward) -> None:
    """Claude Code writes it down as its own error, and may not say that its turn is over."""
    agent = ward.claude("exec sleep 60")
    transcript = ward.desk.root / "talk.jsonl"
    content = [{"type": "text", "text": "You've hit your limit · resets 3pm"}]
    said = {"type": "assistant", "isApiErrorMessage": True, "message": {"content": content}}
    begin(ward.desk.town, agent, conversation="c-1", runtime="fake", transcript=str(transcript))
    ward.hears(agent, "prompt")
    transcript.write_text(json.dumps(said) + "\n")
    then = time.time() + 5
    os.utime(transcript, (then, then))
    found = ward.health(agent)
    assert (found.wait, found.detail) == (Wait.LIMIT, content[0]["text"])
    ward.hears(agent, "stop")
    assert ward.health(agent).wait is Wait.LIMIT
    os.utime(transcript, (then - 9, then - 9))  # that was before this session
    assert ward.health(agent).wait is None


def test_a_dialog_is_seen_on_the_screen(ward: Ward) -> None:
    """A client that has said nothing yet stands at a dialog: its name, and what to do."""
    if available(os.environ) is None:
        return
    ward.desk.gt("config", "set", "town.runner", "tmux")
    agent = ward.claude("echo 'Yes, I trust this folder'; exec sleep 60")
    until(lambda: ward.health(agent).wait is Wait.DIALOG)
    assert ward.health(agent).detail == "trust dialog"
    assert "gt config trust claude" in (ward.health(agent).advice or "")


def test_the_monitor_publishes_what_it_finds(ward: Ward) -> None:
    """It holds what it saw before against what it sees, and everybody reads the same."""
    desk = ward.desk
    desk.gt("config", "set", "recovery.enabled", "false")
    agent = ward.shell("sleep 60")
    desk.run("gt", "daemon", "start")
    try:
        until(lambda: report(desk.town, host()).published)
        assert ward.health(agent).condition is Condition.WORKING
        os.kill(ward.pid(agent), signal.SIGKILL)
        until(lambda: ward.health(agent).condition is Condition.DEAD)
        assert report(desk.town, host()).published
        assert ward.health(agent).detail == "exit 137 (SIGKILL)"
    finally:
        desk.run("gt", "daemon", "stop")
    assert not report(desk.town, host()).published
    desk.town.layout.health.write_text("torn {")
    assert vitals.read(desk.town.layout) is None


def test_one_that_is_frozen_is_not_dead(ward: Ward) -> None:
    """`gt estop` stops processes, and nobody is called stalled for it; after `gt thaw` they are."""
    agent = ward.shell("sleep 60")
    town = ward.desk.town
    hooks = town.read().hooks()
    checkup = Checkup(town, host())
    sessions = {one.id: one for one in sessions_of(town, host()).all().sessions}
    assert checkup.look(hooks, sessions)[agent].condition is Condition.WORKING
    town.layout.frozen.touch()
    os.kill(ward.pid(agent), signal.SIGSTOP)
    found = checkup.look(hooks, sessions)[agent]
    assert (found.condition, found.detail) == (Condition.IDLE, "frozen by gt estop")
    told = vitals.read(town.layout)
    assert told is not None
    assert told.healths[agent] == found
    town.layout.frozen.unlink()
    until(lambda: checkup.look(hooks, sessions)[agent].condition is Condition.STALLED)
    os.kill(ward.pid(agent), signal.SIGCONT)


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_that_is_set_makes_nobody_stuck(ward: Ward, years: int, tmp_path: Path) -> None:
    """Every sign is a year old, or of next year: that says nothing of the agents."""
    agent = ward.shell("sleep 60")
    leap = [timedelta(0)]
    town = Town(ward.desk.root.resolve(), Edge(clock=lambda: datetime.now(UTC) + leap[0]))
    journal = Journal(tmp_path / "journal", town.now)
    checkup = Checkup(town, host(), journal)
    sessions = {one.id: one for one in sessions_of(town, host()).all().sessions}
    assert checkup.look(town.read().hooks(), sessions)[agent].condition is Condition.WORKING
    leap[0] = timedelta(days=365 * years)
    assert checkup.look(town.read().hooks(), sessions)[agent].condition is Condition.WORKING
    journal.close()
    assert [entry.event for entry in read(tmp_path / "journal", 9)] == ["clock"]
    assert report(town, host()).healths[agent].condition is Condition.WORKING
    town.close()
