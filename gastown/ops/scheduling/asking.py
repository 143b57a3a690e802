"""Asking for beads to be slung: at once where there is a place, else as soon as there is one.

Only what needs a new place waits: a bead for an agent that is there, one that takes over another's
place, and one without an agent go on a hook at once, or are refused.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.convoy import ConvoyState
from gastown.domain.dispatch import Dispatch, DispatchState
from gastown.domain.scheduler import SchedulerState
from gastown.errors import Busy
from gastown.ops.batch import Batch, together
from gastown.ops.convoys import start as start_convoy
from gastown.ops.observe import MONITOR
from gastown.ops.runtimes import runtime_for
from gastown.ops.scheduling.dispatches import queue_in
from gastown.ops.scheduling.passing import Passed, dispatch, present, stopped
from gastown.ops.scheduling.places import paused, running
from gastown.ops.sling import Slung, sling
from gastown.ops.sling_order import Target, batch_title, parse_target
from gastown.store import locks
from gastown.views.scheduler import Row, held, queue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

POLL_S = 0.3


@dataclass(frozen=True)
class Waiting:
    """A bead that waits for a place.

    Attributes:
        place: its number in the queue; `why`: what it waits for.
        again: it waited before.
    """

    bead: str
    title: str
    rig: str
    place: int
    why: str
    again: bool = False


@dataclass(frozen=True)
class Asked:
    """What became of each bead. `refused`: why the others were not taken at all."""

    slung: tuple[Slung, ...]
    waiting: tuple[Waiting, ...]
    refused: Batch[Slung]

    @property
    def batch(self) -> Batch[Slung]:
        """Those on hooks, and what was refused."""
        return Batch(self.slung, self.refused.refused)


def ask(
    town: Town, host: Host, beads: tuple[str, ...], target_text: str, *, runtime: str | None,
    start: bool = True, force: bool = False, actor: str, now: bool = True,
) -> Asked:  # fmt: skip
    """Put each bead on a hook, or into the queue.

    Args:
        now: make a pass over the queue at once; False: whoever calls holds locks, and the next
            pass sees to it.

    Raises:
        NotFound: a bead, the rig or the runtime does not exist; nothing was done.
        Refused: several beads for one agent.
    """
    target = parse_target(target_text)
    reader = town.read()
    rig = reader.rig(target.rig)
    states = {bead: reader.bead(bead).state for bead in beads}
    name = runtime_for(town, host, runtime, rig=rig.id).name
    waits = start and target.agent is None and _may_wait(town, name)
    free = tuple(bead for bead in beads if waits and states[bead] is BeadState.OPEN)
    direct = tuple(bead for bead in beads if bead not in free)
    slung: Batch[Slung] = Batch((), ())
    if direct:
        slung = sling(town, direct, target_text, runtime=runtime, host=host, start=start,
                      force=force, actor=actor)  # fmt: skip
    if not free:
        return Asked(slung.done, (), slung)
    queued, again = _queue(town, free, target, runtime, force, actor)
    passed = _pass(town, host, actor) if now else Passed()
    done = {one.bead: one for one in (*slung.done, *passed.slung)}
    waiting, others = _standing(town, host, queued.done, again, done)
    refused = Batch(slung.done, (*slung.refused, *queued.refused))
    mine = {*direct, *free}
    return Asked((*(one for bead, one in done.items() if bead in mine), *others), waiting, refused)


def _may_wait(town: Town, runtime: str) -> bool:
    """Whether a new polecat may have to wait for its place."""
    scheduler = town.read().scheduler()
    return (
        not town.settings().scheduler.is_direct
        or scheduler.state is SchedulerState.PAUSED
        or held(scheduler, runtime, town.edge.clock()) is not None
        or town.layout.frozen.exists()
    )


def _queue(
    town: Town, beads: tuple[str, ...], target: Target, runtime: str | None, force: bool, actor: str
) -> tuple[Batch[str], set[str]]:  # fmt: skip
    """Queue beads, several of them on one convoy; those that waited before, too."""
    before = {one.id for one in town.read().dispatches(DispatchState.QUEUED)}

    def change(tx: Transaction, bead: str) -> str:
        return queue_in(tx, town, tx.bead(bead), rig=target.rig, runtime=runtime, force=force,
                        by=actor).id  # fmt: skip

    def share(tx: Transaction, done: dict[str, str]) -> dict[str, str]:
        carried = {b for convoy in tx.read.convoys(ConvoyState.OPEN) for b in convoy.beads}
        members = tuple(bead for bead in done if bead not in carried)
        if len(beads) > 1 and members:
            title = batch_title(beads, target.rig)
            start_convoy(tx, town, title, members, owner=actor, automatic=True)
        return done

    found = together(
        town, beads, change, actor=actor, after=share,
        says=lambda done: f"{', '.join(done)} to {target.rig} when there is a place",
    )  # fmt: skip
    return found, before


def _pass(town: Town, host: Host, actor: str) -> Passed:
    try:
        return dispatch(town, host, actor=actor)
    except Busy:
        return Passed()


def _standing(
    town: Town, host: Host, queued: tuple[str, ...], again: set[str], done: dict[str, Slung]
) -> tuple[tuple[Waiting, ...], list[Slung]]:
    """What waits still, and what somebody else's pass has slung."""
    reader = town.read()
    rows = {row.bead: row for row in queue(reader, town.settings(), present(town, host))}
    waiting, others = [], []
    for bead in queued:
        if bead in done:
            continue
        one = reader.find("dispatch", bead)
        on_hook = _on_hook(town, bead)
        if bead in rows:
            waiting.append(_waiting(town, rows[bead], again))
        elif on_hook is not None:
            others.append(on_hook)
        elif isinstance(one, Dispatch):
            why = one.reason or "it is slung just now"
            waiting.append(Waiting(bead, reader.bead(bead).title, one.rig, 0, why))
    return tuple(waiting), others


def _waiting(town: Town, row: Row, again: set[str]) -> Waiting:
    why = row.waits or stopped(town) or "the next pass: gt scheduler run"
    return Waiting(row.bead, row.title, row.rig, row.place or 0, why, row.bead in again)


def waits_still(town: Town, bead: str) -> bool:
    """Whether a bead is in the queue, and on no hook."""
    one = town.read().find("dispatch", bead)
    return isinstance(one, Dispatch) and one.state is DispatchState.QUEUED


def come(town: Town, host: Host, beads: Iterable[str]) -> list[Slung]:
    """Wait until beads that are in the queue come onto hooks; none: they do not.

    A pause of the scheduler is not waited for, nor, where no monitor runs, that the places of
    agents get free that have ended: nobody helps those.
    """
    left = sorted(beads)
    while left:
        alone = not locks.is_held(town.layout.monitor_lock)
        if alone:
            _pass(town, host, MONITOR)
        reader = town.read()
        found = [one for bead in left if (one := _on_hook(town, bead)) is not None]
        if found:
            return found
        left = [bead for bead in left if waits_still(town, bead)]
        if paused(reader.scheduler()) is not None or stopped(town) is not None:
            return []
        if alone and not running(town, host):
            return []
        time.sleep(POLL_S)
    return []


def _on_hook(town: Town, bead: str) -> Slung | None:
    reader = town.read()
    one = reader.find("dispatch", bead)
    hook = reader.hook(one.hook) if isinstance(one, Dispatch) and one.hook else None
    if hook is None or hook.bead != bead or not hook.is_live:
        return None
    path = town.layout.root / hook.path
    return Slung(bead, reader.bead(bead).title, hook, path, started=True)
