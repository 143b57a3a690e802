"""The story of something as text: one line for each event, the oldest first, under its day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gastown.render.screen import PLAIN
from gastown.render.text import cut, safe, width
from gastown.views.trail import COMMIT

if TYPE_CHECKING:
    from datetime import tzinfo

    from gastown.render.screen import Screen
    from gastown.views.trail import Event, Trail

_ACTOR = 22
_SHORT = 10
_STATES = 3
_NAMES = ("bead", "convoy", "hook", "escalation")


def trail(found: Trail, screen: Screen = PLAIN, zone: tzinfo | None = None) -> str:
    """For `gt trail`; `zone`: in which times are shown, by default the machine's."""
    if not found.events:
        return "nothing has happened"
    actors = min(_ACTOR, max(width(safe(event.actor)) for event in found.events))
    lines = []
    if found.earlier:
        lines.append(screen.paint("… there is more before this: -n 0 shows all", "dim"))
    day = ""
    for event in found.events:
        at = datetime.fromisoformat(event.at).astimezone(zone)
        if at.date().isoformat() != day:
            day = at.date().isoformat()
            lines.append(screen.paint(day, "bold"))
        lines.append(_line(event, at, actors, screen, found.subjects))
    return "\n".join(lines)


def _line(
    event: Event, at: datetime, actors: int, screen: Screen, subjects: tuple[str, ...]
) -> str:  # fmt: skip
    who = cut(safe(event.actor), actors)
    start = f"{at:%H:%M:%S}  {who}{' ' * (actors - width(who))}  "
    style = "green" if event.kind == COMMIT else ""
    what = screen.fit(_what(event, subjects), width(start), most=160)
    return f"{screen.paint(start, 'dim')}{screen.paint(what, style)}".rstrip()


def _what(event: Event, subjects: tuple[str, ...]) -> str:
    if event.kind == COMMIT:
        beads = ", ".join(one for one in event.beads if one not in subjects)
        return f"commits {event.commit[:_SHORT]} {event.what}{f' ({beads})' if beads else ''}"
    parts = [event.what, *([event.more] if event.more else [])]
    if not event.more and subjects:
        parts += _moves(event, subjects)
    return "; ".join(parts)


def _moves(event: Event, subjects: tuple[str, ...]) -> list[str]:
    """From which state to which the subjects themselves went, whatever lay between."""
    ends: dict[str, list[str]] = {}
    for move in event.moves:
        kind, name, *states = move.split(" ")
        if kind in _NAMES and name in subjects and len(states) == _STATES:
            ends.setdefault(name, [states[0]])[1:] = [states[2]]
    return [new if old == "none" else f"{old} → {new}" for old, new in ends.values()]
