"""Agents' sessions as a person starts, stops and restarts them: hook, bead and worktree stay.

What is started goes on with the agent's conversation where its client can. A session that a person
stopped stays on record as ended, with a mark on this machine that names it: so the monitor, which
starts again what died, lets it rest. All of it happens under the lock of the hook's place: the
monitor may be about to do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.hook import HookState, Role
from gastown.errors import GtError, MoveRefused, Refused
from gastown.ops import conversations, sessions, starting
from gastown.ops.freezing import refuse_frozen
from gastown.ops.retire import place_held
from gastown.ops.runtimes import runtime_for
from gastown.ops.snapshots import capture_held
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.sessions import State
from gastown.store import faults
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.town import Town


@dataclass(frozen=True)
class Stopped:
    """A session that was stopped.

    Attributes:
        ran: whether it did.
        snapshot: the newest snapshot that was taken on the way; None: there was nothing new.
        warnings: what could not be held, in words.
    """

    agent: str
    ran: bool
    snapshot: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Restarted:
    """A session that runs now.

    Attributes:
        stopped: what ran before; None: nothing did.
        resumed: the conversation that goes on; None: a new one, or the client does not tell.
    """

    agent: str
    runtime: str
    runner: str
    bead: str | None
    path: str
    resumed: str | None
    stopped: Stopped | None = None


def stop(town: Town, host: Host, hook: Hook) -> Stopped:
    """Stop a hook's session; its conversation can be gone on with.

    Raises:
        Busy: the worktree is being made or removed.
        Refused: the process does not end.
    """
    with place_held(town, hook):
        mark = _mark_rest(town, host, hook)
        try:
            return stop_held(town, host, hook)
        except GtError:
            mark.unlink(missing_ok=True)  # it runs on
            raise


def rests(town: Town, session: Session) -> bool:
    """Whether a session has ended because a person stopped it; a look at a file."""
    try:
        return _rest(town, session.id).read_text(encoding="ascii") == _named(session)
    except (OSError, ValueError):
        return False


def start(town: Town, host: Host, hook: Hook, *, fresh: bool = False) -> Restarted:
    """Start a hook's session; its last conversation goes on.

    Args:
        fresh: begin a new conversation.

    Raises:
        MoveRefused: nobody may work in the hook as it is.
        Refused: it runs already, nothing is to run, or there is nothing to do in the hook.
    """
    check(town, hook)
    with place_held(town, hook):
        return start_held(town, host, hook, fresh=fresh)


def restart(town: Town, host: Host, hook: Hook, *, fresh: bool = False) -> Restarted:
    """Stop a hook's session, if it runs, and start it again.

    Raises:
        MoveRefused, Refused: as for `start`; nothing was stopped then.
    """
    check(town, hook)
    runtime_for(town, host, hook.runtime, role=hook.role, rig=hook.rig)
    with place_held(town, hook):
        stopped = stop_held(town, host, hook)
        faults.reach("restart:stopped")
        return start_held(town, host, hook, fresh=fresh, stopped=stopped)


def check(town: Town, hook: Hook) -> None:
    """Refuse to start a session in a hook in which nobody may work.

    Raises:
        MoveRefused: nobody may work in it, as its record is.
        Refused: nothing is to run, or there is nothing to do.
    """
    _check_state(hook)
    refuse_frozen(town.layout, "no agent is started")
    if town.layout.down.exists():
        raise Refused("the town is down: nothing is started in it", hint="gt up")
    if hook.runtime is None and hook.role is not Role.MAYOR:
        raise Refused(f"no agent works in the hook of {hook.id}: it is a person's",
                      hint=f"cd {hook.path}")  # fmt: skip
    bead = town.read().find("bead", hook.bead) if hook.bead is not None else None
    if hook.bead is not None and (bead is None or bead.state not in LIVE):
        state = bead.state.value if bead is not None else "gone"
        raise Refused(f"{hook.bead}, which is on the hook of {hook.id}, is {state}",
                      hint=f"bd reopen {hook.bead}, or: gt unsling {hook.id}")  # fmt: skip


_NEXT = {
    HookState.CREATED: "nothing is on it: gt sling ISSUE {id}",
    HookState.SUSPENDED: "gt hooks resume {id}",
    HookState.COMPLETED: "its work is handed in; to have it reworked: gt sling {bead} {id}",
    HookState.ARCHIVED: "the agent is gone: gt sling ISSUE RIG makes a new one",
}


def _check_state(hook: Hook) -> None:
    stays = hook.role in (Role.MAYOR, Role.CREW)  # they have a place without a bead, too
    if hook.state is HookState.ACTIVE or (hook.state is HookState.CREATED and stays):
        return
    hint = _NEXT[hook.state].format(id=hook.id, bead=hook.bead or "ISSUE")
    raise MoveRefused(f"the hook of {hook.id} is {hook.state}: nobody may work in it", hint=hint)


def _mark_rest(town: Town, host: Host, hook: Hook) -> Path:
    """Say on this machine which session a person has stopped; before it is."""
    file = _rest(town, hook.id)
    session = sessions.sessions_of(town, host).get(hook.id)
    if session is not None:
        agent_folder(town.layout.agents, hook.id).make()
        write_atomically(file, _named(session).encode("ascii"))
    return file


def _rest(town: Town, hook_id: str) -> Path:
    return agent_folder(town.layout.agents, hook_id).path / "rests"


def _named(session: Session) -> str:
    return f"{session.process.pid} {session.process.started}"


def stop_held(town: Town, host: Host, hook: Hook) -> Stopped:
    """What `stop` does, for a caller who holds the place."""
    running = sessions.sessions_of(town, host)
    session = running.get(hook.id)
    if session is None:
        return Stopped(hook.id, ran=False)
    found = running.look(session)
    if found.state is not State.RUNNING:
        conversations.end(town, host, hook.id, how=sessions.how_ended(found))
        return Stopped(hook.id, ran=False)
    taken = [_capture(town, hook)]
    if not running.stop(session):
        raise Refused(f"process {session.process.pid} of {hook.id} does not end",
                      hint="see what it is at: gt peek, ps")  # fmt: skip
    taken.append(_capture(town, hook))
    conversations.end(town, host, hook.id, how=conversations.STOPPED)
    held = [oid for oid, _ in taken if oid is not None]
    warnings = tuple(dict.fromkeys(trouble for _, trouble in taken if trouble is not None))
    return Stopped(hook.id, ran=True, snapshot=held[-1] if held else None, warnings=warnings)


def start_held(
    town: Town, host: Host, hook: Hook, *, fresh: bool, stopped: Stopped | None = None
) -> Restarted:  # fmt: skip
    """What `start` does, for a caller who holds the place and has checked."""
    thread = agent_folder(town.layout.agents, hook.id).thread()
    session = starting.start(town, host, hook, fresh=fresh)
    resumed = thread.conversation if thread is not None and not fresh else None
    if resumed is not None and not any(resumed in word for word in session.argv):
        resumed = None
    return Restarted(
        agent=hook.id, runtime=session.runtime, runner=session.runner.value, bead=hook.bead,
        path=hook.path, resumed=resumed, stopped=stopped if stopped and stopped.ran else None,
    )  # fmt: skip


def _capture(town: Town, hook: Hook) -> tuple[str | None, str | None]:
    """A snapshot; what keeps it from being taken is no reason to let the agent go on."""
    try:
        taken = capture_held(town, hook, "stopped")
    except GtError as error:
        return None, f"no snapshot: {error.message}"
    return (taken.oid if taken is not None else None), None
