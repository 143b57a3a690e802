"""Suspending a hook, and resuming it: its agent rests, its work stays.

The order of suspending, and what a kill at each point leaves:

1. A snapshot: killed after it, nothing has happened yet but that work is held.
2. The commit: from here on the hook *is* suspended. Killed after it, the agent still runs, which
   the monitor sees and stops, since no agent may work in a suspended hook. Stopping first would
   leave an active hook with a dead agent, which the monitor would start again.
3. The stop, and 4. one more snapshot, of what the agent wrote until it ended. Killed before that,
   the files are still there; the monitor takes it when they have settled.

Resuming goes the other way: the commit, the worktree if it is gone, the session. Killed after the
commit, there is an active hook without a session, which the monitor starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import HOOK, Hook
from gastown.errors import GtError, MoveRefused, NotFound, Refused
from gastown.ops import runtimes, sessions, starting
from gastown.ops.moves import move_hook
from gastown.ops.repair import mend_held
from gastown.ops.retire import place_held
from gastown.ops.scheduling.places import running_if_limited, take_place
from gastown.ops.snapshots import capture
from gastown.runtime.sessions import State
from gastown.store import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host
    from gastown.ops.repair import Finding
    from gastown.store.snapshot import Snapshot
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


@dataclass(frozen=True)
class Suspended:
    """A hook that rests.

    Attributes:
        stopped: whether its agent ran.
        snapshot: the newest snapshot taken on the way, or None where there was nothing new to hold.
        left_out: what is in no snapshot; it stays in the worktree.
        warnings: what could not be held, in words.
    """

    hook: Hook
    stopped: bool
    snapshot: str | None
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resumed:
    """A hook that is active again. `mended`: what was wrong with its worktree."""

    hook: Hook
    started: bool
    mended: tuple[Finding, ...] = ()


def suspend(
    town: Town, hook_id: str, *, host: Host, actor: str, reason: str | None = None,
    also: Callable[[Transaction, Hook], None] | None = None,
) -> Suspended:  # fmt: skip
    """Let a hook rest: its agent is stopped, its work held by a snapshot, its bead stays with it.

    Args:
        also: what is done in the same commit, given the hook as it was; it may refuse.

    Raises:
        NotFound: there is no such hook.
        MoveRefused: it is not active; nothing was done.
    """
    hook = _hook(town, hook_id)
    _check(hook, "suspend", f"gt hooks resume {hook_id}")  # before anything is done
    taken = [_capture(town, hook)]
    faults.reach("suspend:held")
    with town.transaction(f"suspend {hook_id}", actor=actor) as tx:
        if also is not None:
            also(tx, tx.hook(hook_id))
        hook = move_hook(tx, town, tx.hook(hook_id), "suspend", reason=reason)
    faults.reach("suspend:committed")
    stopped = sessions.stop(town, host, hook)
    faults.reach("suspend:stopped")
    taken.append(_capture(town, hook))
    held = [one for one, _ in taken if one is not None]
    return Suspended(
        hook, stopped, held[-1].oid if held else None,
        left_out=(*held[-1].left_out, *held[-1].nested) if held else (),
        warnings=tuple(dict.fromkeys(trouble for _, trouble in taken if trouble is not None)),
    )  # fmt: skip


def resume(town: Town, hook_id: str, *, host: Host, actor: str) -> Resumed:
    """Let a suspended hook go on: its worktree is mended if need be, its agent started.

    Raises:
        NotFound: there is no such hook, or its runtime is not known any more.
        MoveRefused: it is not suspended.
        NoPlace: as many polecats are at work as may be.
        Refused: its agent cannot be started; the hook is active all the same.
    """
    hook = _hook(town, hook_id)
    _check(hook, "resume", f"gt hooks suspend {hook_id}; or see: gt hook {hook_id}")
    if hook.runtime is not None:
        runtimes.runtime_for(town, host, hook.runtime)
    running = running_if_limited(town, host)
    with town.transaction(f"resume {hook_id}", actor=actor) as tx:
        hook = move_hook(tx, town, tx.hook(hook_id), "resume")
        take_place(tx, town, hook, running)
    faults.reach("resume:committed")
    with place_held(town, hook):
        mended = tuple(mend_held(town, hook))
    return Resumed(hook, _start(town, host, hook), mended)


def _hook(town: Town, hook_id: str) -> Hook:
    hook = town.read().hook(hook_id)
    if hook is None:
        raise NotFound(f"no hook {hook_id!r}", hint="gt hooks list shows all")
    return hook


def _check(hook: Hook, trigger: str, instead: str) -> None:
    try:
        HOOK.after(hook.state, trigger)
    except MoveRefused as refused:
        raise MoveRefused(
            f"the hook of {hook.id} is {hook.state}: there is nothing to {trigger}",
            hint=f"{refused.hint}; {instead}",
        ) from None


def _capture(town: Town, hook: Hook) -> tuple[Snapshot | None, str | None]:
    """A snapshot; what keeps it from being taken is no reason to let the agent go on."""
    try:
        return capture(town, hook, "suspended"), None
    except GtError as error:
        return None, f"no snapshot: {error.message}"


def _start(town: Town, host: Host, hook: Hook) -> bool:
    """Start the hook's agent, unless there is none to start or the town is to be quiet."""
    if hook.runtime is None or town.layout.is_quiet:
        return False
    if _runs(town, host, hook):
        return False  # it was never stopped
    try:
        starting.start(town, host, hook)
    except Refused:
        if not _runs(town, host, hook):
            raise
        # The monitor has seen an active hook without its agent, and was quicker.
    return True


def _runs(town: Town, host: Host, hook: Hook) -> bool:
    found = sessions.liveness(sessions.sessions_of(town, host), hook)
    return found is not None and found.state is State.RUNNING
