"""Sees that the town has changed, gathers it anew, and rings; one thread with a town of its own.

Whether something has changed is told by a few files, so looking costs no process; gathering is done
once for all who look, however many tabs there are.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.picture import LOOK_S, Asked, Picture, Source, Stamp, stamp
from gastown.store.past import Moment, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host
    from gastown.store.town import Town

TICK_S = 0.1
WANTED_S = 60.0
"""So long after the last question the town is still looked at; who asks later wakes us."""
_SPACING_S = 0.25
"""The town is gathered at most so often, however much happens in it."""
_EVENTS = 1000


@dataclass(frozen=True)
class Seen:
    """What was seen last.

    Attributes:
        version: counts the changes, from a number that no earlier dashboard has reached; 0: nothing
            was seen yet.
        at: when it was gathered; `looked`: when it was last looked whether anything has changed;
            both in seconds since 1970.
        trouble: why the town cannot be looked at now; the picture is an older one then.
    """

    version: int = 0
    at: float = 0.0
    looked: float = 0.0
    picture: Picture | None = None
    moments: tuple[Moment, ...] = ()
    trouble: str | None = None


class Watcher:
    """Looks until it is told to stop.

    Args:
        changed: called, in the watcher's thread, when there is something new.
        listened: whether anybody hears that. While nobody does nor asks, nothing is looked at.
    """

    def __init__(
        self, open_town: Callable[[], Town], host: Host, changed: Callable[[], None],
        listened: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._open_town = open_town
        self._host = host
        self._changed = changed
        self._listened = listened
        self._asked = time.monotonic()
        self._wake = threading.Event()
        self._sleeps = False
        self._over = threading.Event()
        self._first = threading.Event()
        self._seen = Seen()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def ask(self) -> Seen | None:
        """What was seen last; None: it is too old, `wait` for the next look."""
        self._asked = time.monotonic()
        return None if self._sleeps or not self._first.is_set() else self._seen

    def wait(self) -> Seen:
        """What is seen at the next look."""
        self._wake.set()
        self._first.wait(timeout=30)
        return self._seen

    @property
    def latest(self) -> Seen:
        """What was seen last, at once."""
        return self._seen

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _run(self) -> None:
        with suppress(GtError, OSError), closing(self._open_town()) as town:
            source = Source(self._host, Asked(limit=_EVENTS))
            known: Stamp | None = None
            due = 0.0
            while not self._over.wait(TICK_S):
                self._rest()
                try:
                    known, due = self._tick(town, source, known, due)
                except Exception as error:  # noqa: BLE001  (whatever it is, the page must tell)
                    self._fail(error)
                    known = None
                    self._over.wait(1.0)
                self._first.set()

    def _rest(self) -> None:
        """Look at nothing while nobody wants to know."""
        if self._listened() or time.monotonic() - self._asked < WANTED_S:
            return
        self._first.clear()
        self._wake.clear()
        self._sleeps = True
        while not self._wake.wait(1.0) and not self._over.is_set() and not self._listened():
            pass
        self._sleeps = False

    def _tick(
        self, town: Town, source: Source, known: Stamp | None, due: float
    ) -> tuple[Stamp, float]:
        found, now = stamp(town), time.time()
        self._seen = replace(self._seen, looked=now)
        picture = self._seen.picture
        watched = picture is not None and picture.status.watch.published
        if found == known and (watched or now < due):
            return found, due
        picture = source.gather(town)
        self._seen = Seen(
            version=self._next(), at=now, looked=time.time(), picture=picture,
            moments=self._moments(town, found.commit),
        )  # fmt: skip
        self._changed()
        self._over.wait(_SPACING_S)
        return found, now + LOOK_S

    def _moments(self, town: Town, commit: str) -> tuple[Moment, ...]:
        known = self._seen.moments
        if not known:
            return tuple(moments(town.ledger, commit))
        last = known[-1].commit
        if last == commit:
            return known
        if not town.ledger.holds("merge-base", "--is-ancestor", last, commit):
            return tuple(moments(town.ledger, commit))
        return (*known, *moments(town.ledger, f"{last}..{commit}"))

    def _next(self) -> int:
        return (self._seen.version or time.time_ns() // 1_000_000) + 1

    def _fail(self, error: Exception) -> None:
        said = error.message if isinstance(error, GtError) else f"{type(error).__name__}: {error}"
        if said != self._seen.trouble:
            self._seen = replace(self._seen, version=self._next(), trouble=said)
            self._changed()
