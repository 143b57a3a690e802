"""Agents' health as anybody may ask for it: what the monitor found, else looked at now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.health import Condition, Health
from gastown.ops.readiness import looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.ops.host import Host
    from gastown.store.town import Town


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
    """How every agent is."""
    hooks = town.read().hooks()
    seen = looks(town, host, hooks)
    now = town.edge.clock().timestamp()
    healths = {
        hook.id: Health(Condition.UNKNOWN if hook.id not in seen else Condition.WORKING)
        for hook in hooks
    }
    return Report(healths, now, published=False)
