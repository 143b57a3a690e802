"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.moments import WEEKDAYS, parse_moment
from gastown.errors import UsageTrouble

ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 1, 31, 15, 30, tzinfo=ZONE)  # a Saturday


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-02-01T09:00:00Z", "2026-02-01T09:00:00Z"),
        ("2026-02-01T09:00:00.123456789+11:00", "2026-02-01T09:00:00.123456789+11:00"),
        ("2026-02-01T09:00", "2026-02-01T07:00:00Z"),
        ("2026-02-01", "2026-01-31T22:00:00Z"),
        ("2026-02-01 14:30", "2026-02-01T12:30:00Z"),
        ("+6h", "2026-01-31T19:30:00Z"), ("6 hours", "2026-01-31T19:30:00Z"),
        ("+2d", "2026-02-02T13:30:00Z"), ("in 2 days", "2026-02-02T13:30:00Z"),
        ("+1w", "2026-02-07T13:30:00Z"), ("+90min", "2026-01-31T15:00:00Z"),
        ("+1m", "2026-02-28T13:30:00Z"), ("1 year from now", "2027-01-31T13:30:00Z"),
        ("now", "2026-01-31T13:30:00Z"), ("today", "2026-01-30T22:00:00Z"),
        ("Tomorrow", "2026-01-31T22:00:00Z"), ("tomorrow at 9am", "2026-02-01T07:00:00Z"),
        ("tomorrow at 12am", "2026-01-31T22:00:00Z"), ("12pm", "2026-01-31T10:00:00Z"),
        ("monday", "2026-02-01T22:00:00Z"), ("next monday", "2026-02-01T22:00:00Z"),
        ("next-monday", "2026-02-01T22:00:00Z"), ("saturday", "2026-02-06T22:00:00Z"),
        ("fri at 17:05", "2026-02-06T15:05:00Z"), ("next week", "2026-02-01T22:00:00Z"),
        ("next month", "2026-01-31T22:00:00Z"), ("at 5pm", "2026-01-31T15:00:00Z"),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, wanted: str) -> None:
    """Dates and words are local days, what has a zone is kept as it was typed."""
    assert parse_moment(text, NOW) == wanted


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-02-30", "25:00", "13pm", "0am", "+2x", "-2d", "+",
             "+9999999d", "999999 years", "2026-02-01T25:00:00Z", "next", "in", "\0", "at", "7",
             "5x"],
)  # fmt: skip
def test_what_is_not(text: str) -> None:
    """Anything else is refused with examples."""
    with pytest.raises(UsageTrouble, match="is no moment"):
        parse_moment(text, NOW)


def test_the_last_moment_of_a_day() -> None:
    """What is due on a day may be done on that day; a time or an age is what it says."""
    assert parse_moment("tomorrow", NOW, last=True) == "2026-02-01T21:59:59Z"
    assert parse_moment("2026-02-01", NOW, last=True) == "2026-02-01T21:59:59Z"
    assert parse_moment("tomorrow at 9am", NOW, last=True) == "2026-02-01T07:00:00Z"
    assert parse_moment("+1d", NOW, last=True) == "2026-02-01T13:30:00Z"


def test_the_zone_of_a_day_may_differ_from_todays() -> None:
    """Days get their zone from whoever knows when the clocks change."""

    def summer(moment: datetime) -> datetime:
        return moment.replace(tzinfo=timezone(timedelta(hours=3)))

    assert parse_moment("2026-07-01", NOW, local=summer) == "2026-06-30T21:00:00Z"


@given(st.sampled_from(WEEKDAYS), st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))
def test_a_weekday_is_the_first_one_after_today(day: str, naive: datetime) -> None:
    """It is one to seven days ahead, and that day."""
    now = naive.replace(tzinfo=UTC)
    found = datetime.fromisoformat(parse_moment(day, now))
    assert WEEKDAYS[found.weekday()] == day
    assert 1 <= (found.date() - now.date()).days <= 7


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    """Nothing that is typed ends in anything but a moment with a zone or a usage error."""
    try:
        found = parse_moment(text, NOW)
    except UsageTrouble:
        return
    assert datetime.fromisoformat(found).tzinfo is not None
