"""gt agents says what an agent's client waits for; starting waits until it takes work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gastown.ops.readiness import await_ready, look
from gastown.ops.starting import start
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.readiness import Standing
from tests.support.desk import Desk, host
from tests.support.waiting import until

TRUST = "printf 'Quick check\\n > 1. Yes, I trust this folder\\n   2. No, exit\\n'; exec sleep 300"
READY = "printf '\\342\\235\\257 \\n'; exec sleep 300"


def started(desk: Desk, runtime: str) -> str:
    """A polecat with a session of this runtime, in tmux; its id."""
    desk.gt("config", "set", "town.runner", "tmux")
    desk.gt("config", "default-agent", runtime)
    _, tree = desk.sling()
    agent = f"mp/{tree.name}"
    start(desk.town, host(), desk.hook(agent))
    return agent


def test_a_dialog_is_named(desk: Desk, client: Callable[..., Path]) -> None:
    """With its advice, in the table and in JSON; nobody answers it."""
    client("claude", then=TRUST)
    agent = started(desk, "claude")
    found = await_ready(desk.town, host(), desk.hook(agent), patience_s=20)
    assert found.words == "waiting: trust dialog"
    assert "I trust this folder" in found.screen

    def row() -> Any:
        return desk.gt("agents", "--rig", "mp", "--json").data[0]

    until(lambda: row()["standing"] == "waiting: trust dialog", 20)
    assert row()["session"] == "running"
    assert row()["health"]["evidence"]
    shown = desk.gt("agents").out
    assert "◔  mp/toast  waiting for a dialog" in shown
    assert f"{agent}: answer it in the session, or trust the town's folder" in shown


def test_its_own_word_is_believed(desk: Desk, client: Callable[..., Path]) -> None:
    """What the client's hooks wrote outvotes a dialog on its screen."""
    client("claude", then=TRUST)
    agent = started(desk, "claude")
    until(lambda: "trust" in look(desk.town, host(), desk.hook(agent)).words)
    folder = agent_folder(desk.town.layout.agents, agent)
    folder.state.write_text("working\n")
    [row] = desk.gt("agents", "--rig", "mp", "--json").data
    assert row["standing"] == "working"
    folder.event.write_text('{"message": "May I push?"}\n')
    folder.state.write_text("waiting\n")
    [row] = desk.gt("agents", "--rig", "mp", "--json").data
    assert row["standing"] == "waiting: May I push?"


def test_a_prompt_that_stands_is_ready(desk: Desk, client: Callable[..., Path]) -> None:
    """A client without a word of its own is ready when its prompt has stood for a while."""
    client("mine", then=READY)
    desk.gt("config", "agent", "set", "mine", "mine", "--ready", "\u276f")
    agent = started(desk, "mine")
    found = await_ready(desk.town, host(), desk.hook(agent), patience_s=20)
    assert found.state is Standing.READY
    assert found.takes_work


@pytest.mark.parametrize("then", ["exit 3", "kill -9 $$"])
def test_an_end_is_seen_at_once(desk: Desk, client: Callable[..., Path], then: str) -> None:
    """Whoever waits is told how it ended, not after the patience but then."""
    client("claude", then=f"echo no licence; {then}")
    agent = started(desk, "claude")
    found = await_ready(desk.town, host(), desk.hook(agent), patience_s=300)
    assert found.state is Standing.ENDED
    assert found.detail == ("status 3" if then == "exit 3" else "status 137")
    assert "no licence" in found.screen


def test_what_was_never_started_is_not_waited_for(desk: Desk) -> None:
    """Without a session there is nothing to wait for."""
    _, tree = desk.sling()
    found = await_ready(desk.town, host(), desk.hook(f"mp/{tree.name}"), patience_s=300)
    assert found.words == "ended: it was not started"
    [row] = desk.gt("agents", "--rig", "mp", "--json").data
    assert row["standing"] is None
