"""A report of a convoy, or of a day: what was to be done, who did it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.merge import Merge, MergeState
from gastown.views.spans import Span, seconds, spans
from gastown.views.trail import Event, trail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.bead import Bead
    from gastown.domain.convoy import Convoy
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.costs import Costs

DAY_S = 86_400


@dataclass(frozen=True)
class Subject:
    """What a report is about: a convoy, or a day (UTC)."""

    convoy: Convoy | None = None
    day: date | None = None

    @property
    def begin(self) -> float | None:
        """When it begins, in seconds since 1970; None: with the first thing that happened."""
        if self.day is None:
            return None
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC).timestamp()

    @property
    def last_day(self) -> str | None:
        """The last day that counts, as YYYY-MM-DD; None: all days do."""
        return None if self.day is None else self.day.isoformat()


@dataclass(frozen=True)
class Issue:
    """A bead in a report. `agents`: who had it."""

    id: str
    title: str
    status: str
    agents: tuple[str, ...]
    closed_at: str | None


@dataclass(frozen=True)
class Lane:
    """An agent in a report: what it had on its hook, and for how long it worked, in seconds."""

    agent: str
    spans: tuple[Span, ...]
    worked_s: float


@dataclass(frozen=True)
class Report:
    """Everything that a report tells.

    Attributes:
        title: the convoy's, or the day.
        state: of the convoy; None: of a day.
        begin, end: of what is told, in seconds since 1970; `goes_on`: it is not over.
        made_at: when the report was made, in seconds since 1970.
        issues: those of the convoy, or that something was done with on that day.
        events: oldest first.
    """

    town: str
    subject: str
    title: str
    state: str | None
    begin: float
    end: float
    goes_on: bool
    made_at: float
    issues: tuple[Issue, ...]
    lanes: tuple[Lane, ...]
    merges: tuple[Merge, ...]
    events: tuple[Event, ...]
    costs: Costs

    @property
    def closed(self) -> int:
        """How many of the issues are closed."""
        return sum(one.status == BeadState.CLOSED.value for one in self.issues)

    @property
    def merged(self) -> int:
        """How many of the requests are merged."""
        return sum(one.state is MergeState.MERGED for one in self.merges)

    @property
    def commits(self) -> int:
        """How many commits were made in the rigs."""
        return sum(one.kind == "commit" for one in self.events)


def report(town: Town, subject: Subject, costs: Costs) -> Report:
    """What happened to a convoy, or on a day. `costs`: of the same, as `ops.costs` counts them."""
    reader = town.read()
    now = town.edge.clock().timestamp()
    events = _events(town, subject)
    begin, end, goes_on = _period(subject, events, now)
    beads = _beads(reader, subject, events)
    names = {bead.id for bead in beads}
    agents = _agents(town, subject, events)
    told = [
        span for span in spans(town, agents, min(now, end))
        if (span.bead in names or subject.day is not None)
        and span.start < end and (span.end is None or span.end >= begin)
    ]  # fmt: skip
    return Report(
        town=town.settings().name, subject=subject.convoy.id if subject.convoy else "day",
        title=subject.convoy.title if subject.convoy else str(subject.day),
        state=subject.convoy.state.value if subject.convoy else None, begin=begin, end=end,
        goes_on=goes_on, made_at=now, issues=tuple(_issues(beads, told)),
        lanes=tuple(_lanes(told, begin, end)),
        merges=tuple(_merges(reader, subject, names, events)), events=tuple(events), costs=costs,
    )  # fmt: skip


def _events(town: Town, subject: Subject) -> list[Event]:
    if subject.convoy is not None:
        return list(trail(town, (subject.convoy.id,), limit=None).events)
    begin = subject.begin or 0.0
    found = trail(town, (), limit=None, since=f"@{int(begin)}").events
    return [one for one in found if begin <= seconds(one.at) < begin + DAY_S]


def _period(subject: Subject, events: list[Event], now: float) -> tuple[float, float, bool]:
    """From when to when, and whether it goes on."""
    if subject.convoy is None:
        begin = subject.begin or 0.0
        return begin, min(begin + DAY_S, max(now, begin + 1)), now < begin + DAY_S
    convoy = subject.convoy
    begin = min([seconds(one.at) for one in events] or [seconds(convoy.created_at)])
    last = max([seconds(one.at) for one in events] or [begin])
    goes_on = convoy.state.value == "open"
    return begin, max(now if goes_on else last, begin + 1), goes_on


def _beads(reader: Reader, subject: Subject, events: Iterable[Event]) -> list[Bead]:
    if subject.convoy is not None:
        found = {bead.id: bead for bead in reader.beads(identifiers=subject.convoy.beads)}
        return [found[name] for name in subject.convoy.beads if name in found]
    moved = [move.split(" ") for one in events for move in one.moves]
    names = dict.fromkeys(words[1] for words in moved if words[0] == "bead")
    names |= dict.fromkeys(bead for one in events for bead in one.beads)
    known = {bead.id: bead for bead in reader.beads(identifiers=list(names))}
    return [known[name] for name in names if name in known]


def _agents(town: Town, subject: Subject, events: Iterable[Event]) -> set[str]:
    """Who may have had something to do with it."""
    moved = [move.split(" ") for one in events for move in one.moves]
    found = {words[1] for words in moved if words[0] == "hook"}
    reader = town.read()
    found |= {hook.id for hook in reader.hooks() if hook.bead is not None}
    if subject.convoy is not None:
        beads = set(subject.convoy.beads)
        found |= {merge.hook for merge in reader.merges() if merge.hook and merge.bead in beads}
    return found


def _issues(beads: Iterable[Bead], told: list[Span]) -> Iterable[Issue]:
    for bead in beads:
        agents = dict.fromkeys(span.agent for span in told if span.bead == bead.id)
        closed = bead.data.get("closed_at")
        yield Issue(bead.id, bead.title, bead.state.value, tuple(agents),
                    closed if isinstance(closed, str) and not bead.is_live else None)  # fmt: skip


def _lanes(told: list[Span], begin: float, end: float) -> Iterable[Lane]:
    for agent in dict.fromkeys(span.agent for span in told):
        mine = tuple(span for span in told if span.agent == agent)
        worked = sum(
            max(0.0, min(one.end, end) - max(one.start, begin))
            for span in mine for one in span.stretches if one.kind == "work"
        )  # fmt: skip
        yield Lane(agent, mine, worked)


def _merges(
    reader: Reader, subject: Subject, beads: set[str], events: Iterable[Event]
) -> list[Merge]:
    moved = [move.split(" ") for one in events for move in one.moves]
    named = {words[1] for words in moved if words[0] == "merge"}
    return [
        merge for merge in reader.merges()
        if merge.id in named or (subject.convoy is not None and merge.bead in beads)
    ]  # fmt: skip


def day_of(words: str, now: datetime) -> date:
    """The day that is meant: YYYY-MM-DD, `today` or `yesterday`, in UTC.

    Raises:
        ValueError: it is none of these.
    """
    today = now.astimezone(UTC).date()
    if words in ("today", "yesterday"):
        return today - timedelta(days=words == "yesterday")
    return date.fromisoformat(words)
