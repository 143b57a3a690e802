"""Convoys as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import bar, plural, safe, table

if TYPE_CHECKING:
    from gastown.domain.convoy import Convoy
    from gastown.ops.convoys import Added
    from gastown.ops.refresh import Refreshed
    from gastown.views.convoys import ConvoyView

_MARK = {"closed": "✓", "in_progress": "▶", "hooked": "▶", "tombstone": "✗"}


def one_line(view: ConvoyView) -> str:
    """A convoy in one line."""
    convoy = view.convoy
    progress = f"{bar(view.completed, view.total)} {view.completed}/{view.total}"
    return f"{convoy.id}  {progress}  {convoy.state}  {safe(convoy.title)}"


def convoys(found: list[ConvoyView]) -> str:
    """For `gt convoy list`."""
    if not found:
        return 'no convoys: gt convoy create "TITLE" ISSUE…  (landed ones: --all)'
    return "\n".join(one_line(view) for view in found)


def convoy(view: ConvoyView) -> str:
    """For `gt convoy show`."""
    found = view.convoy
    lines = [one_line(view)]
    if view.chosen:
        lines[0] += f"   ({view.chosen})"
    told = [*found.notify, *(["the person at the desk"] if found.human else [])]
    lines.append(f"owner {safe(found.owner)}; tells {safe(', '.join(told)) or 'nobody'}")
    if not view.members:
        lines.append(f"it holds no beads yet: gt convoy add {found.id} ISSUE…")
        return "\n".join(lines)
    rows = []
    for member in view.members:
        status = member.status or "missing"
        mark = _MARK.get(status, "○")
        waits = " (blocked)" if member.blocked and status == "open" else ""
        rows.append((mark, member.id, status + waits, member.assignee or "-", member.title or ""))
    return "\n".join([*lines, "", table(("", "BEAD", "STATUS", "AGENT", "TITLE"), rows)])


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
