"""Handing off: an agent's conversation ends with a note, and a new session begins with that note.

Whoever hands off sits in the very session that is to end, so that somebody else has to start the
next one: a process of ours that is let go, or the monitor. The order, and what a kill leaves:

1. A snapshot, and a mark on this machine: which session is to be cycled, and since when.
2. The commit: the note, and the end of the conversation. Before it the mark means nothing, since no
   hand-off of that time is in the ledger; from here on the session *is* to be cycled, and the
   monitor does it wherever the mark names a session that is there, or none is there.
3. The cycle, by the monitor or, where none runs, by a process that is let go: it stops the marked
   session, starts the next one with a new conversation, and takes the mark away. Killed after the
   stop, the mark still says what is to be done; killed after the start, it names a session that is
   gone, and is only taken away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.errors import GtError, Refused, UsageTrouble
from gastown.ids import HUMAN, MAYOR
from gastown.ops import conversations, restarting, sessions
from gastown.ops.retire import place_held
from gastown.ops.snapshots import capture
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.command import detached
from gastown.runtime.sessions import State
from gastown.store import faults, locks
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.restarting import Restarted
    from gastown.runtime.records import Session
    from gastown.store.town import Town

LONGEST = 16_000
_DROPPED = ("GT_FAULT", "GT_ROLE", "GT_RIG", "GT_AGENT", "GT_BRANCH", "BD_ACTOR", "CLAUDECODE")


class Next(StrEnum):
    """What comes after the hand-off."""

    STARTED = "started"
    STARTING = "starting"
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True)
class HandedOff:
    """A conversation that was handed on.

    Attributes:
        conversation: the record that holds the note.
        snapshot: what was not committed; None: nothing new.
        next: `started`, `starting` (this session ends in a moment), `later` (the town is down), or
            `none`: no session ran.
        warning: what did not go as it should.
    """

    agent: str
    conversation: str
    note: str | None
    snapshot: str | None
    next: Next
    warning: str | None = None


@dataclass(frozen=True)
class _Mark:
    """Which session is to be cycled. `at`: the hand-off is no earlier than that."""

    pid: int
    started: str
    at: str

    def is_of(self, session: Session) -> bool:
        return (self.pid, self.started) == (session.process.pid, session.process.started)


def hand_off(town: Town, host: Host, hook: Hook, *, note: str | None, actor: str) -> HandedOff:
    """Commit a note for an agent's next session, and cycle its session.

    Args:
        actor: who hands off; an agent does so for itself only, the person and the mayor for any.

    Raises:
        Refused: it is somebody else's session, or there is nothing left to hand off.
        UsageTrouble: the note is too long.
    """
    _check(hook, note, actor)
    snapshot, warning = _capture(town, hook)
    session = _running(town, host, hook)
    if session is not None:
        _write(town, hook, session)
    faults.reach("handoff:marked")
    ended = conversations.hand_on(town, host, hook, note)
    faults.reach("handoff:committed")
    next_, trouble = _go_on(town, host, hook, session, by_itself=actor == hook.id)
    return HandedOff(
        agent=hook.id, conversation=ended.id, note=note, snapshot=snapshot, next=next_,
        warning=trouble or warning,
    )  # fmt: skip


def is_marked(town: Town, hook_id: str, session: Session | None) -> bool:
    """Whether a session may have to be cycled; only looks at a file, so it can be asked often."""
    if not agent_folder(town.layout.agents, hook_id).handoff.exists():
        return False
    mark = _read(town, hook_id)
    return mark is None or session is None or mark.is_of(session)


def cycle(town: Town, host: Host, hook: Hook) -> Restarted | None:
    """Stop the session that was handed off and start the next one; None: there is nothing to do.

    Raises:
        Busy: somebody is at work in the hook's place; try again.
        GtError: the next session cannot be started; the mark stays.
    """
    with place_held(town, hook):
        return cycle_held(town, host, hook)


def cycle_held(town: Town, host: Host, hook: Hook) -> Restarted | None:
    """What `cycle` does, for a caller who holds the place."""
    file = agent_folder(town.layout.agents, hook.id).handoff
    mark = _read(town, hook.id)
    session = sessions.sessions_of(town, host).get(hook.id)
    is_other = mark is not None and session is not None and not mark.is_of(session)
    if mark is None or is_other:
        file.unlink(missing_ok=True)
        return None
    if not _is_committed(town, hook.id, mark):
        return None  # about to be, or given up
    if town.layout.is_quiet:
        return None
    stopped = restarting.stop_held(town, host, hook)
    faults.reach("handoff:stopped")
    try:
        restarting.check(town, hook)
    except GtError:
        file.unlink(missing_ok=True)  # nobody is to work here any more
        raise
    begun = restarting.start_held(town, host, hook, fresh=True, stopped=stopped)
    faults.reach("handoff:started")
    file.unlink(missing_ok=True)
    return begun


def _go_on(
    town: Town, host: Host, hook: Hook, session: Session | None, *, by_itself: bool
) -> tuple[Next, str | None]:
    if session is None:
        return Next.NONE, None
    if town.layout.is_quiet:
        return Next.LATER, None
    if by_itself:
        if not locks.is_held(town.layout.monitor_lock):  # else it sees the commit, and the mark
            _let_cycle(town, host, hook)
        return Next.STARTING, None
    try:
        cycle(town, host, hook)
    except GtError as error:
        return Next.LATER, error.message
    return Next.STARTED, None


def _let_cycle(town: Town, host: Host, hook: Hook) -> None:
    env = {key: value for key, value in host.clean_env().items() if key not in _DROPPED}
    env["GT_TOWN"] = str(town.layout.root)
    argv = [host.python, "-P", "-m", "gastown", "session", "cycle", hook.id]
    with detached(argv, env=env, log=town.layout.logs / "handoff.log"):
        pass


def _check(hook: Hook, note: str | None, actor: str) -> None:
    if actor not in (HUMAN, MAYOR, hook.id):
        raise Refused(f"the session of {hook.id} is not yours to hand off",
                      hint=f"tell it what you want: gt mail send {hook.id}")  # fmt: skip
    if hook.state is HookState.COMPLETED:
        raise Refused(f"the work of {hook.id} is handed in: there is nothing to hand off",
                      hint=f"say what you know in its issue: bd comment {hook.bead} …")  # fmt: skip
    if hook.state is HookState.ARCHIVED:
        raise Refused(f"{hook.id} is gone", hint="gt agents lists those that are here")
    if note is not None and len(note) > LONGEST:
        raise UsageTrouble(f"the note has {len(note):,} characters, at most are {LONGEST:,}",
                           hint="put what is long into a file of the worktree")  # fmt: skip


def _capture(town: Town, hook: Hook) -> tuple[str | None, str | None]:
    try:
        taken = capture(town, hook, "stopped")
    except GtError as error:
        return None, f"no snapshot: {error.message}"
    return (taken.oid if taken is not None else None), None


def _running(town: Town, host: Host, hook: Hook) -> Session | None:
    running = sessions.sessions_of(town, host)
    session = running.get(hook.id)
    if session is None or running.look(session).state is not State.RUNNING:
        return None
    return session


def _write(town: Town, hook: Hook, session: Session) -> None:
    folder = agent_folder(town.layout.agents, hook.id)
    folder.make()
    mark = {"pid": session.process.pid, "started": session.process.started, "at": town.now()}
    write_atomically(folder.handoff, json.dumps(mark).encode())


def _read(town: Town, hook_id: str) -> _Mark | None:
    file: Path = agent_folder(town.layout.agents, hook_id).handoff
    try:
        return _Mark(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _is_committed(town: Town, agent: str, mark: _Mark) -> bool:
    """Whether the ledger knows of a hand-off since the mark was made."""
    return any(
        one.how == conversations.HANDED_OFF and one.updated_at >= mark.at
        for one in town.read().conversations(agent)
    )
