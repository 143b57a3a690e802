"""Threads for what takes long: each works one queue of named jobs with a town of its own.

A job that is queued already is not queued twice. One that fails is put off, longer each time, and
nothing that goes wrong in a job ends its thread: the next tick finds what is still to be done.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import OrderedDict
from typing import TYPE_CHECKING

from gastown.errors import DiskTrouble, GtError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

    Job = Callable[[Town], None]

DISK_PAUSE_S = 30.0
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 300.0


class Later(Exception):
    """Raised by a job that is to be tried again in `pause_s` seconds, without an alarm."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(pause_s)
        self.pause_s = pause_s


class Worker:
    """One thread. `open_town` gives it a town of its own; it starts with its first job."""

    def __init__(
        self, name: str, open_town: Callable[[], Town], journal: Journal,
        done: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.name = name
        self._open_town = open_town
        self._journal = journal
        self._done = done
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._put_off: dict[str, tuple[float, float]] = {}
        self._running: str | None = None
        self._ready = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def stopping(self) -> bool:
        """Whether the jobs should come to an end."""
        return self._stopping

    @property
    def busy_with(self) -> str | None:
        """The job that runs just now."""
        return self._running

    def submit(self, key: str, job: Job) -> bool:
        """Queue a job; False: it is queued, at work or put off."""
        with self._ready:
            if self._stopping or key in self._jobs or key == self._running:
                return False
            if self._put_off.get(key, (0.0, 0.0))[0] > time.monotonic():
                return False
            self._jobs[key] = job
            self._ready.notify()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=f"gt {self.name}", daemon=True
                )
                self._thread.start()
        return True

    def forgive(self, key: str) -> None:
        """Let a job that was put off be tried at once: something has changed."""
        with self._ready:
            self._put_off.pop(key, None)

    def stop(self) -> None:
        """Ask the thread to end after the job it is at."""
        with self._ready:
            self._stopping = True
            self._jobs.clear()
            self._ready.notify()

    def join(self, patience_s: float) -> bool:
        """Wait for the thread's end; False: it is still at work."""
        if self._thread is not None:
            self._thread.join(patience_s)
            return not self._thread.is_alive()
        return True

    def _work(self) -> None:
        town: Town | None = None
        while True:
            with self._ready:
                while not self._jobs and not self._stopping:
                    self._ready.wait()
                if self._stopping:
                    break
                key, job = self._jobs.popitem(last=False)
                self._running = key
            if town is None:
                town = self._open_town()
            self._attempt(key, job, town)
            with self._ready:
                self._running = None
            self._done()
        if town is not None:
            town.close()

    def _attempt(self, key: str, job: Job, town: Town) -> None:
        try:
            job(town)
        except Later as later:
            self._pause(key, later.pause_s)
        except DiskTrouble as trouble:
            self._journal.trouble(key, trouble)
            self._pause(key, DISK_PAUSE_S)
        except GtError as trouble:
            self._journal.trouble(key, trouble)
            self._pause(key)
        except Exception:  # noqa: BLE001  (a bug in one job must not end the thread)
            self._journal.bug(key, traceback.format_exc())
            self._pause(key)
        else:
            with self._ready:
                self._put_off.pop(key, None)

    def _pause(self, key: str, seconds: float | None = None) -> None:
        with self._ready:
            before = self._put_off.get(key, (0.0, 0.0))[1]
            pause = seconds or min(max(before * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            self._put_off[key] = (time.monotonic() + pause, pause)
