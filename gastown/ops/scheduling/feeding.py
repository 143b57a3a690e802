"""Launched convoys: their beads are queued by themselves, each as soon as it can be started.

A bead is queued once: one that was taken off its hook, or out of the queue, was so on purpose, and
waits until its convoy is launched again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.dispatch import DispatchState
from gastown.errors import MoveRefused
from gastown.ids import TOWN_RIG
from gastown.ops.observe import MONITOR
from gastown.ops.scheduling.dispatches import queue_in
from gastown.store.bead_filter import BeadFilter

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

NOT_FOR_AGENTS = ("epic", "human")
"""Types of beads that are ready without there being something for an agent to do."""


def launched(reader: Reader) -> list[Convoy]:
    """The open convoys whose beads are to be queued, oldest first."""
    found = reader.convoys(ConvoyState.OPEN)
    return [convoy for convoy in reversed(found) if convoy.launched and convoy.paused is None]


def is_hungry(reader: Reader, now: datetime) -> bool:
    """Whether a launched convoy has beads that are to be queued."""
    return any(to_queue(reader, convoy, now) for convoy in launched(reader))


def to_queue(
    reader: Reader, convoy: Convoy, now: datetime, *, again: bool = False
) -> list[tuple[Bead, str]]:
    """The beads of a convoy that can be started and wait nowhere, with the rig of each.

    Args:
        again: those, too, that were slung or queued before.
    """
    if not convoy.beads:
        return []
    wanted = BeadFilter(ids=convoy.beads, without_types=NOT_FOR_AGENTS)
    ready = reader.ready(now.timestamp(), wanted=wanted)
    if not ready:
        return []
    known = {one.id: one.state for one in reader.dispatches()}
    found = []
    for bead in ready:
        rig = bead.rig if bead.rig != TOWN_RIG else convoy.launch_rig
        state = known.get(bead.id)
        if rig is not None and (state is None or (again and state is not DispatchState.QUEUED)):
            found.append((bead, rig))
    return found


def feed(town: Town) -> None:
    """Queue what can be started of the launched convoys."""
    for convoy in launched(town.read()):
        found = to_queue(town.read(), convoy, town.edge.clock())
        if not found:
            continue
        names = ", ".join(bead.id for bead, _ in found)
        with town.transaction(f"convoy {convoy.id}: {names} can go", actor=MONITOR) as tx:
            now = tx.convoy(convoy.id)
            if now.launched and now.state is ConvoyState.OPEN:
                queue_ready(tx, town, now, found)


def queue_ready(
    tx: Transaction, town: Town, convoy: Convoy, found: list[tuple[Bead, str]]
) -> list[str]:  # fmt: skip
    """Queue beads of a convoy within an operation; those that are."""
    queued = []
    for one, rig in found:
        try:
            queue_in(tx, town, tx.bead(one.id), rig=rig, runtime=convoy.launch_runtime, force=False,
                     by=convoy.owner, convoy=convoy.id)  # fmt: skip
        except MoveRefused:
            continue  # somebody has taken it meanwhile
        queued.append(one.id)
    return queued
