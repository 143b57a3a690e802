"""A run: one cooking of a formula in a worktree, step by step, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Json, Record
from gastown.domain.step import FINISHED, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping


class RunState(StrEnum):
    """Going on, or how it ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


RUN = Lifecycle(
    "run",
    RunState,
    [
        Move("finish", RunState.RUNNING, RunState.DONE),
        Move("fail", RunState.RUNNING, RunState.FAILED),
        Move("resume", RunState.FAILED, RunState.RUNNING),
    ],
    initial=(RunState.RUNNING,),
)


@dataclass(frozen=True, kw_only=True)
class Run(Record):
    """One run; it says what was done where, also when nobody looked.

    Attributes:
        origin: the file the formula was found in; `digest`: of all texts it stands on.
        worktree: where it ran, relative to the town if it is inside; `spare`: it was made for
            this run.
        head_before, head_after: what was checked out there.
        steps: in the order they run: `id`, `title`, `state`, and once they ran `seconds`,
            `exit_status` and `log` (relative to the town's `.gt/log`; on this machine only).
        reason: why it failed.
    """

    KIND: ClassVar[str] = "run"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = RUN

    state: RunState
    formula: str
    origin: str
    digest: str
    vars: Mapping[str, str]
    rig: str | None = None
    worktree: str
    spare: bool = False
    head_before: str | None = None
    head_after: str | None = None
    steps: tuple[Mapping[str, Json], ...]
    reason: str | None = None
    created_at: str
    created_by: str
    updated_at: str

    def with_step(self, identifier: str, **changes: Json) -> Self:
        """The run with some keys of one step changed; None takes a key away."""
        steps = tuple(
            {k: v for k, v in {**step, **changes}.items() if v is not None}
            if step.get("id") == identifier else step
            for step in self.steps
        )  # fmt: skip
        return replace(self, steps=steps)

    def state_of(self, identifier: str) -> StepState:
        """How far a step is; one that the run does not know has not begun."""
        for step in self.steps:
            if step.get("id") == identifier and step.get("state") in set(StepState):
                return StepState(step["state"])
        return StepState.PENDING

    @property
    def finished(self) -> int:
        """How many steps are done or skipped."""
        return sum(self.state_of(str(step.get("id"))) in FINISHED for step in self.steps)
