"""Dispatches: beads that wait for a place, because only so many polecats may work at once.

The bead itself is not touched while it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class DispatchState(StrEnum):
    """Waiting for a place, slung, given up after so many failures, or taken back."""

    QUEUED = "queued"
    DISPATCHED = "dispatched"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


S = DispatchState
DISPATCH = Lifecycle(
    "dispatch",
    DispatchState,
    [
        Move("dispatch", S.QUEUED, S.DISPATCHED),
        Move("fail", S.QUEUED, S.FAILED),
        Move("withdraw", (S.QUEUED, S.FAILED), S.WITHDRAWN),
        Move("queue", (S.DISPATCHED, S.FAILED, S.WITHDRAWN), S.QUEUED),
    ],
    initial=(S.QUEUED,),
)


@dataclass(frozen=True, kw_only=True)
class Dispatch(Record):
    """One bead in the queue; its id is the bead's.

    Attributes:
        rig: where it is to be worked.
        runtime: the agent command that was asked for; None: as the settings say.
        priority: the bead's when it was queued: lower ones are slung first.
        convoy: the launched convoy that it is for, if it is for one.
        force: it was slung with `--force`.
        failures: how often slinging it failed; `reason`: the last time, or why it was withdrawn.
        hook: where it was slung.
        by: who asked for it.
    """

    KIND: ClassVar[str] = "dispatch"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = DISPATCH

    state: DispatchState = DispatchState.QUEUED
    rig: str
    runtime: str | None = None
    priority: int = 2
    convoy: str | None = None
    force: bool = False
    failures: int = 0
    reason: str | None = None
    hook: str | None = None
    by: str
    created_at: str
    updated_at: str
