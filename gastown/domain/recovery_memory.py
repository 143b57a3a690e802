"""What a monitor remembers of how agents were helped, so that the next one goes on from there.

It is a fact of this machine and may be lost: then every agent's history begins anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gastown.domain.recovery import End, History, clamped, shifted

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Memory:
    """All histories of a town.

    Attributes:
        hooks: by the hooks' ids.
        rigs: when agents of each rig were restarted.
        told: when the person was last told that a rig's budget is used up.
        alarmed: of which agents it was told, and when, that they died together with many.
    """

    hooks: Mapping[str, History] = field(default_factory=dict)
    rigs: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)
    alarmed: Mapping[str, float] = field(default_factory=dict)


def moved(memory: Memory, seconds: float) -> Memory:
    """The memory after the clock was set by so many seconds, or the machine slept so long."""
    return replace(
        memory,
        hooks={name: shifted(one, seconds) for name, one in memory.hooks.items()},
        rigs={rig: tuple(at + seconds for at in times) for rig, times in memory.rigs.items()},
        told={rig: at + seconds for rig, at in memory.told.items()},
        alarmed={name: at + seconds for name, at in memory.alarmed.items()},
    )  # fmt: skip


def encoded(memory: Memory) -> dict[str, Any]:
    """What is written down of it; of hooks to which nothing happened, nothing is."""
    hooks = {name: _encoded(one) for name, one in memory.hooks.items() if not one.is_empty}
    rigs = {rig: list(times) for rig, times in memory.rigs.items() if times}
    told, alarmed = dict(memory.told), dict(memory.alarmed)
    return {"hooks": hooks, "rigs": rigs, "told": told, "alarmed": alarmed}


def decoded(data: Any, now: float) -> Memory:
    """A memory as it was written down; what cannot be understood of it is forgotten."""
    table = data if isinstance(data, dict) else {}
    hooks = {}
    for name, one in _items(table.get("hooks")):
        try:
            hooks[name] = clamped(_decoded(one), now)
        except (KeyError, TypeError, ValueError):
            continue
    rigs = {rig: tuple(min(at, now) for at in _numbers(times))
            for rig, times in _items(table.get("rigs"))}  # fmt: skip
    return Memory(hooks, rigs, _times(table.get("told"), now), _times(table.get("alarmed"), now))


def _encoded(history: History) -> dict[str, Any]:
    found = vars(history) | {
        "ends": [end.at for end in history.ends], "hows": [end.how for end in history.ends],
        "restarts": list(history.restarts),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in (None, False)}


def _decoded(data: dict[str, Any]) -> History:
    fields = dict(data)
    ends, hows = _numbers(fields.pop("ends")), fields.pop("hows")
    fields["ends"] = tuple(End(at, str(how)) for at, how in zip(ends, hows, strict=True))
    fields["restarts"] = _numbers(fields.get("restarts", []))
    fields["bead"] = fields.get("bead")
    for name in ("began", "good", "helped", "strikes", "bad_starts", "stalls"):
        if fields.get(name) is not None and not _is_number(fields[name]):
            raise TypeError(name)
    return History(**fields)


def _times(data: Any, now: float) -> dict[str, float]:
    return {name: min(float(at), now) for name, at in _items(data) if _is_number(at)}


def _items(data: Any) -> list[tuple[str, Any]]:
    return list(data.items()) if isinstance(data, dict) else []


def _numbers(data: Any) -> tuple[float, ...]:
    return tuple(float(one) for one in data if _is_number(one)) if isinstance(data, list) else ()


def _is_number(one: Any) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
