"""One pass over the queue: what has a place is slung, one bead after the other.

A pass takes one look after the other, so that it sees what each sling has changed, and ends when
nothing more can go. One lock lets passes follow each other; that no limit is exceeded does not hang
on it. What cannot be slung is counted; a bead whose worktree or agent could not be made is taken
back, so that its place is free, and given up after so many attempts, with an escalation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gastown.domain.dispatch import Dispatch, DispatchState
from gastown.domain.escalation import OF_DISPATCH, Severity
from gastown.domain.places import taken_places
from gastown.errors import Busy, DiskTrouble, GtError
from gastown.ops import sling
from gastown.ops.escalations import escalate_in
from gastown.ops.observe import MONITOR
from gastown.ops.scheduling.dispatches import move_dispatch, withdraw_in
from gastown.ops.scheduling.feeding import feed, is_hungry
from gastown.ops.scheduling.holds import lift_due
from gastown.ops.scheduling.places import NoPlace, running
from gastown.ops.sling_order import Order, Target
from gastown.ops.work import unsling
from gastown.store import locks
from gastown.views.scheduler import Present, Row, out_of_place, queue

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.ops.sling import Slung
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Failure:
    """A bead that could not be slung. `given_up`: it has failed too often."""

    bead: str
    why: str
    given_up: bool


@dataclass(frozen=True)
class Passed:
    """What a pass came to.

    Attributes:
        slung: in order; `failures`: what could not be.
        withdrawn: what has no business in the queue any more, with the reason.
        would: what would be slung, where it was only asked.
        stopped: why nothing is slung at all, if so.
    """

    slung: tuple[Slung, ...] = ()
    failures: tuple[Failure, ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()
    would: tuple[Row, ...] = ()
    stopped: str | None = None


@dataclass
class _Pass:
    town: Town
    host: Host
    actor: str
    hurry: bool
    orders: dict[tuple[str, str | None, bool], Order] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    slung: list[Slung] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def stopped(town: Town) -> str | None:
    """Why nothing is slung in the whole town now, if so."""
    if town.layout.frozen.exists():
        return "the town is frozen (gt thaw)"
    return "the town is down (gt up)" if town.layout.down.exists() else None


def present(town: Town, host: Host, *, hurry: bool = False) -> Present:
    """What the ledger does not know."""
    return Present(town.edge.clock(), running(town, host), stopped(town), hurry)


def is_due(town: Town, host: Host) -> bool:
    """Whether a pass would do something; reads only, so it can be asked often."""
    if stopped(town) is not None:
        return False
    reader = town.read()
    if is_hungry(reader, town.edge.clock()):
        return True
    waiting = reader.dispatches(DispatchState.QUEUED)
    if not waiting:
        return False
    if _out_of_place(reader, waiting):
        return True
    now = present(town, host)
    if _is_full(town, reader, now):
        return False
    return any(row.waits is None for row in queue(reader, town.settings(), now))


def dispatch(
    town: Town, host: Host, *, actor: str = MONITOR, most: int | None = None, hurry: bool = False,
    patience_s: float = _PATIENCE_S,
) -> Passed:  # fmt: skip
    """Sling what has a place.

    Args:
        most: so many beads at most.
        hurry: what has failed before is tried again at once.
        patience_s: how long somebody else's pass is waited for.

    Raises:
        Busy: somebody else's pass does not end.
    """
    why = stopped(town)
    if why is not None:
        return Passed(stopped=why)
    with locks.hold(town.layout.locks / "scheduler", wait_s=patience_s, what="the scheduler"):
        lift_due(town)
        feed(town)
        withdrawn = _tidy(town)
        now = _Pass(town, host, actor, hurry)
        while (most is None or len(now.slung) < most) and (row := _next(now)) is not None:
            now.tried.add(row.bead)
            _sling(now, row)
    return Passed(tuple(now.slung), tuple(now.failures), withdrawn)


def rehearse(town: Town, host: Host, *, most: int | None = None) -> Passed:
    """What a pass would sling now."""
    now = present(town, host, hurry=True)
    rows = [row for row in queue(town.read(), town.settings(), now) if row.waits is None]
    return Passed(would=tuple(rows[:most]), stopped=now.stopped)


def catch_up(town: Town, host: Host) -> Passed:
    """A pass after a command that may have freed a place, where no monitor makes one.

    It must not fail what was asked for.
    """
    if locks.is_held(town.layout.monitor_lock) or not is_due(town, host):
        return Passed()
    try:
        return dispatch(town, host, patience_s=0)
    except DiskTrouble:
        raise
    except GtError:
        return Passed()


def _next(now: _Pass) -> Row | None:
    """What goes next. Its bead has not been tried in this pass."""
    town = now.town
    reader, moment = town.read(), present(town, now.host, hurry=now.hurry)
    if not reader.dispatches(DispatchState.QUEUED) or _is_full(town, reader, moment):
        return None
    going = (row for row in queue(reader, town.settings(), moment) if row.waits is None)
    return next((row for row in going if row.bead not in now.tried), None)


def _is_full(town: Town, reader: Reader, now: Present) -> bool:
    """Whether nobody at all can get a place: the common case, found without a look at any bead."""
    most = town.settings().scheduler.max_polecats
    return bool(most) and len(taken_places(reader.hooks(), now.running)) >= most


def _sling(now: _Pass, row: Row) -> None:
    town = now.town
    found = town.read().find("dispatch", row.bead)
    if not isinstance(found, Dispatch):
        return
    try:
        now.slung.append(sling.sling_bead(town, now.host, row.bead, _order(now, found)))
    except (NoPlace, Busy):
        return  # somebody was quicker; it keeps its place in the queue
    except DiskTrouble:
        raise
    except GtError as trouble:
        now.failures.append(_failed(now, found, trouble))


def _order(now: _Pass, found: Dispatch) -> Order:
    key = (found.rig, found.runtime, found.force)
    if key not in now.orders:
        now.orders[key] = sling.order_for(
            now.town, now.host, Target(found.rig, None), runtime=found.runtime, force=found.force,
            actor=now.actor,
        )  # fmt: skip
    return replace(now.orders[key], owner=found.by)


def _failed(now: _Pass, found: Dispatch, trouble: GtError) -> Failure:
    town = now.town
    why = trouble.message
    given_up = False
    _take_back(now, found)
    with town.transaction(f"{found.id} could not be slung: {why}", actor=now.actor) as tx:
        one = tx.find_dispatch(found.id)
        bead = tx.find_bead(found.id)
        if one is None or out_of_place(bead) is not None:
            return Failure(found.id, why, given_up=False)
        if one.state is DispatchState.DISPATCHED:
            one = move_dispatch(tx, town, one, "queue", hook=None)
        if one.state is not DispatchState.QUEUED:
            return Failure(found.id, why, given_up=False)
        one = replace(one, failures=one.failures + 1, reason=why, updated_at=town.now())
        tx.put(one)
        given_up = one.failures >= town.settings().scheduler.attempts
        if given_up:
            move_dispatch(tx, town, one, "fail")
            body = (
                f"{why}\n{trouble.hint or ''}\n\nIt was tried {one.failures} times and waits no"
                f" more. Once that is mended: gt sling {found.id} {found.rig}; or forget it:"
                f" gt scheduler clear {found.id}"
            )
            escalate_in(
                tx, town, f"{found.id} cannot be slung to {found.rig}", severity=Severity.MEDIUM,
                source=MONITOR, body=body, bead=found.id, key=f"{OF_DISPATCH}{found.id}",
            )  # fmt: skip
    return Failure(found.id, why, given_up)


def _take_back(now: _Pass, found: Dispatch) -> None:
    """Free the place of a bead that came onto a hook whose worktree or agent could not be made."""
    reader = now.town.read()
    one = reader.find("dispatch", found.id)
    if not isinstance(one, Dispatch) or one.hook is None:
        return
    hook = reader.hook(one.hook)
    if one.state is not DispatchState.DISPATCHED or hook is None or hook.bead != found.id:
        return
    if hook.id in running(now.town, now.host):
        return
    try:
        unsling(now.town, found.id, host=now.host, actor=now.actor)
    except DiskTrouble:
        raise
    except GtError:
        return  # the monitor makes what is missing


def _out_of_place(reader: Reader, waiting: list[Dispatch]) -> list[tuple[str, str]]:
    beads = {bead.id: bead for bead in reader.beads(identifiers=[one.id for one in waiting])}
    found = [(one.id, out_of_place(beads.get(one.id))) for one in waiting]
    return [(bead, why) for bead, why in found if why is not None]


def _tidy(town: Town) -> tuple[tuple[str, str], ...]:
    """Take out of the queue what has no business there any more."""
    reader = town.read()
    found = _out_of_place(reader, reader.dispatches(DispatchState.QUEUED))
    if not found:
        return ()
    names = ", ".join(bead for bead, _ in found)
    with town.transaction(f"{names} wait no more", actor=MONITOR) as tx:
        for bead, _ in found:
            why = out_of_place(tx.find_bead(bead))
            if why is not None:
                withdraw_in(tx, town, bead, why)
    return tuple(found)
