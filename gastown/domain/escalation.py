"""Escalations: what needs a person, with how urgent it is and who has taken it on.

One thing that is escalated again while it is open is the same escalation: `key` tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record

GIVEN_UP, OF_MERGE, OF_DISPATCH, OF_CONFLICT = "given up: ", "merge ", "dispatch: ", "conflict: "
"""What the keys of the town's own escalations begin with; the id of an agent, a request or a bead
follows."""


class EscalationState(StrEnum):
    """Whether somebody has taken it on."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How urgent it is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def risen(self) -> Severity:
        """The next more urgent one; critical stays."""
        order = list(Severity)
        return order[max(0, order.index(self) - 1)]


@dataclass(frozen=True)
class EscalationFacts:
    """What a rise depends on. `rises`: how often it has risen; `most`: how often it may."""

    rises: int = 0
    most: int = 2


def may_rise(facts: EscalationFacts) -> str | None:
    """What nobody acknowledges rises only so often."""
    if facts.rises < facts.most:
        return None
    return f"it has risen {facts.rises} times, and no more than {facts.most} are allowed"


S = EscalationState
ESCALATION = Lifecycle(
    "escalation",
    EscalationState,
    [
        Move("acknowledge", S.OPEN, S.ACKNOWLEDGED),
        Move("resolve", (S.OPEN, S.ACKNOWLEDGED), S.RESOLVED),
        Move("rise", S.OPEN, S.OPEN, (may_rise,)),
    ],
    initial=(S.OPEN,),
)


@dataclass(frozen=True, kw_only=True)
class Escalation(Record):
    """One thing that needs a person.

    Attributes:
        title: what it is, in a line; `body`: the question, and what is known.
        source: who escalated it.
        key: tells whether two escalations are of the same thing.
        count: how often it was escalated; `last_at`: when it was the last time.
        rises: how often its severity was raised because nobody acknowledged it; `risen_at`: when.
        delivered: the routes it has been sent by, each as `SEVERITY ROUTE`.
        undelivered: the routes that failed, each with the reason.
        acknowledged_by, resolved_by: who did; `resolution`: what was done about it.
    """

    KIND: ClassVar[str] = "escalation"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = ESCALATION

    state: EscalationState = EscalationState.OPEN
    severity: Severity
    title: str
    body: str = ""
    source: str
    bead: str | None = None
    agent: str | None = None
    key: str
    count: int = 1
    last_at: str
    rises: int = 0
    risen_at: str | None = None
    delivered: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    created_at: str
    updated_at: str

    @property
    def is_live(self) -> bool:
        """Whether it is not resolved."""
        return self.state is not EscalationState.RESOLVED
