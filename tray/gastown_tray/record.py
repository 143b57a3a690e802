"""What the tray keeps of itself: that it runs, one for a person, and which towns it knows."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.runtime.process import ProcessId, ask_to_end, identify, is_alive, stop
from gastown.store import locks
from gastown.store.files import read_or_none, write_atomically
from gastown.store.layout import find_root
from gastown.store.person import state_folder, tray_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP_S = 10.0


@dataclass(frozen=True)
class Running:
    """A tray that runs. `place`: where its icon is, once that is known."""

    pid: int
    started: str
    place: str = ""

    @property
    def process(self) -> ProcessId:
        """Which process it is."""
        return ProcessId(self.pid, self.started)


@dataclass(frozen=True)
class Wishes:
    """What the person has chosen for the tray: the town it shows, those it knows, the panel."""

    town: str | None = None
    towns: tuple[str, ...] = field(default=())
    panel: str = "either"

    def showing(self, folder: str) -> Wishes:
        """With another town shown; those that are gone are left out."""
        known = [one for one in self.towns if one != folder and find_root(Path(one)) is not None]
        return replace(self, town=folder, towns=(folder, *known))


def log_file() -> Path:
    """What a tray in the background prints."""
    return state_folder() / "tray.log"


def wishes_file() -> Path:
    """Where the wishes are; it changes when they do."""
    return state_folder() / "tray.json"


def read_wishes() -> Wishes:
    """What the person has chosen."""
    data = _read(wishes_file())
    towns = data.get("towns")
    return Wishes(
        data.get("town"), tuple(map(str, towns)) if isinstance(towns, list) else (),
        str(data.get("panel", "either")),
    )  # fmt: skip


def write_wishes(wishes: Wishes) -> None:
    """Keep them.

    Raises:
        DiskTrouble: the disk refuses.
    """
    write_atomically(wishes_file(), json.dumps(asdict(wishes)).encode())


def running() -> Running | None:
    """The tray that runs; None: none does."""
    if not locks.is_held(tray_lock()):
        return None
    data = _read(_running_file())
    try:
        found = Running(int(data["pid"]), str(data["started"]), str(data.get("place", "")))
    except (KeyError, ValueError, TypeError):
        return None
    return found if is_alive(found.process) else None


def end(found: Running) -> bool:
    """End a tray that runs; whether it is gone."""
    return ask_to_end(found.process, _STOP_S) or stop(found.process, grace_s=0)


@contextmanager
def only_one() -> Iterator[None]:
    """Be the one tray of this person.

    Raises:
        Busy: there is one.
    """
    with locks.hold(tray_lock(), wait_s=1.0, what="the tray"):
        say("")
        yield
        _running_file().unlink(missing_ok=True)


def say(place: str) -> None:
    """Say that we are it, and where the icon is.

    Raises:
        DiskTrouble: the disk refuses.
    """
    mine = identify(os.getpid())
    found = Running(os.getpid(), mine.started if mine is not None else "", place)
    write_atomically(_running_file(), json.dumps(asdict(found)).encode())


def _running_file() -> Path:
    return state_folder() / "tray.running"


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(read_or_none(file) or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
