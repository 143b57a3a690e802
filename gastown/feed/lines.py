"""What stands in the panels of the feed: rows of styled text, from what was gathered.

Text from beads, mail and repositories is made safe here; nothing of it is ever markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.feed.rows import Row
from gastown.render.conditions import SIGNS, sign
from gastown.render.feed import STYLES, SYMBOLS, ago, moment, sign_of
from gastown.render.text import bar, cut, plural, safe, width
from gastown.views.agents import RUNNING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from gastown.feed.filtering import Filter
    from gastown.views.agents import AgentView
    from gastown.views.convoys import ConvoyView, Member
    from gastown.views.feed import Event
    from gastown.views.problems import Problem
    from gastown.views.status import RigStatus, Status

_NAME, _BEAD, _ACTOR = 14, 12, 14
_MEMBERS = {"closed": ("✓", "green"), "in_progress": ("●", "green"), "hooked": ("→", "cyan"),
            "tombstone": ("✗", "dim"), "blocked": ("‖", "yellow")}  # fmt: skip

Parts = tuple[tuple[str, str], ...]


def agents(
    found: Status, folded: Collection[str], chosen: Filter, now: datetime
) -> list[Row]:  # fmt: skip
    """Rigs and their agents; the mayor above them."""
    rows = []
    name, bead = _columns(found.agents)
    rest = [agent for agent in found.agents if "/" not in agent.id]
    rows += [_agent(agent, name, bead, 0, now) for agent in rest if chosen.takes_agent(agent)]
    for rig in found.rigs:
        mine = [agent for agent in found.agents if agent.id.startswith(f"{rig.name}/")]
        shown = [agent for agent in mine if chosen.takes_agent(agent)]
        if not shown and not chosen.is_empty and not chosen.takes_rig(rig.name):
            continue
        is_open = rig.name not in folded
        rows.append(Row(f"rig {rig.name}", _rig(rig, mine, is_open), rig, is_open))
        if is_open:
            rows += [_agent(agent, name, bead, 2, now) for agent in shown]
    return rows


def _columns(found: Sequence[AgentView]) -> tuple[int, int]:
    names = [len(agent.id.rpartition("/")[2]) for agent in found] or [0]
    beads = [len(agent.bead or "-") for agent in found] or [0]
    return min(_NAME, max(names)), min(_BEAD, max(beads))


def _rig(rig: RigStatus, mine: list[AgentView], is_open: bool) -> Parts:
    said = [plural(len(mine), "agent") if mine else "no agents"]
    said += [f"{rig.ready} ready"] if rig.ready else []
    said += [f"{rig.waiting} waiting for a place"] if rig.waiting else []
    said += [f"{count} {state}" for state, count in rig.queue.items()]
    said += ["queue paused"] if rig.paused is not None else []
    return (("▾ " if is_open else "▸ ", ""), (f"{rig.name}  ", "bold"), (" · ".join(said), "dim"))


def _agent(agent: AgentView, name: int, bead: int, depth: int, now: datetime) -> Row:
    shown = sign(agent.condition)
    since = agent.health.since if agent.health and agent.health.since else agent.since
    parts = (
        (f"{' ' * depth}{shown.symbol} ", shown.style),
        (f"{_padded(agent.id.rpartition('/')[2], name)} ", ""),
        (f"{_padded(agent.bead or '-', bead)} ", "cyan" if agent.bead else "dim"),
        (f"{ago(since, now):>4}  ", "dim"),
        *_says(agent),
    )
    return Row(f"agent {agent.id}", parts, agent)


def _says(agent: AgentView) -> Parts:
    """How it is in words, then what it is about: a question goes before the title of a bead."""
    health = agent.health
    title = safe(agent.title or "")
    words = health.words if health is not None else Condition.UNKNOWN.value
    style = sign(agent.condition).style
    about = title
    if health is not None and health.condition not in (Condition.WORKING, Condition.STARTING):
        about = safe(health.detail or agent.reason or "") or title
    about = about.removeprefix(f"{words}: ")
    if agent.state != "active":
        words = f"{words} ({agent.state})"
    return ((words, style), (f": {about}" if about else "", ""))


def convoys(
    found: Status, opened: Collection[str], chosen: Filter, now: datetime
) -> list[Row]:  # fmt: skip
    """Open convoys, those made by a sling last; the beads of those that are opened below them."""
    by_id = {agent.id: agent for agent in found.agents}
    rows = []
    for view in sorted(found.convoys, key=lambda view: view.convoy.automatic):
        if not chosen.takes_convoy(view):
            continue
        is_open = view.convoy.id in opened
        rows.append(Row(f"convoy {view.convoy.id}", _convoy(view, is_open), view, is_open))
        if is_open:
            rows += [_member(view.convoy.id, one, by_id, now) for one in view.members]
    return rows


def _convoy(view: ConvoyView, is_open: bool) -> Parts:
    convoy = view.convoy
    working = sum(one.status in ("hooked", "in_progress") for one in view.members)
    said = [f"{working} in work"] if working else []
    said += ["paused"] if convoy.paused is not None else []
    return (
        ("▾ " if is_open else "▸ ", ""),
        (bar(view.completed, view.total, 8), "green"),
        (f" {view.completed}/{view.total}  ", ""),
        (safe(convoy.title), "" if convoy.automatic else "bold"),
        (f"  {' · '.join([convoy.id, *said])}", "dim"),
    )


def _member(
    convoy: str, one: Member, agents: dict[str, AgentView], now: datetime
) -> Row:  # fmt: skip
    symbol, style = _MEMBERS.get(one.status or "", ("○", ""))
    at_it = agents.get(one.assignee or "")
    said = one.status or "missing"
    if one.blocked and one.status == "open":
        said = f"waits for {', '.join(one.blocked_by)}" if one.blocked_by else "blocked"
    elif one.queued:
        said = "waits for a place"
    elif one.merge is not None:
        said = f"merge {one.merge_state}"
    who = one.assignee if one.assignee and one.status != "closed" else ""
    if at_it is not None and at_it.session == RUNNING:
        who = f"{sign(at_it.condition).symbol} {one.assignee}"
    parts = (
        (f"    {symbol} ", style), (f"{_padded(one.id, _BEAD)} ", "cyan"), (said, style),
        (f"  {safe(who)}" if who else "", ""),
        (f"  {ago(one.since, now)}" if one.since and one.status != "closed" else "", "dim"),
        (f"  {safe(one.title or '')}", "dim" if one.status == "closed" else ""),
    )  # fmt: skip
    return Row(f"member {convoy} {one.id}", parts, one)


def happenings(found: Iterable[Event], chosen: Filter, now: datetime) -> list[Row]:
    """Events, the newest last."""
    return [_event(event, now) for event in found if chosen.takes_event(event)]


def _event(event: Event, now: datetime) -> Row:
    style = STYLES.get(event.mark, "")
    parts = (
        (f"{moment(event.at, now)} ", "dim"),
        (f"{SYMBOLS[event.mark]} ", style),
        (f"{_padded(safe(event.actor), _ACTOR)} ", "cyan"),
        (safe(event.text), ""),
    )
    return Row(event.commit or f"{event.at} {event.text}", parts, event)


def troubles(found: Iterable[Problem], chosen: Filter, now: datetime) -> list[Row]:
    """Problems, the gravest first."""
    rows = []
    for one in found:
        if not chosen.takes_problem(one):
            continue
        shown = sign_of(one.grade)
        parts = (
            (f"{shown.symbol} ", shown.style),
            (f"{_padded(safe(one.subject), _NAME)} ", ""),
            (f"{ago(one.since, now):>4}  ", "dim"),
            (safe(one.title), shown.style),
            (f": {safe(one.words)}" if one.words else "", ""),
        )
        rows.append(Row(one.key, parts, one))
    return rows


def heading(found: Status, problems: int, columns: int) -> Parts:
    """The town in a line: what is amiss, and how many agents are in each condition.

    Where that has no room for the words of the conditions, their symbols stand alone.
    """
    parts: list[tuple[str, str]] = [(f"{safe(found.name)}  ", "bold")]
    if found.watch.frozen:
        parts.append(("‖ FROZEN: gt thaw  ", "bold red"))
    elif found.watch.down:
        parts.append(("‖ the town is down: gt up  ", "bold yellow"))
    elif not found.watch.monitor:
        parts.append(("! no monitor  ", "bold yellow"))
    if problems:
        parts.append((f"{plural(problems, 'problem')} (p)  ", "bold yellow"))
    rest = [(f"… {found.scheduler.queued} queued  ", "")] if found.scheduler.queued else []
    rest += [(f"@ {found.unread} unread", "")] if found.unread else []
    for told in (_counted(found, words=True), _counted(found, words=False)):
        whole = (*parts, *told, *rest)
        if sum(width(text) for text, _ in whole) <= columns:
            break
    return whole


def _counted(found: Status, *, words: bool) -> Parts:
    conditions = [agent.condition for agent in found.agents if not agent.is_resting]
    counted = [(conditions.count(one), shown) for one, shown in SIGNS.items()]
    return tuple(
        (f"{shown.symbol} {count} {shown.word}  " if words else f"{shown.symbol}{count} ",
         shown.style)
        for count, shown in counted if count
    )  # fmt: skip


def _padded(text: str, columns: int) -> str:
    shown = cut(safe(text), columns)
    return shown + " " * (columns - width(shown))
