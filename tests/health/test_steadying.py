"""Verdicts held steady, and clocks that leap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.health import Condition, Health, Wait
from gastown.domain.sleeping import Clocks, has_leapt
from gastown.domain.steadying import Steady, is_bad, steadied

WELL = Health(Condition.WORKING, evidence=("x",))
STUCK = Health(Condition.STALLED, evidence=("x",))
ASKS = Health(Condition.WAITING, evidence=("x",), wait=Wait.DIALOG)
STEADY_S = 10.0


def run(*looks: tuple[float, Health], certain: bool = False) -> list[Condition]:
    """What is shown after each look."""
    steady: Steady | None = None
    told = []
    for at, found in looks:
        steady = steadied(steady, found, certain=certain, now=at, steady_s=STEADY_S)
        told.append(steady.shown.condition)
    return told


def test_silence_must_stand() -> None:
    """It is shown once it was found for so long, and not before."""
    told = run((0, WELL), (3, STUCK), (8, STUCK), (13, STUCK), (16, STUCK), (17, WELL))
    assert told == ["working"] * 3 + ["stalled"] * 2 + ["working"]


def test_what_the_kernel_says_counts_at_once() -> None:
    """So does a client's own word."""
    assert run((0, WELL), (3, STUCK), (3.1, ASKS), certain=True) == [
        "working",
        "stalled",
        "waiting",
    ]


def test_at_first_nobody_knows() -> None:
    """A monitor that has just begun does not call anybody stuck, nor well."""
    assert run((0, STUCK), (3, STUCK), (11, STUCK)) == ["unknown", "unknown", "stalled"]


def test_another_trouble_must_stand_as_well() -> None:
    """Trouble that changes its kind is not steady."""
    assert run((0, WELL), (1, STUCK), (6, ASKS), (12, STUCK), (15, STUCK)) == ["working"] * 5


GOOD = st.sampled_from([WELL, Health(Condition.IDLE, evidence=("x",))])
FOUND = st.sampled_from([WELL, STUCK, ASKS, Health(Condition.PROPULSION, evidence=("x",))])


@given(st.lists(st.tuples(st.floats(0.1, 9.9), FOUND, GOOD), max_size=30))
def test_a_screen_that_flaps_never_shows_trouble(
    looks: list[tuple[float, Health, Health]],
) -> None:
    """However often trouble is seen: if all is well in between, none is shown."""
    steady, at = Steady(WELL), 0.0
    for pause, found, good in looks:
        for one in (found, good):
            at += pause / 2
            steady = steadied(steady, one, certain=False, now=at, steady_s=STEADY_S)
            assert not is_bad(steady.shown)


@given(st.lists(st.tuples(st.floats(0, 20), FOUND), max_size=30))
def test_shown_trouble_was_found_in_every_look_for_so_long(
    looks: list[tuple[float, Health]],
) -> None:
    """The last looks of a shown trouble agree with it; a good one is always shown at once."""
    steady: Steady | None = None
    at, begun = 0.0, 0.0
    last: Health | None = None
    for pause, found in looks:
        at += pause
        begun = begun if found == last else at
        last = found
        before = steady.shown if steady is not None else None
        steady = steadied(steady, found, certain=False, now=at, steady_s=STEADY_S)
        if not is_bad(found):
            assert steady.shown == found
        elif steady.shown == found:
            assert before == found or at - begun >= STEADY_S


@pytest.mark.parametrize(
    ("wall", "running", "booted", "leapt"),
    [
        (3, 3, 3, False),
        (3.4, 3, 3, False),
        (300, 300, 300, False),  # a round that took long
        (8 * 3600, 3, 8 * 3600, True),  # asleep over night
        (8 * 3600, 3, 3, True),  # the same, where no clock counts while it sleeps
        (3 + 3600, 3, 3, True),
        (3 - 3600, 3, 3, True),  # summer time, by hand
        (3 + 31_536_000, 3, 3, True),
        (3 - 31_536_000, 3, 3, True),
        (3 + 37, 3, 3, True),
        (4, 3, 3, False),  # a leap second
    ],
)
def test_a_leap_is_told_from_slow_rounds(
    wall: float, running: float, booted: float, leapt: bool
) -> None:
    """Time that has passed by one clock and not by the others."""
    before = Clocks(1_800_000_000.0, 500.0, 700.0)
    after = Clocks(before.wall + wall, before.running + running, before.booted + booted)
    assert has_leapt(before, after) is leapt
