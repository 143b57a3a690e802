"""Work that did not merge goes back to the agent that handed it in, and its session goes on.

Before the commit a mark is left on this machine: the agent whose session is to go on, and the
session that there is. It means nothing before the ledger says that the hook is active again and its
request came back. After the commit the session is seen to: one in a terminal is told by its
doorbell, that there is mail; one without a terminal, and one that has ended, is started again with
its conversation; then the mark goes. Whoever is killed in between leaves the mark to the monitor,
or to the next run of the refinery. That the mark names another session than there is now says that
it was started already.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import MergeState
from gastown.errors import Busy, GtError
from gastown.ids import HUMAN
from gastown.ops import restarting, sessions
from gastown.ops.describing import describe
from gastown.ops.moves import move_hook
from gastown.ops.post import post_once
from gastown.ops.retire import place_held
from gastown.ops.scheduling.places import has_room
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.records import Runner
from gastown.runtime.sessions import State
from gastown.store import faults
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

CAME_BACK = (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED)
_REFINERY = "refinery"
_THINKS_NOT = (None, "shell")  # a person; the embedded agent, which would do the same again


def may_mend(hook: Hook | None, merge: Merge) -> bool:
    """Whether the agent that handed a request in is there and can think of something better."""
    return holds(hook, merge) and hook is not None and hook.runtime not in _THINKS_NOT


def holds(hook: Hook | None, merge: Merge) -> bool:
    """Whether a request's work is still, as it was handed in, on the hook that it came from."""
    return (
        hook is not None
        and hook.state is HookState.COMPLETED
        and hook.generation == merge.generation
        and hook.bead == merge.bead
    )


def mark(town: Town, host: Host, hook: Hook | None, merge: Merge) -> None:
    """Say on this machine that a hook's session may have to go on; before the commit."""
    if hook is None or not may_mend(hook, merge):
        return
    session = sessions.sessions_of(town, host).get(hook.id)
    folder = agent_folder(town.layout.agents, hook.id)
    folder.make()
    write_atomically(folder.rework, json.dumps([hook.generation, *_named(session)]).encode())


def give_back(tx: Transaction, town: Town, merge: Merge) -> Hook | None:
    """Make the hook of a request active again, within an operation; None: nobody can mend it."""
    hook = tx.find_hook(merge.hook) if merge.hook is not None else None
    if hook is None or not may_mend(hook, merge):
        return None
    return move_hook(tx, town, hook, "rework")


def is_marked(town: Town, hook: Hook) -> bool:
    """Whether a hook's session may have to go on; a look at a file, so it can be asked often."""
    return (
        hook.state is HookState.ACTIVE
        and hook.runtime not in _THINKS_NOT
        and agent_folder(town.layout.agents, hook.id).rework.exists()
    )


def wake(town: Town, host: Host, hook_id: str | None) -> str | None:
    """After the commit: see to it that the agent goes on. What was done, in words.

    That it cannot be started is told to the person, and is no failure of whoever gave it back.
    """
    hook = town.read().hook(hook_id) if hook_id is not None else None
    if hook is None or not is_marked(town, hook):
        return None
    faults.reach("rework:committed")
    describe(town, hook.id)
    try:
        with place_held(town, hook):
            return wake_held(town, host, hook)
    except Busy:
        return None  # the mark stays, and the monitor sees to it


def wake_held(town: Town, host: Host, hook: Hook) -> str | None:
    """What `wake` does, for a caller who holds the place."""
    try:
        return _go_on(town, host, hook)
    except Busy:
        return None
    except (GtError, OSError) as trouble:
        agent_folder(town.layout.agents, hook.id).rework.unlink(missing_ok=True)
        said = trouble.message if isinstance(trouble, GtError) else str(trouble)
        _tell_not_started(town, hook, said)
        return f"{hook.id} could not be started: {said}"


def _go_on(town: Town, host: Host, hook: Hook) -> str | None:
    file = agent_folder(town.layout.agents, hook.id).rework
    now = town.read().hook(hook.id)
    if now is None or not is_marked(town, now) or not _came_back(town, now):
        file.unlink(missing_ok=True)
        return None
    if town.layout.is_quiet:
        return None
    running = sessions.sessions_of(town, host)
    session = running.get(now.id)
    if not _is_of(file.read_bytes(), now, session):
        file.unlink(missing_ok=True)
        return None
    runs = session is not None and running.look(session).state is State.RUNNING
    if runs and session is not None and session.runner is Runner.TMUX:
        file.unlink(missing_ok=True)
        return f"{now.id} has mail: its work came back"
    if not runs and not has_room(town, host, now):
        return None  # the mark stays, and the monitor asks again
    restarting.check(town, now)
    stopped = restarting.stop_held(town, host, now)
    begun = restarting.start_held(town, host, now, fresh=False, stopped=stopped)
    faults.reach("rework:started")
    file.unlink(missing_ok=True)
    return f"{now.id} goes on with {now.bead} ({begun.runtime})"


def wake_all(town: Town, host: Host, rig: str) -> list[str]:
    """What killed refineries left: sessions of a rig that were to go on."""
    found = [hook for hook in town.read().hooks(rig=rig) if is_marked(town, hook)]
    return [said for hook in found if (said := wake(town, host, hook.id)) is not None]


def _came_back(town: Town, hook: Hook) -> bool:
    return any(
        merge.hook == hook.id and merge.generation == hook.generation and merge.bead == hook.bead
        for merge in town.read().merges(rig=hook.rig, states=CAME_BACK)
    )


def _named(session: Session | None) -> list[object]:
    return [session.process.pid, session.process.started] if session is not None else [None, None]


def _is_of(mark: bytes, hook: Hook, session: Session | None) -> bool:
    """Whether a mark is of this generation, and there is no other session by now."""
    try:
        said = json.loads(mark)
    except ValueError:
        return True
    return session is None or said == [hook.generation, *_named(session)]


def _tell_not_started(town: Town, hook: Hook, why: str) -> None:
    with town.transaction(f"{hook.id} could not be started", actor=_REFINERY) as tx:
        body = (
            f"The work of {hook.id} on {hook.bead} came back from the merge queue, and its session"
            f" could not be started: {why}\n\nTo start it: gt session start {hook.id}"
        )
        post_once(tx, town, to=HUMAN, subject=f"{hook.id} could not be started", body=body,
                  about=hook.id)  # fmt: skip
