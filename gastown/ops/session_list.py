"""The sessions that run in a town, and the conversations that have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.readiness import looks
from gastown.ops.seance import former
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.views.sessions import SessionList, running_sessions

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.runtime.sessions import Sessions
    from gastown.store.town import Town


def session_list(town: Town, host: Host, *, every: bool = False) -> SessionList:
    """What runs, and with `every` what has ended."""
    sessions = sessions_of(town, host)
    hooks = {hook.id: hook for hook in town.read().hooks()}
    return SessionList(
        running_sessions(
            sessions, hooks, looks(town, host, hooks.values()), _conversations(town, sessions)
        ),
        former(town, host, running=False) if every else None,
    )  # fmt: skip


def _conversations(town: Town, sessions: Sessions) -> dict[str, str]:
    """What the agents are in; that of another client or generation is not theirs."""
    found = {}
    for session in sessions.all().sessions:
        thread = agent_folder(town.layout.agents, session.id).thread()
        of_it = (session.runtime, session.generation)
        if thread is not None and (thread.runtime, thread.generation) == of_it:
            found[session.id] = thread.conversation
    return found
