"""Runtimes that nothing is started with for a while, because their provider wants a pause.

A hold is one commit with one notice to the person. It is lifted when its time has come, or by hand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.ids import HUMAN
from gastown.ops.observe import MONITOR
from gastown.ops.post import post_once

if TYPE_CHECKING:
    from gastown.domain.scheduler import Scheduler
    from gastown.store.town import Town

UNKNOWN_S = 15 * 60
"""How long a runtime is held where nobody knows until when its limit holds."""


def hold(
    town: Town, runtime: str, *, until: float, why: str, agent: str | None
) -> Scheduler | None:  # fmt: skip
    """Hold a runtime; None: it is held so long already.

    Args:
        until: in seconds since 1970.
        agent: whose client has said so.
    """
    moment = datetime.fromtimestamp(until, UTC)
    told = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    with town.transaction(f"hold {runtime} until {told}: {why}", actor=MONITOR) as tx:
        scheduler = tx.scheduler()
        known = scheduler.hold_of(runtime)
        if known is not None:
            before = known.get("until")
            if not isinstance(before, str) or datetime.fromisoformat(before) >= moment:
                return None
        since = known.get("since") if known is not None else town.now()
        data = {"runtime": runtime, "until": told, "why": why, "agent": agent, "since": since}
        scheduler = _stamped(scheduler.with_hold(data), town)
        tx.put(scheduler)
        if known is None:
            body = (
                f"{agent or runtime}: {why}\n\nNothing is started with {runtime} until {told};"
                " then its agents go on by themselves. Sooner: gt scheduler release"
                f" {runtime}"
            )
            post_once(tx, town, to=HUMAN, subject=f"{runtime} is held until {told}", body=body,
                      about=None)  # fmt: skip
    return scheduler


def release(town: Town, runtime: str, *, actor: str) -> Scheduler:
    """Lift a hold by hand.

    Raises:
        NotFound: that runtime is not held.
    """
    with town.transaction(f"release {runtime}", actor=actor) as tx:
        scheduler = tx.scheduler()
        if scheduler.hold_of(runtime) is None:
            held = ", ".join(str(one.get("runtime")) for one in scheduler.holds)
            raise NotFound(f"{runtime} is not held", hint=f"held: {held or 'nothing'}")
        scheduler = _stamped(scheduler.without_hold(runtime), town)
        tx.put(scheduler)
    return scheduler


def due(scheduler: Scheduler, now: datetime) -> list[str]:
    """The runtimes whose hold has passed."""
    return [
        str(one.get("runtime")) for one in scheduler.holds
        if isinstance(until := one.get("until"), str) and datetime.fromisoformat(until) <= now
    ]  # fmt: skip


def lift_due(town: Town) -> list[str]:
    """Lift the holds that have passed, in one commit; which."""
    found = due(town.read().scheduler(), town.edge.clock())
    if not found:
        return []
    with town.transaction(f"{', '.join(found)} may go on", actor=MONITOR) as tx:
        scheduler = tx.scheduler()
        for runtime in due(scheduler, town.edge.clock()):
            scheduler = scheduler.without_hold(runtime)
        tx.put(_stamped(scheduler, town))
    return found


def _stamped(scheduler: Scheduler, town: Town) -> Scheduler:
    return replace(scheduler, updated_at=town.now())
