"""Wisps: beads of this machine that are never committed, one small file each.

They answer the same questions as the ledger's `Reader` (`find`, `beads`, `open_blockers`) and are
changed like in a `Transaction` (`bead`, `put`, `delete`), so that the operations on steps serve
both. There is no history, no revert, and no move trailer: what is gone is gone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import Bead
from gastown.domain.molecule import Molecule
from gastown.domain.record import BadRecord
from gastown.domain.waiting import held_back_by
from gastown.domain.wisp import has_wisp_form
from gastown.errors import MoveRefused, NotFound, Unreadable
from gastown.store.codec import decode, encode
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.locks import hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gastown.store.layout import Layout


def is_wisp(layout: Layout, identifier: str) -> bool:
    """Whether a bead of this id is a wisp of this machine.

    The form of the id is not enough: imported lines bring committed beads of such names.
    """
    return has_wisp_form(identifier) and Wisps(layout).has_bead(identifier)


class Wisps:
    """The wisps of a town."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def find(self, kind: str, identifier: str) -> Any:
        """The wisp (`bead`) or its molecule of that id, or None.

        Raises:
            Unreadable: its file is there but cannot be read.
        """
        if kind == "molecule":
            return self._read(self._molecule(identifier), "molecule", "")
        for path in sorted(self._layout.wisps.glob("beads/*/*.json")):
            if path.stem == identifier:
                return self._read(path, "bead", path.parent.name)
        return None

    def bead(self, identifier: str) -> Bead:
        """One wisp.

        Raises:
            NotFound: there is none, or it is gone already.
        """
        found = self.find("bead", identifier)
        if not isinstance(found, Bead):
            raise NotFound(f"no wisp {identifier!r}", hint="bd mol wisp list shows those there are")
        return found

    def beads(
        self, *, rig: str | None = None, identifiers: Iterable[str] | None = None
    ) -> list[Bead]:
        """Wisps, oldest first."""
        wanted = None if identifiers is None else set(identifiers)
        found = [
            self._read(path, "bead", path.parent.name)
            for path in self._layout.wisps.glob("beads/*/*.json")
            if (wanted is None or path.stem in wanted) and rig in (None, path.parent.name)
        ]
        beads = [bead for bead in found if isinstance(bead, Bead)]
        return sorted(beads, key=lambda bead: (str(bead.data.get("created_at")), bead.id))

    def molecules(self) -> list[Molecule]:
        """The molecules that are wisps, newest first."""
        files = self._layout.wisps.glob("molecules/*.json")
        found = [self._read(path, "molecule", "") for path in files]
        known = [one for one in found if isinstance(one, Molecule)]
        return sorted(known, key=lambda one: (one.created_at, one.id), reverse=True)

    def has_bead(self, identifier: str) -> bool:
        """Whether an id is taken."""
        return self.find("bead", identifier) is not None

    def open_blockers(self, bead: Bead) -> tuple[str, ...]:
        """Ids of the wisps that hold one back: its own blockers, and its parents' ones."""
        return held_back_by(bead, lambda name: self.find("bead", name), self.children)

    def dependents(self, identifier: str) -> list[tuple[str, str]]:
        """Ids of wisps that point at this one, with the dependency's type."""
        return sorted(
            (bead.id, str(item.get("type", "blocks")))
            for bead in self.beads()
            for item in bead.dependencies
            if item.get("depends_on_id") == identifier
        )

    def children(self, identifier: str) -> list[Bead]:
        """The children of a wisp."""
        return [bead for bead in self.beads() if bead.parent == identifier]

    def comments(self, _: str) -> list[Any]:
        """None: what is said of a wisp goes into its notes."""
        return []

    def convoys(self, *_: object) -> list[Any]:
        """None: a convoy outlives wisps."""
        return []

    def merges(self, **_: object) -> list[Any]:
        """None: a wisp is on no hook."""
        return []

    def hook(self, _: str) -> None:
        """None."""
        return

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Hold the lock of the wisps, read, decide, put; on an exception nothing is written."""
        with hold(self._layout.locks / "wisps", what="the wisps"):
            change = Change(self)
            yield change
            self._write(change)

    def _write(self, change: Change) -> None:
        """Steps before the molecule that names them; when they go, the molecule goes first."""
        records = sorted(change.records.values(), key=lambda one: one.KIND)
        gone = sorted(change.gone.values(), key=lambda one: one.KIND, reverse=True)
        with disk_errors():
            for record in gone:
                self._path(record).unlink(missing_ok=True)
            for record in records:
                write_atomically(self._path(record), encode(record))

    def _path(self, record: Bead | Molecule) -> Path:
        if isinstance(record, Molecule):
            return self._molecule(record.id)
        return self._layout.wisps / "beads" / record.rig / f"{record.id}.json"

    def _molecule(self, identifier: str) -> Path:
        return self._layout.wisps / "molecules" / f"{identifier}.json"

    @staticmethod
    def _read(path: Path, kind: str, rig: str) -> Any:
        data = read_or_none(path)
        if data is None:
            return None
        try:
            return decode(kind, data, rig=rig)
        except BadRecord as wrong:
            raise Unreadable(f"{path} is unreadable: {wrong}", hint=f"rm {path}") from None


class Change:
    """What one operation does to wisps, until it is written."""

    def __init__(self, wisps: Wisps) -> None:
        self.read = wisps
        self.subject = ""
        self.records: dict[tuple[str, str], Bead | Molecule] = {}
        self.gone: dict[tuple[str, str], Bead | Molecule] = {}

    def bead(self, identifier: str) -> Bead:
        """One wisp, own changes included.

        Raises:
            NotFound: there is none.
        """
        mine = self.records.get(("bead", identifier))
        return mine if isinstance(mine, Bead) else self.read.bead(identifier)

    def find_bead(self, identifier: str) -> Bead | None:
        """One wisp, own changes included, or None."""
        mine = self.records.get(("bead", identifier)) or self.read.find("bead", identifier)
        return mine if isinstance(mine, Bead) else None

    def find_hook(self, _: str) -> None:
        """None: a wisp is on no hook."""
        return

    def put(self, record: Bead | Molecule) -> None:
        """Write a wisp or its molecule.

        Raises:
            MoveRefused: a bead cannot go there from where it stands.
        """
        if isinstance(record, Bead):
            before = self.records.get((record.KIND, record.id)) or self.read.find("bead", record.id)
            source = before.state if isinstance(before, Bead) else None
            lifecycle = record.LIFECYCLE
            if source != record.state and not lifecycle.allows(source, record.state):
                raise MoveRefused(
                    f"wisp {record.id} cannot go from {source or 'nothing'} to {record.state}",
                    hint=lifecycle.hint(source),
                )
        self.records[record.KIND, record.id] = record

    def delete(self, record: Bead | Molecule) -> None:
        """Remove a wisp or its molecule."""
        self.records.pop((record.KIND, record.id), None)
        self.gone[record.KIND, record.id] = record
