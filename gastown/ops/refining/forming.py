"""Forming a batch: which requests are stacked on the target's commit, in which order.

Those that conflict with the target itself are sifted out; one that conflicts only with those before
it waits for the next batch. Whoever waits for another bead stands behind that bead's request, or
waits. While a batch is being bisected only its own members are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.domain.queueing.window import window
from gastown.errors import GtError, Refused
from gastown.store.stacking import Conflict, Layer, Stacked, stack
from gastown.views.queue import entries, queue_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from gastown.domain.merge import Merge
    from gastown.domain.merge_settings import MergePolicy
    from gastown.domain.queue import Queue
    from gastown.store.git import Git
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.queue import Entry


@dataclass(frozen=True)
class Member:
    """A request in a batch, and the commit that holds it and everyone before it."""

    merge: Merge
    stacked: Stacked


@dataclass(frozen=True)
class Line:
    """The requests that can be tested now, in their order.

    Attributes:
        size: how many may stand in a batch.
        frozen: whether they are what is left of a batch that is being bisected.
    """

    queue: Queue
    candidates: tuple[Entry, ...]
    size: int
    frozen: bool

    @property
    def target(self) -> str:
        """The branch that the first of them is for: a batch has one target."""
        return self.candidates[0].merge.target


@dataclass
class Sifted:
    """What came of stacking.

    Attributes:
        members: the batch.
        conflicting: requests that conflict with the target itself, and the paths.
        troubled: requests that cannot be stacked at all, and why.
    """

    members: list[Member] = field(default_factory=list)
    conflicting: list[tuple[Merge, tuple[str, ...]]] = field(default_factory=list)
    troubled: list[tuple[Merge, str]] = field(default_factory=list)


def line_up(town: Town, rig: str, policy: MergePolicy, skip: Container[str]) -> Line | None:
    """Who can be tested now; None: nobody."""
    reader = town.read()
    queue = queue_of(reader, rig)
    found = [
        one for one in entries(reader, town.settings(), rig, town.edge.clock())
        if one.waits is None and one.merge.id not in skip
    ]  # fmt: skip
    frozen = [one for one in found if one.merge.id in queue.frozen]
    chosen = frozen or found
    if not chosen:
        return None
    target = chosen[0].merge.target
    size = len(frozen) or window(queue.window, queue.recent, most=policy.batch_max)
    return Line(
        queue, tuple(one for one in chosen if one.merge.target == target), size, bool(frozen)
    )


def stack_up(
    git: Git, reader: Reader, base: str, candidates: tuple[Entry, ...], policy: MergePolicy,
    size: int, admit: Callable[[Merge], bool] = lambda _: True,
) -> Sifted:  # fmt: skip
    """Stack requests on a commit, as many as may stand in a batch.

    Args:
        admit: asked of each before it joins.
    """
    found = Sifted()
    tip, inside = base, set[str]()
    for one in candidates:
        if len(found.members) >= size:
            break
        merge = one.merge
        if not inside.issuperset(one.after):
            continue
        try:
            stacked = _stacked(git, reader, merge, base, tip, policy)
        except GtError as trouble:
            found.troubled.append((merge, trouble.message))
            continue
        if isinstance(stacked, Conflict):
            found.conflicting.append((merge, stacked.paths))
            continue
        if stacked is None:
            continue
        if not admit(merge):
            continue
        found.members.append(Member(merge, stacked))
        tip = stacked.commit
        inside |= {merge.bead} if merge.bead is not None else set()
    return found


def _stacked(
    git: Git, reader: Reader, merge: Merge, base: str, tip: str, policy: MergePolicy
) -> Stacked | Conflict | None:
    """A request on top of a stack; None: it conflicts only with those before it.

    Raises:
        Refused: its commit is not there.
    """
    if git.oid(merge.head) is None:
        raise Refused(f"the commit {merge.head[:12]} of {merge.branch} is missing")
    layer = layer_of(reader, merge)
    stacked = stack(git, tip, layer, policy.style)
    if isinstance(stacked, Stacked) or tip == base:
        return stacked
    alone = stack(git, base, layer, policy.style)
    return alone if isinstance(alone, Conflict) else None


def layer_of(reader: Reader, merge: Merge) -> Layer:
    """What the refinery's own commit for a request says."""
    bead = reader.find("bead", merge.bead) if merge.bead is not None else None
    title = f"{merge.subject}: {bead.title}" if bead is not None else merge.branch
    trailers = [("Bead", merge.bead), ("Agent", merge.hook), ("Merge-Request", merge.id)]
    lines = "".join(f"{key}: {value}\n" for key, value in trailers if value)
    who = merge.sender or "refinery"
    email = f"{who.rpartition('/')[2]}@{merge.rig}.gt"
    return Layer(merge.head, f"Merge {title}\n\n{lines}", (who, email))
