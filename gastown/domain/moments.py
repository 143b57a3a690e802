"""When: moments as people type them, for `--due` and `--defer`.

- RFC 3339 as it is: `2026-02-01T09:00:00Z`; without a zone, local time.
- A date, `2026-02-01`, or a day in words: `today`, `tomorrow`, `monday`, `next monday`,
  `next week`, `next month`. The day begins at midnight, or ends then where `last` says so: what is
  due on Monday may still be done on Monday. `monday` and `next monday` are the same: the first one
  after today.
- From now on: `+6h`, `+2d`, `2 weeks`, `in 3 days`. As upstream, `m` is a month; minutes are `min`.
- How long ago: `90s`, `15m`, `2h ago`; there `m` is a minute.
- A day may be followed by a time: `tomorrow at 9am`, `2026-02-01 14:30`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STEPS = {
    "min": timedelta(minutes=1), "minute": timedelta(minutes=1), "h": timedelta(hours=1),
    "hr": timedelta(hours=1), "hour": timedelta(hours=1), "d": timedelta(days=1),
    "day": timedelta(days=1), "w": timedelta(weeks=1), "week": timedelta(weeks=1),
}  # fmt: skip
_AGO = re.compile(r"(\d{1,6})\s*(s|min|m|h|d|w)")
_AGO_STEPS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1)} | {
    unit: _STEPS[unit] for unit in ("min", "h", "d", "w")
}
_MONTHS = {"m": 1, "mo": 1, "month": 1, "y": 12, "year": 12}
_FROM_NOW = r"(?:in\s+|\+)?\s*(\d{1,6})\s*([a-z]+?)s?(?:\s+from\s+now)?"
_CLOCK = r"(.*?)(?:\s+at\s+|\s+|^at\s+|^)(\d{1,2})(?::(\d{2}))?\s*(am|pm)?"
HINT = "e.g. 2026-02-01, 2026-02-01T09:00:00Z, +6h, +2d, tomorrow, next monday"


def how_long_ago(text: str) -> timedelta | None:
    """What `90s`, `15m`, `2h ago`, `3d` and `1w` mean; None: it is none of them."""
    found = _AGO.fullmatch(text.strip().lower().removesuffix("ago").strip())
    return int(found[1]) * _AGO_STEPS[found[2]] if found else None


def parse_moment(
    text: str, now: datetime, *, last: bool = False,
    local: Callable[[datetime], datetime] | None = None,
) -> str:  # fmt: skip
    """A moment in RFC 3339.

    Args:
        text: as it was typed.
        now: the present, in the zone that days and times without one are of.
        last: a day without a time means its end.
        local: gives a local time its zone, where that is not always the one of `now`.

    Raises:
        UsageTrouble: it is no moment.
    """
    words = " ".join(text.split())
    if words[:1].isalpha():
        words = words.replace("-", " ")  # next-monday
    try:
        moment = _read(words, now, last)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise UsageTrouble(f"{text!r} is no moment that is understood", hint=HINT)
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        moment = local(moment) if local is not None else moment.replace(tzinfo=now.tzinfo)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read(words: str, now: datetime, last: bool) -> datetime | str | None:
    """A moment: a string where it is stored as it is, without a zone where it is local."""
    if re.match(r"\d{4}-\d\d-\d\dT", words):
        given = datetime.fromisoformat(words)
        return words if given.tzinfo is not None else given
    low = words.casefold()
    if low == "now":
        return now
    passed = re.fullmatch(_FROM_NOW, low)
    if passed and passed[2] in (*_STEPS, *_MONTHS):
        return _later(now, int(passed[1]), passed[2])
    day = _day(low, now.date())
    if day is not None:
        return datetime.combine(day, time(23, 59, 59) if last else time())
    timed = re.fullmatch(_CLOCK, low)
    day = _day(timed[1] or "today", now.date()) if timed else None
    if timed is None or day is None or not (timed[3] or timed[4] or " at " in f" {low}"):
        return None
    return datetime.combine(day, _clock(timed[2], timed[3], timed[4]))


def _later(now: datetime, number: int, unit: str) -> datetime:
    if unit in _STEPS:
        return now + number * _STEPS[unit]
    return _months_on(now, number * _MONTHS[unit])


def _months_on(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    if year > 9999:
        raise ValueError(year)
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _day(word: str, today: date) -> date | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
        return date.fromisoformat(word)
    if word in ("today", "tomorrow", "yesterday"):
        return today + timedelta(days=("yesterday", "today", "tomorrow").index(word) - 1)
    if word == "next week":
        return today + timedelta(days=7 - today.weekday())
    if word == "next month":
        return _months_on(datetime.combine(today, time()), 1).date().replace(day=1)
    name = word.removeprefix("next ").removeprefix("on ")
    found = [d for d in WEEKDAYS if name in (d, d[:3])]
    if not found:
        return None
    return today + timedelta(days=(WEEKDAYS.index(found[0]) - today.weekday() - 1) % 7 + 1)


def _clock(hour: str, minute: str | None, half: str | None) -> time:
    number = int(hour)
    if half is not None and not 1 <= number <= 12:
        raise ValueError(hour)
    if half is not None:
        number = number % 12 + (12 if half == "pm" else 0)
    return time(number, int(minute or 0))
