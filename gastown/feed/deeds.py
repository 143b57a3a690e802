"""What the person does from the feed: each is one operation, told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ids import HUMAN
from gastown.ops import attaching, handoff, nudging
from gastown.render import mail, sessions
from gastown.runtime.foreground import give_terminal
from gastown.views.hook_log import named

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.attaching import Attachment
    from gastown.ops.host import Host
    from gastown.store.town import Town


class Deeds:
    """Acts in the name of the person."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def nudge(self, town: Town, agent: str, text: str | None) -> str:
        """Call an agent; what became of it.

        Raises:
            GtError: it is gone, or the text is too long.
        """
        done = nudging.nudge(town, self._host, [agent], text, actor=HUMAN)
        return " ".join(mail.calls(done).split())

    def hand_off(self, town: Town, agent: str, note: str) -> str:
        """Hand a session off with a note; what became of it.

        Raises:
            GtError: there is nothing left to hand off.
        """
        done = handoff.hand_off(
            town, self._host, named(town, agent), note=note.strip(), actor=HUMAN
        )
        return "; ".join(line.strip() for line in sessions.handed_off(done).splitlines())

    def attach(self, town: Town, agent: str) -> Attachment:
        """How to look at a session.

        Raises:
            GtError: it does not run, or has no terminal.
        """
        return attaching.attach(town, self._host, named(town, agent))

    def show(self, found: Attachment, folder: Path) -> int:
        """Give our terminal to a session until the person leaves it; the exit status."""
        return give_terminal(found.argv or (), cwd=folder, env=self._host.env)
