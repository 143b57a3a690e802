"""The town at a glance as its records tell: of a moment that has passed, or of a fork.

What only a machine knows (sessions, health, whether the monitor runs) is not on record: it is said
to be unknown, and nothing is made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.escalation import EscalationState
from gastown.ids import HUMAN
from gastown.views.agents import AgentView
from gastown.views.convoys import convoy_view
from gastown.views.needs import Surroundings, needs
from gastown.views.status import Status, Watch, rig_list, scheduling

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_NOBODY_LOOKED = Watch(
    monitor=False, beat=None, down=False, frozen=False, looked_at=None, published=False
)
_AROUND = Surroundings(watched=True, down=False, frozen=False, frozen_for=None, recovers=True)


def status_then(town: Town) -> Status:
    """The whole town, on paper."""
    reader, settings = town.read(), town.settings()
    agents = tuple(agents_then(reader))
    escalated = [one.state for one in reader.escalations()]
    return Status(
        name=settings.name, root=str(town.layout.root), commit=reader.commit,
        needs=needs(reader, settings, agents, _AROUND),
        rigs=tuple(rig_list(town, None)), agents=agents,
        convoys=tuple(convoy_view(reader, c) for c in reader.convoys(ConvoyState.OPEN)),
        unread=len(reader.unread(HUMAN)),
        broken=tuple(f"{broken.path}: {broken.error}" for broken in reader.broken()),
        watch=_NOBODY_LOOKED, scheduler=scheduling(reader, settings.scheduler.max_polecats),
        acknowledged=escalated.count(EscalationState.ACKNOWLEDGED),
    )  # fmt: skip


def agents_then(reader: Reader, *, every: bool = False) -> list[AgentView]:
    """The agents that had a live hook (or `every` one), as far as records tell."""
    hooks = reader.hooks(live=not every)
    wanted = [hook.bead for hook in hooks if hook.bead]
    beads = {bead.id: bead for bead in reader.beads(identifiers=wanted)}

    def view(hook: Hook) -> AgentView:
        bead = beads.get(hook.bead or "")
        return AgentView(
            id=hook.id, role=hook.role, state=hook.state, bead=hook.bead,
            title=bead.title if bead else None, runtime=hook.runtime, session="unknown",
            generation=hook.generation, since=hook.updated_at,
            status=bead.state.value if bead else None, reason=hook.reason,
        )  # fmt: skip

    return [view(hook) for hook in hooks]
