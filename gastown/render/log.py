"""The ledger's log as text: a line for each operation, its moves and its cause below it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.render.json import values
from gastown.render.screen import PLAIN
from gastown.render.text import safe

if TYPE_CHECKING:
    from gastown.render.screen import Screen
    from gastown.views.log import Entry

_BELOW = " " * 12


def log(found: list[Entry], screen: Screen = PLAIN) -> str:
    """For `gt log`, newest first."""
    return "\n".join(entry(one, screen) for one in found) if found else "no operations"


def entry(one: Entry, screen: Screen = PLAIN) -> str:
    """One operation, with what it moved and why."""
    at = datetime.fromisoformat(one.at).astimezone()
    undone = screen.paint(" (taken back)", "dim") if one.undone_by else ""
    name = screen.paint(one.commit[:10], "yellow")
    when = screen.paint(f"{at:%Y-%m-%d %H:%M:%S}", "dim")
    lines = [f"{name}  {when}  {safe(one.actor)}: {safe(one.subject)}{undone}"]
    lines += [f"{_BELOW}{safe(move)}" for move in one.moves]
    if one.why is not None:
        lines.append(screen.paint(f"{_BELOW}because {safe(one.why)}", "dim"))
    if not one.graph:
        return "\n".join(lines)
    *before, own = one.graph
    rest = own.replace("*", "|")
    width = len(own)
    return "\n".join([*before, f"{own}  {lines[0]}",
                      *(f"{rest:<{width}}  {line}" for line in lines[1:])])  # fmt: skip


def json_line(one: Entry) -> str:
    """One operation as one line of JSON, for `gt log --follow --json`."""
    return json.dumps(values(one), ensure_ascii=True)
