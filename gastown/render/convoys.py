"""Convoys as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.conditions import ago, sign, words
from gastown.render.screen import PLAIN
from gastown.render.text import bar, plural, safe, width

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.convoy import Convoy
    from gastown.ops.convoys import Added
    from gastown.ops.refresh import Refreshed
    from gastown.render.screen import Screen
    from gastown.views.convoys import ConvoyView, Member

_MARK = {
    "closed": ("✓", "green"), "in_progress": ("▶", "cyan"), "hooked": ("▶", "cyan"),
    "tombstone": ("✗", "dim"), "missing": ("?", "magenta"),
}  # fmt: skip
_BAR = 10


def one_line(view: ConvoyView, screen: Screen = PLAIN) -> str:
    """A convoy in one line, and how it was chosen."""
    convoy = view.convoy
    progress = f"{bar(view.completed, view.total, _BAR)} {view.completed}/{view.total}"
    state = convoy.state.value
    if convoy.paused is not None:
        state += ", paused"
    elif convoy.launched and state == "open":
        state += ", launched"
    before = f"{convoy.id}  {progress}  {state}  "
    after = f"   ({view.chosen})" if view.chosen else ""
    return f"{before}{screen.fit(convoy.title, width(before + after), most=160)}{after}"


def convoys(found: list[ConvoyView], screen: Screen = PLAIN) -> str:
    """For `gt convoy list`."""
    if not found:
        return 'no convoys: gt convoy create "TITLE" ISSUE…  (landed ones: --all)'
    return "\n".join(one_line(view, screen) for view in found)


def convoy(view: ConvoyView, now: datetime, screen: Screen = PLAIN) -> str:
    """For `gt convoy show`."""
    found = view.convoy
    lines = [one_line(view, screen)]
    told = [*found.notify, *(["the person at the desk"] if found.human else [])]
    lines.append(f"owner {safe(found.owner)}; tells {safe(', '.join(told)) or 'nobody'}")
    if found.paused is not None:
        lines.append(f"its beads are not slung by themselves now: {safe(found.paused)}")
    elif found.launched and found.state == "open":
        lines.append("its beads are slung by themselves as soon as they are ready")
    if not view.members:
        lines.append(f"it holds no beads yet: gt convoy add {found.id} ISSUE…")
        return "\n".join(lines)
    rows = []
    for member in view.members:
        status = member.status or "missing"
        health = member.health
        seen = sign(health.condition) if health is not None else None
        rows.append((
            _MARK.get(status, ("○", "")), member.id, _standing(member),
            member.assignee or "-",
            (f"{seen.symbol} {words(health)}", seen.style) if seen else "-",
            ago(member.since, now), member.title or "",
        ))  # fmt: skip
    header = ("", "BEAD", "STATUS", "AGENT", "HEALTH", "SINCE", "TITLE")
    lines += ["", *screen.table(header, rows)]
    waits = [member for member in view.members if member.blocked_by]
    lines += [
        screen.fit(f"{member.id} waits for {', '.join(member.blocked_by)}", most=200)
        for member in waits
    ]
    return "\n".join(lines)


def _standing(member: Member) -> str:
    """How far a bead is, in words: its request and its place in a queue say more than it."""
    if member.merge_state is not None:
        return f"merge {member.merge_state}"
    if member.queued:
        return "queued"
    status = member.status or "missing"
    return "blocked" if member.blocked and status == "open" else status


def created(result: Convoy) -> str:
    """After `gt convoy create`."""
    held = plural(len(result.beads), "bead") if result.beads else "no beads yet"
    return f"✓ convoy {result.id}: {safe(result.title)} ({held})"


def added(result: Added) -> str:
    """After `gt convoy add`."""
    which = f"convoy {result.convoy.id} ({safe(result.convoy.title)})"
    which += ", the newest open one" if result.chosen else ""
    again = "; it is open again" if result.reopened else ""
    return f"✓ {safe(', '.join(result.beads))} put on {which}{again}"


def given_up(result: Convoy) -> str:
    """After `gt convoy close`."""
    return f"✓ convoy {result.id} is given up; its {plural(len(result.beads), 'bead')} stay"


def refreshed(result: Refreshed) -> str:
    """After `gt convoy refresh`."""
    lines = [f"! {safe(warning)}" for warning in result.warnings]
    lines += [f"✓ {safe(bead)} was merged by hand: closed" for bead in result.merged]
    lines += [f"✓ convoy {one.id} landed: {safe(one.title)}" for one in result.landed]
    lines += [one_line(view) for view in result.convoys]
    return "\n".join(lines) or "no open convoys"
