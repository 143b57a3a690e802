"""Budgets as they stand: the limits, what was used of each, and what is not counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.spending import Line
    from gastown.views.costs import Unknown


@dataclass(frozen=True)
class BudgetView:
    """Every limit that something counts against.

    Attributes:
        is_set: whether anything is limited at all.
        lines: the fullest first.
        unknown: what is in no number; it never counts against a limit.
        unpriced: models without a price: what they cost is not in the lines.
    """

    is_set: bool
    day: str
    lines: tuple[Line, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    unpriced: tuple[str, ...] = ()
