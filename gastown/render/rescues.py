"""What removals have kept, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.hook_log import size
from gastown.render.text import age, cut, plural, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.views.rescues import Rescue

_WIDTH = 70


def rescues(found: list[Rescue], now: datetime) -> str:
    """For `gt rescue list`."""
    if not found:
        return "nothing is kept: no removal had anything to rescue"
    rows = [(one.id, one.bead or "-", age(one.at, now), _kept(one)) for one in found]
    text = table(("RESCUE", "BEAD", "AGE", "KEPT"), rows, last=100)
    return f"{text}\n\nbring one back into a folder: gt rescue restore {safe(found[0].id)}"


def _kept(one: Rescue) -> str:
    parts = []
    if one.commit:
        done = f", {one.merged} of them merged" if one.merged else ""
        parts.append(f"{size(one.files, one.added, one.removed, one.size)}{done}")
    if one.branch:
        parts.append(f"{plural(one.ahead, 'commit')} on {one.branch}")
    if one.set_aside:
        parts.append(cut(f"set aside: {', '.join(one.set_aside)}", _WIDTH))
    return "; ".join(parts)
