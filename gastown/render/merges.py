"""Merge requests and mail as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import age, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.mail import Mail
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


def inbox(found: list[Mail], now: datetime) -> str:
    """For `gt mail inbox`."""
    if not found:
        return "no mail"
    rows = [
        (m.id[-6:], "•" if m.state == "unread" else "", age(m.sent_at, now), m.sender, m.subject)
        for m in found
    ]
    return table(("ID", "", "AGE", "FROM", "SUBJECT"), rows)


def message(found: Mail) -> str:
    """For `gt mail read`."""
    head = f"from {safe(found.sender)} to {safe(found.to)}, {found.sent_at}"
    return f"{safe(found.subject)}\n{head}\n\n{safe(found.body, lines=True)}"
