"""Two ledgers that went on from one commit become one tree, record by record; no ref is moved.

Every file that differs is read from the three commits (never from a worktree), merged by the rules
of its kind, and must be what the strict reader takes. Values that lost are files in `attic/`. The
two sides are treated alike, so that both towns that merge each other's ledger get the same tree.

- A file that one side alone changed, made or removed is as that side has it; one that was removed
  here and changed there stays.
- Two beads that got one id: the younger one gets a longer id, and `aliases/` tells.
- Documents (settings, directives, formulas) are not mixed: the one committed later holds.
- Then what the records say of each other is put right (`domain/merging/settling.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.merging.beads import merge_beads
from gastown.domain.merging.records import merge_records
from gastown.domain.merging.settling import Halves
from gastown.domain.merging.three_way import Loser, version
from gastown.domain.record import BadRecord
from gastown.store.codec import encode
from gastown.store.layout import kind_of
from gastown.store.ledger_sides import Side, parsed, record_of, sides_of
from gastown.store.objects import blob_oid
from gastown.store.same_ids import make_room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.store.git import Git

    Found = dict[tuple[str, str], tuple[str, dict[str, Any]]]

_SETTLED = ("bead", "hook", "merge", "convoy")


@dataclass(frozen=True)
class Merged:
    """What two ledgers become.

    Attributes:
        tree: every path and its blob.
        files: what of it differs from the first of the two commits; None: removed.
        attic: the paths of the values that lost.
        conflicts: what was decided between records, or is left for a person, in sentences.
    """

    tree: Mapping[str, str]
    files: Mapping[str, bytes | None]
    attic: tuple[str, ...]
    conflicts: tuple[str, ...]


def merge_ledgers(git: Git, base: str, ours: str, theirs: str) -> Merged:
    """Merge two commits of the ledger that both came from `base`.

    Raises:
        GitFailed: one of them is no commit, or cannot be read.
    """
    was, one, other = sides_of(git, base, ours, theirs)
    if other.tree in (one.tree, was.tree):
        return Merged(dict(one.tree), {}, (), ())
    content = dict(other.files)
    attic: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if one.tree != was.tree:
        merger = _Merger(git, was, one, other)
        merger.merge()
        content, attic, notes = merger.content, tuple(sorted(merger.attic)), tuple(merger.notes)
    tree = {path: oid for path, oid in one.tree.items() if path not in content}
    tree |= {path: blob_oid(data) for path, data in content.items() if data is not None}
    differing = {
        path: data for path, data in content.items() if one.tree.get(path) != tree.get(path)
    }
    return Merged(tree, differing, attic, tuple(sorted(notes)))


class _Merger:
    """Goes through the files that differ; `content` is what they become (None: nothing)."""

    def __init__(self, git: Git, was: Side, one: Side, other: Side) -> None:
        self._git = git
        self._was = was
        self._both = (one, other)
        self.content: dict[str, bytes | None] = {}
        self.attic: set[str] = set()
        self.notes: list[str] = []

    def merge(self) -> None:
        one, other = self._both
        aliases, told = make_room(self._was, one, other)
        self.notes += told
        for path in sorted({*one.files, *other.files}):
            self.content[path] = self._merged(path)
        self.content |= aliases
        self._settle()

    def _merged(self, path: str) -> bytes | None:
        was = self._was.files.get(path)
        one, other = (side.files.get(path) for side in self._both)
        if one == other or was == other:
            return one
        if was == one:
            return other
        if one is None or other is None:
            self.notes.append(f"{path} was removed on one side and changed on the other: it stays")
            return one if one is not None else other
        kind = kind_of(path)
        found = [None if raw is None else parsed(raw) for raw in (was, one, other)]
        if kind is None or found[1] is None or found[2] is None:
            return self._later(path, one, other)
        return self._record(kind, path, found[0], found[1], found[2])

    def _record(
        self, kind: str, path: str, was: dict[str, Any] | None, one: dict[str, Any],
        other: dict[str, Any],
    ) -> bytes | None:  # fmt: skip
        versions = [version(data, side.commit)
                    for data, side in zip((one, other), self._both, strict=True)]  # fmt: skip
        if kind == "bead":
            outcome = merge_beads(was, *versions)
        else:
            outcome = merge_records(kind, was, *versions)
        try:
            text = encode(record_of(path, outcome.data))
        except BadRecord as wrong:
            self.notes.append(f"{path}: {wrong}; the later version stands")
            return self._later(path, *(side.files[path] or b"" for side in self._both))
        self._lose(outcome.losers)
        return text

    def _later(self, path: str, one: bytes, other: bytes) -> bytes:
        """The version that was committed later; the other one goes to the attic."""
        versions = [
            (side.committed(self._git, self._was.commit, path), blob_oid(data), data, side.commit)
            for side, data in zip(self._both, (one, other), strict=True)
        ]
        lost, holds = sorted(versions)
        name = path.replace("/", "+").lstrip(".")
        text = lost[2].decode("utf-8", "backslashreplace")
        self._lose((Loser(name, "", text, lost[3], str(lost[0])),))
        return holds[2]

    def _lose(self, losers: tuple[Loser, ...] | list[Loser]) -> None:
        for loser in losers:
            self.content[loser.path] = loser.text
            self.attic.add(loser.path)

    def _settle(self) -> None:
        """Let the merged records fit together."""
        found = self._concerned()
        records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _SETTLED}
        for (kind, name), (_, data) in found.items():
            records[kind][name] = data
        halves = Halves(
            beads=records["bead"], hooks=records["hook"], merges=records["merge"],
            convoys=records["convoy"],
        )  # fmt: skip
        halves.settle()
        for key in sorted(halves.changed):
            path, data = found[key]
            self.content[path] = encode(record_of(path, data))
        self._lose(halves.losers)
        self.notes += halves.notes

    def _concerned(self) -> Found:
        """Hooks, requests and convoys, and the beads that either side changed or that they name."""
        tree = {path: oid for path, oid in self._both[0].tree.items() if path not in self.content}
        found = self._read({p: oid for p, oid in tree.items() if kind_of(p) in _SETTLED[1:]})
        for path, raw in self.content.items():
            if raw is not None:
                _add(found, path, raw)
        named = {str(data.get("bead")) for _, data in found.values()}
        named |= {str(bead) for _, data in found.values() for bead in data.get("beads") or ()}
        beads = {path: oid for path, oid in tree.items()
                 if kind_of(path) == "bead" and _name(path) in named}  # fmt: skip
        return {**self._read(beads), **found}

    def _read(self, places: dict[str, str]) -> Found:
        found: Found = {}
        side = self._both[0]
        side.fetch(self._git, places.values())
        for path, oid in places.items():
            _add(found, path, side.blobs[oid])
        return found


def _add(found: Found, path: str, raw: bytes) -> None:
    kind, data = kind_of(path), parsed(raw)
    if kind in _SETTLED and data is not None and "id" in data:
        found[str(kind), str(data["id"])] = (path, data)


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")
