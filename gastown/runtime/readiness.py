"""Whether an agent's client takes work: told from what it said, its screen, and its process.

What the client itself says by its hooks outvotes its screen. On the screen the signs of a dialog
outvote those of a prompt, which many dialogs show as well. Nothing is ever answered here: what
waits for the person is named, with the lines that show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.runtime.agent_folder import Activity
from gastown.runtime.command import CANNOT_RUN
from gastown.runtime.sessions import State

if TYPE_CHECKING:
    from gastown.runtime.agent_folder import Said
    from gastown.runtime.agents import Runtime
    from gastown.runtime.sessions import Liveness

NO_SIGN = "its process runs"
"""The evidence where a client has no sign that could be looked for."""

_FRAME = " \t│┃|║▌╹"
_WORD_S = 6.0  # how long a prompt must stand before a client that says nothing is taken for ready
_STEADY_S = 1.0  # the same, for one that cannot say anything
_CHOICE = re.compile(r"\d+\. \S")


class Standing(StrEnum):
    """How far a client is."""

    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    WAITING = "waiting"
    NOT_READY = "not ready in time"
    ENDED = "ended"
    NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class Readiness:
    """How far a client is, and how that is known.

    Attributes:
        detail: what it waits for, or how it ended.
        advice: what the person can do about it.
        screen: the last lines that it showed; empty where its screen was not looked at.
        evidence: what told so.
        said: whether the client itself did.
    """

    state: Standing
    detail: str | None = None
    advice: str | None = None
    screen: str = ""
    evidence: str | None = None
    said: bool = False

    @property
    def takes_work(self) -> bool:
        """Whether the client has come as far as a prompt."""
        return self.state in (Standing.READY, Standing.WORKING)

    @property
    def words(self) -> str:
        """For a table."""
        return f"{self.state.value}: {self.detail}" if self.detail else self.state.value


class Patience:
    """When to stop waiting for a client.

    Its own word and a dialog end the waiting. Its screen alone does not at once: some clients show
    a prompt, and then a dialog over it. Of a client that runs our hooks a word is expected.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._steady_s = _WORD_S if runtime.lifecycle is not None else _STEADY_S
        self._since: float | None = None

    def is_over(self, found: Readiness, at: float) -> bool:
        """Whether what was found at a moment (in seconds) will not change by itself."""
        if found.state is Standing.STARTING:
            self._since = None
            return False
        if found.said or not found.takes_work:
            return True
        if self._since is None:
            self._since = at
        return at - self._since >= self._steady_s


def judge(
    runtime: Runtime, *, screen: str | None, said: Said | None, liveness: Liveness | None,
    seconds: float, patience_s: float | None = None,
) -> Readiness:  # fmt: skip
    """How far a client is.

    Args:
        screen: the last lines of its terminal; None: it has none, or nobody looked.
        said: its own last word in this session.
        liveness: of its process; None: none was started.
        seconds: since its start.
        patience_s: after how many seconds it is not ready in time; None: as the runtime says.
    """
    shown = screen or ""
    if liveness is None:
        return Readiness(Standing.ENDED, "it was not started", screen=shown)
    if liveness.state is not State.RUNNING:
        return _ended(runtime, liveness, shown)
    found = _by_word(said, shown) or _by_screen(runtime, screen)
    if found is not None:
        return found
    patience = runtime.patience_s if patience_s is None else patience_s
    if seconds < patience:
        return Readiness(Standing.STARTING, screen=shown)
    return Readiness(
        Standing.NOT_READY, f"no sign for {seconds:.0f} s",
        "look at its screen; where it only is slow, or shows another sign, say so: "
        "gt config agent set … --ready TEXT", shown,
    )  # fmt: skip


def not_installed(runtime: Runtime) -> Readiness:
    """Its program is nowhere on the search path."""
    how = runtime.get if runtime.get is not None else "install it, or name it with its whole path"
    return Readiness(Standing.NOT_INSTALLED, runtime.argv[0], how)


def _ended(runtime: Runtime, liveness: Liveness, screen: str) -> Readiness:
    status = liveness.exit_code
    if status == CANNOT_RUN:
        return Readiness(Standing.ENDED, f"status {status}: it could not be run",
                         runtime.get, screen, "its exit status")  # fmt: skip
    how = f"status {status}" if status is not None else "killed, or lost with the machine"
    dialog = _dialog(runtime, screen)
    if dialog is not None:
        return Readiness(Standing.ENDED, f"{how}, at its {dialog.detail}", dialog.advice, screen,
                         dialog.evidence)  # fmt: skip
    return Readiness(Standing.ENDED, how, None, screen, "its process")


_WORDS = {
    Activity.STARTED: (Standing.READY, "its session-start hook"),
    Activity.WORKING: (Standing.WORKING, "its own word"),
    Activity.IDLE: (Standing.READY, "its own word"),
    Activity.ENDED: (Standing.ENDED, "its session-end hook"),
}


def _by_word(said: Said | None, screen: str) -> Readiness | None:
    if said is None:
        return None
    if said.activity is Activity.WAITING:
        return Readiness(Standing.WAITING, said.message or "for the person",
                         "answer it in the session", screen, "its own word", said=True)  # fmt: skip
    state, evidence = _WORDS[said.activity]
    return Readiness(state, screen=screen, evidence=evidence, said=True)


def _by_screen(runtime: Runtime, screen: str | None) -> Readiness | None:
    if screen is None or not (runtime.ready or runtime.busy or runtime.dialogs):
        return _silent(runtime, screen)
    dialog = _dialog(runtime, screen)
    if dialog is not None:
        return dialog
    for text in runtime.busy:
        if text in screen:
            return Readiness(Standing.WORKING, screen=screen, evidence=f"{text!r} on its screen")
    return _prompt(runtime, screen)


def _silent(runtime: Runtime, screen: str | None) -> Readiness | None:
    """Without a sign to look for, a process that runs is all there is to know."""
    if runtime.lifecycle is not None:
        return None
    return Readiness(Standing.WORKING, screen=screen or "", evidence=NO_SIGN)


def _dialog(runtime: Runtime, screen: str) -> Readiness | None:
    for dialog in runtime.dialogs:
        if all(sign in screen for sign in dialog.signs):
            return Readiness(Standing.WAITING, dialog.name, dialog.advice, screen, "its screen")
    return None


def _prompt(runtime: Runtime, screen: str) -> Readiness | None:
    """The last line that begins like a prompt; one that goes on like `1. Yes` is a question."""
    if not runtime.ready:
        return _silent(runtime, screen)
    for line in reversed(screen.splitlines()):
        text = line.strip(_FRAME)
        sign = next((one for one in runtime.ready if text.startswith(one)), None)
        if sign is None:
            continue
        if _CHOICE.match(text.removeprefix(sign).strip()):
            return Readiness(Standing.WAITING, "a question", "answer it in the session", screen,
                             "its screen")  # fmt: skip
        return Readiness(Standing.READY, screen=screen, evidence=f"{sign!r} on its screen")
    return None
