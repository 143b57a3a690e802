"""Beads in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.store.bead_filter import BeadFilter
from gastown.views.epics import epics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.store.reader import Reader

DAY_S = 86400.0


@dataclass(frozen=True)
class Stats:
    """How many beads there are, of which kind, and what happened in the last day.

    Attributes:
        blocked: live beads that wait for others, or that somebody called blocked.
        lead_time_h: the mean time from the making of a bead to its closing.
    """

    statuses: Mapping[str, int]
    types: Mapping[str, int]
    priorities: Mapping[str, int]
    ready: int
    blocked: int
    epics_to_close: int
    lead_time_h: float
    created: int
    updated: int
    closed: int

    @property
    def total(self) -> int:
        """All but the deleted ones."""
        gone = self.statuses.get(BeadState.TOMBSTONE, 0)
        return sum(self.statuses.values()) - gone


@dataclass(frozen=True)
class Tally:
    """How many beads match, by group; `groups` is None where no grouping was asked for."""

    total: int
    groups: tuple[tuple[str, int], ...] | None


_NOTHING = {"assignee": "(unassigned)", "label": "(no labels)"}


def stats(reader: Reader, now: float, rig: str | None = None) -> Stats:
    """Numbers of a rig, or of the town."""
    live = BeadFilter(rig=rig, live=True)
    there = BeadFilter(rig=rig, tombstones=False)

    def since(what: str) -> int:
        return _number(reader, there._replace(between=((what, now - DAY_S, None),)), now)

    return Stats(
        statuses=reader.status_counts(rig),
        types={str(name): number for name, number in reader.tally(live, "type", now)},
        priorities={f"P{name}": number for name, number in reader.tally(live, "priority", now)},
        ready=reader.count_ready(now, rig=rig),
        blocked=reader.count_held(rig),
        epics_to_close=len(epics(reader, rig, eligible=True)),
        lead_time_h=round((reader.lead_time_s(rig) or 0.0) / 3600, 2),
        created=since("created"), updated=since("updated"), closed=since("closed"),
    )  # fmt: skip


def tally(reader: Reader, wanted: BeadFilter, by: str | None, now: float) -> Tally:
    """How many beads match a filter, by status, priority, type, assignee or label."""
    total = _number(reader, wanted, now)
    if by is None:
        return Tally(total, None)
    names: dict[str, int] = {}
    for value, number in reader.tally(wanted, by, now):
        name = f"P{value}" if by == "priority" else str(value or _NOTHING.get(by, "(none)"))
        names[name] = names.get(name, 0) + number
    return Tally(total, tuple(sorted(names.items())))


def _number(reader: Reader, wanted: BeadFilter, now: float) -> int:
    [(_, number)] = reader.tally(wanted, None, now)
    return number
