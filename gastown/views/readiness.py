"""Why beads are ready, and why others are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.bead import BLOCKING, BeadState
from gastown.domain.waiting import NOT_WORK
from gastown.store.cache_rows import moment
from gastown.views.beads import Counted, counted
from gastown.views.dependencies import cycles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.bead import Bead
    from gastown.store.bead_filter import BeadFilter
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class ReadyBead:
    """A bead that can be started; `resolved`: what it waited for, which is over."""

    counted: Counted
    reason: str
    resolved: tuple[str, ...]


@dataclass(frozen=True)
class HeldBead:
    """A bead that waits for others."""

    bead: Bead
    blockers: tuple[Bead, ...]
    reason: str


@dataclass(frozen=True)
class OtherBead:
    """A live bead that is not ready for another reason."""

    bead: Bead
    reason: str


@dataclass(frozen=True)
class Explanation:
    """Every live bead, and why it is ready or not."""

    ready: tuple[ReadyBead, ...]
    held: tuple[HeldBead, ...]
    other: tuple[OtherBead, ...]
    cycles: tuple[tuple[str, ...], ...]


def explain(reader: Reader, ready: Sequence[Bead], wanted: BeadFilter, now: float) -> Explanation:
    """Why `ready` are what can be started of the live beads that match a filter."""
    live = reader.select(wanted._replace(live=True, statuses=()), now=now)
    started = {bead.id for bead in ready}
    held: list[HeldBead] = []
    other: list[OtherBead] = []
    for bead in live:
        if bead.id in started:
            continue
        blockers = reader.open_blockers(bead)
        if blockers:
            beads = tuple(reader.beads(identifiers=blockers))
            held.append(HeldBead(bead, beads, _held_because(bead, blockers)))
        else:
            other.append(OtherBead(bead, why_not(reader, bead, now)))
    circles = tuple(tuple(bead.id for bead in circle) for circle in cycles(reader))
    told = tuple(_ready(reader, one) for one in counted(reader, ready))
    return Explanation(told, tuple(held), tuple(other), circles)


def why_not(reader: Reader, bead: Bead, now: float) -> str:
    """Why a live bead that waits for nobody is not ready."""
    at_work = f"{bead.assignee or 'somebody'} is at work on it"
    words = {
        BeadState.IN_PROGRESS: at_work,
        BeadState.HOOKED: f"it is on the hook of {bead.assignee}",
        BeadState.DEFERRED: "it is put off: bd undefer takes it up again",
        BeadState.PINNED: "it is pinned: bd unpin frees it",
        BeadState.BLOCKED: "it was set to blocked: bd update --status open frees it",
    }
    if bead.state in words:
        return words[bead.state]
    until = moment(bead.data.get("defer_until"))
    if until is not None and until > now:
        return f"it is put off until {_day(until)}"
    return _kind_or_family(reader, bead, now)


def _kind_or_family(reader: Reader, bead: Bead, now: float) -> str:
    if bead.issue_type in NOT_WORK:
        return f"a {bead.issue_type} is nothing to start"
    for mark in ("ephemeral", "wisp", "pinned", "is_template"):
        if bead.data.get(mark):
            return f"it is marked {mark}"
    above = bead.parent
    seen: set[str] = set()
    while above is not None and above not in seen:
        seen.add(above)
        parent = next(iter(reader.beads(identifiers=[above])), None)
        if parent is None:
            break
        until = moment(parent.data.get("defer_until"))
        if parent.state is BeadState.DEFERRED or (until is not None and until > now):
            return f"its parent {parent.id} is put off"
        if parent.state in (BeadState.HOOKED, BeadState.IN_PROGRESS) and parent.assignee:
            return f"it is a step of {parent.id}, which {parent.assignee} works through"
        above = parent.parent
    return "it is left out by the conditions you gave"


def _held_because(bead: Bead, blockers: Sequence[str]) -> str:
    own = set(bead.depends_on(BLOCKING))
    if own.intersection(blockers):
        return f"it waits for {', '.join(blockers)}"
    return f"what it belongs to or waits on is held by {', '.join(blockers)}"


def _ready(reader: Reader, one: Counted) -> ReadyBead:
    names = one.bead.depends_on(BLOCKING)
    if not names:
        return ReadyBead(one, "it waits for nobody", ())
    there = reader.statuses(names)
    gone = [name for name in names if name not in there]
    said = f"all that it waited for is closed: {', '.join(names)}"
    if gone:
        said += f" ({', '.join(gone)}: not in this town)"
    return ReadyBead(one, said, tuple(name for name in names if name in there))


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
