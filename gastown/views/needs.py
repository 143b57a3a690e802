"""What needs the person at the desk, the gravest first; each thing once, with what to type.

What helps itself in time (a rate limit that ends, a restart that is due) is not among it, and what
an escalation and an agent both tell is told by the agent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.convoy import ConvoyState
from gastown.domain.dispatch import DispatchState
from gastown.domain.escalation import EscalationState, Severity
from gastown.domain.health import TROUBLE, Condition, Wait
from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.domain.queue import Queue, QueueState
from gastown.domain.scheduler import SCHEDULER_ID, Scheduler, SchedulerState
from gastown.errors import Unreadable
from gastown.ids import MAYOR
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gastown.domain.escalation import Escalation
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.domain.settings import Settings
    from gastown.store.reader import Reader
    from gastown.views.agents import AgentView

_FAILED = (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED)
_AT_WORK = (BeadState.HOOKED, BeadState.IN_PROGRESS)


class Kind(StrEnum):
    """What sort of thing needs a person, the gravest first."""

    TOWN = "town"
    CRASH_LOOP = "crash loop"
    ASKING = "asking"
    ESCALATION = "escalation"
    REVIEW = "review"
    MERGE = "merge"
    DISPATCH = "dispatch"
    PAUSED = "paused"
    RECORD = "record"


@dataclass(frozen=True)
class Need:
    """One thing that needs the person.

    Attributes:
        subject: the agent, bead, request, convoy, rig or escalation that it is about.
        said: what it is, in words: the question, the reason.
        command: what answers it.
        since: since when, in seconds since 1970 or as records have it; None: nobody knows.
        severity: of an escalation.
    """

    kind: Kind
    subject: str
    said: str
    command: str
    since: float | str | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Surroundings:
    """What is true of the whole town on this machine.

    Attributes:
        watched: whether the monitor runs.
        recovers: whether it would help agents in trouble.
        frozen_for: why the town is frozen, if somebody said so.
    """

    watched: bool
    down: bool
    frozen: bool
    recovers: bool = True
    frozen_for: str | None = None


def needs(
    reader: Reader, settings: Settings, agents: Sequence[AgentView], around: Surroundings
) -> tuple[Need, ...]:
    """Everything that needs the person."""
    found = [
        *_of_town(reader, agents, around),
        *_of_agents(agents),
        *_of_escalations(reader.escalations(), agents),
        *_of_merges(reader, settings),
        *_of_scheduler(reader),
        *_paused(reader),
        *(
            Need(Kind.RECORD, broken.path, f"it cannot be read: {broken.error}", "gt hooks repair")
            for broken in reader.broken()
        ),
    ]
    kinds = list(Kind)
    return tuple(sorted(found, key=lambda need: kinds.index(need.kind)))


def _of_town(reader: Reader, agents: Sequence[AgentView], around: Surroundings) -> Iterator[Need]:
    if around.frozen:
        why = f": {around.frozen_for}" if around.frozen_for else ""
        said = f"every agent is stopped in its tracks by gt estop{why}"
        yield Need(Kind.TOWN, "town", said, "gt thaw")
    if around.down:
        yield Need(Kind.TOWN, "town", "the town is down: nothing starts", "gt up")
    hurt = sum(agent.condition in TROUBLE for agent in agents)
    in_trouble = f"; {hurt} in trouble" if hurt else ""
    if not around.watched and not around.down and _is_alive(reader, agents):
        said = f"no monitor runs: nobody looks after agents and queues{in_trouble}"
        yield Need(Kind.TOWN, "town", said, "gt daemon start")
    elif hurt and not around.recovers:
        said = f"recovery is switched off{in_trouble}"
        yield Need(Kind.TOWN, "town", said, "gt config set recovery.enabled true")


def _is_alive(reader: Reader, agents: Sequence[AgentView]) -> bool:
    """Whether there is anything that a monitor would look after."""
    return (
        any(agent.runtime and agent.bead for agent in agents)
        or any(merge.state is MergeState.QUEUED for merge in reader.merges())
        or bool(reader.dispatches(DispatchState.QUEUED))
    )


def _of_agents(agents: Iterable[AgentView]) -> Iterator[Need]:
    for agent in agents:
        health = agent.health
        if health is None or not health.needs_person:
            continue
        if health.condition is Condition.CRASH_LOOP:
            said = health.detail or agent.reason or "it ends again and again"
            command = f"gt peek {agent.id}, then gt hooks resume {agent.id}"
            yield Need(Kind.CRASH_LOOP, agent.id, said, command, health.since)
        else:
            yield Need(Kind.ASKING, agent.id, _question(agent), _answer(agent), health.since)


def _question(agent: AgentView) -> str:
    health = agent.health
    assert health is not None
    said = health.detail or "it does not say what"
    words = {Wait.PERMISSION: "may it", Wait.ANSWER: "asks", Wait.DIALOG: "is at a dialog"}
    return f"{words.get(health.wait or Wait.ANSWER, 'waits')}: {said}"


def _answer(agent: AgentView) -> str:
    if agent.id == MAYOR:
        return "gt mayor attach"
    if agent.runner == "process":
        return f"gt peek {agent.id}; it has no terminal: gt nudge {agent.id} TEXT"
    return f"gt session attach {agent.id}"


def _of_escalations(found: Iterable[Escalation], agents: Iterable[AgentView]) -> Iterator[Need]:
    told = {agent.id for agent in agents if agent.condition is Condition.CRASH_LOOP}
    graver = list(Severity)
    for one in sorted(found, key=lambda one: graver.index(one.severity)):
        if one.state is not EscalationState.OPEN:
            continue
        if one.agent in told and Condition.CRASH_LOOP.value in one.title.casefold():
            continue
        times = f" ({one.count} times)" if one.count > 1 else ""
        command = f"gt escalate show {one.id}, then gt escalate ack {one.id}"
        yield Need(
            Kind.ESCALATION, one.id, f"{one.title}{times}", command, one.created_at, one.severity
        )


def _of_merges(reader: Reader, settings: Settings) -> Iterator[Need]:
    merges = reader.merges()
    hooks = {hook.id: hook for hook in reader.hooks()}
    busy = {merge.bead for merge in merges if merge.is_pending and merge.state not in _FAILED}
    for merge in merges:
        if merge.state is MergeState.QUEUED:
            if settings.rig(merge.rig).merge.review and not merge.is_approved:
                command = f"gt mq diff {merge.id}, then gt mq approve {merge.id}"
                yield Need(Kind.REVIEW, merge.id, f"review {merge.subject} by {merge.sender}",
                           command, merge.updated_at)  # fmt: skip
        elif merge.state in _FAILED and merge.bead not in busy and not _taken(reader, hooks, merge):
            said = f"{merge.subject} {merge.state}: {merge.reason or 'no reason is on record'}"
            yield Need(Kind.MERGE, merge.id, said, _back(merge), merge.updated_at)


def _taken(reader: Reader, hooks: Mapping[str, Hook], merge: Merge) -> bool:
    """Whether somebody works on what came back, or its work is not wanted any more."""
    hook = hooks.get(merge.hook or "")
    if hook is not None and hook.generation == merge.generation:
        at_work = (HookState.ACTIVE, HookState.SUSPENDED)
        if hook.state in at_work and hook.bead == merge.bead:
            return True
    ids = [one for one in (merge.bead, merge.conflict_bead) if one is not None]
    beads = {bead.id: bead for bead in reader.beads(identifiers=ids)}
    bead, conflict = beads.get(merge.bead or ""), beads.get(merge.conflict_bead or "")
    if bead is not None and not bead.is_live:
        return True
    if conflict is not None:
        return conflict.state in _AT_WORK
    return bead is not None and bead.state in _AT_WORK and bead.assignee != merge.hook


def _back(merge: Merge) -> str:
    if merge.conflict_bead is not None:
        return f"gt sling {merge.conflict_bead} {merge.rig}"
    if merge.bead is None:
        return f"gt mq log {merge.id}, then gt mq retry {merge.id}"
    return f"gt mq log {merge.id}, then gt sling {merge.bead} {merge.hook or merge.rig}"


def _of_scheduler(reader: Reader) -> Iterator[Need]:
    for one in reader.dispatches(DispatchState.FAILED):
        said = f"{one.id} could not be slung: {one.reason or 'no reason is on record'}"
        yield Need(Kind.DISPATCH, one.id, said, f"gt sling {one.id} {one.rig}", one.updated_at)


def scheduler_of(reader: Reader) -> Scheduler:
    """The scheduler; as at first where its record cannot be read, which is told elsewhere."""
    try:
        return reader.scheduler()
    except Unreadable:
        return Scheduler(id=SCHEDULER_ID)


def readable_queue(reader: Reader, rig: str) -> Queue:
    """A rig's queue; as at first where its record cannot be read, which is told elsewhere."""
    try:
        return queue_of(reader, rig)
    except Unreadable:
        return Queue(id=rig)


