"""A merge request: the wish that a branch's work reach its target, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class MergeState(StrEnum):
    """Queued, being tested, offered as a pull request, or what came of it."""

    QUEUED = "queued"
    TESTING = "testing"
    PROPOSED = "proposed"
    MERGED = "merged"
    FAILED = "failed"
    CONFLICTED = "conflicted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Style(StrEnum):
    """How the work of a request becomes commits of the target."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class Proof(StrEnum):
    """How it is known that the target holds the work.

    ANCESTRY: the requested commit is an ancestor of the target. TREE: merging it into a commit of
    the target gives that commit's own tree (a squash or a rebase).
    """

    ANCESTRY = "ancestry"
    TREE = "tree"


@dataclass(frozen=True)
class MergeFacts:
    """Whether the target holds the work. An error in finding out means False."""

    contained: bool


def proven(facts: MergeFacts) -> str | None:
    """Merged is said only when the target contains the work."""
    return None if facts.contained else "the target does not contain the work"


S = MergeState
S_IDLE = (S.QUEUED, S.PROPOSED, S.FAILED, S.CONFLICTED, S.REJECTED)
MERGE = Lifecycle(
    "merge",
    MergeState,
    [
        Move("take", S.QUEUED, S.TESTING),
        Move("land", S.TESTING, S.MERGED, (proven,)),
        Move("propose", S.TESTING, S.PROPOSED),
        Move("fail", (S.QUEUED, S.TESTING, S.PROPOSED), S.FAILED),
        Move("conflict", S.TESTING, S.CONFLICTED),
        Move("requeue", (S.TESTING, S.PROPOSED), S.QUEUED),
        Move("sift", S.QUEUED, S.CONFLICTED),
        Move("reject", (S.QUEUED, S.PROPOSED, S.FAILED, S.CONFLICTED), S.REJECTED),
        Move("retry", (S.FAILED, S.CONFLICTED, S.REJECTED), S.QUEUED),
        Move("observe", S_IDLE, S.MERGED, (proven,)),
        Move("withdraw", S_IDLE, S.WITHDRAWN),
    ],
    initial=(S.QUEUED,),
)


@dataclass(frozen=True, kw_only=True)
class Merge(Record):
    """One merge request.

    Attributes:
        bead: what the work is for; None: a branch was submitted without one.
        hook: the hook that handed it in, in its `generation`; None: nobody's, only a branch.
        author: the address that is told what becomes of it.
        priority: 0 (first) to 4; None: that of its bead.
        head: the commit that is to be merged.
        base: the target's commit that it was last tried on.
        result: the commit on the target that contains the work, once merged.
        gate: name of the gate that failed.
        reason: why it failed, conflicts, was rejected or waits, in a sentence.
        conflicts: paths that conflict.
        conflict_bead: the bead for solving the conflict.
        log: the folder with its gates' output, relative to the town's `.gt/log`; on this machine
            only.
        attempts: how often it was tested.
        retries: how often it came back and was queued again.
        batch: the batch that it was last tested in.
        style: how it was merged.
        proof: how it is known that the target holds it.
        tested: the tree on which the gates passed, before the target moved to it.
        flaky: gates that passed only when they were run again on the same tree.
        advisory: gates that failed and are not required.
        pushed: the remote that has the result.
        approved_by, approved_head: who has reviewed it, and the commit that they saw.
        pull_request: its address, where a pull request is to merge it.
    """

    KIND: ClassVar[str] = "merge"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = MERGE

    state: MergeState
    rig: str
    bead: str | None
    hook: str | None
    generation: int = 0
    author: str = ""
    priority: int | None = None
    branch: str
    target: str
    head: str
    base: str | None = None
    result: str | None = None
    gate: str | None = None
    reason: str | None = None
    conflicts: tuple[str, ...] = ()
    conflict_bead: str | None = None
    log: str | None = None
    attempts: int = 0
    retries: int = 0
    batch: str | None = None
    style: str | None = None
    proof: str | None = None
    tested: str | None = None
    flaky: tuple[str, ...] = ()
    advisory: tuple[str, ...] = ()
    pushed: str | None = None
    approved_by: str | None = None
    approved_head: str | None = None
    pull_request: str | None = None
    created_at: str
    updated_at: str

    @property
    def is_pending(self) -> bool:
        """Whether the request still wants something from its branch."""
        return self.state not in (MergeState.MERGED, MergeState.WITHDRAWN)

    @property
    def subject(self) -> str:
        """What the work is about: its bead, or else its branch."""
        return self.bead or self.branch

    @property
    def sender(self) -> str:
        """Whose work it is, and who is told: an agent, or whoever submitted the branch."""
        return self.hook or self.author

    @property
    def is_approved(self) -> bool:
        """Whether a person has approved just the commit that is to be merged."""
        return self.approved_head == self.head
