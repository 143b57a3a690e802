"""Notices at the foot of the terminals that look at agents, with a bell: where no desktop is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.runtime.desktop.way import NAME, CannotShow, Note, Placed

if TYPE_CHECKING:
    from gastown.runtime.tmux import Tmux


class Terminals:
    """The terminals that people look at a town's sessions with."""

    name = "terminals"

    def __init__(self, tmux: Tmux | None) -> None:
        self._tmux = tmux

    def show(self, note: Note) -> Placed:
        """Show a note in every one.

        Raises:
            CannotShow: nobody looks.
            TmuxError: tmux cannot say who looks.
        """
        if self._tmux is None:
            raise CannotShow("tmux is not installed")
        line = f"{NAME}: {note.title}: {note.body}" if note.body else f"{NAME}: {note.title}"
        shown = 0
        for terminals in self._tmux.clients().values():
            for terminal in terminals:
                shown += self._tmux.say(terminal, " ".join(line.split()), bell=not note.quiet)
        if not shown:
            raise CannotShow("nobody looks at an agent's terminal")
        return Placed(f"terminals ({shown})")

    def close(self, number: int) -> None:
        """It goes by itself."""

    def stop(self) -> None:
        """Nothing is held."""
