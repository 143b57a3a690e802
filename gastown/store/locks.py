"""Kernel locks (`flock`): one holder, freed by the kernel when the holder dies.

The file's body names the holder for the message; it is advice, the kernel decides. The descriptor
can be handed to short-lived git children, so that a killed parent does not free the lock while its
child still writes. It must never reach tmux or an agent: they would hold it for ever.

A lock belongs to a thread: other threads of the same process wait for it like other processes.

Lock order, never the reverse: monitor → notifier → scheduler → spool → rig refinery → place of a
hook → rig target → rig registry → doorbell of an agent → mailbox → town.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.store.files import disk_errors, read_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30.0


class _Held(threading.local):
    """The locks that this thread holds."""

    def __init__(self) -> None:
        self.descriptors: dict[Path, int] = {}


_mine = _Held()


@contextmanager
def hold(path: Path, *, wait_s: float = WAIT_S, what: str = "the town") -> Iterator[int]:
    """Hold the lock at `path`; yields its descriptor.

    Raises:
        Busy: another process holds it and did not let go within `wait_s` seconds.
        RuntimeError: this thread holds it already (a nested transaction would wait for ever).
    """
    if path in _mine.descriptors:
        raise RuntimeError(f"{path.name} is already held by this thread")
    with disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, wait_s, what)
        _mine.descriptors[path] = descriptor
        try:
            _sign(descriptor)
            yield descriptor
        finally:
            del _mine.descriptors[path]
    finally:
        os.close(descriptor)


def held(path: Path) -> tuple[int, ...]:
    """The descriptor of a lock that this thread holds, for git children that write under it.

    A killed writer's git may still be at work; while it has the lock too, nobody comes between.
    """
    return (_mine.descriptors[path],) if path in _mine.descriptors else ()


def is_held(path: Path) -> bool:
    """Whether some process holds the lock right now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(descriptor: int, path: Path, wait_s: float, what: str) -> None:
    deadline = time.monotonic() + wait_s
    pause = 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = (read_or_none(path) or b"").decode("utf-8", "replace").strip()
                raise Busy(
                    f"{what} is busy: {holder or 'another process'} holds {path.name}",
                    hint="wait for it to finish and try again",
                ) from None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def _sign(descriptor: int) -> None:
    words = " ".join(Path(word).name if i == 0 else word for i, word in enumerate(sys.argv[:3]))
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{words} (pid {os.getpid()})\n".encode("utf-8", "replace"), 0)
    except OSError:
        pass  # a full disk must not keep anyone from locking; the name is only advice
