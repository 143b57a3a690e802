"""A town in which agents come to all kinds of ends, and somebody who looks at their health."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.domain.health import Health
from gastown.ops.health import report
from gastown.runtime.agent_folder import agent_folder
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]


class Ward:
    """The agents of a town, and how they are.

    Attributes:
        desk: the town.
    """

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self._folder = folder

    def shell(self, script: str) -> str:
        """An embedded agent that runs a script; its hook's id."""
        bead = self.desk.bead("A bead", "--rig", "mp", "-d", f"```sh\n{script}\n```")
        [slung] = self.desk.gt("sling", bead, "mp", "--json").data
        return str(slung["hook"]["id"])

    def claude(self, script: str) -> str:
        """A client like Claude Code that is a shell script; its hook's id."""
        self._folder.mkdir(exist_ok=True)
        program = self._folder / "claude"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        self.desk.gt("config", "agent", "set", "fake", str(program))
        bead = self.desk.bead("A bead", "--rig", "mp")
        [slung] = self.desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
        return str(slung["hook"]["id"])

    def hears(self, agent: str, moment: str, told: str = "{}") -> None:
        """The client runs its hook, as wired, with what it gives to it."""
        layout = self.desk.town.layout
        folder = agent_folder(layout.agents, agent).path
        self.desk.run("sh", layout.client_hooks / "agent-event", moment, folder, stdin=f"{told}\n")

    def pid(self, agent: str) -> int:
        """The agent's own process."""
        name = agent.replace("/", "--")
        return int((self.desk.town.layout.run / "sessions" / f"{name}.pid").read_text())

    def health(self, agent: str) -> Health:
        """How it is, as every command would say."""
        return report(self.desk.town, host()).healths[agent]


@pytest.fixture
def ward(desk: Desk, tmp_path: Path) -> Ward:
    """The agents of the town at the desk."""
    return Ward(desk, tmp_path / "client")
