"""The town as the feed and the dashboard show it, gathered anew when something has changed.


Whether something has changed is told by two files: the ledger's ref, and what the monitor publishes
of agents' health. Looking at them costs no process. Where no monitor publishes, agents are looked
at every `LOOK_S` seconds, since nobody else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.ops import health
from gastown.ops.monitor import log_file
from gastown.ops.sessions import sessions_of
from gastown.views.feed import Event, Since, events
from gastown.views.feed_health import changes, noted
from gastown.views.problems import Problem, problems
from gastown.views.status import Status, status
from gastown.views.stranded import stranded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gastown.domain.health import Health
    from gastown.ops.host import Host
    from gastown.store.town import Town

LOOK_S = 15.0
KEPT = 2000
_PAUSE_S = 0.25


@dataclass(frozen=True)
class Stamp:
    """By what it is seen that something has changed."""

    commit: str
    health: int | None
    flags: tuple[bool, bool]


@dataclass(frozen=True)
class Picture:
    """All that is shown at one moment. `events`: the latest ones, oldest first."""

    status: Status
    problems: tuple[Problem, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Asked:
    """Which events are wanted: so many at first, from then on, of this rig and kind."""

    limit: int | None = 200
    since: Since | None = None
    rig: str | None = None
    kind: str | None = None

    def begin(self, town: Town, commit: str) -> list[Event]:
        """The events up to a commit of the ledger, oldest first, with those of agents' health.

        Raises:
            NotFound: the ledger has no such commit to begin after.
        """
        found = events(
            town, limit=self.limit, since=self.since, rig=self.rig, kind=self.kind, until=commit
        )  # fmt: skip
        if self.since is not None and self.since.commit is not None:
            return found  # a commit's time says nothing of what was seen in between
        seen = [one for one in noted(log_file(town)) if self.wants(one)]
        if self.since is not None and self.since.at is not None:
            start = self.since.at.timestamp()
            seen = [one for one in seen if one.seconds >= start]
        elif found:
            seen = [one for one in seen if one.seconds >= found[0].seconds]
        both = sorted([*found, *seen], key=lambda one: one.seconds)
        return both if self.limit is None else both[-self.limit :]

    def after(self, town: Town, commit: str) -> list[Event]:
        """The operations after a commit of the ledger."""
        since = Since(commit=commit)
        return events(town, limit=None, since=since, rig=self.rig, kind=self.kind)

    def wants(self, event: Event) -> bool:
        """Whether an event is of the rig and kind that are wanted."""
        of_rig = self.rig is None or self.rig in event.rigs
        return of_rig and (self.kind is None or self.kind in event.kinds)


def stamp(town: Town) -> Stamp:
    """How things stand; costs a read of two files."""
    layout = town.layout
    return Stamp(
        town.commit(), _changed_at(town), (layout.frozen.exists(), layout.down.exists())
    )  # fmt: skip


class Source:
    """Gathers what is shown, again and again; by one thread at a time."""

    def __init__(self, host: Host, asked: Asked) -> None:
        self._host = host
        self._asked = asked
        self._commit: str | None = None
        self._events: list[Event] = []
        self._healths: Mapping[str, Health] | None = None

    def gather(self, town: Town) -> Picture:
        """How the town is now."""
        commit = town.commit()
        if self._commit is None:
            self._events = self._asked.begin(town, commit)
        elif commit != self._commit:
            self._events += self._asked.after(town, self._commit)
        self._commit = commit
        seen = health.report(town, self._host)
        if self._healths is not None:
            now = town.now()
            self._events += filter(self._asked.wants, changes(self._healths, seen.healths, now))
        self._healths = seen.healths
        del self._events[:-KEPT]
        found, wrong = _look(town, self._host, seen)
        return Picture(found, wrong, tuple(self._events))


def status_now(town: Town, host: Host) -> Status:
    """The town at a glance, looked at now."""
    return _status(town, host, health.report(town, host))


def problems_now(town: Town, host: Host) -> tuple[Problem, ...]:
    """Everything that is wrong, looked at now."""
    return _look(town, host, health.report(town, host))[1]


def _look(town: Town, host: Host, seen: health.Report) -> tuple[Status, tuple[Problem, ...]]:
    found = _status(town, host, seen)
    helped = found.watch.monitor and town.settings().recovery.enabled
    halted = stranded(town.read(), seen.healths, town.edge.clock(), helped=helped)
    return found, problems(found, halted)


def _status(town: Town, host: Host, seen: health.Report) -> Status:
    return status(
        town, sessions_of(town, host), seen.healths, looked_at=seen.at, published=seen.published
    )


def follow(
    town: Town, host: Host, asked: Asked, commit: str, sleep: Callable[[float], None]
) -> Iterator[Event]:
    """New events as they come, for ever; where nothing happens, no process is started."""
    healths: Mapping[str, Health] | None = None
    last: int | None = None
    while True:
        now = stamp(town)
        if now.commit != commit:
            yield from asked.after(town, commit)
            commit = now.commit
        if now.health != last and now.health is not None:
            seen = health.report(town, host)
            if seen.published:
                if healths is not None:
                    yield from filter(asked.wants, changes(healths, seen.healths, town.now()))
                healths = seen.healths
            last = now.health
        sleep(_PAUSE_S)


def _changed_at(town: Town) -> int | None:
    try:
        return town.layout.health.stat().st_mtime_ns
    except OSError:
        return None
