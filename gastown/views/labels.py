"""The labels that are in use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState

if TYPE_CHECKING:
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class LabelCount:
    """One label, and how many beads have it."""

    label: str
    count: int


def label_counts(reader: Reader, rig: str | None = None) -> list[LabelCount]:
    """Every label of beads that were not deleted, by name."""
    alive = [state for state in BeadState if state is not BeadState.TOMBSTONE]
    found = reader.beads(rig=rig, statuses=alive)
    counted = Counter(label for bead in found for label in set(bead.labels))
    return [LabelCount(label, number) for label, number in sorted(counted.items())]
