"""What can be slung now, in all rigs: what `bd ready` tells, grouped, with what already waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.dispatch import DispatchState
from gastown.ids import TOWN_RIG

if TYPE_CHECKING:
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class ReadyRow:
    """One bead that can be slung. `queued`: it waits for a place; `convoys`: open ones it is on."""

    id: str
    title: str
    priority: int
    type: str
    labels: tuple[str, ...]
    assignee: str | None
    convoys: tuple[str, ...]
    queued: bool


@dataclass(frozen=True)
class RigReady:
    """The beads of one rig that can be slung, the most urgent first; `total`: how many there are.

    Attributes:
        command: what slings one; the town's own beads are worked in whatever rig is named.
    """

    rig: str
    beads: tuple[ReadyRow, ...]
    total: int
    command: str


def ready_list(
    reader: Reader, now: float, *, rig: str | None = None, limit: int | None = None
) -> list[RigReady]:
    """Rigs with something to sling, by name; the town's own beads last.

    Args:
        now: in seconds since 1970.
        limit: the most beads of each.
    """
    queued = {one.id for one in reader.dispatches(DispatchState.QUEUED)}
    convoys: dict[str, list[str]] = {}
    for convoy in reader.convoys(ConvoyState.OPEN):
        for bead in convoy.beads:
            convoys.setdefault(bead, []).append(convoy.id)
    homes = [rig] if rig is not None else [*(one.id for one in reader.rigs()), TOWN_RIG]
    found = []
    for home in homes:
        beads = reader.ready(now, rig=home, limit=limit)
        if not beads:
            continue
        rows = tuple(
            ReadyRow(bead.id, bead.title, bead.priority, bead.issue_type, bead.labels,
                     bead.assignee, tuple(convoys.get(bead.id, ())), bead.id in queued)
            for bead in beads
        )  # fmt: skip
        total = len(rows) if limit is None else reader.count_ready(now, rig=home)
        place = "RIG" if home == TOWN_RIG else home
        found.append(RigReady(home, rows, total, f"gt sling ISSUE {place}"))
    return found
