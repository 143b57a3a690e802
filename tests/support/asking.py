"""An agent that asks: a shell script in place of Claude Code, which says what it waits for."""

from __future__ import annotations

import json
from pathlib import Path

from gastown.runtime.agent_folder import agent_folder
from tests.support.desk import Desk


def client(desk: Desk, folder: Path, script: str = "exec sleep 600") -> None:
    """Make the agent command `fake`, which runs a script."""
    folder.mkdir(exist_ok=True)
    program = folder / "claude"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    desk.gt("config", "agent", "set", "fake", program)


def sling(desk: Desk, title: str = "A bead") -> str:
    """A bead on a new agent of that kind; its hook's id."""
    bead = desk.bead(title, "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
    return str(slung["hook"]["id"])


def says(desk: Desk, agent: str, moment: str, message: str | None = None) -> None:
    """The client runs its hook, as wired: it works (`prompt`), waits, or is done."""
    layout = desk.town.layout
    told = json.dumps({"message": message}) if message is not None else "{}"
    folder = agent_folder(layout.agents, agent).path
    desk.run("sh", layout.client_hooks / "agent-event", moment, folder, stdin=f"{told}\n")


def asks_permission(desk: Desk, agent: str, what: str = "use Bash: rm -rf build") -> None:
    """It may not go on before it is allowed to."""
    says(desk, agent, "prompt")
    says(desk, agent, "waiting", f"Claude needs your permission to {what}")


def asks(desk: Desk, agent: str, question: str = "Red or blue?") -> None:
    """It asks something."""
    says(desk, agent, "prompt")
    says(desk, agent, "waiting", question)
