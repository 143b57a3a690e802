"""What keeps the beads of a convoy from being slung: something that passes, or not by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.waiting import NOT_WORK
from gastown.views.dependencies import cycles
from gastown.views.readiness import why_not

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.convoy import Convoy
    from gastown.store.reader import Reader

_STUCK = (BeadState.DEFERRED, BeadState.BLOCKED, BeadState.PINNED)
_AT_WORK = (BeadState.HOOKED, BeadState.IN_PROGRESS)


@dataclass(frozen=True)
class Obstacle:
    """Why a bead cannot go now. `passes`: it ends when other work is merged."""

    bead: str
    why: str
    passes: bool


def obstacles(reader: Reader, convoy: Convoy, now: datetime) -> list[Obstacle]:
    """Why beads of a convoy that are not closed, and that nobody works on, cannot go now."""
    members = {bead.id: bead for bead in reader.beads(identifiers=convoy.beads)}
    circles = {bead.id: circle for circle in cycles(reader) for bead in circle}
    found = []
    for identifier in convoy.beads:
        bead = members.get(identifier)
        if bead is None:
            found.append(Obstacle(identifier, "there is no such bead any more", passes=False))
        elif bead.is_live and bead.state not in _AT_WORK:
            circle = [one.id for one in circles.get(identifier, ())]
            one = _of(reader, bead, circle, convoy, now)
            found += [one] if one is not None else []
    return found


def _of(
    reader: Reader, bead: Bead, circle: list[str], convoy: Convoy, now: datetime
) -> Obstacle | None:  # fmt: skip
    if bead.issue_type in NOT_WORK or bead.issue_type == "human":
        return Obstacle(bead.id, f"a {bead.issue_type} is nothing for an agent", passes=False)
    if bead.issue_type == "epic":
        return Obstacle(bead.id, "an epic is the sum of its children: put those on the convoy",
                        passes=False)  # fmt: skip
    if bead.state in _STUCK:
        return Obstacle(bead.id, why_not(reader, bead, now.timestamp()), passes=False)
    if circle:
        round_ = " → ".join([*circle, circle[0]])
        return Obstacle(bead.id, f"it waits in a circle: {round_}", passes=False)
    blockers = reader.open_blockers(bead)
    if not blockers:
        why = why_not(reader, bead, now.timestamp())
        put_off = why.startswith(("it is put off", "its parent"))
        return Obstacle(bead.id, why, passes=True) if put_off else None
    stuck = _stuck_below(reader, blockers)
    if stuck is not None:
        why = f"it waits for {stuck.id}: {why_not(reader, stuck, now.timestamp())}"
        return Obstacle(bead.id, why, passes=False)
    outside = [one for one in blockers if one not in convoy.beads]
    also = f", of which {', '.join(outside)} is not on the convoy" if outside else ""
    return Obstacle(bead.id, f"it waits for {', '.join(blockers)}{also}", passes=True)


def _stuck_below(reader: Reader, blockers: tuple[str, ...]) -> Bead | None:
    """What is stuck of all that blockers and theirs wait for."""
    seen: set[str] = set()
    todo = [*blockers]
    while todo:
        new = [one for one in todo if one not in seen]
        seen.update(new)
        found = reader.beads(identifiers=new)
        stuck = next((one for one in found if one.state in _STUCK), None)
        if stuck is not None:
            return stuck
        todo = [name for one in found for name in reader.open_blockers(one)]
    return None
