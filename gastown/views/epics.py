"""Epics, and how far their children are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.store.bead_filter import BeadFilter

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Epic:
    """An epic; `eligible`: it has children, and all of them are closed."""

    bead: Bead
    total: int
    closed: int

    @property
    def eligible(self) -> bool:
        """Whether nothing is left but to close it."""
        return 0 < self.total == self.closed


def epics(reader: Reader, rig: str | None = None, *, eligible: bool = False) -> list[Epic]:
    """Epics that are not closed, the most urgent first.

    Args:
        eligible: only those that can be closed; an epic whose last children are themselves epics
            that can be closed is one of them, and comes after these.
    """
    found = reader.select(BeadFilter(rig=rig, types=("epic",), live=True))
    family = {bead.id: reader.children(bead.id) for bead in found}
    told = {bead.id: Epic(bead, *_count(family[bead.id], frozenset())) for bead in found}
    if not eligible:
        return list(told.values())
    done: dict[str, Epic] = {}
    while True:
        fresh = [
            epic for name, epic in told.items()
            if name not in done and Epic(epic.bead, *_count(family[name], frozenset(done))).eligible
        ]  # fmt: skip
        if not fresh:
            return list(done.values())
        for epic in fresh:
            done[epic.bead.id] = Epic(epic.bead, *_count(family[epic.bead.id], frozenset(done)))


def _count(children: list[Bead], closed_too: frozenset[str]) -> tuple[int, int]:
    """How many children there are, and how many are closed; deleted ones do not count."""
    there = [child for child in children if child.state is not BeadState.TOMBSTONE]
    closed = [c for c in there if c.state is BeadState.CLOSED or c.id in closed_too]
    return len(there), len(closed)
