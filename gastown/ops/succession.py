"""What can start because something was closed, and what to go on with; in the same operation.

`tx.read` still shows the town as it was before, so what was closed a moment ago is asked of the
operation itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from gastown.domain.bead import BLOCKING, Bead, BeadState
from gastown.domain.waiting import NOT_WORK, wait_of, waited_for
from gastown.ops.bead_status import claim_bead
from gastown.ops.moves import ancestry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_PLAIN = frozenset({"blocks", "conditional-blocks"})


class Following(StrEnum):
    """What to look for when something was closed.

    The next step or sibling, to claim it or only to show it, or the next ready bead of the rig.
    """

    NOTHING = "nothing"
    CLAIM_STEP = "claim step"
    SHOW_STEP = "show step"
    CLAIM_ANY = "claim any"


@dataclass(frozen=True)
class Successor:
    """What to go on with.

    Attributes:
        bead: None: nothing of it is ready.
        root: the molecule or parent it was looked for in; None: in the whole rig.
        claimed: it is the actor's and in progress now.
        complete: nothing of `root` is open any more.
    """

    bead: Bead | None
    root: str | None
    claimed: bool
    complete: bool


def open_blockers(tx: Transaction, bead: Bead) -> tuple[str, ...]:
    """What a bead waits for, now."""
    found = {one for one in tx.read.open_blockers(bead) if _is_live(tx, one)}
    plain = bead.depends_on(_PLAIN)
    for wait in filter(None, map(wait_of, bead.dependencies)):
        children = [child.id for child in tx.read.children(wait.spawner) if child.id != bead.id]
        family = [child for child in map(tx.find_bead, children) if child is not None]
        found -= {child.id for child in family if child.id not in plain}
        found.update(waited_for(wait, tx.find_bead(wait.spawner), family))
    return tuple(sorted(found))


def freed_by(tx: Transaction, identifier: str) -> list[Bead]:
    """The beads that waited for a bead and wait for nothing now."""
    waiting = [other for other, kind in tx.read.dependents(identifier) if kind in BLOCKING]
    closed = tx.find_bead(identifier)
    if closed is not None and closed.parent is not None:  # what waits for its parent's children
        above = tx.read.dependents(closed.parent)
        waiting += [other for other, kind in above if kind == "waits-for" and other != identifier]
    freed = []
    for other in dict.fromkeys(waiting):
        bead = tx.find_bead(other)
        if bead is not None and bead.is_live and not open_blockers(tx, bead):
            freed.append(bead)
    return freed


def is_ready(tx: Transaction, bead: Bead, now: datetime) -> bool:
    """Whether a bead can be started, now, by the rules of `bd ready`."""
    if bead.state is not BeadState.OPEN or bead.issue_type in NOT_WORK:
        return False
    if bead.data.get("ephemeral") or bead.data.get("pinned"):
        return False
    return not any(open_blockers(tx, one) or _is_put_off(one, now) for one in ancestry(tx, bead))


def go_on(
    tx: Transaction, town: Town, closed: list[Bead], following: Following, actor: str
) -> Successor:
    """Find what to go on with after beads were closed, and claim it where that is wanted."""
    now = town.edge.clock()
    if following is Following.CLAIM_ANY:
        root, live = None, None
        ready = _ready_in_rig(tx, closed, now)
    else:
        root = _root(tx, closed[-1])
        live = [bead for bead in _below(tx, root) if bead.is_live] if root is not None else []
        ready = [bead for bead in live if is_ready(tx, bead, now) and not _holds_steps(tx, bead)]
    free = [bead for bead in ready if bead.assignee in (None, actor)]
    chosen = free[0] if free else None
    claims = chosen is not None and following is not Following.SHOW_STEP
    if chosen is not None and claims:
        chosen = claim_bead(tx, town, chosen, actor)
    return Successor(chosen, root, claims, root is not None and not live)


def _ready_in_rig(tx: Transaction, closed: list[Bead], now: datetime) -> list[Bead]:
    """What is ready in the rig of the closed beads, the most urgent first, then the newest."""
    rig = closed[-1].rig
    before = tx.read.ready(now.timestamp(), rig=rig, limit=len(closed) + 10)
    freed = [bead for one in closed for bead in freed_by(tx, one.id)]
    freed += [child for bead in freed for child in _below(tx, bead.id)]
    current = [tx.bead(bead.id) for bead in (*before, *freed) if bead.rig == rig]
    ready = {bead.id: bead for bead in current if is_ready(tx, bead, now)}
    newest_first = sorted(ready.values(), key=lambda b: str(b.data.get("created_at")), reverse=True)
    return sorted(newest_first, key=lambda bead: bead.priority)


def _root(tx: Transaction, bead: Bead) -> str | None:
    """The molecule that a bead is a step of, else its parent."""
    for above in islice(ancestry(tx, bead), 1, None):
        if above.issue_type == "molecule" or tx.read.path_of("molecule", above.id) is not None:
            return above.id
    return bead.parent


def _below(tx: Transaction, root: str) -> list[Bead]:
    """The children of a bead and theirs, in the order they are to be done in."""
    found: dict[str, Bead] = {}
    todo = [root]
    while todo:
        children = []
        for child, kind in tx.read.dependents(todo.pop(0)):
            bead = tx.find_bead(child) if kind == "parent-child" and child not in found else None
            if bead is not None:
                children.append(bead)
        found.update({bead.id: bead for bead in sorted(children, key=_rank)})
        todo += [bead.id for bead in children]
    return _as_poured(tx, root, found)


def _as_poured(tx: Transaction, root: str, found: dict[str, Bead]) -> list[Bead]:
    """Steps of a molecule stand as in its formula; what else there is comes by priority and id."""
    if tx.read.path_of("molecule", root) is None:
        return sorted(found.values(), key=_rank)
    order = [str(step.get("bead")) for step in tx.read.find("molecule", root).steps]
    place = {bead: number for number, bead in enumerate(order)}
    return sorted(found.values(), key=lambda bead: (place.get(bead.id, len(place)), _rank(bead)))


def _rank(bead: Bead) -> tuple[int, str, list[tuple[int, str]]]:
    parts = [(int(part) if part.isdigit() else 0, part) for part in bead.id.split(".")[1:]]
    return bead.priority, bead.id.partition(".")[0], parts


def _holds_steps(tx: Transaction, bead: Bead) -> bool:
    """Whether a bead is only the sum of its children."""
    children: Iterable[str] = (
        child for child, kind in tx.read.dependents(bead.id) if kind == "parent-child"
    )
    return any(_is_live(tx, child) for child in children)


def _is_put_off(bead: Bead, now: datetime) -> bool:
    if bead.state is BeadState.DEFERRED:
        return True
    try:
        until = datetime.fromisoformat(str(bead.data.get("defer_until")))
    except ValueError:
        return False
    return until.timestamp() > now.timestamp()


def _is_live(tx: Transaction, identifier: str) -> bool:
    found = tx.find_bead(identifier)
    return found is not None and found.is_live
