"""The town at a glance, and its history, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.agents import agents
from gastown.render.convoys import one_line
from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.ops.install import Installed
    from gastown.views.history import Operation
    from gastown.views.status import RigStatus, Status

_ENDED = ("closed", "tombstone")


def installed(result: Installed) -> str:
    """After `gt install`."""
    if not result.fresh:
        return f"✓ {safe(result.root)} is complete; its settings and records are as they were"
    return (
        f"✓ town {safe(result.name)} is at {safe(result.root)} (ledger {result.commit[:12]})\n"
        f"next: cd {safe(result.root)} && gt rig add NAME URL"
    )


def status(found: Status, now: datetime) -> str:
    """For `gt status`."""
    parts = [f"{safe(found.name)}  {safe(found.root)}  ledger {found.commit[:12]}"]
    parts.append(rigs(list(found.rigs)))
    parts += [
        f"the queue of {rig.name} is paused: {safe(rig.paused)} (gt mq resume {rig.name})"
        for rig in found.rigs if rig.paused is not None
    ]  # fmt: skip
    parts.append(agents(list(found.agents), now))
    convoys = "\n".join(one_line(view) for view in found.convoys)
    parts.append(f"CONVOYS\n{convoys}" if convoys else "no open convoys")
    if found.unread:
        parts.append(f"{plural(found.unread, 'unread message')}: gt mail inbox")
    if found.broken:
        lines = "\n".join(f"  {safe(line)}" for line in found.broken)
        parts.append(f"UNREADABLE RECORDS (gt hooks repair mends hooks)\n{lines}")
    return "\n\n".join(parts)


def rigs(found: list[RigStatus]) -> str:
    """For `gt rig list`."""
    if not found:
        return "no rigs yet: gt rig add NAME URL"
    rows = [
        (
            rig.name, rig.branch, rig.prefix, rig.crew, rig.polecats,
            sum(count for state, count in rig.beads.items() if state not in _ENDED),
            ", ".join(f"{count} {state}" for state, count in rig.queue.items()) or "-", rig.url,
        )
        for rig in found
    ]  # fmt: skip
    header = ("RIG", "BRANCH", "PREFIX", "CREW", "POLECATS", "OPEN BEADS", "QUEUE", "FROM")
    return table(header, rows)


def operations(found: list[Operation]) -> str:
    """For `gt log`."""
    if not found:
        return "no operations"
    lines = []
    for operation in found:
        when = operation.at[:19].replace("T", " ")
        lines.append(
            f"{operation.commit[:10]}  {when}  {safe(operation.actor)}: {safe(operation.subject)}"
        )
        lines += [f"            {safe(move)}" for move in operation.moves]
    return "\n".join(lines)
