"""A rig's merge queue as people see it: who is tested, who is next and why, and who came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge, MergeState
from gastown.domain.queueing.score import LOWEST_PRIORITY, Standing, parts
from gastown.domain.queueing.window import window
from gastown.views.queue import entries, hours_since, queue_of

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.queue import Queue
    from gastown.domain.settings import Settings
    from gastown.store.reader import Reader
    from gastown.views.queue import Entry

_RANK = {
    MergeState.TESTING: 0, MergeState.QUEUED: 1, MergeState.PROPOSED: 2, MergeState.CONFLICTED: 3,
    MergeState.FAILED: 3, MergeState.REJECTED: 3, MergeState.MERGED: 4, MergeState.WITHDRAWN: 4,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One request in its queue.

    Attributes:
        place: 1 for who is next; None: it is not in the line.
        score: what that place is made of.
        says: what it waits for, why it came back, or where it is merged.
    """

    merge: Merge
    place: int | None
    score: float | None
    age_h: float
    says: str


@dataclass(frozen=True)
class QueueView:
    """A rig's queue.

    Attributes:
        testing: how many requests are being tested just now.
        frozen: requests of the batch that is being tested or bisected; nobody joins them.
    """

    rig: str
    state: str
    reason: str | None
    paused_by: str | None
    window: int
    batch: str | None
    frozen: tuple[str, ...]
    testing: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Turn:
    """A queued request, and the parts of its score by name."""

    merge: Merge
    score: float
    parts: dict[str, float]
    waits: str | None
    after: tuple[str, ...]


@dataclass(frozen=True)
class Next:
    """What would be tested next in a rig.

    Attributes:
        why_not: why nothing is, though something is queued; None: `batch` would be.
        batch: the requests that would be tested together, as far as they do not conflict.
        behind: those that come after them.
        waiting: those that cannot be tested yet.
        testing: what is being tested just now.
    """

    rig: str
    why_not: str | None
    size: int
    frozen: bool
    testing: tuple[str, ...]
    batch: tuple[Turn, ...]
    behind: tuple[Turn, ...]
    waiting: tuple[Turn, ...]


def queue_view(
    reader: Reader, settings: Settings, rig: str, now: datetime, *, every: bool = False
) -> QueueView:
    """A rig's queue in its order; with `every` also what is merged or was withdrawn."""
    queue = queue_of(reader, rig)
    line = {e.merge.id: (n, e) for n, e in enumerate(entries(reader, settings, rig, now), 1)}
    merges = [m for m in reader.merges(rig=rig) if every or m.is_pending]
    rows = [_row(m, line.get(m.id), queue, now) for m in merges]
    rows.sort(key=lambda row: (_RANK[row.merge.state], row.place or 0, row.merge.created_at))
    testing = sum(m.state is MergeState.TESTING for m in merges)
    pending = {m.id for m in merges if m.state in (MergeState.TESTING, MergeState.QUEUED)}
    frozen = tuple(identifier for identifier in queue.frozen if identifier in pending)
    return QueueView(
        rig, queue.state.value, queue.reason, queue.paused_by, queue.window,
        queue.batch if frozen else None, frozen, testing, tuple(rows),
    )  # fmt: skip


def next_in(reader: Reader, settings: Settings, rig: str, now: datetime) -> Next:
    """What would be tested next, and why in this order."""
    queue = queue_of(reader, rig)
    line = entries(reader, settings, rig, now)
    ready = [one for one in line if one.waits is None]
    frozen = [one for one in ready if one.merge.id in queue.frozen]
    most = settings.rig(rig).merge.batch_max
    size = len(frozen) or window(queue.window, queue.recent, most=most)
    first = frozen or ready
    batch = [one for one in first if one.merge.target == first[0].merge.target][:size]
    testing = reader.merges(rig=rig, states=(MergeState.TESTING,))
    why_not = None
    if queue.state == "paused":
        why_not = f"the queue is paused{f': {queue.reason}' if queue.reason else ''}"
    elif not line:
        why_not = "nothing is queued"
    elif not ready:
        why_not = "everything that is queued waits for something"
    turns = {one.merge.id: _turn(reader, one, now) for one in line}
    ids = {one.merge.id for one in batch}
    return Next(
        rig, why_not, size, bool(frozen), tuple(merge.id for merge in testing),
        tuple(turns[one.merge.id] for one in batch),
        tuple(turns[one.merge.id] for one in ready if one.merge.id not in ids),
        tuple(turns[one.merge.id] for one in line if one.waits is not None),
    )  # fmt: skip


def _turn(reader: Reader, one: Entry, now: datetime) -> Turn:
    merge = one.merge
    bead = reader.find("bead", merge.bead) if merge.bead is not None else None
    priority = merge.priority
    if priority is None:
        priority = bead.priority if bead is not None else LOWEST_PRIORITY // 2
    begun = [c.created_at for c in reader.convoys() if c.state == "open" and merge.bead in c.beads]
    standing = Standing(
        priority, hours_since(merge.created_at, now),
        hours_since(min(begun), now) if begun else 0.0, merge.retries,
    )  # fmt: skip
    return Turn(merge, one.score, parts(standing), one.waits, one.after)


def _row(merge: Merge, line: tuple[int, Entry] | None, queue: Queue, now: datetime) -> Row:
    age_h = hours_since(merge.created_at, now)
    if line is None:
        return Row(merge, None, None, age_h, _says(merge, queue))
    place, entry = line
    says = entry.waits and f"waits for {entry.waits}"
    if says is None and merge.reason:
        says = merge.reason
    if says is None and entry.after:
        says = f"after {', '.join(entry.after)}"
    return Row(merge, place, entry.score, age_h, says or "")


def _says(merge: Merge, queue: Queue) -> str:
    if merge.state is MergeState.TESTING:
        bisected = merge.id in queue.frozen and len(queue.frozen) > 1
        return f"in batch {merge.batch}" if bisected else "is being tested"
    if merge.state is MergeState.PROPOSED:
        return f"waits for {merge.pull_request}" if merge.pull_request else "waits for a merge"
    if merge.state is MergeState.MERGED and merge.result:
        return f"as {merge.result[:12]}"
    return merge.reason or ""
