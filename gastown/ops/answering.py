"""Whether an agent's client answers: as its health is judged, and in doubt it does.

It does not if it is stalled or gone. Who is idle, waits for a person or is at a dialog answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.ops.health import look as look_at_health
from gastown.ops.readiness import look
from gastown.ops.runtimes import described
from gastown.ops.sessions import sessions_of
from gastown.runtime.readiness import Standing, judge
from gastown.runtime.sessions import Liveness, State

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.readiness import Readiness
    from gastown.store.town import Town


@dataclass(frozen=True)
class Answering:
    """Whether a client answers.

    Attributes:
        why: the evidence that it does not; None: it does, as far as anybody can tell.
        seen: how far it is.
    """

    why: str | None
    seen: Readiness

    @property
    def answers(self) -> bool:
        """Whether there is no evidence against it."""
        return self.why is None


def answering(town: Town, host: Host, hook: Hook) -> Answering:
    """Whether the client of a hook answers."""
    sessions = sessions_of(town, host)
    session = sessions.get(hook.id)
    seen = look(town, host, hook)
    if session is None or sessions.look(session).state is not State.RUNNING:
        return Answering("it does not run any more", seen)
    if seen.state is Standing.WORKING and seen.said:
        # Who is interrupted by a person says nothing of it, and only shows a prompt again.
        runtime = described(town, host, session)
        shown = judge(runtime, screen=seen.screen, said=None, liveness=Liveness(State.RUNNING),
                      seconds=0)  # fmt: skip
        told = bool(runtime.busy) and shown.state in (Standing.READY, Standing.WAITING)
        seen = shown if told else seen
    found = look_at_health(town, host, hook)
    stuck = found.condition in (Condition.STALLED, Condition.DEAD)
    return Answering((found.detail or found.words) if stuck else None, seen)
