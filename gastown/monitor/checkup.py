"""How every agent is, in each round: looked at, judged, held against the rounds before, published.

Rounds come often. An agent for which nothing has happened is looked at no more than once a second,
one that is idle every eight seconds.
"""

from __future__ import annotations

import os
import time
from dataclasses import astuple
from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.domain.judging import is_certain, judge
from gastown.domain.sleeping import Clocks, has_leapt
from gastown.domain.steadying import Steady, is_bad, steadied
from gastown.ops.freezing import thawed_at
from gastown.ops.signs import Gatherer
from gastown.store import vitals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.health import Health, Wait
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.journal import Journal
    from gastown.runtime.records import Session
    from gastown.store.town import Town

_AGAIN_S = 1.0
_RESTING_S = 8.0
_PUBLISH_S = 10.0


class Checkup:
    """The health of a town's agents, as one monitor has seen it so far.

    Args:
        journal: is told of every change of a condition.
    """

    def __init__(self, town: Town, host: Host, journal: Journal | None = None) -> None:
        self._town = town
        self._journal = journal
        self._gatherer = Gatherer(town, host)
        vitals.sweep(town.layout)
        before = vitals.read(town.layout)
        self._floor = max(before.floor if before is not None else 0.0, thawed_at(town.layout))
        known = before.healths if before is not None else {}
        self._steady = {name: Steady(health) for name, health in known.items()}
        self._clocks = Clocks(*before.clocks) if before is not None and before.clocks else None
        self._frozen = False
        self._looked: dict[str, tuple[object, float]] = {}
        self._published: tuple[object, float] = (None, float("-inf"))

    def look(
        self, hooks: Iterable[Hook], sessions: Mapping[str, Session]
    ) -> Mapping[str, Health]:  # fmt: skip
        """How every agent is now, by the ids of the hooks."""
        hooks = list(hooks)
        now = time.monotonic()
        self._look_at_the_town()
        due = [hook for hook in hooks if self._is_due(hook, sessions.get(hook.id), now)]
        limits = self._town.settings().health
        for name, signs in self._gatherer.gather(due, sessions, self._floor).items():
            found = judge(signs, limits)
            before = self._steady.get(name)
            steady = steadied(before, found, certain=is_certain(signs, found), now=now,
                              steady_s=limits.steady_s)  # fmt: skip
            self._steady[name] = steady
            self._note(name, before, steady.shown)
        live = {hook.id for hook in hooks}
        self._gatherer.forget(live)
        for memory in (self._steady, self._looked):
            for gone in memory.keys() - live:
                del memory[gone]
        healths = {hook.id: self._steady[hook.id].shown for hook in hooks}
        self._publish(hooks, healths, now)
        return healths

    def _is_due(self, hook: Hook, session: Session | None, now: float) -> bool:
        """Whether something has happened for an agent, or nobody has looked for a second."""
        happened = self._gatherer.happened(hook, session)
        before, at = self._looked.get(hook.id, (None, float("-inf")))
        steady = self._steady.get(hook.id)
        if steady is not None and before == happened:
            rests = steady.shown.condition is Condition.IDLE and steady.pending is None
            if now - at < (_RESTING_S if rests else _AGAIN_S):
                return False
        self._looked[hook.id] = (happened, now)
        return True

    def _look_at_the_town(self) -> None:
        """Everybody is looked at anew when the town was frozen or thawed, or the machine woke."""
        frozen = self._town.layout.frozen.exists()
        if frozen != self._frozen:
            self._frozen = frozen
            self._floor = max(self._floor, thawed_at(self._town.layout))
            self._looked.clear()
        after = _clocks(self._town.edge.clock().timestamp())
        if self._clocks is not None and after.booted < self._clocks.booted:
            self._clocks = None  # of an earlier start of the machine, which no session outlived
        if self._clocks is not None and has_leapt(self._clocks, after):
            self._floor = after.wall
            self._looked.clear()
            if self._journal is not None:
                slept = after.booted - self._clocks.booted - after.running + self._clocks.running
                self._journal.info("clock", what="the machine slept, or its clock was set",
                                   slept_s=round(slept))  # fmt: skip
        self._clocks = after

    def _note(self, name: str, before: Steady | None, shown: Health) -> None:
        if self._journal is None or (before is not None and _kind(before.shown) == _kind(shown)):
            return
        if before is None and not is_bad(shown):
            return  # the first look at one that is well
        told = {"was": before.shown.words} if before is not None else {}
        self._journal.info("health", hook=name, now=shown.words, **told, why=shown.detail or "",
                           evidence="; ".join(shown.evidence))  # fmt: skip

    def _publish(self, hooks: list[Hook], healths: Mapping[str, Health], now: float) -> None:
        kinds = {name: (*_kind(health), health.until) for name, health in healths.items()}
        generations = {hook.id: hook.generation for hook in hooks}
        told: tuple[object, ...] = (kinds, generations, self._floor)
        if told == self._published[0] and now - self._published[1] < _PUBLISH_S:
            return
        at = self._town.edge.clock().timestamp()
        clocks = astuple(self._clocks) if self._clocks is not None else ()
        found = vitals.Vitals(healths, at, os.getpid(), self._floor, clocks, generations)
        vitals.write(self._town.layout, found)
        self._published = (told, now)


def _kind(health: Health) -> tuple[Condition, Wait | None]:
    return health.condition, health.wait


def _clocks(wall: float) -> Clocks:
    running = time.monotonic()
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return Clocks(wall, running, time.clock_gettime(number) if number is not None else running)