def _paused(reader: Reader) -> Iterator[Need]:
    scheduler = scheduler_of(reader)
    if scheduler.state is SchedulerState.PAUSED:
        why = scheduler.reason or f"by {scheduler.paused_by or 'somebody'}"
        yield Need(Kind.PAUSED, "scheduler", f"the scheduler is paused: {why}",
                   "gt scheduler resume", scheduler.updated_at or None)  # fmt: skip
    for hold in scheduler.holds:
        if hold.get("until") is None:
            runtime = str(hold.get("runtime"))
            said = f"nothing is started with {runtime}: {hold.get('why') or 'it is held'}"
            since = hold.get("since")
            yield Need(Kind.PAUSED, runtime, said, f"gt scheduler release {runtime}",
                       since if isinstance(since, str | float) else None)  # fmt: skip
    for rig in reader.rigs():
        queue = readable_queue(reader, rig.id)
        if queue.state is QueueState.PAUSED:
            why = queue.reason or f"by {queue.paused_by or 'somebody'}"
            yield Need(Kind.PAUSED, rig.id, f"the queue of {rig.id} is paused: {why}",
                       f"gt mq resume {rig.id}")  # fmt: skip
    for convoy in reader.convoys(ConvoyState.OPEN):
        if convoy.paused is not None:
            said = f"convoy {convoy.id} ({convoy.title}) is paused: {convoy.paused}"
            yield Need(Kind.PAUSED, convoy.id, said, f"gt convoy launch {convoy.id}")
