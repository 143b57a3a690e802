"""The scheduler's queue: who is next, and what everybody else waits for.

One that cannot go keeps nobody behind it from going: a full rig, a held runtime and a blocked bead
are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE, BeadState
from gastown.domain.dispatch import Dispatch, DispatchState
from gastown.domain.hook import Role
from gastown.domain.places import Limit, Place, Taken, limits, no_place, taken_places
from gastown.domain.scheduler import SchedulerState
from gastown.views.readiness import why_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.bead import Bead
    from gastown.domain.scheduler import Scheduler
    from gastown.domain.settings import Settings
    from gastown.store.reader import Reader

PAUSE_S = 10
"""So many seconds, for each failure, before slinging is tried again by itself."""


@dataclass(frozen=True)
class Row:
    """A bead in the queue.

    Attributes:
        place: its number in the queue; None: it was given up.
        waits: for what; None: it goes now.
    """

    bead: str
    title: str
    rig: str
    runtime: str
    priority: int
    place: int | None
    waits: str | None
    convoy: str | None
    failures: int
    by: str
    created_at: str


@dataclass(frozen=True)
class Hold:
    """A runtime that nothing is started with. `until`: None: until somebody lifts it."""

    runtime: str
    until: str | None
    why: str
    agent: str | None
    since: str


@dataclass(frozen=True)
class SchedulerView:
    """The scheduler at a glance.

    Attributes:
        taken: how many polecats are at work; `limits`: what limits them, nothing where it is
            direct.
        stopped: why nothing at all is slung just now, if so.
    """

    state: SchedulerState
    reason: str | None
    paused_by: str | None
    stopped: str | None
    taken: int
    limits: tuple[Limit, ...]
    holds: tuple[Hold, ...]
    queue: tuple[Row, ...]
    failed: tuple[Row, ...]


@dataclass(frozen=True)
class Present:
    """What of the present the ledger does not know.

    Attributes:
        running: the agents whose sessions run, with their runtimes.
        stopped: why nothing is slung now (the town is down or frozen), if so.
        hurry: what failed is tried again at once.
    """

    now: datetime
    running: Mapping[str, str]
    stopped: str | None = None
    hurry: bool = False


def scheduler_view(reader: Reader, settings: Settings, present: Present) -> SchedulerView:
    """The scheduler at a glance."""
    found = reader.scheduler()
    places = taken_places(reader.hooks(), present.running)
    failed = reader.dispatches(DispatchState.FAILED)
    titles = {bead.id: bead.title for bead in reader.beads(identifiers=[one.id for one in failed])}
    return SchedulerView(
        found.state, found.reason, found.paused_by, present.stopped, len(places),
        tuple(limits(settings.scheduler, Taken.by(places.values()))),
        tuple(_hold(one) for one in found.holds), tuple(queue(reader, settings, present)),
        tuple(_row(one, settings, titles.get(one.id, ""), None, one.reason) for one in failed),
    )  # fmt: skip


def queue(reader: Reader, settings: Settings, present: Present) -> Iterator[Row]:
    """What waits for a place, in order; each that goes now takes its place."""
    waiting = reader.dispatches(DispatchState.QUEUED)
    if not waiting:
        return
    scheduler = reader.scheduler()
    policy = settings.scheduler
    taken = Taken.by(taken_places(reader.hooks(), present.running).values())
    beads = {bead.id: bead for bead in reader.beads(identifiers=[one.id for one in waiting])}
    convoys = {convoy.id: convoy.paused for convoy in reader.convoys()}
    for number, one in enumerate(waiting, 1):
        place = Place(one.rig, runtime_of(one, settings))
        bead = beads.get(one.id)
        waits = (
            present.stopped
            or (_words("the scheduler is paused", scheduler.reason)
                if scheduler.state is SchedulerState.PAUSED else None)
            or held(scheduler, place.runtime, present.now)
            or _resting(convoys, one)
            or obstacle(reader, one, bead, present.now)
            or no_place(policy, taken, place)
            or (None if present.hurry else _again(one, present.now))
        )  # fmt: skip
        if waits is None:
            taken.add(place)
        yield _row(one, settings, bead.title if bead is not None else "", number, waits)


def runtime_of(one: Dispatch, settings: Settings) -> str:
    """What would be started for it."""
    return one.runtime or settings.agent_for(Role.POLECAT, one.rig)


def obstacle(reader: Reader, one: Dispatch, bead: Bead | None, now: datetime) -> str | None:
    """What about the bead itself keeps it from being slung; None: nothing."""
    why = out_of_place(bead)
    if why is not None or bead is None:
        return why
    if bead.state is not BeadState.OPEN:
        return why_not(reader, bead, now.timestamp())
    until = _moment(bead.data.get("defer_until"))
    if until is not None and until > now:
        return why_not(reader, bead, now.timestamp())
    blockers = () if one.force else reader.open_blockers(bead)
    return f"it waits for {', '.join(blockers)}" if blockers else None


def out_of_place(bead: Bead | None) -> str | None:
    """Why a bead has no business in the queue any more; None: it has."""
    if bead is None:
        return "it is gone"
    if bead.state not in LIVE:
        return f"it is {'closed' if bead.state is BeadState.CLOSED else 'deleted'}"
    if bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS):
        return f"{bead.assignee or 'somebody'} has it"
    return None


def held(scheduler: Scheduler, runtime: str, now: datetime) -> str | None:
    """That nothing is started with a runtime, in words; None: it is."""
    hold = scheduler.hold_of(runtime)
    if hold is None:
        return None
    until = _moment(hold.get("until"))
    if until is not None and until <= now:
        return None  # it has passed, and only nobody has lifted it yet
    when = f" until {until:%Y-%m-%d %H:%M} UTC" if until is not None else ""
    return _words(f"{runtime} is held{when}", hold.get("why"))


def _resting(convoys: Mapping[str, str | None], one: Dispatch) -> str | None:
    why = convoys.get(one.convoy) if one.convoy is not None else None
    return f"convoy {one.convoy} is paused: {why}" if why is not None else None


def _again(one: Dispatch, now: datetime) -> str | None:
    """After a failure it is not tried again at once."""
    last = _moment(one.updated_at)
    if not one.failures or last is None:
        return None
    left = (last + timedelta(seconds=PAUSE_S * one.failures) - now).total_seconds()
    return f"it is tried again in {int(left) + 1} s: {one.reason}" if left > 0 else None


def _row(
    one: Dispatch, settings: Settings, title: str, place: int | None, waits: str | None
) -> Row:  # fmt: skip
    return Row(one.id, title, one.rig, runtime_of(one, settings), one.priority, place, waits,
               one.convoy, one.failures, one.by, one.created_at)  # fmt: skip


def _hold(data: Mapping[str, object]) -> Hold:
    until, agent = data.get("until"), data.get("agent")
    return Hold(str(data.get("runtime")), until if isinstance(until, str) else None,
                str(data.get("why") or ""), agent if isinstance(agent, str) else None,
                str(data.get("since") or ""))  # fmt: skip


def _words(text: str, more: object) -> str:
    return f"{text}: {more}" if more else text


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
