"""The lines of a file become records of one rig, within one operation.

- What is not there yet is written as it is. What is there already is merged three-way with what the
  file said at its last import; a file that was never imported only adds and changes, later wins.
- The status moves by the table only. What is on a hook of this town, or in its merge queue, keeps
  its status and owner, and a bead that was deleted here stays deleted: both are said.
- A line that cannot be taken is named with the reason, and keeps none of the others back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.domain.interchange import (
    What,
    in_the_form_of,
    line_of,
    memory_of,
    parts_of,
    same_comment,
    text_of,
    what_is,
)
from gastown.domain.merging.beads import FATE, merge_beads
from gastown.domain.merging.three_way import instant, version
from gastown.domain.record import BadRecord
from gastown.errors import GtError, Refused
from gastown.ids import check_bead_id
from gastown.ops.landing import land_convoys, reopen_convoys
from gastown.ops.moves import hook_of
from gastown.store.codec import decode, encode
from gastown.store.imports import aside, last_imported
from gastown.store.layout import record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gastown.domain.comment import Comment
    from gastown.domain.interchange import Parts
    from gastown.domain.memory import Memory
    from gastown.domain.record import Json
    from gastown.store.imports import Line
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

# Two programs may write the same moment with more or fewer digits.
_SAME_MOMENT_S = 1.0


@dataclass(frozen=True)
class Remark:
    """What is to be said of one line. `id`: of the bead in it, where it has one."""

    line: int
    what: str
    id: str | None = None


@dataclass(frozen=True)
class _Known:
    """A line whose bead is in the town already."""

    line: Line
    bead: Bead
    parts: Parts


class Importer:
    """Takes lines one after the other; then `finish` merges those whose beads were there."""

    def __init__(
        self, tx: Transaction, town: Town, rig: str, comments: Mapping[str, list[Comment]]
    ) -> None:
        self._tx = tx
        self._town = town
        self._rig = rig
        self._comments = comments
        self._seen: dict[str, Line] = {}
        self._known: list[_Known] = []
        self._new_memories: dict[str, Memory] = {}
        self.created: list[str] = []
        self.updated: list[str] = []
        self.unchanged = 0
        self.comments = 0
        self.memories = 0
        self.attic = 0
        self.headers = 0
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self.respelt: list[int] = []

    @cached_property
    def _waiting(self) -> set[str]:
        """Beads whose work a merge request still wants."""
        return {one.bead for one in self._tx.read.merges() if one.is_pending and one.bead}

    def take(self, line: Line) -> None:
        """Take one line; what is wrong with it is remembered."""
        try:
            if line.data is None:
                raise BadRecord(line.error or "no JSON")
            kind = what_is(line.data)
            if kind is What.HEADER:
                self.headers += 1
            elif kind is What.MEMORY:
                self._memory(line, memory_of(line.data, self._rig))
            else:
                self._bead(line, line.data)
        except (BadRecord, GtError) as wrong:
            said = wrong.message if isinstance(wrong, GtError) else str(wrong)
            self.errors.append(Remark(line.number, said, _id_of(line)))

    def finish(self) -> None:
        """Merge the beads that were there already, and let convoys follow."""
        paths = [record_path(known.bead) for known in self._known]
        bases = {}
        if paths:
            bases = last_imported(self._town.ledger, self._tx.read.commit, self._rig, paths)
        for known in self._known:
            path = record_path(known.bead)
            kept_aside = self._tx.document(aside(path))
            base = kept_aside if kept_aside is not None else bases.get(path)
            try:
                self._merge(known, None if base is None else _bead(base, self._rig))
            except (BadRecord, GtError) as wrong:
                said = wrong.message if isinstance(wrong, GtError) else str(wrong)
                self.errors.append(Remark(known.line.number, said, known.bead.id))

    def _bead(self, line: Line, data: Mapping[str, Json]) -> None:
        identifier = _checked_id(data)
        before = self._seen.setdefault(identifier.casefold(), line)
        if before is not line:
            self._check_same(before, line)
            self.unchanged += 1
            return
        try:
            self._look_at(line, data, identifier)
        except BaseException:
            del self._seen[identifier.casefold()]  # a later line may say it better
            raise

    def _look_at(self, line: Line, data: Mapping[str, Json], identifier: str) -> None:
        existing: Bead | None = self._tx.read.find("bead", identifier)
        if existing is None and self._tx.read.has_bead(identifier):
            raise BadRecord(f"the id {identifier} is taken: upper and lower case count as the same")
        if existing is not None and existing.rig != self._rig:
            raise BadRecord(f"bead {identifier} is in rig {existing.rig}")
        parts = parts_of(data, self._rig, existing)
        if existing is None:
            self._create(line, parts)
        elif text_of(line_of(existing, self._comments.get(identifier, ()))) == text_of(data):
            self.unchanged += 1
        else:
            self._known.append(_Known(line, existing, parts))

    def _create(self, line: Line, parts: Parts) -> None:
        for comment in parts.comments:
            encode(comment)  # one that cannot be written keeps its whole line back
        self._tx.put_new(parts.bead)
        for comment in parts.comments:
            self._tx.put_new(comment)
        self.comments += len(parts.comments)
        self.created.append(parts.bead.id)
        self._warn(line, parts)

    def _warn(self, line: Line, parts: Parts) -> None:
        self.warnings += [Remark(line.number, note, parts.bead.id) for note in parts.notes]
        if text_of(line_of(parts.bead, parts.comments)) != line.text.strip():
            self.respelt.append(line.number)

    def _check_same(self, before: Line, line: Line) -> None:
        one, other = before.data or {}, line.data or {}
        if one.get("id") != other.get("id"):
            raise BadRecord(f"its id differs from that in line {before.number} only by case")
        if text_of(one) != text_of(other):
            raise BadRecord(f"the id stands in line {before.number} already, with other content")

    def _memory(self, line: Line, memory: Memory) -> None:
        existing = self._new_memories.get(memory.id) or self._tx.read.find("memory", memory.id)
        if existing is None:
            self._tx.put_new(memory)
            self._new_memories[memory.id] = memory
            self.memories += 1
        elif existing.to_json() == memory.to_json():
            self.unchanged += 1
        else:
            what = f"{memory.key!r} is remembered otherwise here, and stays so: bd recall shows it"
            self.warnings.append(Remark(line.number, what))

    def _merge(self, known: _Known, base: Bead | None) -> None:
        ours, theirs = known.bead, in_the_form_of(known.bead, known.parts.bead)
        if base is None and _is_another(ours, theirs):
            raise BadRecord(
                f"{ours.id} is another bead here: {ours.title!r} of {ours.data.get('created_at')}"
            )
        if ours.state is BeadState.TOMBSTONE and theirs.state is not BeadState.TOMBSTONE:
            what = "it was deleted here, and stays so"
            self.warnings.append(Remark(known.line.number, what, ours.id))
            self.unchanged += 1
            return
        outcome = merge_beads(
            None if base is None else base.to_json(), version(ours.to_json(), "town"),
            version(theirs.to_json(), "import"),
        )  # fmt: skip
        merged = self._with_own_fate(known, Bead(outcome.data, self._rig))
        with self._tx.attempt():
            new = self._new_comments(known)
            for comment in new:
                self._tx.put_new(comment)
            self._move(ours, merged)
            self._remember(ours, theirs, base)
            for loser in outcome.losers:
                self._tx.put_document(loser.path, loser.text)
        self.comments += len(new)
        self.attic += len(outcome.losers)
        if new or merged.to_json() != ours.to_json():
            self.updated.append(ours.id)
            self._warn(known.line, known.parts)
        else:
            self.unchanged += 1

    def _with_own_fate(self, known: _Known, merged: Bead) -> Bead:
        """A bead at work in this town keeps status and owner."""
        ours = known.bead
        hook = hook_of(self._tx, ours)
        if hook is None and ours.id not in self._waiting:
            return merged
        where = f"on the hook of {hook.id}" if hook else "in the merge queue"
        own = merged.with_(**{key: ours.data.get(key) for key in (*FATE, "assignee")})
        if own.to_json() != merged.to_json():
            what = f"it is {where}: its status and owner stay"
            self.warnings.append(Remark(known.line.number, what, ours.id))
        return own

    def _new_comments(self, known: _Known) -> list[Comment]:
        there = {same_comment(one) for one in self._comments.get(known.bead.id, ())}
        return [one for one in known.parts.comments if same_comment(one) not in there]

    def _move(self, before: Bead, after: Bead) -> None:
        """Put the merged bead; where its status moved, by the moves of the table."""
        for state in _way(before, after):
            self._tx.put(after.with_(status=state.value))
        self._tx.put(after)
        if before.is_live and not after.is_live:
            land_convoys(self._tx, self._town, frozenset({after.id}))
        elif after.is_live and not before.is_live:
            reopen_convoys(self._tx, self._town, after.id)

    def _remember(self, ours: Bead, theirs: Bead, base: Bead | None) -> None:
        """Keep what the file said aside, unless the bead's own record in this commit says it."""
        path = record_path(theirs)
        said = theirs.to_json()
        if self._tx.files.get(path) == encode(theirs):
            self._tx.put_document(aside(path), None)
        elif said != (ours if base is None else base).to_json():
            self._tx.put_document(aside(path), encode(theirs))


