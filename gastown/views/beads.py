"""Beads with what surrounds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gastown.domain.bead import Bead
    from gastown.domain.comment import Comment
    from gastown.store.bead_reader import Counts
    from gastown.store.reader import Reader

_PARENT = "parent-child"


class Link(NamedTuple):
    """A bead at the other end of a dependency; None where it does not exist here."""

    id: str
    type: str
    bead: Bead | None


class BeadView(NamedTuple):
    """One bead, what it waits for, what waits for it, its comments, and the convoys it is on.

    Attributes:
        dependencies: what it depends on; `dependents`: what depends on it, children among them.
    """

    bead: Bead
    blockers: tuple[str, ...]
    dependencies: tuple[Link, ...]
    dependents: tuple[Link, ...]
    comments: tuple[Comment, ...]
    convoys: tuple[str, ...]

    @property
    def children(self) -> tuple[Link, ...]:
        """The beads that are children of this one."""
        return tuple(link for link in self.dependents if link.type == _PARENT)


class Counted(NamedTuple):
    """A bead in a list, and how many others surround it."""

    bead: Bead
    counts: Counts
    parent: str | None


class Blocked(NamedTuple):
    """A bead that waits, and what for."""

    bead: Bead
    blockers: tuple[str, ...]


class Branch(NamedTuple):
    """A bead in a tree of parents and children, and how deep it stands."""

    bead: Bead
    depth: int


def bead_view(reader: Reader, identifier: str) -> BeadView:
    """Everything about one bead.

    Raises:
        NotFound: there is none.
    """
    bead = reader.bead(identifier)
    convoys = tuple(convoy.id for convoy in reader.convoys() if identifier in convoy.beads)
    return BeadView(
        bead, reader.open_blockers(bead), forth(reader, bead), back(reader, identifier),
        tuple(reader.comments(identifier)), convoys,
    )  # fmt: skip


def forth(reader: Reader, bead: Bead) -> tuple[Link, ...]:
    """What a bead depends on, in the order it was said."""
    pairs = [(str(li["depends_on_id"]), str(li.get("type", "blocks"))) for li in bead.dependencies]
    return _links(reader, pairs)


def back(reader: Reader, identifier: str) -> tuple[Link, ...]:
    """What depends on a bead, by id."""
    return _links(reader, reader.dependents(identifier))


def counted(reader: Reader, found: Sequence[Bead]) -> list[Counted]:
    """Beads with their counts, as upstream lists them."""
    ids = [bead.id for bead in found]
    counts = reader.counts(ids)
    return [Counted(bead, counts[bead.id], bead.parent) for bead in found]


def blocked(reader: Reader, found: Iterable[Bead]) -> list[Blocked]:
    """Beads with what each of them waits for."""
    return [Blocked(bead, reader.open_blockers(bead)) for bead in found]


def as_tree(found: Sequence[Bead]) -> list[Branch]:
    """Beads so that each stands below its parent, where that is among them, in the given order."""
    known = {bead.id for bead in found}
    below: dict[str | None, list[Bead]] = {}
    for bead in found:
        parent = bead.parent if bead.parent in known and bead.parent != bead.id else None
        below.setdefault(parent, []).append(bead)
    out: list[Branch] = []
    placed: set[str] = set()
    for start in (*below.get(None, ()), *found):  # the rest stands in a circle of parents
        todo = [Branch(start, 0)]
        while todo:
            branch = todo.pop()
            if branch.bead.id in placed:
                continue
            placed.add(branch.bead.id)
            out.append(branch)
            todo += [Branch(c, branch.depth + 1) for c in reversed(below.get(branch.bead.id, []))]
    return out


def _links(reader: Reader, pairs: Sequence[tuple[str, str]]) -> tuple[Link, ...]:
    known = {bead.id: bead for bead in reader.beads(identifiers=[name for name, _ in pairs])}
    return tuple(Link(name, kind, known.get(name)) for name, kind in pairs)
