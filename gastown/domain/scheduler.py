"""The scheduler as such: running or paused, and which runtimes are held until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Json, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEDULER_ID = "scheduler"


class SchedulerState(StrEnum):
    """Whether beads are slung by themselves."""

    RUNNING = "running"
    PAUSED = "paused"


S = SchedulerState
SCHEDULER = Lifecycle(
    "scheduler",
    SchedulerState,
    [Move("pause", S.RUNNING, S.PAUSED), Move("resume", S.PAUSED, S.RUNNING)],
    initial=(S.RUNNING, S.PAUSED),
)


@dataclass(frozen=True, kw_only=True)
class Scheduler(Record):
    """The town's scheduler; there is one.

    Attributes:
        reason: why it is paused; `paused_by`: who did.
        holds: runtimes that nothing is started with: `runtime`, `until` (a moment, or null: until
            somebody lifts it), `why`, `agent` (whose client said so), `since`.
    """

    KIND: ClassVar[str] = "scheduler"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = SCHEDULER

    state: SchedulerState = SchedulerState.RUNNING
    reason: str | None = None
    paused_by: str | None = None
    holds: tuple[Mapping[str, Json], ...] = ()
    updated_at: str = ""

    def hold_of(self, runtime: str) -> Mapping[str, Json] | None:
        """The hold on a runtime, or None."""
        return next((one for one in self.holds if one.get("runtime") == runtime), None)

    def with_hold(self, hold: Mapping[str, Json]) -> Self:
        """With one more hold, in place of an earlier one on the same runtime."""
        return replace(self, holds=(*self.without_hold(str(hold["runtime"])).holds, hold))

    def without_hold(self, runtime: str) -> Self:
        """Without the hold on a runtime."""
        kept = tuple(one for one in self.holds if one.get("runtime") != runtime)
        return replace(self, holds=kept)
