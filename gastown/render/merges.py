"""Merge requests as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe, table

if TYPE_CHECKING:
    from gastown.domain.merge import Merge


def merges(found: list[Merge]) -> str:
    """For `gt mq list`."""
    if not found:
        return "the merge queue is empty"
    rows = [
        (m.id, m.state, m.bead, m.hook, m.target, m.attempts, m.reason or m.result or "")
        for m in found
    ]
    return table(("REQUEST", "STATE", "BEAD", "AGENT", "TARGET", "TRIES", ""), rows)


def merge(found: Merge) -> str:
    """For `gt mq show`."""
    lines = [
        f"{found.id} is {found.state}",
        f"  bead {safe(found.bead)} by {found.hook}, branch {safe(found.branch)}"
        f" at {found.head[:12]}",
        f"  target {safe(found.target)}{f', tried on {found.base[:12]}' if found.base else ''}",
    ]
    if found.result:
        lines.append(f"  merged as {found.result}")
    if found.reason:
        lines.append(f"  {safe(found.reason)}")
    if found.conflicts:
        lines.append(f"  conflicts: {safe(', '.join(found.conflicts))}")
    if found.log:
        lines.append(f"  what its gates printed: gt mq log {found.id}")
    return "\n".join(lines)
