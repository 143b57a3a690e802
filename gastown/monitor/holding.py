"""Holding a runtime while its provider's limit lasts, and waking its agents one by one after it.

That an agent waits for a limit is told by its health. What was told before a hold was lifted is no
news, so that a person's `gt scheduler release` counts; each agent that waited then and has not gone
on by itself is woken, and only what it says after that can hold its runtime again.
"""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from gastown.domain.health import Condition, Wait
from gastown.errors import Busy, GtError
from gastown.monitor.workers import Later
from gastown.ops.scheduling.holds import UNKNOWN_S, due, hold, lift_due
from gastown.ops.scheduling.waking import wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.domain.scheduler import Scheduler
    from gastown.ops.host import Host
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

    Give = Callable[[str, Callable[[Town], None]], bool]

STAGGER_S = 3.0
AGAIN_S = 120.0
_BUSY_PAUSE_S = 1.0


class Holding:
    """Which runtimes are held, and who is to be woken.

    Args:
        give: gives a job to the worker that holds and lifts: the job's key, the job.
        give_wake: the same for the one that wakes.
    """

    def __init__(self, host: Host, journal: Journal, give: Give, give_wake: Give) -> None:
        self._host = host
        self._journal = journal
        self._give = give
        self._give_wake = give_wake
        self._held: frozenset[str] = frozenset()
        self._waiting: dict[str, Hook] = {}
        self._to_wake: dict[str, Hook] = {}
        self._woken: dict[str, float] = {}  # in seconds since 1970
        self._next_wake = 0.0

    def look(self, town: Town, hooks: Iterable[Hook], healths: Mapping[str, Health]) -> None:
        """Have runtimes held and lifted, and agents woken."""
        scheduler = town.read().scheduler()
        now = town.edge.clock().timestamp()
        limited = {
            hook.id: hook for hook in hooks
            if (health := healths.get(hook.id)) is not None and health.wait is Wait.LIMIT
            and hook.runtime is not None
        }  # fmt: skip
        self._follow(scheduler, limited, healths)
        for hook in limited.values():
            self._of(scheduler, hook, healths[hook.id], now)
        if due(scheduler, town.edge.clock()):
            self._give("lift", self._lift)
        self._wake_next(scheduler)

    def _follow(
        self, scheduler: Scheduler, limited: Mapping[str, Hook], healths: Mapping[str, Health]
    ) -> None:
        """Who waits is remembered: when the limit has passed, their health says it no more."""
        self._waiting.update(limited)
        held = frozenset(str(one.get("runtime")) for one in scheduler.holds)
        lifted = self._held - held
        for agent in [one for one, hook in self._waiting.items() if hook.runtime in lifted]:
            self._to_wake[agent] = self._waiting.pop(agent)
        self._held = held
        for memory in (self._waiting, self._to_wake):
            for agent in [one for one in memory if not _still_waits(healths.get(one))]:
                del memory[agent]

    def _of(self, scheduler: Scheduler, hook: Hook, health: Health, now: float) -> None:
        runtime = hook.runtime or ""
        if hook.id in self._to_wake or now - self._woken.get(hook.id, 0.0) < AGAIN_S:
            return
        is_held = scheduler.hold_of(runtime) is not None
        if health.until is not None and health.until <= now:
            if not is_held:  # nobody has seen to it: this monitor is younger than that
                self._to_wake[hook.id] = hook
            return
        if is_held and (health.until is None or not self._is_later(scheduler, runtime, health)):
            return
        until = health.until if health.until is not None else now + UNKNOWN_S
        why = health.detail or "its rate limit is reached"
        self._give(f"hold {runtime}", partial(self._hold, runtime, until, why, hook.id))

    @staticmethod
    def _is_later(scheduler: Scheduler, runtime: str, health: Health) -> bool:
        known = scheduler.hold_of(runtime)
        until = known.get("until") if known is not None else None
        if not isinstance(until, str) or health.until is None:
            return False
        return int(health.until) > datetime.fromisoformat(until).timestamp()

    def _hold(self, runtime: str, until: float, why: str, agent: str, town: Town) -> None:
        if hold(town, runtime, until=until, why=why, agent=agent) is not None:
            self._held |= {runtime}  # it may be released before the next look
            self._journal.info("held", runtime=runtime, why=why, agent=agent)

    def _lift(self, town: Town) -> None:
        for runtime in lift_due(town):
            self._journal.info("lifted", runtime=runtime)

    def _wake_next(self, scheduler: Scheduler) -> None:
        if not self._to_wake or time.monotonic() < self._next_wake:
            return
        for agent, hook in sorted(self._to_wake.items()):
            if scheduler.hold_of(hook.runtime or "") is None:
                self._next_wake = time.monotonic() + STAGGER_S
                self._give_wake(f"wake {agent}", partial(self._wake, hook))
                return

    def _wake(self, hook: Hook, town: Town) -> None:
        try:
            how = wake(town, self._host, hook)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        except GtError as trouble:
            how = f"not: {trouble.message}"
        self._to_wake.pop(hook.id, None)
        self._woken[hook.id] = town.edge.clock().timestamp()
        self._journal.info("woken", hook=hook.id, how=how)


def _still_waits(health: Health | None) -> bool:
    """Whether somebody who waited has not gone on; one that is gone is recovery's."""
    return health is not None and (
        health.wait is Wait.LIMIT or health.condition in (Condition.IDLE, Condition.PROPULSION)
    )
