"""What of an escalation could not be told by a route, and when it is tried again.

A failure is a line of its record: `high webhook:ops, 2 tries until MOMENT: why`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gastown.domain.escalation_settings import NOTIFY

if TYPE_CHECKING:
    from gastown.domain.escalation import Escalation
    from gastown.domain.escalation_settings import EscalationSettings

MOST_TRIES = 5
_FIRST_PAUSE_S = 60
_LONGEST_PAUSE_S = 3600
_LINE = re.compile(r"(\S+ \S+), (\d+) tr(?:y|ies) until (\S+): (.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """A route that led nowhere. `mark`: severity and route; `at`: when it was tried last."""

    mark: str
    tries: int
    at: str
    why: str

    @property
    def line(self) -> str:
        """As its record keeps it."""
        word = "try" if self.tries == 1 else "tries"
        return f"{self.mark}, {self.tries} {word} until {self.at}: {self.why}"

    @property
    def again_at(self) -> datetime | None:
        """When it is tried again: ever later, and at last never; the person may come any time."""
        if self.tries >= MOST_TRIES and not self.mark.endswith(f" {NOTIFY}"):
            return None
        pause = min(_FIRST_PAUSE_S * 2 ** min(self.tries - 1, 10), _LONGEST_PAUSE_S)
        return datetime.fromisoformat(self.at) + timedelta(seconds=pause)


def failures(found: Escalation) -> dict[str, Failure]:
    """What failed, by severity and route."""
    matches = (_LINE.match(line) for line in found.undelivered)
    return {m[1]: Failure(m[1], int(m[2]), m[3], m[4]) for m in matches if m is not None}


def mark(found: Escalation, route: str) -> str:
    """How its record remembers that it was sent by a route."""
    return f"{found.severity} {route}"


def untold(found: Escalation, settings: EscalationSettings) -> list[str]:
    """The routes of its severity that it has not been sent by."""
    if not found.is_live:
        return []
    routes = settings.routes_of(found.severity)
    return [route for route in routes if mark(found, route) not in found.delivered]


def due_at(found: Escalation, route: str) -> datetime | None:
    """When it is to be sent by a route; None: it is given up."""
    failure = failures(found).get(mark(found, route))
    return datetime.fromisoformat(found.created_at) if failure is None else failure.again_at


def rises_at(found: Escalation, settings: EscalationSettings) -> datetime | None:
    """When it rises unless somebody acknowledges it; None: it does not."""
    if found.state.value != "open" or found.rises >= settings.max_rises:
        return None
    since = datetime.fromisoformat(found.risen_at or found.created_at)
    return since + timedelta(seconds=settings.stale_s)
