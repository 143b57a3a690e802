"""The town at a glance, and its history, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.agents import agent_table, trouble
from gastown.render.agents import gist as of_agents
from gastown.render.conditions import SIGNS, ago, sign
from gastown.render.convoys import one_line
from gastown.render.needs import needs
from gastown.render.screen import PLAIN
from gastown.render.text import plural, safe, table, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gastown.ops.install import Installed
    from gastown.render.screen import Screen
    from gastown.views.agents import AgentView
    from gastown.views.status import RigStatus, Status

_ENDED = ("closed", "tombstone")
_CAME_BACK = ("failed", "conflicted", "rejected")
_MOST_CONVOYS = 10
_BEFORE_CONDITIONS = 36


def installed(result: Installed) -> str:
    """After `gt install`."""
    if not result.fresh:
        return f"✓ {safe(result.root)} is complete; its settings and records are as they were"
    return (
        f"✓ town {safe(result.name)} is at {safe(result.root)} (ledger {result.commit[:12]})\n"
        f"next: cd {safe(result.root)} && gt rig add NAME URL"
    )


def status(found: Status, now: datetime, screen: Screen = PLAIN) -> str:
    """For `gt status`."""
    head = f"{safe(found.name)}  {safe(found.root)}  ledger {found.commit[:12]}"
    return "\n\n".join(
        part for part in (
            screen.paint(screen.fit(head), "bold"),
            needs(found.needs, now, screen),
            _rig_lines(found.rigs, screen),
            _agents(found.agents, now, screen),
            _convoys(found, screen),
            _summary(found, now, screen),
        ) if part
    )  # fmt: skip


def gist(found: Status) -> object:
    """What counts as a change: what needs the person, how agents are, what the ledger says."""
    return (
        found.commit,
        [(need.subject, need.said) for need in found.needs],
        of_agents(found.agents),
    )


def _rig_lines(found: Sequence[RigStatus], screen: Screen) -> str:
    """One line for each rig."""
    if not found:
        return "no rigs yet: gt rig add NAME URL"
    rows = []
    for rig in found:
        queue = sum(count for state, count in rig.queue.items() if state not in _CAME_BACK)
        back = sum(count for state, count in rig.queue.items() if state in _CAME_BACK)
        said = f"{queue}{f', {back} back' if back else ''}{', paused' if rig.paused else ''}"
        still_open = sum(count for state, count in rig.beads.items() if state not in _ENDED)
        first, *more = _wrapped(conditions(rig.conditions), screen.room(_BEFORE_CONDITIONS))
        queued = f", {rig.waiting} queued" if rig.waiting else ""
        rows.append((rig.name, said, f"{rig.ready}{queued}", str(still_open), first))
        rows += [("", "", "", "", one) for one in more]
    return "\n".join(screen.table(("RIG", "MERGES", "READY", "OPEN", "AGENTS"), rows))


def conditions(found: Mapping[str, int] | None) -> list[str]:
    """How many agents are in each condition, the gravest first: `◔ 1 waiting`, `● 5 working`."""
    if found is None:
        return ["unknown"]
    return [
        f"{one.symbol} {found[condition.value]} {one.word}"
        for condition, one in SIGNS.items() if found.get(condition.value)
    ] or ["none"]  # fmt: skip


def _wrapped(parts: Sequence[str], room: int) -> list[str]:
    """Parts on as many lines as it takes."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]}  {part}"
        lines[-1:] = [longer] if width(longer) <= room else [lines[-1], part]
    return lines


def _agents(found: Sequence[AgentView], now: datetime, screen: Screen) -> str:
    """Those that are not simply at rest; the gravest first."""
    there = [agent for agent in found if not agent.is_resting]
    if not there:
        return "no agents: gt sling ISSUE RIG"
    there.sort(key=lambda agent: sign(agent.condition).rank)
    head, *lines = agent_table(there, now, screen)
    out = [head]
    for agent, line in zip(there, lines, strict=True):
        said = trouble(agent, screen)
        out += [line, *([screen.paint(said, "dim")] if said else [])]
    return "\n".join(out)


def _convoys(found: Status, screen: Screen) -> str:
    if not found.convoys:
        return "no open convoys"
    lines = [one_line(view, screen) for view in found.convoys[:_MOST_CONVOYS]]
    rest = len(found.convoys) - len(lines)
    more = [f"… and {rest} more: gt convoy list"] if rest > 0 else []
    return "\n".join([screen.paint("CONVOYS", "dim"), *lines, *more])


def _summary(found: Status, now: datetime, screen: Screen) -> str:
    """How the town is watched and scheduled, and what else waits."""
    watch, scheduler = found.watch, found.scheduler
    parts = []
    if watch.published and watch.looked_at is not None:
        parts.append(f"seen by the monitor {ago(watch.looked_at, now)} ago")
    elif watch.monitor:
        parts.append("the monitor runs; looked at just now")
    else:
        looked = "no monitor runs; looked at just now"
        parts.append(looked if watch.looked_at else "how agents fare is not on record")
    if scheduler.most or scheduler.queued:
        most = f"at most {scheduler.most} polecats, " if scheduler.most else ""
        parts.append(f"{most}{scheduler.queued} queued")
    parts += [f"{hold['runtime']} is held until {hold['until']}"
              for hold in scheduler.holds if hold.get("until")]  # fmt: skip
    if found.acknowledged:
        parts.append(f"{plural(found.acknowledged, 'escalation')} taken on: gt escalate list")
    if found.unread:
        parts.append(f"{plural(found.unread, 'unread message')}: gt mail inbox")
    return "\n".join(screen.paint(safe(part), "dim") for part in parts)


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
