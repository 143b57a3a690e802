"""A rig's merge queue as such: open or paused, how large its batches are, and what is bisected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class QueueState(StrEnum):
    """Whether requests are tested."""

    OPEN = "open"
    PAUSED = "paused"


QUEUE = Lifecycle(
    "queue",
    QueueState,
    [
        Move("pause", QueueState.OPEN, QueueState.PAUSED),
        Move("resume", QueueState.PAUSED, QueueState.OPEN),
    ],
    initial=(QueueState.OPEN, QueueState.PAUSED),
)


@dataclass(frozen=True, kw_only=True)
class Queue(Record):
    """The merge queue of one rig; its id is the rig's name.

    Attributes:
        reason: why it is paused, if somebody said so.
        paused_by: who paused it.
        window: how many requests may stand in a batch just now.
        recent: how the last requests ended, oldest first: `g` green, `r` red.
        frozen: requests of the batch that is being bisected, in their order; nobody joins them.
        batch: the name of that batch.
    """

    KIND: ClassVar[str] = "queue"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = QUEUE

    state: QueueState = QueueState.OPEN
    reason: str | None = None
    paused_by: str | None = None
    window: int = 2
    recent: str = ""
    frozen: tuple[str, ...] = ()
    batch: str | None = None
    updated_at: str = ""
