"""Beads with what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Link:
    """A bead at the other end of a dependency; its title is None when it does not exist here."""

    id: str
    type: str
    title: str | None
    status: str | None


@dataclass(frozen=True)
class BeadView:
    """One bead, what it waits for, what waits for it, and the convoys it is on."""

    bead: Bead
    blockers: tuple[str, ...]
    dependencies: tuple[Link, ...]
    dependents: tuple[Link, ...]
    convoys: tuple[str, ...]


def bead_view(reader: Reader, identifier: str) -> BeadView:
    """Everything about one bead.

    Raises:
        NotFound: there is none.
    """
    bead = reader.bead(identifier)
    forth = [(str(li["depends_on_id"]), str(li.get("type", "blocks"))) for li in bead.dependencies]
    back = reader.dependents(identifier)
    known = {other.id: other for other in reader.beads(identifiers=[i for i, _ in [*forth, *back]])}

    def links(pairs: list[tuple[str, str]]) -> tuple[Link, ...]:
        return tuple(
            Link(i, kind, known[i].title if i in known else None,
                 known[i].state.value if i in known else None)
            for i, kind in pairs
        )  # fmt: skip

    convoys = tuple(convoy.id for convoy in reader.convoys() if identifier in convoy.beads)
    return BeadView(bead, reader.open_blockers(bead), links(forth), links(back), convoys)
