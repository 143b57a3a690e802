"""Git hooks as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gastown.ops.githooks import Changed, Shown, Tested
    from gastown.store.hook_reach import Reach

_WAYS = {
    "sealed": "only ours run",
    "files": "ours and the project's, in one folder",
    "chained": "ours, then the project's",
    "configured": "ours by git's configuration, beside the project's",
    "off": "taken away",
    "": "not set up",
}


def changed(result: Changed) -> str:
    """What was put in or taken away."""
    where = result.place if result.kind in ("clone", "town") else f"{result.kind} {result.place}"
    if not result.changes:
        return f"Nothing to do: {safe(where)}{_way(result.way)}"
    verb = "Would change" if result.dry_run else "Changed"
    lines = [f"{verb} {safe(where)}{_way(result.way)}"]
    lines += [f"  {safe(line)}" for line in result.changes]
    lines += [f"  left, for somebody has edited it: {safe(file)}" for file in result.left]
    return "\n".join(lines)


def _way(way: str) -> str:
    return f" ({_WAYS[way]})" if way else ""


def shown(places: Sequence[Shown]) -> str:
    """The git hooks of each place."""
    return "\n\n".join(
        f"{_title(place.kind, place.place)}: {_WAYS.get(place.way, place.way)}\n"
        + table(("GIT HOOK", "OURS", "THE PROJECT'S"), _rows(place.hooks), last=90)
        for place in places
    )


def _title(kind: str, name: str) -> str:
    return safe(name if kind in ("clone", "hq") else f"{kind} {name}")


def _rows(hooks: Iterable[Reach]) -> Iterable[tuple[str, str, str]]:
    for hook in hooks:
        project = hook.project or (f"does not run: {hook.silent}" if hook.silent else "-")
        yield hook.name, hook.ours or (f"NO: {hook.trouble}" if hook.trouble else "-"), project


def tested(places: Sequence[Tested]) -> str:
    """Which places were heard."""
    lines = []
    for place in places:
        bad = [hook for hook in place.hooks if hook.trouble]
        fine = place.arrived and not bad
        said = f"{_title(place.kind, place.place)}: "
        if fine:
            said += f"{plural(len([h for h in place.hooks if h.ours]), 'git hook')} of ours reached"
            said += "" if place.kind == "hq" else ", and an event arrived"
        else:
            said += f"NOT heard: {safe(place.trouble or bad[0].trouble)}"
        lines.append(said)
        lines += [f"  {hook.name}: {safe(hook.trouble)}" for hook in bad]
    return "\n".join(lines)
