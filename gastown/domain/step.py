"""A step of a molecule: where it stands is read off its bead, so there is one truth.

A step has no record of its own. Whatever closes, claims, blocks or reopens its bead (`bd close`, a
hand edit in hq, `git revert`) moves the step, and this table names every such move: the lifecycle
of a bead cannot take a step anywhere that is not written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.record import Json

OUTCOME = "step_outcome"
SKIPPED_WORD = "skipped"


class StepState(StrEnum):
    """How far a step is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class StepFacts:
    """What the guards want to know. `waits_for`: the open beads that come before this step."""

    waits_for: tuple[str, ...] = ()


def its_turn(facts: StepFacts) -> str | None:
    """A step comes after those it needs, and after its gate."""
    if not facts.waits_for:
        return None
    return f"it waits for {', '.join(facts.waits_for)}"


S = StepState
STEP = Lifecycle(
    "step",
    StepState,
    [
        Move("start", S.PENDING, S.RUNNING, (its_turn,)),
        Move("done", (S.PENDING, S.RUNNING, S.FAILED), S.DONE, (its_turn,)),
        Move("fail", (S.PENDING, S.RUNNING), S.FAILED),
        Move("skip", (S.PENDING, S.RUNNING, S.FAILED), S.SKIPPED),
        Move("retry", S.FAILED, S.PENDING),
        Move("release", S.RUNNING, S.PENDING),
        Move("reopen", (S.DONE, S.SKIPPED), S.PENDING),
    ],
    initial=(S.PENDING,),
)
FINISHED = (S.DONE, S.SKIPPED)

_STANDS: Mapping[BeadState, StepState] = {
    BeadState.OPEN: S.PENDING,
    BeadState.DEFERRED: S.PENDING,
    BeadState.PINNED: S.PENDING,
    BeadState.HOOKED: S.RUNNING,
    BeadState.IN_PROGRESS: S.RUNNING,
    BeadState.BLOCKED: S.FAILED,
    BeadState.CLOSED: S.DONE,
    BeadState.TOMBSTONE: S.SKIPPED,
}


def step_state(bead: Bead) -> StepState:
    """Where the step stands whose bead this is; a deleted one counts as skipped."""
    if bead.state is BeadState.CLOSED and metadata_of(bead).get(OUTCOME) == SKIPPED_WORD:
        return S.SKIPPED
    return _STANDS[bead.state]


def metadata_of(bead: Bead) -> Mapping[str, Json]:
    """A bead's metadata where it is an object; upstream allows any JSON there."""
    found = bead.data.get("metadata")
    return found if isinstance(found, dict) else {}


def with_metadata(bead: Bead, **changes: Json) -> Bead:
    """A bead with changed keys of its metadata; None takes one away."""
    merged = {**metadata_of(bead), **changes}
    kept = {key: value for key, value in merged.items() if value is not None}
    return bead.with_(metadata=kept or None)
