"""How agents' conditions change, as events of the feed.

That an agent works, rests and works again is no news; that it is in trouble, waits for somebody or
cannot be judged is, and so is the end of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.health import TROUBLE, Condition, Health
from gastown.runtime.journal import read
from gastown.views.feed import HEALTH, Event, Mark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MONITOR = "monitor"
_NEWS = (*TROUBLE, Condition.WAITING, Condition.UNKNOWN)
_LINES = 5000


def changes(before: Mapping[str, Health], now: Mapping[str, Health], at: str) -> list[Event]:
    """What has changed between two looks."""
    found = []
    for agent, health in now.items():
        old = before.get(agent)
        if old is None or (old.condition, old.wait) == (health.condition, health.wait):
            continue
        if old.condition in _NEWS or health.condition in _NEWS:
            why = health.detail or next(iter(health.evidence), "")
            found.append(event(agent, old.words, health.words, why, at))
    return found


def event(agent: str, before: str | None, now: str, why: str, at: str) -> Event:
    """A change of one agent's condition."""
    was = f", was {before}" if before else ""
    return Event(
        at=at, actor=MONITOR, mark=Mark.HEALTH, text=f"{agent} is {now}{was}{why and f': {why}'}",
        kinds=(HEALTH,), rigs=(agent.partition("/")[0],) if "/" in agent else (), agent=agent,
    )  # fmt: skip


def noted(log: Path) -> list[Event]:
    """What the monitor has noted of agents' health, oldest first."""
    return [
        event(
            entry.fields["hook"], entry.fields.get("was"), entry.fields.get("now", "?"),
            entry.fields.get("why") or entry.fields.get("evidence", "").partition("; ")[0],
            entry.at,
        )
        for entry in read(log, _LINES)
        if entry.event == HEALTH and "hook" in entry.fields
        and (_is_news(entry.fields.get("was", "")) or _is_news(entry.fields.get("now", "")))
    ]  # fmt: skip


def _is_news(words: str) -> bool:
    return words.startswith(tuple(condition.value for condition in _NEWS))
