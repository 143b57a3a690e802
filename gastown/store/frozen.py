"""The word that a town stands still, as `gt estop` leaves it: a fact of this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.layout import Layout


@dataclass(frozen=True)
class Frozen:
    """Why a town stands still. `at`, `by`, `reason`: when, who and why."""

    at: str
    by: str
    reason: str | None = None


def frozen(layout: Layout) -> Frozen | None:
    """Why the town stands still; None: it does not."""
    content = read_or_none(layout.frozen)
    if content is None:
        return None
    data = _read(content)
    reason = data.get("reason")
    return Frozen(str(data.get("at", "")), str(data.get("by", "")), str(reason) if reason else None)


def held(layout: Layout) -> list[tuple[int, str]]:
    """The processes that were stopped, each with its number and start time."""
    found = _read(read_or_none(layout.frozen) or b"{}").get("processes", ())
    return [(int(pid), str(started)) for pid, started in found]


def write(layout: Layout, told: Frozen, processes: Iterable[tuple[int, str]]) -> None:
    """Say that the town stands still."""
    data = {"at": told.at, "by": told.by, "reason": told.reason, "processes": sorted(processes)}
    write_atomically(layout.frozen, json.dumps(data).encode())


def _read(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
