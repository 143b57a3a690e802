"""Waking an agent whose client had reached a limit that has passed.

One in a terminal hears the doorbell; one that cannot hear it, and one that has ended, is started
again with its conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.ops import nudging, restarting, sessions
from gastown.ops.observe import MONITOR
from gastown.runtime.doorbell import Heard
from gastown.runtime.sessions import State

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town

_LET_BE = (Heard.RANG, Heard.UNCONFIRMED, Heard.WORKING, Heard.TYPING)


def wake(town: Town, host: Host, hook: Hook) -> str:
    """Have an agent go on; how, in words.

    Raises:
        Busy: somebody is at work in its place.
        GtError: it cannot be started.
    """
    now = town.read().hook(hook.id)
    if now is None or now.generation != hook.generation or now.state is not HookState.ACTIVE:
        return "it has nothing to go on with any more"
    found = sessions.liveness(sessions.sessions_of(town, host), now)
    if found is not None and found.state is State.RUNNING:
        [call] = nudging.nudge(town, host, [now.id], None, actor=MONITOR).agents
        if call.heard in _LET_BE:
            return f"doorbell: {call.heard}"
        restarting.restart(town, host, now)
        return f"started again, since its doorbell was not heard ({call.why or call.heard})"
    restarting.start(town, host, now)
    return "started again"
