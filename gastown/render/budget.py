"""Budgets as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe, table

if TYPE_CHECKING:
    from gastown.views.budget import BudgetView


def budgets(view: BudgetView) -> str:
    """Every limit, and what was used of it."""
    if not view.is_set:
        return "nothing is limited: gt config set budget.day_tokens N"
    rows = [
        (line.scope, line.subject, line.words, line.verdict) for line in view.lines
    ]  # fmt: skip
    parts = [table(("OF", "WHAT", "USED", ""), rows) if rows else "nothing was used yet"]
    parts += [f"not counted: {safe(one.agent)}: {safe(one.why)}" for one in view.unknown]
    if view.unpriced:
        parts.append(f"without a price, not counted as money: {safe(', '.join(view.unpriced))}")
    return "\n".join(parts)
