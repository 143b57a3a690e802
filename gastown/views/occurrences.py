"""What may be told to the person at the desk, from how the town is: pure but for the ledger.

It is what `views/needs` says needs them, what a provider or the disk holds up, and convoys that
have landed since they were last looked at. What the person has done themselves (a pause, `gt down`)
is no news to them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.escalation import Severity
from gastown.domain.escalation_settings import NOTIFY
from gastown.domain.health import Wait
from gastown.domain.notifying.occurrence import Kind, Occurrence, Urgency
from gastown.ids import HUMAN
from gastown.views.needs import Kind as Sort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.convoy import Convoy
    from gastown.domain.escalation import Escalation
    from gastown.domain.settings import Settings
    from gastown.store.reader import Reader
    from gastown.views.agents import AgentView
    from gastown.views.needs import Need
    from gastown.views.status import Status

LANDED_S = 86400.0
"""What landed longer ago is no news."""
_BUDGET = "budget: "
_PLAIN = {
    Sort.CRASH_LOOP: (Kind.CRASH_LOOP, Urgency.CRITICAL), Sort.MERGE: (Kind.MERGE, Urgency.NORMAL),
    Sort.REVIEW: (Kind.REVIEW, Urgency.LOW), Sort.DISPATCH: (Kind.DISPATCH, Urgency.NORMAL),
    Sort.RECORD: (Kind.RECORD, Urgency.NORMAL),
}  # fmt: skip
_PAGES = {
    Kind.PERMISSION: "agents/{}", Kind.QUESTION: "agents/{}", Kind.CRASH_LOOP: "agents/{}",
    Kind.ESCALATION: "needs/{}", Kind.BUDGET: "costs", Kind.DISK: "monitor",
    Kind.MONITOR: "monitor", Kind.MERGE: "queue/{}", Kind.DISPATCH: "beads/{}",
    Kind.RECORD: "needs", Kind.REVIEW: "queue/{}", Kind.LIMIT: "agents", Kind.LANDED: "convoys/{}",
}  # fmt: skip


def page_of(occurrence: Occurrence) -> str:
    """The page of the dashboard that shows it, relative to its root."""
    subject = occurrence.agent or occurrence.key.split(" ")[1]
    return _PAGES[occurrence.kind].format(subject)


def occurrences(
    found: Status, reader: Reader, settings: Settings, *, since: float, now: float,
    free_bytes: int | None,
) -> tuple[Occurrence, ...]:  # fmt: skip
    """Everything that may be told.

    Args:
        since: convoys that landed before are no news, in seconds since 1970.
        free_bytes: what is free on the town's disk.
    """
    agents = {agent.id: agent for agent in found.agents}
    escalations = {one.id: one for one in reader.escalations()}
    told = [
        *(one for need in found.needs for one in _of_need(need, agents, escalations, settings)),
        *_of_watch(found),
        *_of_holds(found),
        *(
            _landed(one) for one in reader.convoys(ConvoyState.LANDED)
            if _is_news(one, max(since, now - LANDED_S))
        ),
    ]  # fmt: skip
    if free_bytes is not None and free_bytes < settings.notify.free_mb * 2**20:
        said = f"{free_bytes / 2**20:.0f} MiB are free: when it is full no work can be committed"
        told.append(Occurrence(
            f"disk {found.root}", Kind.DISK, f"the disk of {found.name}", said, Urgency.CRITICAL,
            "gt doctor",
        ))  # fmt: skip
    return tuple(told)


def _of_need(
    need: Need, agents: dict[str, AgentView], escalations: dict[str, Escalation],
    settings: Settings,
) -> Iterator[Occurrence]:  # fmt: skip
    since = _seconds(need.since)
    if need.kind is Sort.ASKING:
        yield _asking(need, agents[need.subject], since)
    elif need.kind in _PLAIN:
        kind, urgency = _PLAIN[need.kind]
        agent = agents.get(need.subject)
        when = f" {since:.0f}" if since is not None else ""
        yield Occurrence(
            f"{kind.replace(' ', '-')} {need.subject}{when}", kind, need.subject, need.said,
            urgency, need.command, agent=agent.id if agent else None,
            session=str(agent.generation) if agent else "", since=since,
        )  # fmt: skip
    elif need.kind is Sort.ESCALATION and need.subject in escalations:
        one = escalations[need.subject]
        is_budget = one.key.startswith(_BUDGET)
        if is_budget or NOTIFY in settings.escalation.routes_of(one.severity):
            yield _escalated(one, Kind.BUDGET if is_budget else Kind.ESCALATION, need, agents)


def _asking(need: Need, agent: AgentView, since: float | None) -> Occurrence:
    health = agent.health
    assert health is not None
    permission = health.wait is Wait.PERMISSION
    kind = Kind.PERMISSION if permission else Kind.QUESTION
    said = health.detail or "it does not say what"
    when = f"{since:.3f}" if since is not None else " ".join(said.split())
    return Occurrence(
        f"{kind} {agent.id} {agent.generation} {when}", kind, agent.id, said,
        Urgency.CRITICAL if permission else Urgency.NORMAL, need.command, agent=agent.id,
        session=str(agent.generation), since=since,
    )  # fmt: skip


def _escalated(
    one: Escalation, kind: Kind, need: Need, agents: dict[str, AgentView]
) -> Occurrence:  # fmt: skip
    urgent = one.severity in (Severity.CRITICAL, Severity.HIGH)
    agent = one.agent if one.agent in agents else None
    who = "the town" if kind is Kind.BUDGET else agent or one.source
    return Occurrence(
        f"escalation {one.id} {one.severity}", kind, who, need.said,
        Urgency.CRITICAL if urgent else Urgency.NORMAL, need.command, agent=agent,
        session=one.id, since=_seconds(one.created_at),
    )  # fmt: skip


def _of_watch(found: Status) -> Iterator[Occurrence]:
    """That nobody keeps the town moving, unless the person has stopped it themselves."""
    watch = found.watch
    if watch.monitor or watch.down or watch.frozen:
        return
    for need in found.needs:
        if need.kind is Sort.TOWN:
            yield Occurrence(f"monitor {found.root}", Kind.MONITOR, "the town", need.said,
                             Urgency.NORMAL, need.command)  # fmt: skip


def _of_holds(found: Status) -> Iterator[Occurrence]:
    for hold in found.scheduler.holds:
        runtime, until = str(hold.get("runtime")), hold.get("until")
        then = f" until {until}" if until is not None else ""
        said = f"nothing is started with it{then}: {hold.get('why') or 'it is held'}"
        yield Occurrence(
            f"limit {runtime} {hold.get('since')}", Kind.LIMIT, runtime, said,
            Urgency.LOW if until is not None else Urgency.NORMAL,
            f"gt scheduler release {runtime}", since=_seconds(hold.get("since")),
        )  # fmt: skip


def _is_news(convoy: Convoy, since: float) -> bool:
    """A convoy that a sling made by itself is told only where somebody asked for it."""
    at = _seconds(convoy.landed_at)
    wanted = not convoy.automatic or convoy.human or HUMAN in convoy.notify
    return wanted and at is not None and at >= int(since)  # moments on record are whole seconds


def _landed(convoy: Convoy) -> Occurrence:
    beads = "its bead is closed" if len(convoy.beads) == 1 else (
        f"all of its {len(convoy.beads)} beads are closed")  # fmt: skip
    return Occurrence(
        f"landed {convoy.id} {convoy.landed_at}", Kind.LANDED, convoy.title, beads,
        Urgency.NORMAL if convoy.human else Urgency.LOW, f"gt convoy show {convoy.id}",
        since=_seconds(convoy.landed_at),
    )  # fmt: skip


def _seconds(moment: object) -> float | None:
    if isinstance(moment, int | float):
        return float(moment)
    try:
        return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else None
    except ValueError:
        return None
