"""Escalations in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.telling import failures
from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.domain.escalation import Escalation
    from gastown.ops.escalating import Raised


def raised(found: Raised) -> str:
    """What became of escalating something."""
    one = found.escalation
    told = ", ".join(mark.partition(" ")[2] for mark in one.delivered)
    if not found.new:
        head = f"{one.id} is open already: escalated {plural(one.count, 'time')} ({one.severity})"
    else:
        head = f"escalated {one.id} ({one.severity})"
    return "\n".join([f"{head}{f', told by {told}' if told else ''}", *_untold(one)])


def rows(found: Sequence[Escalation], now: datetime) -> str:
    """A line for each."""
    if not found:
        return "nothing is escalated"
    return table(
        ("ID", "SEVERITY", "STATE", "AGE", "ABOUT", "WHAT"),
        [
            (one.id, one.severity, one.state, age(one.created_at, now),
             one.bead or one.agent or "",
             f"{one.title}{f' ({one.count} times)' if one.count > 1 else ''}")
            for one in found
        ],
    )  # fmt: skip


def shown(one: Escalation, now: datetime) -> str:
    """All that is known of one."""
    lines = [f"{one.id}  {one.severity}  {one.state}", safe(one.title), ""]
    lines += [safe(one.body, lines=True), ""] if one.body else []
    lines.append(f"escalated by {safe(one.source)}, {age(one.created_at, now)} ago"
                 f"{f'; {one.count} times' if one.count > 1 else ''}")  # fmt: skip
    lines += [f"bead: {safe(one.bead)}"] if one.bead else []
    lines += [f"agent: {safe(one.agent)}"] if one.agent else []
    if one.rises:
        lines.append(f"rose {plural(one.rises, 'time')}, last {age(one.risen_at or '', now)} ago")
    lines += [f"told: {safe(mark)}" for mark in one.delivered]
    lines += _untold(one)
    lines += [f"acknowledged by {safe(one.acknowledged_by)}"] if one.acknowledged_by else []
    if one.resolved_by:
        what = f": {safe(one.resolution)}" if one.resolution else ""
        lines.append(f"resolved by {safe(one.resolved_by)}{what}")
    elif one.is_live:
        lines.append(f"next: gt escalate ack {one.id}, gt escalate resolve {one.id} -r WHAT")
    return "\n".join(lines)


def moved(found: Sequence[Escalation]) -> str:
    """What was acknowledged or resolved."""
    return "\n".join(f"{one.id} is {one.state}: {safe(one.title)}" for one in found)


def _untold(one: Escalation) -> list[str]:
    return [
        f"not told by {safe(failure.mark.partition(' ')[2])}"
        f" ({'tried again' if failure.again_at else 'given up'}): {safe(failure.why)}"
        for failure in failures(one).values()
    ]
