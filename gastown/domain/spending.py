"""Budgets: what was used, against what may be. What is not known is never taken for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.care_settings import Budget


class Verdict(StrEnum):
    """How near a limit is."""

    OK = "ok"
    WARN = "warn"
    OVER = "over"


class Scope(StrEnum):
    """What a budget is of."""

    BEAD = "bead"
    CONVOY = "convoy"
    DAY = "day"


@dataclass(frozen=True)
class Line:
    """One limit of one subject.

    Attributes:
        subject: the bead's or convoy's id, or the day (UTC).
        unit: `tokens` or `cost`.
        used: None: it is not known, for want of prices.
    """

    scope: Scope
    subject: str
    unit: str
    used: float | None
    limit: float
    verdict: Verdict

    @property
    def key(self) -> str:
        """Tells this limit from every other; a limit that was raised is another one."""
        return f"budget: {self.scope} {self.subject} {self.unit} {self.limit:g}"

    @property
    def words(self) -> str:
        """The limit and what was used of it."""
        if self.used is None:
            return f"not known of {self.limit:,g} {self.unit}"
        return f"{self.used:,.10g} of {self.limit:,.10g} {self.unit}"


def limits_of(budget: Budget, scope: Scope) -> dict[str, float]:
    """The limits of a scope, by unit."""
    found = {unit: getattr(budget, f"{scope}_{unit}") for unit in ("tokens", "cost")}
    return {unit: float(limit) for unit, limit in found.items() if limit is not None}


def judge(used: float | None, limit: float, warn: float) -> Verdict:
    """How near a limit is; what is not known is never over it."""
    if used is None or used < limit * warn:
        return Verdict.OK
    return Verdict.OVER if used >= limit else Verdict.WARN


def lines(
    budget: Budget, scope: Scope, subject: str, *, tokens: int, money: float | None
) -> list[Line]:  # fmt: skip
    """A line for each limit of a subject."""
    used = {"tokens": float(tokens), "cost": money}
    return [
        Line(scope, subject, unit, used[unit], limit, judge(used[unit], limit, budget.warn))
        for unit, limit in limits_of(budget, scope).items()
    ]
