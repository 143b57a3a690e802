"""The doorbell of the real Claude Code client: it takes the line, and its hook tells the mail."""

from __future__ import annotations

import json
import os

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import Activity, agent_folder
from gastown.runtime.tmux import available
from tests.clients.conftest import api, claude
from tests.support.desk import Desk, host
from tests.support.messages_api import MessagesApi, Say
from tests.support.waiting import until

__all__ = ["api", "claude"]

LONG_S = 60


def test_mail_reaches_the_model_and_a_draft_is_left_alone(claude: Desk, api: MessagesApi) -> None:
    """A nudge is told once, as a quotation; over what a person has typed nothing is typed."""
    if available(dict(os.environ)) is None:
        pytest.skip("NOT TESTED: Claude Code in tmux, because tmux is missing")
    claude.gt("config", "set", "town.runner", "tmux")
    bead = claude.bead("Wait for mail", "--rig", "mp")
    api.script(bead, [Say("I wait.")] * 6)
    [slung] = claude.gt("sling", bead, "mp", "--agent", "claude", "--json").data
    agent = slung["hook"]["id"]
    folder = agent_folder(claude.town.layout.agents, agent)

    def rests(requests: int) -> bool:
        """Its turn is over, after so many requests and the word about the work on its hook."""
        said = folder.said()
        if said is None or not folder.asked.exists():
            return False
        over = said.activity is Activity.IDLE and said.at > folder.asked.stat().st_mtime
        return (over and len(api.seen(bead)) >= requests
                and "esc to interrupt" not in claude.gt("peek", agent).out)  # fmt: skip

    until(lambda: rests(2), LONG_S)  # the second because its hook holds work
    said = claude.gt("nudge", agent, "Please \x1b[31mhurry").out
    assert "delivered" in said, claude.gt("peek", agent).out
    until(lambda: "hurry" in json.dumps(api.seen(bead)[-1]["messages"]), LONG_S)
    until(lambda: rests(3), LONG_S)
    said = json.dumps(api.seen(bead)[-1]["messages"])
    assert said.count("hurry") == 1
    assert "You have mail." in said
    assert "> Please \\\\x1b[31mhurry" in said
    until(lambda: not claude.town.read().unread(agent))
    sessions = sessions_of(claude.town, host())
    session = sessions.get(agent)
    assert session is not None
    assert sessions.tmux is not None
    sessions.tmux._run("send-keys", "-t", f"={session.tmux_session}:", "-l", "my draft")
    until(lambda: "my draft" in claude.gt("peek", agent).out, LONG_S)
    assert "a person is at it" in claude.gt("nudge", agent, "And this").out
    assert "my draft" in claude.gt("peek", agent).out
    assert "And this" not in json.dumps(api.seen(bead)[-1]["messages"])
    assert len(claude.town.read().unread(agent)) == 1
