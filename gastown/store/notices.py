"""What this machine remembers of telling the person: what was told, who is muted, who is there."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gastown.domain.notifying.memory import Known, Memory, Shown
from gastown.domain.notifying.occurrence import Kind
from gastown.store import locks
from gastown.store.files import disk_errors, read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.store.layout import Layout

SCHEMA = 1
HEARTBEAT_S = 10.0
"""Who is in front of the person says so at least so often."""


def read_memory(layout: Layout, now: float) -> Memory:
    """What was told so far; where nothing is on record, or nobody understands it: a new memory."""
    try:
        data: dict[str, Any] = json.loads(read_or_none(layout.notices) or b"null")
        if data["schema"] != SCHEMA:
            return Memory(now)
        known = {key: Known(**{**one, "key": key, "kind": Kind(one["kind"])})
                 for key, one in data["known"].items()}  # fmt: skip
        shown = tuple(Shown(**{**one, "keys": tuple(one["keys"])}) for one in data["shown"])
        return Memory(float(data["began"]), known, shown)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Memory(now)


def write_memory(layout: Layout, memory: Memory) -> None:
    """Replace it.

    Raises:
        DiskTrouble: the disk refuses.
    """
    known = {}
    for key, one in memory.known.items():
        known[key] = asdict(one)
        del known[key]["key"]
    data = {"schema": SCHEMA, "began": memory.began, "known": known,
            "shown": [asdict(one) for one in memory.shown]}  # fmt: skip
    write_atomically(layout.notices, json.dumps(data).encode())


def read_mutes(layout: Layout) -> dict[str, float]:
    """Until when, in seconds since 1970, the person wants to hear nothing of an agent or of `*`."""
    try:
        data: dict[str, Any] = json.loads(read_or_none(layout.mutes) or b"{}")
        return {str(name): float(until) for name, until in data.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def write_mutes(layout: Layout, mutes: Mapping[str, float | None], now: float) -> dict[str, float]:
    """Mute some until a time, or (None) no longer; all that are muted from now on.

    Raises:
        DiskTrouble: the disk refuses.
    """
    with locks.hold(layout.locks / "mutes", what="the list of who is muted"):
        known = {**read_mutes(layout), **mutes}
        kept = {name: until for name, until in known.items() if until is not None and until > now}
        write_atomically(layout.mutes, json.dumps(kept).encode())
    return kept


def note_presence(layout: Layout, what: str) -> None:
    """Say that something of ours is in front of the person now.

    Args:
        what: `dashboard` or `feed`.
    """
    with suppress(OSError), disk_errors():
        layout.presence.mkdir(mode=0o700, parents=True, exist_ok=True)
        (layout.presence / what).touch()


def present_at(layout: Layout) -> float | None:
    """When something of ours was last in front of the person, in seconds since 1970."""
    try:
        return max((file.stat().st_mtime for file in layout.presence.iterdir()), default=None)
    except OSError:
        return None
