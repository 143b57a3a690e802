"""Agents' sessions: looked at and stopped; `starting` starts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.ops.conversations import STOPPED, end
from gastown.runtime import tmux
from gastown.runtime.logs import log_tail
from gastown.runtime.records import file_name
from gastown.runtime.sessions import Liveness, Sessions, State

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town


def sessions_of(town: Town, host: Host) -> Sessions:
    """The sessions of a town, with its own tmux server where tmux is installed."""
    layout = town.layout
    binary = tmux.available(host.env)
    server = None
    if binary is not None:
        socket = tmux.socket_path(layout.run, str(layout.root), host.temp)
        server = tmux.Tmux(binary, socket, host.clean_env())
    return Sessions(layout.run / "sessions", layout.logs / "sessions", server)


def liveness(sessions: Sessions, hook: Hook) -> Liveness | None:
    """Whether a hook's agent runs; None: none was started for this generation (so: not known)."""
    session = sessions.get(hook.id)
    if session is None or session.generation != hook.generation:
        return None
    return sessions.look(session)


def is_dead(sessions: Sessions, hook: Hook) -> bool:
    """Whether a hook's agent was started and is certainly not running any more."""
    found = liveness(sessions, hook)
    return found is not None and found.state is not State.RUNNING


def stop(town: Town, host: Host, hook: Hook) -> bool:
    """Stop a hook's agent, if it runs, and let go of its screen; True: it ran.

    Its conversation has ended then; it may be resumed as long as its work is the same.
    """
    sessions = sessions_of(town, host)
    session = sessions.get(hook.id)
    if session is None:
        return False
    found = sessions.look(session)
    ran = found.state is State.RUNNING
    if ran:
        sessions.stop(session)
    sessions.forget(hook.id)
    end(town, host, hook.id, how=STOPPED if ran else how_ended(found))
    return ran


def how_ended(found: Liveness) -> str:
    """How a session ended that was not stopped by us."""
    return "killed" if found.exit_code is None else f"exit {found.exit_code}"


def peek(town: Town, host: Host, hook_id: str, lines: int) -> str:
    """The last lines an agent's session showed.

    Raises:
        NotFound: it never had a session.
    """
    sessions = sessions_of(town, host)
    session = sessions.get(hook_id)
    if session is not None:
        return sessions.peek(session, lines)
    log = past_log(town, hook_id)
    if log is None:
        raise NotFound(f"{hook_id} never had a session", hint="gt agents --all lists all agents")
    return log_tail(log, lines)


def past_log(town: Town, hook_id: str) -> Path | None:
    """The log of an agent's sessions, which stays when the agent is gone."""
    log = town.layout.logs / "sessions" / f"{file_name(hook_id)}.log"
    return log if log.exists() else None
