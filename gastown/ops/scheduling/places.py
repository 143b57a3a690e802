"""Counting places where it matters: inside the operation that would take one more.

Whoever slings counts again there, under the town's lock, so that no way of slinging (a person's, a
molecule's next step, a conflict bead, the queue) can ever exceed a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.places import Place, Taken, no_place, taken_places
from gastown.domain.scheduler import Scheduler, SchedulerState
from gastown.errors import Refused
from gastown.ops.sessions import sessions_of
from gastown.runtime.sessions import State
from gastown.views.scheduler import held

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.ops.host import Host
    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


class NoPlace(Refused):
    """Not now: as many polecats are at work as may be, or nothing is to be started."""

    code = "no-place"


def running(town: Town, host: Host) -> Mapping[str, str]:
    """The agents whose sessions run, with their runtimes."""
    sessions = sessions_of(town, host)
    return {
        one.id: one.runtime for one in sessions.all().sessions
        if sessions.look(one).state is State.RUNNING
    }  # fmt: skip


def running_if_limited(town: Town, host: Host) -> Mapping[str, str]:
    """The same, where anything is limited; else nobody counts them."""
    return {} if town.settings().scheduler.is_direct else running(town, host)


def claim(
    tx: Transaction, town: Town, hook: Hook, running: Mapping[str, str],
    leaving: Hook | None = None,
) -> None:  # fmt: skip
    """Take a place for a hook's agent, within the operation that gives it work.

    Args:
        running: as looked at before the operation.
        leaving: whose place it takes over.

    Raises:
        NoPlace: there is none, its runtime is held, or the scheduler is paused and it is new.
    """
    runtime = hook.runtime
    if runtime is None:
        return
    scheduler = tx.scheduler()
    why = held(scheduler, runtime, town.edge.clock())
    if why is not None:
        raise NoPlace(why, hint=f"gt scheduler status; gt scheduler release {runtime}")
    if hook.role is not Role.POLECAT:
        return
    before = tx.read.hook(hook.id)
    if before is None or not before.is_live:
        why = paused(scheduler)
        if why is not None:
            raise NoPlace(why, hint="gt scheduler resume")
    take_place(tx, town, hook, running, leaving)


def take_place(
    tx: Transaction, town: Town, hook: Hook, running: Mapping[str, str],
    leaving: Hook | None = None,
) -> None:  # fmt: skip
    """The same for one that is there, whatever is held or paused: only the limits count.

    Raises:
        NoPlace: as many polecats are at work as may be.
    """
    policy = town.settings().scheduler
    runtime = hook.runtime
    if policy.is_direct or runtime is None or hook.role is not Role.POLECAT:
        return
    places = taken_places(tx.read.hooks(), running)
    if leaving is not None:
        places.pop(leaving.id, None)
    if hook.id in places:
        return
    why = no_place(policy, Taken.by(places.values()), Place(hook.rig, runtime))
    if why is not None:
        raise NoPlace(why, hint="gt scheduler status shows who has a place")


def check_places(
    tx: Transaction, town: Town, hooks: Iterable[Hook], running: Mapping[str, str], *,
    new: bool = True,
) -> None:  # fmt: skip
    """Check that each of several polecats would have a place.

    Args:
        new: they are, so nothing may be held or paused either.

    Raises:
        NoPlace: they would not, or nothing new is to be started.
    """
    policy = town.settings().scheduler
    known = taken_places(tx.read.hooks(), running)
    taken = Taken.by(known.values())
    for hook in hooks:
        runtime = hook.runtime
        if runtime is None or hook.role is not Role.POLECAT or hook.id in known:
            continue
        why = None
        if new:
            why = paused(tx.scheduler()) or held(tx.scheduler(), runtime, town.edge.clock())
        if why is None and not policy.is_direct:
            why = no_place(policy, taken, Place(hook.rig, runtime))
        if why is not None:
            raise NoPlace(f"{hook.id}: {why}", hint="gt scheduler status")
        taken.add(Place(hook.rig, runtime))


def taking_up(changed: Iterable[tuple[AnyRecord | None, AnyRecord | None]]) -> list[Hook]:
    """The hooks that become active, of records as they were and as they are."""
    return [
        now for was, now in changed
        if isinstance(now, Hook) and now.state is HookState.ACTIVE
        and not (isinstance(was, Hook) and was.state is HookState.ACTIVE)
    ]  # fmt: skip


def has_room(town: Town, host: Host, hook: Hook) -> bool:
    """Whether a hook that has a place may start its session now: it may have got that late.

    Work that comes back from the merge queue takes its place anew, beyond the limit if need be:
    its agent begins when the session of another one has ended.
    """
    policy = town.settings().scheduler
    if policy.is_direct or hook.role is not Role.POLECAT:
        return True
    others = {agent: runtime for agent, runtime in running(town, host).items() if agent != hook.id}
    taken = Taken.by(taken_places((), others).values())
    return no_place(policy, taken, Place(hook.rig, hook.runtime or "")) is None


def paused(scheduler: Scheduler) -> str | None:
    """That nothing new is slung, in words; None: it is."""
    if scheduler.state is not SchedulerState.PAUSED:
        return None
    return f"the scheduler is paused{f': {scheduler.reason}' if scheduler.reason else ''}"
