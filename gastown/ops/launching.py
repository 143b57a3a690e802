"""Launching a convoy: from then on its beads are queued by themselves, each when it can go.

They go in the order of their dependencies, since a bead can go only when what it waits for is
closed, and that is when it is merged. What can never go is said at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.convoy import Convoy, ConvoyState
from gastown.errors import Refused
from gastown.ids import TOWN_RIG
from gastown.ops.scheduling.dispatches import WAITING, withdraw_in
from gastown.ops.scheduling.feeding import queue_ready, to_queue
from gastown.views.convoys import pick
from gastown.views.obstacles import Obstacle, obstacles

if TYPE_CHECKING:
    from gastown.store.town import Town


@dataclass(frozen=True)
class Launched:
    """A convoy that the scheduler owns.

    Attributes:
        queued: what could go at once, in order.
        later: what waits for others; `never`: what does not go by itself, each with the reason.
        already: it was launched before.
    """

    convoy: Convoy
    queued: tuple[str, ...]
    later: tuple[Obstacle, ...]
    never: tuple[Obstacle, ...]
    already: bool


@dataclass(frozen=True)
class Halted:
    """A convoy that the scheduler owns no more. `withdrawn`: what was still in the queue."""

    convoy: Convoy
    withdrawn: tuple[str, ...]


def launch(
    town: Town, convoy_id: str | None, *, rig: str | None = None, runtime: str | None = None,
    actor: str,
) -> Launched:  # fmt: skip
    """Let the scheduler own a convoy, by default the newest open one; said again, it looks anew.

    One that its budget had paused goes on. What was taken off its hook or out of the queue is
    queued again then.

    Args:
        rig: where beads of the town itself go; each other goes to its own rig.
        runtime: the agent command for all of them.

    Raises:
        NotFound: there is no such convoy.
        Refused: it is not open, or holds beads of the town itself and no rig is named.
    """
    with town.transaction("launch a convoy", actor=actor) as tx:
        convoy = tx.convoy(pick(tx.read, convoy_id).id)
        if convoy.state is not ConvoyState.OPEN:
            raise Refused(f"convoy {convoy.id} is {convoy.state}", hint="gt convoy list")
        already = convoy.launched
        convoy = replace(
            convoy, launched=True, launch_rig=rig or convoy.launch_rig,
            launch_runtime=runtime or convoy.launch_runtime, paused=None,
        )  # fmt: skip
        members = tx.read.beads(identifiers=convoy.beads)
        homeless = [bead.id for bead in members if bead.is_live and bead.rig == TOWN_RIG]
        if homeless and convoy.launch_rig is None:
            raise Refused(f"{', '.join(homeless)} are the town's own: no rig of theirs is known",
                          hint=f"gt convoy launch {convoy.id} --rig RIG")  # fmt: skip
        if convoy != tx.convoy(convoy.id):
            convoy = replace(convoy, updated_at=town.now())
            tx.put(convoy)
        now = town.edge.clock()
        ready = to_queue(tx.read, convoy, now, again=True)
        queued = tuple(queue_ready(tx, town, convoy, ready))
        tx.subject = f"launch convoy {convoy.id}: {convoy.title}"
    found = obstacles(town.read(), convoy, now)
    return Launched(convoy, queued, tuple(one for one in found if one.passes),
                    tuple(one for one in found if not one.passes), already)  # fmt: skip


def halt(town: Town, convoy_id: str | None, *, actor: str) -> Halted:
    """Take a convoy back from the scheduler; what is on hooks goes on.

    Raises:
        NotFound: there is no such convoy.
        Refused: it was not launched.
    """
    with town.transaction("take a convoy back", actor=actor) as tx:
        convoy = tx.convoy(pick(tx.read, convoy_id).id)
        if not convoy.launched:
            raise Refused(f"convoy {convoy.id} was not launched",
                          hint=f"gt convoy launch {convoy.id}")  # fmt: skip
        convoy = replace(convoy, launched=False, launch_rig=None, launch_runtime=None,
                         updated_at=town.now())  # fmt: skip
        tx.put(convoy)
        mine = [one.id for one in tx.read.dispatches()
                if one.convoy == convoy.id and one.state in WAITING]  # fmt: skip
        why = f"convoy {convoy.id} was taken back"
        done = tuple(bead for bead in mine if withdraw_in(tx, town, bead, why) is not None)
        tx.subject = f"take convoy {convoy.id} back: {convoy.title}"
    return Halted(convoy, done)
