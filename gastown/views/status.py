"""The town at a glance: what needs the person, then rigs, agents and convoys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.dispatch import DispatchState
from gastown.domain.escalation import EscalationState
from gastown.domain.integration import IntegrationState
from gastown.domain.merge import MergeState
from gastown.domain.queue import QueueState
from gastown.domain.scheduler import SchedulerState
from gastown.ids import HUMAN
from gastown.store import locks, pulse
from gastown.store.frozen import frozen
from gastown.views.agents import AgentView, agent_list
from gastown.views.convoys import ConvoyView, convoy_view
from gastown.views.needs import Need, Surroundings, needs, readable_queue, scheduler_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.health import Health
    from gastown.domain.queue import Queue
    from gastown.domain.record import Json
    from gastown.runtime.sessions import Sessions
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_INTEGRATING = (IntegrationState.OPEN, IntegrationState.LANDING)


@dataclass(frozen=True)
class RigStatus:
    """One rig: how many hooks of each kind, how many beads in each status, how long its queue.

    Attributes:
        paused: why its queue is paused (or who did it); None: it is not.
        integrations: epics whose work comes together on a branch of its own.
        ready: how many of its beads can be slung now.
        waiting: how many of them wait for a place.
        conditions: how many of its agents are in each condition; None: nobody has looked.
    """

    name: str
    branch: str
    url: str
    prefix: str
    crew: int
    polecats: int
    beads: dict[str, int]
    queue: dict[str, int]
    paused: str | None = None
    integrations: tuple[str, ...] = ()
    ready: int = 0
    waiting: int = 0
    conditions: dict[str, int] | None = None


@dataclass(frozen=True)
class Watch:
    """How the town is watched on this machine.

    Attributes:
        monitor: whether the monitor runs; `beat`: its last word, or that of the last one.
        frozen_for: why it stands still, if somebody said so.
        looked_at: when agents were looked at, in seconds since 1970.
        published: the monitor did; else whoever asked for this has looked.
    """

    monitor: bool
    beat: str | None
    down: bool
    frozen: bool
    looked_at: float | None
    published: bool
    frozen_for: str | None = None


@dataclass(frozen=True)
class Scheduling:
    """The scheduler. `most`: so many polecats may work at once; 0: as many as are slung."""

    paused: bool
    reason: str | None
    queued: int
    most: int
    holds: tuple[Mapping[str, Json], ...]


@dataclass(frozen=True)
class Status:
    """The whole town.

    Attributes:
        needs: what needs the person, the gravest first.
        unread: messages for the person; `broken`: records nobody can read.
        acknowledged: escalations that somebody has taken on.
    """

    name: str
    root: str
    commit: str
    needs: tuple[Need, ...]
    rigs: tuple[RigStatus, ...]
    agents: tuple[AgentView, ...]
    convoys: tuple[ConvoyView, ...]
    unread: int
    broken: tuple[str, ...]
    watch: Watch
    scheduler: Scheduling
    acknowledged: int


def status(
    town: Town, sessions: Sessions, healths: Mapping[str, Health], *,
    looked_at: float | None = None, published: bool = False,
) -> Status:  # fmt: skip
    """The town as it is now; `healths` of its agents, by their ids."""
    reader = town.read()
    settings = town.settings()
    agents = tuple(agent_list(town, sessions, healths=healths))
    watch = _watch(town, looked_at, published=published)
    around = Surroundings(
        watched=watch.monitor, down=watch.down, frozen=watch.frozen, frozen_for=watch.frozen_for,
        recovers=settings.recovery.enabled,
    )  # fmt: skip
    escalated = [one.state for one in reader.escalations()]
    return Status(
        name=settings.name,
        root=str(town.layout.root),
        commit=reader.commit,
        needs=needs(reader, settings, agents, around),
        rigs=tuple(rig_list(town, agents)),
        agents=agents,
        convoys=tuple(convoy_view(reader, c) for c in reader.convoys(ConvoyState.OPEN)),
        unread=len(reader.unread(HUMAN)),
        broken=tuple(f"{broken.path}: {broken.error}" for broken in reader.broken()),
        watch=watch,
        scheduler=scheduling(reader, settings.scheduler.max_polecats),
        acknowledged=escalated.count(EscalationState.ACKNOWLEDGED),
    )


def rig_list(town: Town, agents: tuple[AgentView, ...] | None = None) -> list[RigStatus]:
    """Every rig with its numbers, and those of `agents` where somebody has looked at them."""
    reader = town.read()
    hooks = reader.hooks()
    merges = reader.merges()
    queued = [one.rig for one in reader.dispatches(DispatchState.QUEUED)]
    now = town.edge.clock().timestamp()
    found = []
    for rig in reader.rigs():
        mine = [hook for hook in hooks if hook.rig == rig.id]
        waiting = [m.state for m in merges if m.rig == rig.id and m.is_pending]
        found.append(
            RigStatus(
                name=rig.id, branch=rig.branch, url=rig.url, prefix=rig.prefix,
                crew=sum(hook.role == "crew" for hook in mine),
                polecats=sum(hook.role == "polecat" for hook in mine),
                beads=reader.status_counts(rig.id),
                queue={s.value: waiting.count(s) for s in MergeState if s in waiting},
                paused=_paused(readable_queue(reader, rig.id)),
                integrations=tuple(
                    one.id for one in reader.integrations(rig.id) if one.state in _INTEGRATING
                ),
                ready=reader.count_ready(now, rig=rig.id), waiting=queued.count(rig.id),
                conditions=None if agents is None else _conditions(agents, rig.id),
            )
        )  # fmt: skip
    return found


def _conditions(agents: tuple[AgentView, ...], rig: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for agent in agents:
        if agent.id.startswith(f"{rig}/") and not agent.is_resting:
            found[agent.condition.value] = found.get(agent.condition.value, 0) + 1
    return found


def _paused(queue: Queue) -> str | None:
    if queue.state is not QueueState.PAUSED:
        return None
    return queue.reason or f"by {queue.paused_by or 'somebody'}"


def _watch(town: Town, looked_at: float | None, *, published: bool) -> Watch:
    layout = town.layout
    known, told = pulse.read(layout), frozen(layout)
    return Watch(
        monitor=locks.is_held(layout.monitor_lock), beat=known.beat if known else None,
        down=layout.down.exists(), frozen=told is not None, looked_at=looked_at,
        published=published, frozen_for=told.reason if told is not None else None,
    )  # fmt: skip


def scheduling(reader: Reader, most: int) -> Scheduling:
    """How the scheduler stands. `most`: so many polecats may work at once."""
    known = scheduler_of(reader)
    queued = len(reader.dispatches(DispatchState.QUEUED))
    return Scheduling(known.state is SchedulerState.PAUSED, known.reason, queued, most, known.holds)
