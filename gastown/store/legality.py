"""What a person's commits on the ledger must keep to; nothing here writes.

Each step of the first-parent line is looked at by itself:

- A file has a name that the town commits, is no link, program or nested repository, and its content
  is what it should be: a record in its own place that the strict reader takes, settings that parse.
- A record moves as its lifecycle's table allows, and no guard that records can answer objects. It
  begins in an initial state and is never deleted.
- What a step brings back exactly as the ledger had it (`git revert`, or a trailer `Undo: OP`) is
  outside of the tables.

Where all of it leads, the town must fit together (`store/invariants.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead import Bead, BeadFacts
from gastown.domain.convoy import Convoy, ConvoyFacts
from gastown.domain.hook import Hook, HookFacts
from gastown.domain.merge import Merge, MergeFacts, MergeState
from gastown.domain.record import BadRecord
from gastown.errors import Unreadable
from gastown.store.commits import is_allowed
from gastown.store.documents import read_settings
from gastown.store.instead import instead_of, kept
from gastown.store.invariants import Trouble, disagreements
from gastown.store.layout import SETTINGS, kind_of
from gastown.store.picture import Key, Picture, key_of
from gastown.store.restored import restored
from gastown.store.steps import FILE, Contents, File, OffTheLine, Step, steps_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town

__all__ = ["Trouble", "troubles"]


def troubles(town: Town, old: str, new: str) -> list[Trouble]:
    """What speaks against moving the ledger from `old` to `new`; nothing: it is legal.

    Raises:
        GitFailed: one of them is no commit, or the ledger cannot be read.
    """
    try:
        steps = steps_between(town.ledger, old, new)
    except OffTheLine:
        return [off_the_line()]
    judge = _Judge(town, Contents(town.ledger, steps), Picture(town.at(old)))
    for step in steps:
        judge.look_at(step)
    return judge.verdict()


def off_the_line() -> Trouble:
    """The trouble with a commit that is not on top of the ledger."""
    return Trouble(
        "", "the ledger only grows: this would not put commits on top of it, but replace some",
        "git -C hq revert COMMIT takes one back; git merge --no-ff BRANCH brings others in",
    )  # fmt: skip


class _Judge:
    """Goes along the steps, and remembers what it found."""

    def __init__(self, town: Town, contents: Contents, before: Picture) -> None:
        self._town = town
        self._contents = contents
        self._before = self._now = before
        self._changed: set[Key] = set()
        self._found: list[Trouble] = []

    def look_at(self, step: Step) -> None:
        exempt = restored(self._town.ledger, step)
        moves: list[tuple[File, AnyRecord | BadRecord | None, AnyRecord | None]] = []
        gone: dict[Key, AnyRecord | None] = {}
        come: dict[Key, AnyRecord | None] = {}
        for file in step.files:
            wrong = self._wrong_file(file)
            if wrong is not None:
                self._found.append(wrong)
                continue
            before = self._contents.record(file.path, file.old)
            after = self._contents.record(file.path, file.new)
            if before is not None and not isinstance(before, BadRecord):
                gone[key_of(before)] = None
            if after is not None and not isinstance(after, BadRecord):
                come[key_of(after)] = after
                moves.append((file, before, after))
            elif kind_of(file.path):
                moves.append((file, before, None))
        former = self._now
        self._now = former.after({**gone, **come})
        self._changed |= gone.keys() | come.keys()
        for file, before, after in moves:
            if file.path not in exempt:
                self._found += self._moved(file, before, after, former)

    def verdict(self) -> list[Trouble]:
        found = [*self._found, *disagreements(self._before, self._now, self._changed)]
        return list({trouble.sentence: trouble for trouble in found}.values())

    def _wrong_file(self, file: File) -> Trouble | None:
        """What is wrong with a file as such; a bad one may always be removed."""
        if file.mode == "000000":
            if file.path == SETTINGS:
                return Trouble(file.path, "the town cannot be without its settings", kept(file))
            return None
        what = _wrong_kind_of_file(file)
        if what is None and file.new is not None:
            what = self._wrong_content(file, file.new)
        return Trouble(file.path, what, kept(file)) if what is not None else None

    def _wrong_content(self, file: File, blob: str) -> str | None:
        if kind_of(file.path):
            record = self._contents.record(file.path, blob)
            return f"no readable record: {record}" if isinstance(record, BadRecord) else None
        if file.path == SETTINGS:
            try:
                read_settings(self._contents.data(blob))
            except Unreadable as wrong:
                return wrong.message.removeprefix(f"hq/{SETTINGS}: ")
        return None

    def _moved(
        self, file: File, before: AnyRecord | BadRecord | None, after: AnyRecord | None,
        former: Picture,
    ) -> Iterator[Trouble]:  # fmt: skip
        if isinstance(before, BadRecord):
            return  # nobody can tell what it was: any readable version is better
        if after is None:
            if before is not None:
                what = f"a {before.KIND} is never deleted: its record stays"
                yield Trouble(file.path, what, instead_of(before, "gone"))
            return
        for what in _objections(self._town, before, after, self._now, former):
            yield Trouble(file.path, what, instead_of(before or after, after.stage))


def _wrong_kind_of_file(file: File) -> str | None:
    if not is_allowed(file.path):
        return "the town commits no file of this name: letters, digits, _ @ + - and inner dots"
    if file.mode == FILE:
        return None
    kinds = {"120000": "a symbolic link", "160000": "a nested repository"}
    return f"{kinds.get(file.mode, 'an executable file')} has no place in hq"


def _objections(
    town: Town, before: AnyRecord | None, after: AnyRecord, now: Picture, former: Picture
) -> Iterator[str]:
    """Why a record cannot have come from `before` (None: not there) to `after`."""
    name = f"{after.KIND} {after.id}"
    if before is None and isinstance(after, Bead) and former.is_taken(after.id):
        yield f"the id {after.id} is taken (upper and lower case count as the same)"
    if before is not None and after.incarnation < before.incarnation:
        yield f"{name} cannot go back from generation {before.incarnation} to {after.incarnation}"
        return
    if before is not None and after.incarnation > before.incarnation:
        before = None
    lifecycle: Any = after.LIFECYCLE
    source, dest = before.stage if before is not None else None, after.stage
    if lifecycle is None or source == dest:
        return
    if not lifecycle.allows(source, dest):
        yield f"{name} cannot go from {source or 'nothing'} to {dest} ({lifecycle.hint(source)})"
        return
    if source is None:
        return
    rows = [move for move in lifecycle.moves if move.dest is dest and source in move.origins]
    facts = _facts(town, after, now)
    reasons = [
        [reason for guard in row.guards if (reason := guard(facts)) is not None] for row in rows
    ]
    if all(reasons):
        yield f"{name} cannot go from {source} to {dest}: {'; '.join(reasons[0])}"
    if isinstance(after, Bead) and not after.is_live and (needing := _needing(after, now)):
        yield f"{name} cannot be {dest}: merge request {needing} still wants its work"


def _facts(town: Town, record: AnyRecord, now: Picture) -> object:
    """What the guards of a kind want to know, as far as records and repositories can tell."""
    if isinstance(record, Bead):
        return BeadFacts(open_blockers=now.open_blockers(record))
    if isinstance(record, Hook):
        return HookFacts(bead=record.bead, blocking_merge=_needing(record, now))
    if isinstance(record, Convoy):
        still_open = tuple(bead.id for bead in now.beads(record.beads) if bead.is_live)
        return ConvoyFacts(beads=len(record.beads), open_beads=still_open)
    if isinstance(record, Merge):
        return MergeFacts(contained=_is_contained(town, record))
    return None


def _needing(record: AnyRecord, now: Picture) -> str | None:
    """The merge request that still wants the work of a bead, or of a hook's generation."""
    wanted = (record.id, record.generation) if isinstance(record, Hook) else (record.id,)
    for merge in now.merges().values():
        of = (merge.hook, merge.generation) if isinstance(record, Hook) else (merge.bead,)
        if merge.is_pending and of == wanted:
            return merge.id
    return None


def _is_contained(town: Town, merge: Merge) -> bool:
    """Whether the target holds a merge request's work; not knowing means no."""
    if merge.state is not MergeState.MERGED:
        return False
    from gastown.store.git import Git
    from gastown.store.merging import contains

    repository = Git(town.layout.repository(merge.rig), bare=True)
    target = repository.oid(f"refs/heads/{merge.target}")
    return target is not None and contains(repository, target, merge.head)
