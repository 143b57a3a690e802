"""What the monitor last found of each agent's health: one file of this machine.

It is replaced as a whole; what cannot be understood counts as not there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from gastown.domain.health import Condition, Health, Wait
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.store.layout import Layout


@dataclass(frozen=True)
class Vitals:
    """The health of a town's agents.

    Attributes:
        healths: by the ids of the hooks; `generations`: which one of each hook it was.
        at: when it was looked at, in seconds since 1970.
        floor: when the machine last woke, or its clock was set.
        clocks: the three of `domain.sleeping.Clocks` at that moment; empty: not known.
        pid: the monitor's process.
    """

    healths: Mapping[str, Health]
    at: float
    pid: int
    floor: float = 0.0
    clocks: tuple[float, ...] = ()
    generations: Mapping[str, int] = field(default_factory=dict)


def write(layout: Layout, vitals: Vitals) -> None:
    """Replace it."""
    healths = {name: _told(health) for name, health in vitals.healths.items()}
    told = {"at": vitals.at, "pid": vitals.pid, "floor": vitals.floor,
            "clocks": vitals.clocks,
            "generations": dict(vitals.generations), "healths": healths}  # fmt: skip
    write_atomically(layout.health, json.dumps(told).encode())


def sweep(layout: Layout) -> None:
    """Remove what a monitor that was killed has left half written; for the one that runs."""
    for left in layout.run.glob(f".{layout.health.name}.*.tmp"):
        left.unlink(missing_ok=True)


def read(layout: Layout) -> Vitals | None:
    """The last word of the latest monitor; None: there is none."""
    try:
        data: dict[str, Any] = json.loads(read_or_none(layout.health) or b"null")
        healths = {str(name): _health(one) for name, one in data["healths"].items()}
        generations = {str(name): int(one) for name, one in data["generations"].items()}
        clocks = tuple(float(one) for one in data.get("clocks", ()))
        if len(clocks) not in (0, 3):
            return None
        return Vitals(
            healths, float(data["at"]), int(data["pid"]), float(data["floor"]), clocks, generations
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError):
        return None


def _told(health: Health) -> dict[str, Any]:
    return {key: value for key, value in asdict(health).items() if value not in (None, (), False)}


def _health(data: dict[str, Any]) -> Health:
    wait = data.get("wait")
    return Health(
        Condition(data["condition"]),
        detail=data.get("detail"), evidence=tuple(data.get("evidence", ())),
        wait=Wait(wait) if wait is not None else None,
        until=data.get("until"), since=data.get("since"), advice=data.get("advice"),
        needs_restart=bool(data.get("needs_restart")),
    )  # fmt: skip
