"""A town whose agents are a script that notes that it was started, and what it was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.ops import reconcile, wants
from gastown.ops.sessions import sessions_of
from gastown.runtime.sessions import State
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template
from tests.support.waiting import until

__all__ = ["broken_town", "desk", "project", "template"]

_AGENT = """#!/bin/sh
echo "$GT_ROLE" >>"{starts}"
gt prime >"{told}" 2>&1
if [ -e "{fifo}" ]; then read -r _ <"{fifo}"; fi
"""


class Agents:
    """The script as the agent command `fake`, the default of polecats.

    Attributes:
        told: what `gt prime` said to the last one that was started.
        fifo: where it is made, an agent stays until somebody writes into it.
    """

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._starts, self.told, self.fifo = folder / "starts", folder / "told", folder / "fifo"
        folder.mkdir()
        script = folder / "agent"
        script.write_text(_AGENT.format(starts=self._starts, told=self.told, fifo=self.fifo))
        script.chmod(0o755)
        desk.gt("config", "agent", "set", "fake", str(script))

    @property
    def starts(self) -> list[str]:
        """The agents in the order of their starts."""
        return self._starts.read_text().split() if self._starts.exists() else []

    def started(self, times: int) -> None:
        """Wait until agents have been started so often; fail if it was more often."""
        until(lambda: len(self.starts) >= times)
        assert len(self.starts) == times

    def rest(self, agent: str = "mp/toast") -> None:
        """Wait until an agent's session has ended."""
        sessions = sessions_of(self._desk.town, host())

        def ended() -> bool:
            session = sessions.get(agent)
            return session is not None and sessions.look(session).state is not State.RUNNING

        until(ended)

    def hand_in(self, title: str, files: dict[str, str]) -> tuple[str, Path]:
        """A bead that a started agent has handed in; its id and worktree."""
        bead = self._desk.bead(title, "--rig", "mp")
        [slung] = self._desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
        self.rest(slung["hook"]["id"])
        tree = Path(slung["path"])
        self._desk.work(tree, files)
        self._desk.gt("done", at=tree)
        return bead, tree


def wanted_by_monitor(desk: Desk) -> list[reconcile.Need]:
    """What the monitor would do now."""
    sessions = sessions_of(desk.town, host())
    want = wants.wanted(desk.town.read())
    return reconcile.needs(desk.town, want, sessions, sessions.all())


@pytest.fixture
def agents(desk: Desk, tmp_path: Path) -> Agents:
    """The script, as the agent command `fake`."""
    return Agents(desk, tmp_path / "agents")
