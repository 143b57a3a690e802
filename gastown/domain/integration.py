"""An integration branch: where the work of an epic is merged first, to land as one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class IntegrationState(StrEnum):
    """Taking work, on its way to the rig's branch, or over."""

    OPEN = "open"
    LANDING = "landing"
    LANDED = "landed"
    CLOSED = "closed"


S = IntegrationState
INTEGRATION = Lifecycle(
    "integration",
    IntegrationState,
    [
        Move("request", S.OPEN, S.LANDING),
        Move("reopen", (S.LANDING, S.LANDED), S.OPEN),
        Move("land", (S.OPEN, S.LANDING), S.LANDED),
        Move("close", S.OPEN, S.CLOSED),
    ],
    initial=(S.OPEN,),
)


@dataclass(frozen=True, kw_only=True)
class Integration(Record):
    """One integration branch; its id is that of its epic.

    Attributes:
        branch: the short name of the branch that the epic's work is merged into.
        target: the short name of the branch that it lands on.
        base: the commit that it was begun at.
        merge: the merge request that lands it.
    """

    KIND: ClassVar[str] = "integration"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = INTEGRATION

    state: IntegrationState
    rig: str
    branch: str
    target: str
    base: str
    merge: str | None = None
    created_at: str
    updated_at: str
