"""What changed between two moments, in words."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gastown.render.screen import PLAIN
from gastown.render.text import cut, plural, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.render.screen import Screen
    from gastown.store.past import Moment
    from gastown.views.between import Between, Changed, Field

_WORDS = {"bead": "ISSUES", "hook": "AGENTS", "convoy": "CONVOYS", "merge": "MERGE REQUESTS",
          "rig": "RIGS", "escalation": "ESCALATIONS"}  # fmt: skip
_COUNTED = ("mail", "comment", "conversation", "dispatch")
_WIDTH = 60


def between(found: Between, screen: Screen = PLAIN) -> str:
    """For `gt diff`."""
    lines = [f"from {_moment(found.first)}", f"to   {_moment(found.last)}"]
    done = ", ".join(f"{number} by {safe(actor)}" for actor, number in found.operations.items())
    lines.append(
        f"{plural(sum(found.operations.values()), 'operation')}{': ' if done else ''}{done}"
    )
    told = [one for one in found.records if one.kind not in _COUNTED]
    for kind, group in groupby(told, key=lambda one: one.kind):
        lines += ["", screen.paint(_WORDS.get(kind, kind.upper()), "dim")]
        for one in group:
            lines += list(_changed(one))
    counted = [one for one in found.records if one.kind in _COUNTED]
    if counted:
        lines += ["", *(_counts(kind, list(group))
                        for kind, group in groupby(counted, key=lambda one: one.kind))]  # fmt: skip
    for document in found.documents:
        lines += [
            "",
            safe(document.path),
            *(f"  {safe(line)}" for line in document.text.split("\n")),
        ]
    if found.others:
        lines += ["", plural(found.others, "other file")]
    if not (found.records or found.documents or found.others):
        lines += ["", "nothing is different"]
    return "\n".join(lines)


def _moment(one: Moment) -> str:
    return f"{one.time.astimezone():%Y-%m-%d %H:%M:%S}  {one.commit[:10]}  {safe(one.subject)}"


def _changed(one: Changed) -> Iterator[str]:
    mark = "+" if one.before is None else "-" if one.after is None else " "
    state = one.after if one.before is None else f"was {one.before}" if one.after is None else (
        one.after if one.before == one.after else f"{one.before} → {one.after}"
    )  # fmt: skip
    title = f"  {cut(safe(one.title), _WIDTH)}" if one.title else ""
    yield f"{mark} {safe(one.id)}  {safe(state)}{title}"
    for field in one.fields:
        yield f"    {_field(field)}"


def _field(field: Field) -> str:
    key = safe(field.key).replace("_", " ")
    if isinstance(field.before, list) or isinstance(field.after, list):
        old, new = _texts(field.before), _texts(field.after)
        parts = [f"+{one}" for one in new if one not in old]
        parts += [f"-{one}" for one in old if one not in new]
        return f"{key}: {', '.join(parts) or 'in another order'}"
    if field.before is None:
        return f"{key}: {_value(field.after)}"
    return f"{key}: {_value(field.before)} → {_value(field.after)}"


def _texts(value: Any) -> list[str]:
    return [_value(one) for one in value] if isinstance(value, list) else []


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        named = value.get("depends_on_id") or value.get("id")
        return safe(named) if named else "…"
    return cut(safe(value), _WIDTH)


def _counts(kind: str, group: list[Changed]) -> str:
    """Of mail and the like only how many came, went, and changed."""
    words = Counter(
        "new" if one.before is None else "gone" if one.after is None else str(one.after)
        for one in group
    )
    return f"{kind}: {', '.join(f'{number} {safe(word)}' for word, number in words.items())}"
