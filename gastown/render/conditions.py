"""How each condition of an agent is shown: a symbol, a word, a colour.

The symbol and the word tell it without the colour, and every symbol is one column wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.health import Condition, Health
from gastown.render.text import age

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Sign:
    """What stands for a condition. `style`: for rich and textual; `rank`: the gravest first."""

    symbol: str
    word: str
    style: str
    rank: int


SIGNS = {
    Condition.CRASH_LOOP: Sign("✗", "crash loop", "bold red", 0),
    Condition.DEAD: Sign("†", "dead", "red", 1),
    Condition.WAITING: Sign("◔", "waiting", "bold yellow", 2),
    Condition.PROPULSION: Sign("▲", "propulsion violation", "yellow", 3),
    Condition.STALLED: Sign("△", "stalled", "yellow", 4),
    Condition.UNKNOWN: Sign("?", "unknown", "magenta", 5),
    Condition.DONE: Sign("◆", "done, not gone", "blue", 6),
    Condition.STARTING: Sign("◌", "starting", "cyan", 7),
    Condition.WORKING: Sign("●", "working", "green", 8),
    Condition.IDLE: Sign("○", "idle", "dim", 9),
}
"""Every condition, the gravest first."""


def sign(condition: Condition | None) -> Sign:
    """What stands for a condition; None: nobody has looked, which is unknown."""
    return SIGNS[condition or Condition.UNKNOWN]


def shown(health: Health | None) -> str:
    """`◔ waiting for permission`."""
    return f"{sign(health.condition if health else None).symbol} {words(health)}"


def words(health: Health | None) -> str:
    """`waiting for permission`; None: nobody has looked."""
    return sign(None).word if health is None else health.words


def ago(moment: float | str | None, now: datetime) -> str:
    """How long ago a moment was, of a record or in seconds since 1970: `5m`; `-`: nobody knows."""
    if moment is None:
        return "-"
    if isinstance(moment, str):
        return age(moment, now)
    return age(type(now).fromtimestamp(moment, now.tzinfo).isoformat(), now)
