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
    from gastown.store.town import Town


def session_list(town: Town, host: Host, *, every: bool = False) -> SessionList:
    """What runs, and with `every` what has ended."""
    sessions = sessions_of(town, host)
    hooks = {hook.id: hook for hook in town.read().hooks()}
    threads = {name: agent_folder(town.layout.agents, name).thread() for name in hooks}
    return SessionList(
        running_sessions(
            sessions, hooks, looks(town, host, hooks.values()),
            {name: thread.conversation for name, thread in threads.items() if thread is not None},
        ),
        former(town, host, running=False) if every else None,
    )  # fmt: skip
