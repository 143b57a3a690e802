"""What agents' clients show on their screens just now, as far as they have known signs.

A look at a screen is a process of tmux, so it is taken only where it may tell something new.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gastown.domain.signs import Claim, Doing
from gastown.runtime.readiness import NO_SIGN, Standing, judge
from gastown.runtime.sessions import Liveness, State
from gastown.runtime.tmux import TmuxError

if TYPE_CHECKING:
    from gastown.runtime.agents import Runtime
    from gastown.runtime.records import Session
    from gastown.runtime.tmux import Tmux

_LINES = 50
_DOING = {
    Standing.READY: Doing.IDLE,
    Standing.WORKING: Doing.WORKING,
    Standing.WAITING: Doing.WAITING,
}


class Screens:
    """The screens of one look: tmux is asked for its panes once, and only if it must be."""

    def __init__(self, tmux: Tmux | None) -> None:
        self._tmux = tmux

    @cached_property
    def _panes(self) -> dict[tuple[str | None, int], str]:
        if self._tmux is None:
            return {}
        try:
            return {(pane.session, pane.pid): pane.pane_id for pane in self._tmux.panes()}
        except TmuxError:
            return {}

    def of(self, session: Session) -> str | None:
        """The last lines of a session's screen; None: it has none, or tmux does not answer."""
        if session.tmux_session is None or self._tmux is None:
            return None
        pane = self._panes.get((session.tmux_session, session.process.pid))
        try:
            return self._tmux.capture(pane, _LINES) if pane is not None else None
        except TmuxError:
            return None


def shown(runtime: Runtime, screen: str, at: float) -> Claim | None:
    """What a screen says that its client does; None: it has no known sign."""
    found = judge(runtime, screen=screen, said=None, liveness=Liveness(State.RUNNING), seconds=0)
    doing = _DOING.get(found.state)
    if doing is None or found.evidence == NO_SIGN:
        return None
    source = found.evidence or "its screen"
    if doing is Doing.WAITING:
        source = f"{found.detail} on its screen"
    return Claim(doing, at, found.detail, found.advice, source)
