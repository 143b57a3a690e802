"""Open beads that say the same: title and texts are equal but for spaces and case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader

_TEXTS = ("title", "description", "design", "acceptance_criteria", "issue_type")


@dataclass(frozen=True)
class Twin:
    """One bead of a group; `references`: how many others point at it."""

    bead: Bead
    references: int


@dataclass(frozen=True)
class Group:
    """Beads that say the same, the one to keep first: most pointed at, begun, oldest."""

    twins: tuple[Twin, ...]

    @property
    def target(self) -> str:
        """The one to keep."""
        return self.twins[0].bead.id

    @property
    def sources(self) -> tuple[str, ...]:
        """The others."""
        return tuple(twin.bead.id for twin in self.twins[1:])


def duplicates(reader: Reader, rig: str | None = None) -> list[Group]:
    """All groups of two and more, within a rig and status class each; oldest first."""
    same = defaultdict(list)
    for bead in reader.beads(rig=rig, statuses=LIVE):
        if not bead.data.get("ephemeral"):
            same[bead.rig, *(_text(bead, key) for key in _TEXTS)].append(bead)
    groups = [_group(reader, found) for found in same.values() if len(found) > 1]
    return sorted(groups, key=lambda group: group.target)


def _group(reader: Reader, found: list[Bead]) -> Group:
    twins = [Twin(bead, len(reader.dependents(bead.id))) for bead in found]
    return Group(tuple(sorted(twins, key=_rank)))


def _rank(twin: Twin) -> tuple[int, bool, str, str]:
    bead = twin.bead
    begun = bead.state in ("hooked", "in_progress")
    return -twin.references, not begun, str(bead.data.get("created_at") or ""), bead.id


def _text(bead: Bead, key: str) -> str:
    return " ".join(str(bead.data.get(key) or "").split()).casefold()
