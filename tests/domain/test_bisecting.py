"""Bisecting: the first bad one is found, in as many steps as halving takes."""

from __future__ import annotations

from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bisecting import Verdict, next_to_try, range_of, verdict_of


@given(st.integers(2, 400), st.data())
def test_the_first_bad_one_is_found(length: int, data: st.DataObject) -> None:
    """Or, where some cannot be told, a range that it is in."""
    first = data.draw(st.integers(1, length - 1))
    untold = data.draw(st.sets(st.integers(1, max(1, length - 2)), max_size=5))
    known = {0: Verdict.GOOD, length - 1: Verdict.BAD}
    steps = 0
    while (place := next_to_try(length, known)) is not None:
        assert place not in known
        bad = Verdict.BAD if place >= first else Verdict.GOOD
        known[place] = Verdict.SKIPPED if place in untold else bad
        steps += 1
    left = range_of(length, known)
    assert left.good < first <= left.bad
    assert all(place in untold for place in range(left.good + 1, left.bad))
    if not untold & set(range(length - 1)):
        assert left.bad == first
        assert steps <= ceil(log2(length)) + 1


def test_statuses_are_read_as_git_bisect_run_reads_them() -> None:
    assert verdict_of(0) is Verdict.GOOD
    assert verdict_of(125) is Verdict.SKIPPED
    assert {verdict_of(n) for n in (1, 2, 124, 126)} == {Verdict.BAD}
    assert verdict_of(128) is verdict_of(-9) is None
