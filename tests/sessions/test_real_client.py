"""The real Claude Code client as the mayor: interrupted by the person, and frozen in its work."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import AgentFolder, agent_folder
from gastown.runtime.launcher import pid_file, read_number
from gastown.runtime.process import descendants
from gastown.runtime.tmux import Tmux
from tests.clients.conftest import api, claude
from tests.sessions.conftest import PROMPT
from tests.support.desk import Desk, host
from tests.support.messages_api import Hold, MessagesApi, Say
from tests.support.waiting import until

__all__ = ["api", "claude"]

MARKER = "something that takes long"


def folder_of(desk: Desk) -> AgentFolder:
    """The mayor's folder."""
    return agent_folder(desk.town.layout.agents, "mayor")


def server_of(desk: Desk) -> Tmux:
    """The town's tmux server."""
    server = sessions_of(desk.town, host()).tmux
    assert server is not None
    return server


def work(desk: Desk, hold: Hold) -> None:
    """The client works on what it was told, until it is answered."""
    [pane] = server_of(desk).panes()
    server_of(desk).paste(pane.pane_id, MARKER)
    until(lambda: f"{PROMPT}\N{NO-BREAK SPACE}{MARKER}" in desk.gt("peek", "mayor").out)
    server_of(desk).press_enter(pane.pane_id)
    assert hold.reached.wait(30)
    until(lambda: "esc to interrupt" in desk.gt("peek", "mayor").out)


def silent_since(desk: Desk, seconds: float) -> None:
    """Nothing that the client writes to has changed for so long."""
    thread = folder_of(desk).thread()
    session = sessions_of(desk.town, host()).get("mayor")
    assert thread is not None
    assert session is not None
    then = time.time() - seconds
    for name in (folder_of(desk).state, session.log, thread.transcript or ""):
        if Path(name).exists():
            os.utime(name, (then, then))


def freeze(desk: Desk) -> None:
    """Stop the client itself, and wait for the end of what it has started: a sign of life, too."""
    session = sessions_of(desk.town, host()).get("mayor")
    assert session is not None
    client = read_number(pid_file(Path(session.exit_file)))
    assert client is not None
    os.kill(client, signal.SIGSTOP)
    until(lambda: not descendants(client), 30)


def found_silent(desk: Desk) -> str:
    """What is said of a client that was silent for long; its terminal may still bring the rest."""
    silent_since(desk, 400)
    said = desk.gt("mayor", "detach", "--json").data
    return "" if said["running"] else str(said["why"])


def test_interrupted_it_is_let_be_and_frozen_it_is_restarted(
    claude: Desk, api: MessagesApi
) -> None:
    """Esc leaves an idle client that says it works; one that is frozen in its work is resumed."""
    claude.gt("config", "set", "roles.mayor", "claude")
    hold = Hold()
    api.script(MARKER, [hold, Say("Done.")])
    claude.gt("mayor", "attach", status=1)
    until(lambda: folder_of(claude).thread())
    first = folder_of(claude).thread()
    assert first is not None
    work(claude, hold)
    [pane] = server_of(claude).panes()
    server_of(claude)._run("send-keys", "-t", pane.pane_id, "Escape")
    until(lambda: "esc to interrupt" not in claude.gt("peek", "mayor").out)
    silent_since(claude, 1000)
    assert folder_of(claude).state.read_text().strip() == "working"
    assert claude.gt("mayor", "status", "--json").data["state"] == "ready"
    assert claude.gt("mayor", "detach", "--json").data["running"] is True

    server_of(claude).press_enter(pane.pane_id)
    until(lambda: "esc to interrupt" in claude.gt("peek", "mayor").out)
    freeze(claude)
    assert "is stopped (SIGSTOP)" in until(lambda: found_silent(claude))
    hold.go.set()
    begun = claude.gt("mayor", "attach", "--json").data["begun"]
    assert begun["resumed"] == first.conversation
    claude.gt("mayor", "stop")
