"""The order of a queue: the documented formula, and nobody waits for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.queueing.score import Standing, score

STANDINGS = st.builds(
    Standing, priority=st.integers(0, 4), age_h=st.floats(0, 500), convoy_age_h=st.floats(0, 500),
    retries=st.integers(0, 20),
)  # fmt: skip


def test_the_formula() -> None:
    """Each part by itself."""
    assert score(Standing(4, 0)) == 1000
    assert score(Standing(0, 0)) == 1400
    assert score(Standing(4, 2.5)) == 1002.5
    assert score(Standing(4, 0, convoy_age_h=3)) == 1030
    assert score(Standing(4, 0, retries=2)) == 900
    assert score(Standing(4, 0, retries=50)) == 700


@given(STANDINGS, STANDINGS)
def test_nobody_waits_for_ever(one: Standing, other: Standing) -> None:
    """However urgent those are that come later, whoever has waited long enough is first."""
    waited = Standing(one.priority, one.age_h + 10_000, one.convoy_age_h, one.retries)
    assert score(waited) > score(other)
