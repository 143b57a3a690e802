"""The town at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.integration import IntegrationState
from gastown.domain.mail import MailState
from gastown.domain.merge import MergeState
from gastown.domain.queue import QueueState
from gastown.ids import HUMAN
from gastown.views.agents import AgentView, agent_list
from gastown.views.convoys import ConvoyView, convoy_view
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from gastown.domain.queue import Queue
    from gastown.runtime.sessions import Sessions
    from gastown.store.town import Town

_INTEGRATING = (IntegrationState.OPEN, IntegrationState.LANDING)


@dataclass(frozen=True)
class RigStatus:
    """One rig: how many hooks of each kind, how many beads in each status, how long its queue.

    Attributes:
        paused: why its queue is paused (or who did it); None: it is not.
        integrations: epics whose work comes together on a branch of its own.
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


@dataclass(frozen=True)
class Status:
    """The whole town. `unread`: messages for the person; `broken`: records nobody can read."""

    name: str
    root: str
    commit: str
    rigs: tuple[RigStatus, ...]
    agents: tuple[AgentView, ...]
    convoys: tuple[ConvoyView, ...]
    unread: int
    broken: tuple[str, ...]


def status(town: Town, sessions: Sessions) -> Status:
    """The town as it is now."""
    reader = town.read()
    mail = [m for m in reader.mail(HUMAN) if m.state is MailState.UNREAD]
    return Status(
        name=town.settings().name,
        root=str(town.layout.root),
        commit=reader.commit,
        rigs=tuple(rig_list(town)),
        agents=tuple(agent_list(town, sessions)),
        convoys=tuple(convoy_view(reader, c) for c in reader.convoys(ConvoyState.OPEN)),
        unread=len(mail),
        broken=tuple(f"{broken.path}: {broken.error}" for broken in reader.broken()),
    )


def rig_list(town: Town) -> list[RigStatus]:
    """Every rig with its numbers."""
    reader = town.read()
    hooks = reader.hooks()
    merges = reader.merges()
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
                paused=_paused(queue_of(reader, rig.id)),
                integrations=tuple(
                    one.id for one in reader.integrations(rig.id) if one.state in _INTEGRATING
                ),
            )
        )  # fmt: skip
    return found


def _paused(queue: Queue) -> str | None:
    if queue.state is not QueueState.PAUSED:
        return None
    return queue.reason or f"by {queue.paused_by or 'somebody'}"
