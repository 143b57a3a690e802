"""Showing an agent's session in the person's terminal, and letting go of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import NotFound, Refused
from gastown.ops.readiness import await_ready, look
from gastown.ops.runtimes import described
from gastown.ops.sessions import sessions_of
from gastown.runtime.readiness import Standing
from gastown.runtime.records import Runner
from gastown.runtime.sessions import State
from gastown.views.sessions import in_words

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.restarting import Restarted
    from gastown.runtime.readiness import Readiness
    from gastown.runtime.tmux import Tmux
    from gastown.store.town import Town

OVER = (Standing.ENDED, Standing.NOT_INSTALLED)


@dataclass(frozen=True)
class Attachment:
    """A session that can be shown, or is over before it could be.

    Attributes:
        argv: the program that shows it in this terminal; None: there is nothing to show.
        command: the same for a person to type in any terminal.
        state: how far its client is, in words; `advice`: what the person can do about it.
        screen: the last lines that it showed, where it is over.
        begun: what was started for it; None: it ran already.
    """

    agent: str
    runtime: str
    argv: tuple[str, ...] | None
    command: str
    state: str
    advice: str | None
    screen: str
    begun: Restarted | None = None


def attach(
    town: Town, host: Host, hook: Hook, *, begun: Restarted | None = None
) -> Attachment:  # fmt: skip
    """How to look at a session.

    Args:
        begun: what was started for it just now; it is waited until its client is ready or has come
            to a stop.

    Raises:
        NotFound: it does not run.
        Refused: it has no terminal.
    """
    sessions = sessions_of(town, host)
    session = sessions.get(hook.id)
    if session is None or (begun is None and sessions.look(session).state is not State.RUNNING):
        raise NotFound(f"no session of {hook.id} runs", hint=_how_to_start(hook))
    if session.runner is not Runner.TMUX or session.tmux_session is None or sessions.tmux is None:
        why = "runs without a terminal" if session.runner is Runner.PROCESS else "needs tmux"
        raise Refused(
            f"the session of {hook.id} {why}", hint=f"see what it shows: gt peek {hook.id}"
        )
    if begun is None:
        seen = look(town, host, hook)  # whoever attaches sees for themselves what it is at
    else:
        seen = await_ready(town, host, hook, described(town, host, session).patience_s)
    is_over = seen.state in OVER and sessions.look(session).state is not State.RUNNING
    argv = _argv(sessions.tmux, session.tmux_session, host)
    return Attachment(
        agent=hook.id, runtime=session.runtime, argv=None if is_over else argv,
        command=shlex.join(sessions.tmux.attach_words(session.tmux_session)), state=in_words(seen),
        advice=seen.advice, screen=_last_lines(seen) if is_over else "", begun=begun,
    )  # fmt: skip


def _how_to_start(hook: Hook) -> str:
    return "gt mayor attach" if hook.role is Role.MAYOR else f"gt session start {hook.id}"


def _argv(tmux: Tmux, name: str, host: Host) -> tuple[str, ...]:
    """From within this very tmux server the terminal changes over; a session in a session is none.

    Any other terminal, also one that shows another tmux, gets a client of its own.
    """
    surrounding = host.env.get("TMUX", "").rpartition(",")[0].rpartition(",")[0]
    if surrounding and surrounding == str(tmux.socket):
        return tuple(tmux.switch_argv(name))
    return tuple(tmux.attach_argv(name))


def _last_lines(seen: Readiness) -> str:
    return "\n".join([line for line in seen.screen.splitlines() if line.strip()][-15:])
