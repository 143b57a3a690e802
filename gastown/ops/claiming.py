"""Taking the next bead that can be started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BeadState
from gastown.ops.bead_status import claim_bead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.bead import Bead
    from gastown.store.bead_filter import BeadFilter
    from gastown.store.reader import Reader
    from gastown.store.town import Town


def claim_next(
    town: Town, wanted: BeadFilter, rules: Mapping[str, Any], *, actor: str
) -> Bead | None:
    """Make the first ready bead the actor's and in progress; None: nothing is ready.

    What is ready is asked under the town's lock, so that each bead has one winner. Beads that are
    assigned to others are passed over.

    Args:
        rules: further conditions, by the names of `Reader.ready`'s arguments.

    Raises:
        Refused: a polecat asks for more than what is on its hook.
    """
    with town.transaction("claim the next ready bead", actor=actor) as tx:
        now = town.edge.clock().timestamp()
        free = {**rules, "in_progress": False, "deferred": False}
        for bead in _candidates(tx.read, wanted, free, actor, now):
            found = tx.bead(bead.id)
            if found.state is BeadState.OPEN:
                found = claim_bead(tx, town, found, actor)
                tx.subject = f"claim {found.id}: {found.title}"
                return found
    return None


def _candidates(
    reader: Reader, wanted: BeadFilter, rules: Mapping[str, Any], actor: str, now: float
) -> list[Bead]:
    """The first of nobody's beads and the first of the actor's own, in the order that was asked."""
    whose = [wanted._replace(unassigned=True)] if wanted.assignee is None else []
    if wanted.assignee in (None, actor) and not wanted.unassigned:
        whose.append(wanted._replace(assignee=actor))
    found = [
        bead for one in whose
        for bead in reader.ready(now, wanted=one, limit=1, **rules)
    ]  # fmt: skip
    names = tuple(bead.id for bead in found)
    return reader.ready(now, wanted=wanted._replace(ids=names), **rules) if found else []
