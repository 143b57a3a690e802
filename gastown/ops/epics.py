"""Closing what has nothing left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.batch import Batch
from gastown.ops.closing import Order, close_bead, describe_released, follow
from gastown.views.epics import epics

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.town import Town


def close_eligible(town: Town, rig: str | None, *, actor: str) -> list[Bead]:
    """Close every epic whose children are all closed, children first, in one commit.

    Raises:
        MoveRefused: an agent asks, and an epic is on a hook.
        Refused: the work of an epic waits in the merge queue.
    """
    order = Order(reason="All children are closed", patient=False)
    with town.transaction("close finished epics", actor=actor) as tx:
        names = [epic.bead.id for epic in epics(tx.read, rig, eligible=True)]
        done = {name: close_bead(tx, town, name, order, actor) for name in names}
        done = follow(tx, town, done)
        tx.subject = f"close finished epics: {', '.join(names)}"
    describe_released(town, Batch(tuple(done.values()), ()))
    return [closed.bead for closed in done.values()]
