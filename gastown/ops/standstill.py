"""Taking a whole town down, so that nothing runs in it, and up again as it was.

Down is written first, as a fact of this machine: from then on nothing is started by itself. Then
the monitor ends, and each agent is suspended with a snapshot of its work. Only processes that this
town has started are touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.places import RESTS_WITH_TOWN
from gastown.errors import GtError
from gastown.ids import MAYOR
from gastown.ops import mayor, monitor, restarting, sessions
from gastown.ops.suspension import resume, suspend
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.sessions import State
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.ops.monitor import Started, Stopped
    from gastown.store.town import Town

REASON = RESTS_WITH_TOWN


@dataclass(frozen=True)
class Down:
    """A town in which nothing runs.

    Attributes:
        suspended: agents whose work was at hand; they go on after `gt up`.
        stopped: sessions of agents that had handed in, or of the mayor.
        troubles: what could not be stopped.
    """

    monitor: Stopped
    suspended: tuple[str, ...]
    stopped: tuple[str, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Up:
    """A town that is kept moving. `resumed`: agents that go on; `troubles`: those that do not."""

    monitor: Started
    resumed: tuple[str, ...]
    troubles: tuple[str, ...]


def take_down(town: Town, host: Host, *, actor: str) -> Down:
    """Stop everything that this town runs; said again, it finishes what was cut off.

    Raises:
        Refused: the monitor cannot be stopped.
    """
    write_atomically(town.layout.down, f"{town.now()} {actor}\n".encode())
    ended = monitor.stop_monitor(town)
    suspended, stopped, troubles = [], [], []
    running = sessions.sessions_of(town, host)
    hooks = {hook.id: hook for hook in town.read().hooks()}
    for session in running.all().sessions:
        if running.look(session).state is not State.RUNNING:
            continue
        hook = hooks.get(session.id)
        try:
            if hook is not None and hook.state is HookState.ACTIVE:
                suspend(town, hook.id, host=host, actor=actor, reason=REASON)
                suspended.append(session.id)
            elif hook is not None:
                _keep_in_mind(town, hook)
                restarting.stop(town, host, hook)
                stopped.append(session.id)
            elif not running.stop(session):
                troubles.append(f"{session.id}: process {session.process.pid} does not end")
            else:
                stopped.append(session.id)
        except GtError as trouble:
            troubles.append(f"{session.id}: {trouble.message}")
    if running.tmux is not None and not troubles:
        running.tmux.kill_server()
    return Down(ended, tuple(suspended), tuple(stopped), tuple(troubles))


def bring_up(town: Town, host: Host, *, actor: str) -> Up:
    """Let the town move again: the monitor, and the agents that `take_down` suspended.

    Raises:
        Refused: the monitor cannot be started.
    """
    town.layout.down.unlink(missing_ok=True)
    started = monitor.start(town, host)
    resumed, troubles = [], []
    for hook in _suspended_by_down(town):
        try:
            resume(town, hook.id, host=host, actor=actor)
            resumed.append(hook.id)
        except GtError as trouble:
            troubles.append(f"{hook.id}: {trouble.message}")
    try:
        resumed += [MAYOR] if _start_mayor(town, host, actor) else []
    except GtError as trouble:
        troubles.append(f"{MAYOR}: {trouble.message}")
    return Up(started, tuple(resumed), tuple(troubles))


def _keep_in_mind(town: Town, hook: Hook) -> None:
    """The mayor runs again after `bring_up` only if it ran before; its record does not tell."""
    if hook.role is Role.MAYOR:
        agent_folder(town.layout.agents, MAYOR).ran.touch()


def _start_mayor(town: Town, host: Host, actor: str) -> bool:
    ran = agent_folder(town.layout.agents, MAYOR).ran
    if not ran.exists():
        return False
    if not mayor.status(town, host).running:
        mayor.start(town, host, actor=actor)
    ran.unlink(missing_ok=True)
    return True


def _suspended_by_down(town: Town) -> list[Hook]:
    return [
        hook for hook in town.read().hooks()
        if hook.state is HookState.SUSPENDED and hook.reason == REASON
    ]  # fmt: skip
