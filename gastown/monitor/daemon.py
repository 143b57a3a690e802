"""The monitor: one process per town that keeps it moving until it is told to stop.

It holds a kernel lock as long as it lives, so that there is never a second one; a killed one leaves
nothing but its last word. The loop waits for the bell (a watched folder changed, a worker is done,
a signal) or for the next round, whichever is first; every step of a round may be repeated, so that
being killed anywhere only means that the next monitor does it again.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import threading
import time
import traceback
from typing import TYPE_CHECKING

from gastown.errors import Busy, DiskTrouble, GtError
from gastown.monitor.hands import Hands
from gastown.monitor.patrol import Patrol
from gastown.monitor.watch import Watch
from gastown.monitor.workers import DISK_PAUSE_S
from gastown.ops import githooks
from gastown.ops.monitor import Started, log_file
from gastown.runtime.journal import Journal
from gastown.runtime.process import identify
from gastown.store import locks, pulse
from gastown.store.spool import Spool
from gastown.store.town import Town

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.pulse import Pulse

ROUND_S = 3.0
POLLING_S = 0.5
_BREATH_S = 0.02  # between two rounds, however often the bell rings
_NAP_S = 0.2
_BEAT_S = 12.0
_RETRY_WATCH_S = 300.0


def run(town: Town, host: Host, *, echo: bool = False) -> Started | None:
    """Be the town's monitor until TERM, Ctrl-C, or `gt down`; the one that runs, if there is.

    Raises:
        DiskTrouble: not even the log can be written.
    """
    try:
        with locks.hold(town.layout.monitor_lock, wait_s=0, what="the monitor"):
            _Daemon(town, host, echo=echo).live()
    except Busy:
        known = pulse.read(town.layout)
        return Started(known.pid if known else 0, already=True)
    return None


class _Daemon:
    def __init__(self, town: Town, host: Host, *, echo: bool) -> None:
        self._town = town
        self._bell = threading.Event()
        self._stop = threading.Event()
        self._journal = Journal(log_file(town), town.now, echo=echo)
        self._watch = Watch(self._bell.set)
        root, edge = town.layout.root, town.edge
        self._hands = Hands(lambda: Town(root, edge), host, self._journal, self._bell.set)
        last = pulse.read(town.layout)
        since = last.ledger if last else None
        self._patrol = Patrol(town, host, self._hands, self._journal, since=since)
        self._since = town.now()
        self._started = self._identity()
        self._beat = 0.0
        self._shown: Pulse | None = None
        self._watch_refused_at: float | None = None
        self._tick_ms = 0.0

    def live(self) -> None:
        gc.enable()  # commands are too short-lived for it
        before = {number: signal.signal(number, self._asked_to_stop)
                  for number in (signal.SIGTERM, signal.SIGINT)}  # fmt: skip
        try:
            self._begin()
            self._loop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            self._watch.close()
            self._hands.stop()
            self._journal.info("stopped", pid=os.getpid())
            self._journal.close()

    def _begin(self) -> None:
        Spool(self._town.layout.spool).make()
        pulse.sweep(self._town.layout)
        self._town.layout.asking.mkdir(exist_ok=True)
        self._journal.info("started", pid=os.getpid(), town=self._town.layout.root)
        try:
            for change in githooks.refresh(self._town):
                self._journal.info("githooks", what=change)
        except GtError as trouble:
            self._journal.trouble("githooks", trouble)

    def _loop(self) -> None:
        due = 0.0
        rang = True
        while not self._stop.is_set():
            if rang or time.monotonic() >= due:
                if self._is_over():
                    return
                pause = self._round()
                due = time.monotonic() + pause
                self._stop.wait(_BREATH_S)
            else:
                self._hands.take_due_snapshots()
            left = min(due - time.monotonic(), max(_NAP_S, self._hands.next_due_s()))
            rang = self._bell.wait(max(0.0, left))
            self._bell.clear()

    def _round(self) -> float:
        """One round; in how many seconds the next one is due."""
        begun = time.monotonic()
        try:
            self._cover()
            self._patrol.drain()
            self._patrol.look()
            self._hands.keep_up()
            self._tick_ms = (time.monotonic() - begun) * 1000
            self._tell()
        except DiskTrouble as trouble:
            self._cut_off(trouble)
            self._stop.wait(DISK_PAUSE_S)
        except GtError as trouble:
            self._cut_off(trouble)
        except Exception:  # noqa: BLE001  (a bug in one round must not end the monitor)
            self._patrol.forget()
            self._journal.bug("round", traceback.format_exc())
        return ROUND_S if self._watch.refused is None else POLLING_S

    def _cut_off(self, trouble: GtError) -> None:
        self._patrol.forget()
        self._journal.trouble("round", trouble)

    def _cover(self) -> None:
        """Watch what there is to watch; where the system refuses, look more often instead."""
        now = time.monotonic()
        if self._watch_refused_at is not None and now - self._watch_refused_at < _RETRY_WATCH_S:
            return
        refused_before = self._watch_refused_at is not None
        changed = self._watch.cover(self._patrol.folders())
        if self._watch.refused is not None:
            self._watch_refused_at = now
            if not refused_before:
                self._journal.warn("polling", why=self._watch.refused)
        elif changed:
            self._watch_refused_at = None
            self._journal.info("watching", folders=self._watch.folders)

    def _is_over(self) -> bool:
        """Whether the town went down, or away."""
        layout = self._town.layout
        if layout.down.exists():
            self._journal.info("down", why="gt down")
            return True
        if not layout.town_git.is_dir() or not layout.monitor_lock.exists():
            self._journal.warn("gone", town=layout.root)
            return True
        return False

    def _asked_to_stop(self, *_: object) -> None:
        self._stop.set()
        self._bell.set()

    def _tell(self) -> None:
        """Write the pulse where it says something new, and at least every few seconds."""
        tally, refused = self._patrol.tally, self._watch.refused
        now = pulse.Pulse(
            pid=os.getpid(), started=self._started, since=self._since, beat="",
            watching="watching" if refused is None else f"polling: {refused}",
            folders=self._watch.folders, events=tally.events, bad=tally.bad,
            operations=tally.operations,
            parked={subject: parked.why for subject, parked in self._patrol.parked.items()},
            busy=self._hands.busy(), ledger=self._patrol.ledger,
        )  # fmt: skip
        due = time.monotonic() - self._beat > _BEAT_S
        if now == self._shown and not due:
            return
        self._shown, self._beat = now, time.monotonic()
        free = shutil.disk_usage(self._town.layout.root).free
        told = {**vars(now), "beat": self._town.now(), "tick_ms": round(self._tick_ms, 1),
                "free_bytes": free}  # fmt: skip
        pulse.write(self._town.layout, pulse.Pulse(**told))

    @staticmethod
    def _identity() -> str:
        process = identify(os.getpid())
        return process.started if process is not None else ""
