"""What a running monitor tells about itself: one small file of this machine, replaced as a whole.

Whether it lives is told by its lock and its process, never by this file alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.layout import Layout


@dataclass(frozen=True)
class Pulse:
    """A monitor's last word.

    Attributes:
        pid: its process, and `started`, by which the kernel tells it from a later one.
        since: when it began; `beat`: when it wrote this.
        watching: `inotify` (or what the system has), else why it only looks every now and then.
        folders: how many folders are watched.
        events: git hooks' events taken since it began; `bad`: those put aside.
        operations: what it has done in the ledger since it began.
        tick_ms: how long its last look at everything took, in milliseconds.
        parked: what cannot be done now, and why.
        busy: what its workers are at.
        ledger: the ledger's commit that it has looked at.
        free_bytes: room left on the disk of the town.
    """

    pid: int
    started: str
    since: str
    beat: str
    watching: str = "starting"
    folders: int = 0
    events: int = 0
    bad: int = 0
    operations: int = 0
    tick_ms: float = 0.0
    parked: dict[str, str] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)
    ledger: str | None = None
    free_bytes: int | None = None


def file(layout: Layout) -> Path:
    """Where it is."""
    return layout.run / "monitor.json"


def write(layout: Layout, pulse: Pulse) -> None:
    """Replace it."""
    write_atomically(file(layout), json.dumps(asdict(pulse), indent=1).encode())


def sweep(layout: Layout) -> None:
    """Remove what a monitor that was killed has left half written; for who holds its lock."""
    for left in layout.run.glob(f".{file(layout).name}.*.tmp"):
        left.unlink(missing_ok=True)


def read(layout: Layout) -> Pulse | None:
    """The last word of the latest monitor; None: there was none, or it cannot be understood."""
    try:
        data: Any = json.loads(read_or_none(file(layout)) or b"null")
        known = {item.name for item in fields(Pulse)}
        return Pulse(**{key: value for key, value in data.items() if key in known})
    except (ValueError, TypeError, AttributeError):
        return None
