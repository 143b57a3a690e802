"""What needs the person, as text: what it is, and below it what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.escalation import Severity
from gastown.render.conditions import ago
from gastown.render.text import safe, width
from gastown.views.needs import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.render.screen import Screen
    from gastown.views.needs import Need

SIGNS = {
    Kind.TOWN: ("■", "bold red"),
    Kind.CRASH_LOOP: ("✗", "bold red"),
    Kind.ASKING: ("◔", "bold yellow"),
    Kind.ESCALATION: ("!", "yellow"),
    Kind.REVIEW: ("◇", "cyan"),
    Kind.MERGE: ("✗", "red"),
    Kind.DISPATCH: ("✗", "red"),
    Kind.PAUSED: ("‖", "yellow"),
    Kind.RECORD: ("?", "magenta"),
}
"""Symbol and style of everything that needs a person."""

SEVERITIES = {
    Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow",
    Severity.LOW: "dim",
}  # fmt: skip

_NAMED = (Kind.CRASH_LOOP, Kind.ASKING, Kind.ESCALATION, Kind.MERGE, Kind.REVIEW, Kind.RECORD)
_MOST_OF_A_KIND = 8


def need_sign(need: Need) -> tuple[str, str]:
    """Symbol and style of a need."""
    symbol, style = SIGNS[need.kind]
    return symbol, SEVERITIES[need.severity] if need.severity is not None else style


def needs(found: Sequence[Need], now: datetime, screen: Screen) -> str:
    """What needs the person; empty: nothing does."""
    if not found:
        return ""
    lines = [screen.paint("NEEDS YOU", "bold")]
    for kind in dict.fromkeys(need.kind for need in found):
        mine = [need for need in found if need.kind is kind]
        for need in mine[:_MOST_OF_A_KIND]:
            lines += _need(need, now, screen)
        if len(mine) > _MOST_OF_A_KIND:
            lines.append(f"  … and {len(mine) - _MOST_OF_A_KIND} more ({kind}): --json names all")
    return "\n".join(lines)


def _need(need: Need, now: datetime, screen: Screen) -> list[str]:
    symbol, style = need_sign(need)
    when = f"  {ago(need.since, now)}" if need.since is not None else ""
    subject = f"{safe(need.subject)}  " if need.kind in _NAMED else ""
    grave = f"{need.severity}: " if need.severity is not None else ""
    said = screen.fit(need.said, 2 + width(subject + grave + when), most=160)
    line = f"{screen.paint(symbol, style)} {subject}{screen.paint(grave, style)}{said}{when}"
    return [line, f"    {screen.paint(safe(need.command), 'dim')}"]
