"""The scheduler as a person steers it: paused, resumed, released.

Pausing stops slinging, never an agent. What is queued stays so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.scheduler import SCHEDULER, Scheduler
from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.ops.actors import is_person

if TYPE_CHECKING:
    from gastown.store.town import Town


def pause(town: Town, *, reason: str | None, actor: str) -> Scheduler:
    """Sling nothing new until it is resumed.

    Raises:
        MoveRefused: it is paused already.
        Refused: it is an agent that asks.
    """
    check_may_steer(town, actor, "pause")
    why = f": {reason}" if reason else ""
    return _turn(town, "pause", f"pause the scheduler{why}", reason, actor, actor=actor)


def resume(town: Town, *, actor: str) -> Scheduler:
    """Go on with what waits.

    Raises:
        MoveRefused: it is not paused.
        Refused: it is an agent that asks.
    """
    check_may_steer(town, actor, "resume")
    return _turn(town, "resume", "resume the scheduler", None, None, actor=actor)


def check_may_steer(town: Town, actor: str, verb: str) -> None:
    """Whether it is a person who asks, or the mayor.

    Raises:
        Refused: it is an agent.
    """
    if actor != MAYOR and not is_person(town.read(), actor):
        raise Refused(
            f"{actor} may not {verb} the scheduler: that is a person's, or the mayor's",
            hint="tell them: gt mail send mayor -s 'the scheduler' -m WHY",
        )


def _turn(
    town: Town, trigger: str, subject: str, reason: str | None, paused_by: str | None, *, actor: str
) -> Scheduler:  # fmt: skip
    with town.transaction(subject, actor=actor) as tx:
        found = tx.scheduler()
        state = SCHEDULER.after(found.state, trigger)
        found = replace(
            found, state=state, reason=reason, paused_by=paused_by, updated_at=town.now()
        )
        tx.put(found)
    return found