def take_all(
    importer: Importer, lines: Iterable[Line], total: int,
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    """Take every line, telling how far it is."""
    for done, line in enumerate(lines, start=1):
        importer.take(line)
        if progress is not None and (done % 100 == 0 or done == total):
            progress(done, total)
    importer.finish()


def _id_of(line: Line) -> str | None:
    found = (line.data or {}).get("id")
    return found if isinstance(found, str) else None


def _checked_id(data: Mapping[str, Json]) -> str:
    identifier = data.get("id")
    if not isinstance(identifier, str):
        raise BadRecord("id is missing or no string")
    return check_bead_id(identifier)


def _bead(data: bytes, rig: str) -> Bead | None:
    try:
        found = decode("bead", data, rig=rig)
    except BadRecord:
        return None
    return found if isinstance(found, Bead) else None


def _is_another(ours: Bead, theirs: Bead) -> bool:
    """Whether two beads were made at different times by different people."""
    if ours.data.get("created_by") == theirs.data.get("created_by"):
        return False
    made, said = (instant(one.data.get("created_at")) for one in (ours, theirs))
    return abs((made - said).total_seconds()) >= _SAME_MOMENT_S


def _way(before: Bead, after: Bead) -> list[BeadState]:
    """The states between two, by the table; neither is among them.

    Raises:
        Refused: no moves lead there.
    """
    ways = deque([[before.state]])
    seen = {before.state}
    while ways:
        way = ways.popleft()
        if way[-1] is after.state:
            return way[1:-1]
        for move in BEAD.moves:
            if way[-1] in move.origins and move.dest not in seen:
                seen.add(move.dest)
                ways.append([*way, move.dest])
    raise Refused(f"{before.id} cannot go from {before.state} to {after.state}")
