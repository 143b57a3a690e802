"""The doorbell: one fixed line typed into an agent's terminal, so that it looks up its mail.

Nothing that anybody wrote ever comes this way. It is rung only where the client has said, or its
screen shows, that it takes a prompt, never into a dialog, and never where a person types. The line
is pasted; Enter follows when the line stands in the input alone, and again while it stays there.
That it was heard is told by the client's own word, or by its screen where it has none.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.runtime.agent_folder import Activity
from gastown.runtime.process import is_alive, wait_until
from gastown.runtime.readiness import Standing, judge
from gastown.runtime.sessions import Liveness, State
from gastown.runtime.tmux import TmuxError

if TYPE_CHECKING:
    from gastown.runtime.agent_folder import AgentFolder, Said
    from gastown.runtime.agents import Runtime
    from gastown.runtime.records import Session
    from gastown.runtime.tmux import Screen, Tmux

FRAME = " \t\u00a0│┃|║▌╹"
TYPED_LATELY_S = 20
JUST_STARTED_S = 8
_SHOWS_S = 2.0
_HEARD_S = 2.5
_PRESSES = 3


class Call(StrEnum):
    """The lines that may be typed, all of them."""

    MAIL = "You have mail."
    MAIL_UNHEARD = "You have mail: run `gt mail check --inject`."
    HOOK = "Look at your hook: run `gt hook`."


class Heard(StrEnum):
    """What came of ringing."""

    RANG = "rang"
    UNCONFIRMED = "not confirmed"
    WORKING = "working"
    TYPING = "a person types"
    WAITING = "waiting"
    NOT_READY = "not ready"
    NO_TERMINAL = "no terminal"
    GONE = "not running"


@dataclass(frozen=True)
class Rung:
    """What came of ringing, and why, where there is more to say."""

    heard: Heard
    why: str | None = None


@dataclass(frozen=True)
class InputLine:
    """The line of a screen in which a client takes its prompt. `text`: what is typed there."""

    text: str


def input_line(screen: Screen, ready: tuple[str, ...]) -> InputLine | None:
    """The input line of a screen, found by a client's ready signs; None: it shows none.

    It is the line with the cursor, else the last that begins with a sign. Text behind a cursor
    that stands right after the sign is a suggestion of the client and not typed.
    """
    rows = [screen.y] if screen.y < len(screen.lines) else []
    for row in [*rows, *reversed(range(len(screen.lines)))]:
        line = screen.lines[row]
        text = line.strip(FRAME)
        sign = next((one for one in ready if text.startswith(one)), None)
        if sign is None:
            continue
        begin = line.index(sign) + len(sign)
        if row == screen.y and begin <= screen.x <= begin + 1:
            return InputLine("")
        return InputLine(text.removeprefix(sign).strip(FRAME))
    return None


def ring(
    tmux: Tmux | None, session: Session, runtime: Runtime, folder: AgentFolder, call: Call,
    *, now: float,
) -> Rung:  # fmt: skip
    """Type a line into a session's client, if it may be, and see whether it is heard.

    Args:
        now: seconds since 1970.
    """
    if tmux is None or session.tmux_session is None:
        return Rung(Heard.NO_TERMINAL, "it runs without a terminal")
    if not runtime.ready:
        return Rung(Heard.NO_TERMINAL, f"{runtime.name} has no sign that it takes a prompt")
    if not is_alive(session.process):
        return Rung(Heard.GONE)
    try:
        pane = _pane(tmux, session)
        if pane is None:
            return Rung(Heard.GONE, "its terminal is gone")
        bell = _Bell(tmux, session.tmux_session, pane, runtime, folder, call)
        return bell.hindrance(now) or bell.ring()
    except TmuxError as trouble:
        return Rung(Heard.GONE, trouble.message)


def _pane(tmux: Tmux, session: Session) -> str | None:
    """The pane of the session's own process, whatever else a person has opened beside it."""
    for pane in tmux.panes():
        if (pane.session, pane.pid) == (session.tmux_session, session.process.pid):
            return None if pane.dead else pane.pane_id
    return None


@dataclass
class _Bell:
    tmux: Tmux
    name: str
    pane: str
    runtime: Runtime
    folder: AgentFolder
    call: Call

    def hindrance(self, now: float) -> Rung | None:
        """Why it must not be rung now; None: nothing is against it."""
        screen = self.tmux.screen(self.pane)
        if screen is None:
            return Rung(Heard.GONE, "its terminal is gone")
        return self._of_client(screen, now) or self._of_person(screen, now)

    def _of_client(self, screen: Screen, now: float) -> Rung | None:
        said = self.folder.said()
        shown = "\n".join(screen.lines)
        running = Liveness(State.RUNNING)
        for word in (said, None):  # its screen must not speak against its word
            found = judge(self.runtime, screen=shown, said=word, liveness=running, seconds=0)
            if found.state is Standing.WORKING:
                return Rung(Heard.WORKING)
            if found.state is Standing.WAITING:
                return Rung(Heard.WAITING, found.detail)
            if found.state is not Standing.READY:
                return Rung(Heard.NOT_READY, found.words)
        begins = said is not None and said.activity is Activity.STARTED
        if said is not None and begins and now - said.at < JUST_STARTED_S:
            return Rung(Heard.NOT_READY, "it has only just started")
        return None

    def _of_person(self, screen: Screen, now: float) -> Rung | None:
        last = self.tmux.last_key(self.name)
        if last is not None and now - last < TYPED_LATELY_S:
            return Rung(Heard.TYPING, "somebody is at its terminal")
        line = input_line(screen, self.runtime.ready)
        if line is None:
            return Rung(Heard.NOT_READY, "it shows no input line")
        if line.text not in ("", self.call.value):
            return Rung(Heard.TYPING, "something is typed into its input line")
        return None

    def ring(self) -> Rung:
        before, shown = self.folder.said(), self.tmux.screen(self.pane)
        if shown is not None and shown.in_mode:
            self.tmux.leave_mode(self.pane)
        if self._typed() != self.call.value:  # else one that nobody heard stands there still
            self.tmux.paste(self.pane, self.call.value)
        if not wait_until(lambda: self._typed() == self.call.value, _SHOWS_S):
            return Rung(Heard.UNCONFIRMED, "the line did not appear in its input")
        for _ in range(_PRESSES):
            self.tmux.press_enter(self.pane)
            if wait_until(lambda: self._is_heard(before), _HEARD_S):
                return Rung(Heard.RANG)
            if self._typed() != self.call.value:
                return Rung(Heard.UNCONFIRMED, "it took the line, but did not say so")
        return Rung(Heard.UNCONFIRMED, "the line stays in its input")

    def _is_heard(self, before: Said | None) -> bool:
        said = self.folder.said()
        if said is not None and (before is None or said != before):
            return said.activity is not Activity.ENDED
        return self.runtime.lifecycle is None and before is None and self._went()

    def _went(self) -> bool:
        """Whether the line has left the input, for a client that has no word of its own."""
        screen = self.tmux.screen(self.pane)
        if screen is None or screen.in_mode:
            return False
        line = input_line(screen, self.runtime.ready)
        return line is None or line.text != self.call.value

    def _typed(self) -> str | None:
        screen = self.tmux.screen(self.pane)
        line = input_line(screen, self.runtime.ready) if screen is not None else None
        return line.text if line is not None else None


def clock() -> float:
    """Now, as terminals and files count it: seconds since 1970."""
    return time.time()
