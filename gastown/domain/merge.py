"""A merge request: the wish that a branch's work reach its target, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class MergeState(StrEnum):
    """Queued, being tested, or what came of it."""

    QUEUED = "queued"
    TESTING = "testing"
    MERGED = "merged"
    FAILED = "failed"
    CONFLICTED = "conflicted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class MergeFacts:
    """Whether the target holds the work. An error in finding out means False."""

    contained: bool


def proven(facts: MergeFacts) -> str | None:
    """Merged is said only when the target contains the work."""
    return None if facts.contained else "the target does not contain the work"


S = MergeState
MERGE = Lifecycle(
    "merge",
    MergeState,
    [
        Move("take", S.QUEUED, S.TESTING),
        Move("land", S.TESTING, S.MERGED, (proven,)),
        Move("fail", S.TESTING, S.FAILED),
        Move("conflict", S.TESTING, S.CONFLICTED),
        Move("requeue", S.TESTING, S.QUEUED),
        Move("sift", S.QUEUED, S.CONFLICTED),
        Move("retry", (S.FAILED, S.CONFLICTED), S.QUEUED),
        Move("observe", (S.QUEUED, S.FAILED, S.CONFLICTED), S.MERGED, (proven,)),
        Move("withdraw", (S.QUEUED, S.FAILED, S.CONFLICTED), S.WITHDRAWN),
    ],
    initial=(S.QUEUED,),
)


@dataclass(frozen=True, kw_only=True)
class Merge(Record):
    """One merge request.

    Attributes:
        head: the commit that is to be merged.
        base: the target's commit that it was last tried on.
        result: the commit on the target that contains the work, once merged.
        gate: name of the gate that failed.
        reason: why it failed or conflicts, in a sentence.
        conflicts: paths that conflict.
        log: the gates' output, relative to the town's `.gt/log`; on this machine only.
        attempts: how often it was tested.
    """

    KIND: ClassVar[str] = "merge"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = MERGE

    state: MergeState
    rig: str
    bead: str
    hook: str
    generation: int
    branch: str
    target: str
    head: str
    base: str | None = None
    result: str | None = None
    gate: str | None = None
    reason: str | None = None
    conflicts: tuple[str, ...] = ()
    log: str | None = None
    attempts: int = 0
    created_at: str
    updated_at: str

    @property
    def is_pending(self) -> bool:
        """Whether the request still wants something from its branch."""
        return self.state not in (MergeState.MERGED, MergeState.WITHDRAWN)
