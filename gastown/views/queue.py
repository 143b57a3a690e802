"""A rig's merge queue in its order: each request's score, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.convoy import ConvoyState
from gastown.domain.merge import MergeState
from gastown.domain.queue import Queue
from gastown.domain.queueing.score import LOWEST_PRIORITY, Standing, score

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.merge import Merge
    from gastown.domain.settings import Settings
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Entry:
    """A queued request and its place.

    Attributes:
        score: the higher, the earlier.
        waits: what it waits for before it can be tested; None: nothing.
        after: beads whose own requests have to land before it, or with it and before it.
    """

    merge: Merge
    score: float
    waits: str | None = None
    after: tuple[str, ...] = ()


def queue_of(reader: Reader, rig: str) -> Queue:
    """The record of a rig's queue; one that was never changed is open."""
    found = reader.find("queue", rig)
    return found if isinstance(found, Queue) else Queue(id=rig)


def entries(reader: Reader, settings: Settings, rig: str, now: datetime) -> list[Entry]:
    """The queued requests of a rig, those first that are tested first."""
    queued = reader.merges(rig=rig, states=(MergeState.QUEUED,))
    beads = {b.id: b for b in reader.beads(identifiers=[m.bead for m in queued if m.bead])}
    begun: dict[str, str] = {}
    for convoy in reader.convoys(ConvoyState.OPEN):
        for bead in convoy.beads:
            begun[bead] = min(convoy.created_at, begun.get(bead, convoy.created_at))
    review = settings.rig(rig).merge.review
    found = [_entry(reader, m, beads, begun, review=review, now=now) for m in queued]
    frozen = queue_of(reader, rig).frozen
    place = {identifier: number for number, identifier in enumerate(frozen)}
    return sorted(
        found,
        key=lambda e: (
            place.get(e.merge.id, len(frozen)),
            -e.score,
            e.merge.created_at,
            e.merge.id,
        ),
    )


def _entry(
    reader: Reader, merge: Merge, beads: dict[str, Bead], begun: dict[str, str], *, review: bool,
    now: datetime,
) -> Entry:  # fmt: skip
    bead = beads.get(merge.bead or "")
    priority = merge.priority
    if priority is None:
        priority = bead.priority if bead is not None else LOWEST_PRIORITY // 2
    standing = Standing(
        priority, hours_since(merge.created_at, now),
        hours_since(begun[bead.id], now) if bead is not None and bead.id in begun else 0.0,
        merge.retries,
    )  # fmt: skip
    waits, after = _waits(reader, merge, bead, review=review)
    return Entry(merge, score(standing), waits, after)


def _waits(
    reader: Reader, merge: Merge, bead: Bead | None, *, review: bool
) -> tuple[str | None, tuple[str, ...]]:
    if review and not merge.is_approved:
        return f"a person's review: gt mq diff {merge.id}, then gt mq approve {merge.id}", ()
    if bead is None or bead.state not in LIVE:
        return None, ()
    blockers = reader.open_blockers(bead)
    if not blockers:
        return None, ()
    coming = {
        m.bead for m in reader.merges(rig=merge.rig, states=(MergeState.QUEUED, MergeState.TESTING))
        if m.target == merge.target
    }  # fmt: skip
    others = [blocker for blocker in blockers if blocker not in coming]
    return (f"{', '.join(others)} to be closed" if others else None), tuple(blockers)


def hours_since(moment: str, now: datetime) -> float:
    """Hours from a stored moment until now."""
    return (now - datetime.fromisoformat(moment)).total_seconds() / 3600
