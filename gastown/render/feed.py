"""Events of the feed as plain lines: time, symbol, who, what.

The symbol and the words tell it; no colour is needed, and every symbol is one column wide.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.render.conditions import Sign, sign
from gastown.render.json import values
from gastown.render.text import age, cut, safe, width
from gastown.views.feed import Event, Mark
from gastown.views.problems import Grade

if TYPE_CHECKING:
    from datetime import tzinfo

    from gastown.views.problems import Problem

SYMBOLS = {
    Mark.ESCALATED: "!", Mark.LANDED: "★", Mark.MERGED: "✓", Mark.CAME_BACK: "✗",
    Mark.SUSPENDED: "‖", Mark.RESUMED: "▷", Mark.HANDED_IN: "↑", Mark.TESTED: "~",
    Mark.SLUNG: "→", Mark.WORKED: "●", Mark.CLOSED: "▪", Mark.WAITS: "…", Mark.CREATED: "+",
    Mark.SETTLED: "↓", Mark.TOLD: "@", Mark.SESSION: "↻", Mark.HEALTH: "◇", Mark.OTHER: "·",
}  # fmt: skip
"""What stands for each mark."""

STYLES = {
    Mark.ESCALATED: "bold red", Mark.LANDED: "bold green", Mark.MERGED: "green",
    Mark.CAME_BACK: "red", Mark.SUSPENDED: "yellow", Mark.HANDED_IN: "cyan", Mark.SLUNG: "blue",
    Mark.WORKED: "green", Mark.CLOSED: "green", Mark.HEALTH: "yellow",
}  # fmt: skip
_GRADES = {
    Grade.TOWN: Sign("!", "", "bold red", 0), Grade.ESCALATION: Sign("!", "", "bold yellow", 0),
    Grade.MERGE: Sign("✗", "", "red", 0), Grade.REVIEW: Sign("◔", "", "yellow", 0),
    Grade.STRANDED: Sign("▫", "", "yellow", 0), Grade.DISPATCH: Sign("✗", "", "red", 0),
    Grade.PAUSED: Sign("‖", "", "yellow", 0), Grade.RECORD: Sign("?", "", "magenta", 0),
}  # fmt: skip
NO_PROBLEMS = "no problems: nobody is stuck, and nothing waits for you"
_ACTOR = 14


def moment(at: str, now: datetime, zone: tzinfo | None = None) -> str:
    """`10:04:31` today, `Nov 22 10:04` before; in the local zone, or in another one."""
    try:
        when = datetime.fromisoformat(at).astimezone(zone)
    except ValueError:
        return "??:??:??"
    today = now.astimezone(zone).date()
    return f"{when:%H:%M:%S}" if when.date() == today else f"{when:%b %d %H:%M}"


def line(event: Event, now: datetime) -> str:
    """One event."""
    actor = cut(safe(event.actor), _ACTOR)
    padding = " " * (_ACTOR - width(actor))
    symbol = SYMBOLS[event.mark]
    return f"{moment(event.at, now)}  {symbol} {actor}{padding}  {safe(event.text)}"


def lines(found: list[Event], now: datetime) -> str:
    """For `gt feed --plain`."""
    return "\n".join(line(event, now) for event in found) or "nothing has happened"


def json_line(event: Event) -> str:
    """For `gt feed --follow --json`: one object a line."""
    return json.dumps(values(event), ensure_ascii=True)


def sign_of(grade: Grade) -> Sign:
    """What stands for a problem: an agent's condition has the same sign everywhere."""
    known = _GRADES.get(grade)
    return known if known is not None else sign(Condition(grade.value))


def ago(since: float | str | None, now: datetime) -> str:
    """How long ago that was, `12m`; empty: nobody knows."""
    if since is None:
        return ""
    if isinstance(since, str):
        return age(since, now)
    return age(datetime.fromtimestamp(since, UTC).isoformat(), now)


def problems(found: tuple[Problem, ...], now: datetime) -> str:
    """For `gt feed --problems --plain`."""
    if not found:
        return NO_PROBLEMS
    return "\n\n".join("\n".join(problem(one, now)) for one in found)


def problem(found: Problem, now: datetime) -> list[str]:
    """One problem, its evidence, and what can be done about it; safe to be shown."""
    since = ago(found.since, now)
    first = f"{sign_of(found.grade).symbol} {safe(found.subject)}  {safe(found.title)}"
    lines = [f"{first}, for {since}" if since else first]
    lines += [f"    {safe(found.words)}"] if found.words else []
    lines += [f"    seen: {safe(one)}" for one in found.evidence]
    return lines + [f"    try:  {safe(one)}" for one in found.advice]
