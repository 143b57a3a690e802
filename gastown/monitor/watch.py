"""The one door to watchdog: folders are watched, and any change in them rings the bell.

A handler does nothing else: one that is slow loses events of a burst, one that raises ends the
observer without a word. What happened is found by looking. A watcher can go deaf (its folder was
removed and made again, its thread died), so it is examined at every tick and replaced; where the
kernel has no watches left, the loop looks more often instead.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from watchdog.events import (
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileMovedEvent, FileDeletedEvent, DirDeletedEvent, DirMovedEvent,
]  # fmt: skip


class _Ring(FileSystemEventHandler):
    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def on_any_event(self, event: FileSystemEvent) -> None:  # noqa: ARG002  (the bell says it all)
        self._ring()


class Watch:
    """Rings when something changes in one of the folders it covers.

    Args:
        ring: called from another thread; must return at once and never raise.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._handler = _Ring(ring)
        self._observer: Any = None
        self._covered: dict[Path, tuple[int, int]] = {}
        self.refused: str | None = None

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._covered)

    def cover(self, folders: Iterable[Path]) -> bool:
        """Watch exactly these folders, as far as they are there; True: something was changed.

        `refused` says why where the system has no watches to give.
        """
        wanted = {folder: found for folder in folders if (found := _identity(folder)) is not None}
        if wanted == self._covered and not self._is_dead():
            return False
        self.close()
        if wanted:
            self._start(wanted)
        return True

    def close(self) -> None:
        """Stop watching."""
        observer, self._observer = self._observer, None
        self._covered = {}
        if observer is not None:
            with suppress(RuntimeError):  # it was never started
                observer.stop()
                observer.join(5)

    def _start(self, wanted: dict[Path, tuple[int, int]]) -> None:
        try:
            self._observer = observer = Observer()
            for folder in wanted:
                observer.schedule(self._handler, str(folder), recursive=False, event_filter=_EVENTS)
            observer.start()
        except OSError as error:  # no watches or no descriptors left
            self.refused = error.strerror or str(error)
            self.close()
            return
        self.refused = None
        self._covered = wanted

    def _is_dead(self) -> bool:
        if self._observer is None:
            return bool(self._covered)
        if not self._observer.is_alive():
            return True
        emitters = list(self._observer.emitters)
        return len(emitters) < len(self._covered) or not all(e.is_alive() for e in emitters)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder of that name it is: one that was made again is another one."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
