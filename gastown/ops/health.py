"""Agents' health as anybody may ask for it: what the monitor found, else looked at now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.judging import judge
from gastown.ops.freezing import thawed_at
from gastown.ops.signs import Gatherer
from gastown.store import locks, vitals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town

FRESH_S = 30.0
"""The monitor says at least so often what it has found."""


@dataclass(frozen=True)
class Report:
    """The health of the agents with a live hook, by their ids.

    Attributes:
        at: when it was looked at, in seconds since 1970.
        published: the monitor did; else whoever asks has looked.
    """

    healths: Mapping[str, Health]
    at: float
    published: bool


def report(town: Town, host: Host) -> Report:
    """How every agent is; what the monitor has not seen yet is looked at now."""
    if town.is_on_paper:  # nobody has written down how agents were, and in a fork there are none
        return Report({}, town.edge.clock().timestamp(), published=False)
    hooks = town.read().hooks()
    told = _published(town)
    if told is None:
        return Report(_looked(town, host, hooks), town.edge.clock().timestamp(), published=False)
    known = {
        hook.id: told.healths[hook.id] for hook in hooks
        if hook.id in told.healths and told.generations.get(hook.id) == hook.generation
    }  # fmt: skip
    rest = [hook for hook in hooks if hook.id not in known]
    return Report({**known, **(_looked(town, host, rest) if rest else {})}, told.at, published=True)


def look(town: Town, host: Host, hook: Hook) -> Health:
    """How one agent is, looked at now."""
    return _looked(town, host, [hook])[hook.id]


def _looked(town: Town, host: Host, hooks: Iterable[Hook]) -> dict[str, Health]:
    limits = town.settings().health
    told = vitals.read(town.layout)
    floor = max(told.floor if told is not None else 0.0, thawed_at(town.layout))
    signs = Gatherer(town, host).gather(hooks, floor=floor)
    return {name: judge(one, limits) for name, one in signs.items()}


def _published(town: Town) -> vitals.Vitals | None:
    """What the monitor has found, if it lives and has said so not long ago."""
    try:
        age = town.edge.clock().timestamp() - town.layout.health.stat().st_mtime
    except OSError:
        return None
    if abs(age) > FRESH_S or not locks.is_held(town.layout.monitor_lock):
        return None
    return vitals.read(town.layout)
