"""All that is known of one thing, as text: what Enter and `l` show.

Everything here is safe to be shown: the renderers see to that, and `safe` for what is shown as it
lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.sessions import peek
from gastown.render import beads as bead_text
from gastown.render import convoys as convoy_text
from gastown.render import hook_log as log_text
from gastown.render import merges as merge_text
from gastown.render import queue as queue_text
from gastown.render.conditions import shown
from gastown.render.feed import SYMBOLS, ago, moment, problem
from gastown.render.text import safe
from gastown.views.agents import AgentView
from gastown.views.beads import bead_view
from gastown.views.convoys import ConvoyView, Member
from gastown.views.feed import Event
from gastown.views.hook_log import hook_log, named
from gastown.views.merges import merge_by_id, merge_log
from gastown.views.problems import Grade, Problem
from gastown.views.queue_list import queue_view
from gastown.views.status import RigStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gastown.ops.host import Host
    from gastown.store.town import Town

_COMMITS = 8
_TAIL = 15
_SCREEN = 200


def agent_of(thing: object) -> str | None:
    """Whom something is about: to be nudged, looked at, handed off."""
    if isinstance(thing, AgentView):
        return thing.id
    if isinstance(thing, Event | Problem):
        return thing.agent
    return thing.assignee if isinstance(thing, Member) else None


def title_of(thing: object) -> str:
    """What it is called."""
    if isinstance(thing, ConvoyView):
        return f"convoy {thing.convoy.id}"
    if isinstance(thing, Event):
        return f"what happened: {thing.mark}"
    if isinstance(thing, Problem):
        return thing.subject
    if isinstance(thing, RigStatus):
        return f"rig {thing.name}"
    return str(getattr(thing, "id", thing))


def details(town: Town, host: Host, thing: object, now: datetime) -> str:
    """All that is known of it.

    Raises:
        NotFound: it is not there any more.
    """
    if isinstance(thing, AgentView):
        return _agent(town, host, thing, now)
    if isinstance(thing, ConvoyView):
        return convoy_text.convoy(thing, now)
    if isinstance(thing, Member):
        return bead_text.view(bead_view(town.read(), thing.id))
    if isinstance(thing, Event):
        return _event(thing, now)
    if isinstance(thing, Problem):
        return _problem(town, host, thing, now)
    if isinstance(thing, RigStatus):
        return _rig(town, thing, now)
    return safe(thing)


def log(town: Town, host: Host, thing: object) -> str:
    """What its session showed, or its gates printed.

    Raises:
        NotFound: there is nothing of the kind.
    """
    if isinstance(thing, Problem) and thing.grade in (Grade.MERGE, Grade.REVIEW):
        merge = merge_by_id(town.read(), thing.subject)
        return merge_text.log(merge_log(town, merge))
    agent = agent_of(thing)
    if agent is None:
        return "nothing here has a log: choose an agent, or a request that came back"
    return safe(peek(town, host, agent, _SCREEN).rstrip("\n"), lines=True)


def _agent(town: Town, host: Host, agent: AgentView, now: datetime) -> str:
    health = agent.health
    since = health.since if health is not None and health.since is not None else agent.since
    lines = [
        f"{shown(health)}, for {ago(since, now)}",
        f"{agent.role}, hook {agent.state}, session {agent.session}"
        + (f", runs {safe(agent.runtime)}" if agent.runtime else ""),
    ]
    if health is not None:
        lines += [safe(health.detail)] if health.detail else []
        lines += [f"seen: {safe(one)}" for one in health.evidence]
    if agent.reason:
        lines.append(f"why:  {safe(agent.reason)}")
    if agent.advice:
        lines.append(f"try:  {safe(agent.advice)}")
    parts = ["\n".join(lines)]
    if agent.bead:
        bead = agent.bead
        parts.append(_told(lambda: bead_text.view(bead_view(town.read(), bead))))
    parts.append(_told(lambda: _commits(town, agent.id, now)))
    parts.append(_told(lambda: _tail(town, host, agent.id)))
    return "\n\n".join(parts)


def _commits(town: Town, agent: str, now: datetime) -> str:
    found = hook_log(town, named(town, agent), limit=_COMMITS, every=False)
    return f"WORK\n{log_text.hook_log(found, now)}"


def _tail(town: Town, host: Host, agent: str) -> str:
    lines = [line for line in peek(town, host, agent, _TAIL * 2).splitlines() if line.strip()]
    return "SCREEN\n" + (safe("\n".join(lines[-_TAIL:]), lines=True) or "(empty)")


def _told(tell: Callable[[], str]) -> str:
    """A part of the whole; that it cannot be told is no reason to tell nothing."""
    try:
        return tell()
    except GtError as error:
        return f"! {safe(error.message)}"


def _event(event: Event, now: datetime) -> str:
    lines = [
        f"{moment(event.at, now)}  {SYMBOLS[event.mark]} {safe(event.actor)}: {safe(event.text)}",
        *(f"    {safe(move)}" for move in event.moves),
    ]
    lines += [f"cause: {safe(event.cause)}"] if event.cause else []
    if event.commit:
        lines.append(f"commit {event.commit} of the ledger: git -C hq show {event.commit[:10]}")
    return "\n".join(lines)


def _problem(town: Town, host: Host, found: Problem, now: datetime) -> str:
    parts = ["\n".join(problem(found, now))]
    reader = town.read()
    if found.grade is Grade.ESCALATION:
        one = reader.find("escalation", found.subject)
        parts += [safe(one.body, lines=True)] if one is not None and one.body else []
    elif found.grade in (Grade.MERGE, Grade.REVIEW):
        parts.append(merge_text.merge(merge_by_id(reader, found.subject)))
        parts.append(_told(lambda: log(town, host, found)))
    if found.agent is not None:
        agent = found.agent
        parts.append(_told(lambda: _commits(town, agent, now)))
        parts.append(_told(lambda: _tail(town, host, agent)))
    return "\n\n".join(parts)


def _rig(town: Town, rig: RigStatus, now: datetime) -> str:
    beads = ", ".join(f"{count} {state}" for state, count in rig.beads.items()) or "none"
    head = [
        f"{rig.name}: branch {safe(rig.branch)}, from {safe(rig.url)}",
        f"{rig.crew} crew, {rig.polecats} polecats; beads: {beads}; ready: {rig.ready}",
    ]
    queue = queue_view(town.read(), town.settings(), rig.name, now)
    return "\n".join(head) + "\n\n" + queue_text.queues([queue])
