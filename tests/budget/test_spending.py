"""Limits against what was used; what is not known is never over a limit."""

from __future__ import annotations

import pytest

from gastown.domain.care_settings import Budget
from gastown.domain.spending import Scope, Verdict, judge, lines


@pytest.mark.parametrize(
    ("used", "expected"),
    [(None, Verdict.OK), (0, Verdict.OK), (79, Verdict.OK), (80, Verdict.WARN),
     (99, Verdict.WARN), (100, Verdict.OVER), (1000, Verdict.OVER)],
)  # fmt: skip
def test_how_near_a_limit_is(used: float | None, expected: Verdict) -> None:
    assert judge(used, 100, 0.8) is expected


def test_only_what_is_limited_has_a_line() -> None:
    budget = Budget(bead_tokens=100, bead_cost=2.0)
    tokens, cost = lines(budget, Scope.BEAD, "mp-1", tokens=90, money=None)
    assert (tokens.verdict, cost.verdict) == (Verdict.WARN, Verdict.OK)
    assert cost.words == "not known of 2 cost"
    assert lines(budget, Scope.DAY, "2026-01-01", tokens=90, money=3.0) == []
