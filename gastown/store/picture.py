"""The town as it would be: a commit of the ledger with changed records laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gastown.domain.bead import BeadState
from gastown.domain.record import Record
from gastown.domain.waiting import FAMILY, held_back_by
from gastown.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.layout import AnyRecord
    from gastown.store.reader import Reader

R = TypeVar("R", bound=Record)
Key = tuple[str, str]

AT_WORK = (BeadState.HOOKED, BeadState.IN_PROGRESS)


def key_of(record: AnyRecord) -> Key:
    """What a record is called: kind and id."""
    return record.KIND, record.id


class Picture:
    """What the rules want to know of a town; records that cannot be read are not in it."""

    def __init__(self, reader: Reader, over: Mapping[Key, AnyRecord | None] | None = None) -> None:
        self._reader = reader
        self._over = dict(over or {})
        self._all: dict[str, dict[str, Any]] = {}

    def after(self, changed: Mapping[Key, AnyRecord | None]) -> Picture:
        """The town when these records have changed as well (None: gone)."""
        return Picture(self._reader, {**self._over, **changed})

    def bead(self, identifier: str) -> Bead | None:
        """One bead, or None."""
        key = ("bead", identifier)
        found: Any = self._over[key] if key in self._over else self._find(*key)
        return found  # type: ignore[no-any-return]

    def beads(self, identifiers: Iterable[str]) -> list[Bead]:
        """Those of the beads that there are."""
        return [bead for name in identifiers if (bead := self.bead(name)) is not None]

    def hooks(self) -> dict[str, Hook]:
        """Every hook, archived ones included."""
        return self._everything("hook", lambda: self._reader.hooks(live=False))

    def merges(self) -> dict[str, Merge]:
        """Every merge request."""
        return self._everything("merge", self._reader.merges)

    def at_work_for(self, hook: str) -> set[str]:
        """Ids of the beads that say, or said at the commit, that they are worked on in a hook."""
        names = {bead.id for bead in self._reader.beads(statuses=AT_WORK, assignee=hook)}
        changed: list[Any] = [one for (kind, _), one in self._over.items() if kind == "bead"]
        return names | {
            bead.id for bead in changed
            if bead is not None and bead.state in AT_WORK and bead.assignee == hook
        }  # fmt: skip

    def paths_naming(self, bead: str) -> list[str]:
        """Files of records that depend on a bead, carry it, or are about it, at the commit."""
        ask = self._reader
        named = [("bead", other) for other, _ in ask.dependents(bead)]
        named += [("convoy", one.id) for one in ask.convoys() if bead in one.beads]
        named += [("dispatch", bead), ("molecule", bead)]
        return [path for one in named if (path := ask.path_of(*one)) is not None]

    def is_taken(self, identifier: str) -> bool:
        """Whether a bead has this id; upper and lower case count as the same."""
        folded = identifier.casefold()
        for (kind, name), record in self._over.items():
            if kind == "bead" and record is not None and name.casefold() == folded:
                return True
        gone = ("bead", identifier) in self._over
        return not gone and self._reader.has_bead(identifier)

    def open_blockers(self, bead: Bead) -> tuple[str, ...]:
        """Ids of the beads that hold `bead` back: its own blockers, and its parents' ones."""
        return held_back_by(bead, self.bead, self._children)

    def _children(self, parent: str) -> list[Bead]:
        names = {child.id for child in self._reader.children(parent)}
        names |= {name for kind, name in self._over if kind == "bead"}
        return [child for child in self.beads(names) if parent in child.depends_on(FAMILY)]

    def _find(self, kind: str, identifier: str) -> Any:
        try:
            return self._reader.find(kind, identifier)
        except Unreadable:
            return None

    def _everything(self, kind: str, ask: Any) -> dict[str, Any]:
        if kind not in self._all:
            found = {record.id: record for record in ask()}
            for (changed, identifier), record in self._over.items():
                if changed == kind and record is None:
                    found.pop(identifier, None)
                elif changed == kind:
                    found[identifier] = record
            self._all[kind] = found
        return self._all[kind]
