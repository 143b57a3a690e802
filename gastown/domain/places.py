"""Places: how many polecats may work at once, who has one, and what keeps another from getting one.

A polecat has a place from its assignment until its session is over: one whose agent died keeps it
while it is helped, one that is suspended gives it up, unless it only rests while the town is down.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.care_settings import SchedulerPolicy

RESTS_WITH_TOWN = "the town is down"
"""Why a hook is suspended that goes on by itself when the town is up again."""


@dataclass(frozen=True)
class Place:
    """What a polecat has while it works: where, and with which agent command."""

    rig: str
    runtime: str


@dataclass(frozen=True)
class Limit:
    """One limit and how much of it is used. `scope`: the town, a rig, or an agent command."""

    scope: str
    taken: int
    most: int


@dataclass
class Taken:
    """How many places are taken."""

    town: int = 0
    rigs: Counter[str] = field(default_factory=Counter)
    runtimes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def by(cls, places: Iterable[Place]) -> Taken:
        """Those that somebody has."""
        found = cls()
        for place in places:
            found.add(place)
        return found

    def add(self, place: Place) -> None:
        """One more."""
        self.town += 1
        self.rigs[place.rig] += 1
        self.runtimes[place.runtime] += 1


def takes_place(hook: Hook, *, runs: bool) -> bool:
    """Whether a hook's agent has a place. `runs`: whether its session does."""
    if hook.role is not Role.POLECAT or hook.runtime is None:
        return False
    if hook.state is HookState.SUSPENDED:
        return runs or hook.reason == RESTS_WITH_TOWN
    return runs or hook.state in (HookState.CREATED, HookState.ACTIVE)


def taken_places(hooks: Iterable[Hook], running: Mapping[str, str]) -> dict[str, Place]:
    """Who has a place, by the agents' ids.

    Args:
        running: the agents whose sessions run, with their runtimes; also of hooks that are gone.
    """
    found, live = {}, set()
    for hook in hooks:
        live.add(hook.id)
        if takes_place(hook, runs=hook.id in running):
            found[hook.id] = Place(hook.rig, hook.runtime or "")
    for agent, runtime in running.items():
        rig, _, name = agent.rpartition("/")
        if rig and name and agent not in live:  # its work is merged, and it is about to be stopped
            found[agent] = Place(rig, runtime)
    return found


def limits(policy: SchedulerPolicy, taken: Taken) -> list[Limit]:
    """Every limit that is set, and how much of it is used."""
    found = [Limit("the town", taken.town, policy.max_polecats)] if policy.max_polecats else []
    found += [Limit(f"rig {name}", taken.rigs[name], most)
              for name, most in policy.rigs.items() if most]  # fmt: skip
    found += [Limit(f"runtime {name}", taken.runtimes[name], most)
              for name, most in policy.runtimes.items() if most]  # fmt: skip
    return found


def no_place(policy: SchedulerPolicy, taken: Taken, place: Place) -> str | None:
    """Why there is no such place now, or None: there is."""
    of_rig, of_runtime = policy.rigs.get(place.rig, 0), policy.runtimes.get(place.runtime, 0)
    asked = (
        (policy.max_polecats, taken.town, ""),
        (of_rig, taken.rigs[place.rig], f" in {place.rig}"),
        (of_runtime, taken.runtimes[place.runtime], f" with {place.runtime}"),
    )
    for most, now, where in asked:
        if most and now >= most:
            return f"{now} of {most} polecats are at work{where}"
    return None
