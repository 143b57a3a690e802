"""What may be told to the person at the desk: one thing that goes on, or one that has happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing it is, the gravest first.

    PERMISSION: an agent may not go on before it is allowed to. QUESTION: it asks, or is at a
    dialog. MERGE: a request came back and nobody is at work on it. DISPATCH: a bead that could not
    be slung. LIMIT: a provider wants a pause. MONITOR: nobody keeps the town moving.
    LANDED is the only one that has happened and is over.
    """

    PERMISSION = "permission"
    CRASH_LOOP = "crash loop"
    QUESTION = "question"
    ESCALATION = "escalation"
    BUDGET = "budget"
    DISK = "disk"
    MONITOR = "monitor"
    MERGE = "merge"
    DISPATCH = "dispatch"
    RECORD = "record"
    REVIEW = "review"
    LIMIT = "limit"
    LANDED = "landed"


class Urgency(StrEnum):
    """How loudly it is told; the words of the freedesktop.org specification."""

    LOW = "low"
    NORMAL = "normal"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0, 1 or 2, as D-Bus has it."""
        return list(Urgency).index(self)


@dataclass(frozen=True)
class Occurrence:
    """One thing to tell.

    Attributes:
        key: tells it from all others; another time the same thing happens it is another.
        who: the agent, convoy, request or bead that it is about.
        said: the question, the reason, in full.
        command: what answers it, as it is typed.
        agent: whose terminal answers it, and who can be muted; None: no agent's.
        session: which session of the agent says it.
        since: since when it is so, in seconds since 1970; None: nobody knows.
    """

    key: str
    kind: Kind
    who: str
    said: str
    urgency: Urgency
    command: str = ""
    agent: str | None = None
    session: str = ""
    since: float | None = None

    @property
    def is_approval(self) -> bool:
        """Whether an agent stands still until it is allowed to go on."""
        return self.kind is Kind.PERMISSION

    @property
    def is_over(self) -> bool:
        """Whether it has happened, and does not go on."""
        return self.kind is Kind.LANDED

    @property
    def words(self) -> str:
        """What it says, whatever its case and spaces."""
        return " ".join(self.said.casefold().split())
