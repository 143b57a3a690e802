"""Who is in the town, who has a bead, who has changed a file, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.conditions import ago, sign, words
from gastown.render.screen import PLAIN
from gastown.render.text import plural, safe
from gastown.views.who import Changed, Holders, Present, Someone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.render.screen import Cell, Screen
    from gastown.views.who import Answer, Change

_MOST_PATHS = 3


def who(found: Sequence[Answer], now: datetime, screen: Screen = PLAIN) -> str:
    """For `gt who`."""
    return "\n\n".join(_one(answer, now, screen) for answer in found)


def _one(found: Answer, now: datetime, screen: Screen) -> str:
    if isinstance(found, Present):
        return _present(found, now, screen)
    if isinstance(found, Someone):
        return "\n".join(_table([found], now, screen))
    return _holders(found, now) if isinstance(found, Holders) else _changed(found, screen)


def _present(found: Present, now: datetime, screen: Screen) -> str:
    name = f" ({safe(found.name)})" if found.actor == "human" else ""
    where = "the town's root" if found.place == "." else safe(found.place)
    lines = [f"you are {safe(found.actor)}{name}, in {where}", ""]
    return "\n".join([*lines, *_table(found.people, now, screen)])


def _table(people: Sequence[Someone], now: datetime, screen: Screen) -> list[str]:
    rows: list[tuple[Cell, ...]] = []
    for one in people:
        seen = sign(one.health.condition) if one.health is not None else None
        state: Cell = "running" if one.running else "-"
        if seen is not None:
            state = (f"{seen.symbol} {words(one.health)}", seen.style)
        rows.append((
            one.who, "you" if one.you else one.what, state, ago(one.since, now), one.bead or "-",
            ", ".join(one.terminals) or "-",
        ))  # fmt: skip
    return screen.table(("WHO", "IS", "HEALTH", "SINCE", "BEAD", "TERMINALS"), rows)


def _holders(found: Holders, now: datetime) -> str:
    who = found.assignee or "nobody"
    lines = [f"{safe(found.bead)}: {safe(found.title)}", f"  {found.status}; {safe(who)} has it"]
    for turn in found.turns:
        what = f"to {turn.assignee}" if turn.assignee else "taken back"
        lines.append(f"  {ago(turn.at, now):>4} ago  {safe(what)}, by {safe(turn.actor)}")
    if not found.turns:
        lines.append("  nobody ever had it")
    return "\n".join(lines)


def _changed(found: Changed, screen: Screen) -> str:
    head = f"{safe(found.path)} in {found.rig}"
    if not found.changes:
        return f"{head}: none of {plural(found.asked, 'hook')} has changed it"
    many = f"  ! {len(found.changes)} agents are on it" if len(found.changes) > 1 else ""
    lines = [f"{head}:{many}"]
    for one in found.changes:
        bead = f" for {one.bead}" if one.bead else ""
        lines.append(screen.fit(f"  {one.agent}{bead} ({one.state}): {_of(one, found.path)}"))
    return "\n".join(lines)


def _of(one: Change, path: str) -> str:
    parts = []
    for name, paths in (("committed", one.committed), ("not committed", one.uncommitted)):
        if paths:
            alone = paths == (path,)
            more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
            parts.append(name if alone else f"{name}: {', '.join(paths[:_MOST_PATHS])}{more}")
    parts += [f"not known: {one.unknown}"] if one.unknown else []
    return "; ".join(parts)
