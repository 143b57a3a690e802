"""One operation on the ledger: read, decide, put; one commit or none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from gastown.domain.bead import Bead
from gastown.domain.convoy import Convoy
from gastown.domain.hook import Hook
from gastown.domain.merge import Merge
from gastown.domain.record import BadRecord, Record
from gastown.errors import MoveRefused, NotFound, Refused, Unreadable
from gastown.store.codec import decode, encode
from gastown.store.layout import hook_path, record_path
from gastown.store.objects import blob_oid
from gastown.store.reader import no_bead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.dispatch import Dispatch
    from gastown.domain.escalation import Escalation
    from gastown.domain.rig import Rig
    from gastown.domain.scheduler import Scheduler
    from gastown.store.hq import Hq
    from gastown.store.layout import AnyRecord
    from gastown.store.objects import Objects
    from gastown.store.reader import Reader

R = TypeVar("R", bound=Record)


class Transaction:
    """What an operation sees and does while it holds the town's lock.

    `read` answers questions about the town before the operation; `bead`, `hook`, … give the record
    as it is now, own changes included, from git and never from the cache.
    """

    def __init__(self, subject: str, reader: Reader, objects: Objects, hq: Hq) -> None:
        self.subject = subject
        self.read = reader
        self._objects = objects
        self._hq = hq
        self._committed: dict[str, tuple[str, bytes] | None] = {}
        self._records: dict[str, AnyRecord | None] = {}
        self._paths: dict[tuple[str, str], str] = {}
        self.files: dict[str, bytes | None] = {}
        self.moves: list[str] = []
        self.body: list[str] = []
        self.trailers: list[tuple[str, str]] = []
        self.committed: str | None = None
        """The operation's own commit, once it is made."""

    def bead(self, identifier: str) -> Bead:
        """One bead.

        Raises:
            NotFound: there is none.
        """
        found = self._find("bead", identifier)
        if not isinstance(found, Bead):
            raise no_bead(identifier)
        return found

    def find_bead(self, identifier: str) -> Bead | None:
        """One bead, or None."""
        found = self._find("bead", identifier)
        return found if isinstance(found, Bead) else None

    def glance(self, identifier: str) -> Bead | None:
        """One bead, or None, for walks that only look: from the cache, own changes included."""
        written = self._paths.get(("bead", identifier))
        found = self._records[written] if written else self.read.find("bead", identifier)
        return found if isinstance(found, Bead) else None

    def has_bead(self, identifier: str) -> bool:
        """Whether an id is taken, in this operation too (upper and lower case count as one)."""
        folded = identifier.casefold()
        own = any(kind == "bead" and one.casefold() == folded for kind, one in self._paths)
        return own or self.read.has_bead(identifier)

    def hook(self, identifier: str) -> Hook:
        """One hook.

        Raises:
            NotFound: there is none.
        """
        return self._get(Hook, identifier, "gt hooks list shows all")

    def find_hook(self, identifier: str) -> Hook | None:
        """One hook, or None."""
        found = self._at(hook_path(identifier), "hook", identifier.partition("/")[0])
        return found if isinstance(found, Hook) else None

    def convoy(self, identifier: str) -> Convoy:
        """One convoy.

        Raises:
            NotFound: there is none.
        """
        return self._get(Convoy, identifier, "gt convoy list --all shows all")

    def merge(self, identifier: str) -> Merge:
        """One merge request.

        Raises:
            NotFound: there is none.
        """
        return self._get(Merge, identifier, "gt mq list shows all")

    def escalation(self, identifier: str) -> Escalation:
        """One escalation.

        Raises:
            NotFound: there is none.
        """
        from gastown.domain.escalation import Escalation

        return self._get(Escalation, identifier, "gt escalate list --all shows all")

    def find_dispatch(self, bead: str) -> Dispatch | None:
        """The place of a bead in the scheduler's queue, or None."""
        from gastown.domain.dispatch import Dispatch

        found = self._find("dispatch", bead)
        return found if isinstance(found, Dispatch) else None

    def scheduler(self) -> Scheduler:
        """The town's scheduler; as at first, where nobody has changed anything."""
        from gastown.domain.scheduler import SCHEDULER_ID, Scheduler

        found = self._find("scheduler", SCHEDULER_ID)
        return found if isinstance(found, Scheduler) else Scheduler(id=SCHEDULER_ID)

    def rig(self, name: str) -> Rig:
        """One rig.

        Raises:
            NotFound: there is none.
        """
        return self.read.rig(name)

    def put(self, record: AnyRecord) -> None:
        """Write a record; its move of state, if any, becomes a trailer of the commit.

        Raises:
            MoveRefused: its lifecycle has no such move.
            Refused: the record cannot be written (too large).
        """
        path = record_path(record)
        before = self._at(path, record.KIND, getattr(record, "rig", ""))
        if before is not None and before.to_json() == record.to_json():
            return
        self._note_move(before, record)
        try:
            self.files[path] = encode(record)
        except BadRecord as wrong:
            raise Refused(str(wrong), hint="put long text into a file of the project") from None
        self._records[path] = record
        self._paths[record.KIND, record.id] = path

    def put_new(self, record: AnyRecord) -> None:
        """Write one of many records that are not there yet: its coming is no trailer of its own.

        The caller has looked that there is none, and says in `body` what came.

        Raises:
            MoveRefused: its lifecycle does not begin so.
            Refused: the record cannot be written (too large).
        """
        told = len(self.moves)
        self._committed[record_path(record)] = None
        self.put(record)
        del self.moves[told:]

    def delete(self, record: AnyRecord) -> None:
        """Remove a record's file; its history stays in the ledger."""
        path = record_path(record)
        self._at(path, record.KIND, getattr(record, "rig", ""))
        self.files[path] = None
        self._records[path] = None
        self.moves.append(f"{record.KIND} {record.id} {record.stage or 'present'} -> gone")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that is done as a whole or not at all: an error takes back what it has put."""
        kept = dict(self.files), dict(self._records), dict(self._paths), list(self.moves)
        try:
            yield
        except BaseException:
            self.files, self._records, self._paths, self.moves = kept
            raise

    def put_document(self, path: str, data: bytes | None) -> None:
        """Write a document (settings, directive, formula); None: remove it."""
        if data is None:
            if self._raw(path) is not None:
                self.files[path] = None
            return
        if self._raw(path) is None or (self._raw(path) or ("", b""))[1] != data:
            self.files[path] = data

    def restore_text(self, path: str, data: bytes | None, move: str | None = None) -> None:
        """Write a file back as an earlier commit had it, without asking its lifecycle.

        Args:
            data: None: the file was not there then.
            move: what that means for the record in it, as `steps.move_of` says it.
        """
        self._raw(path)
        self.files[path] = data
        self.moves += [move] if move is not None else []

    def document(self, path: str) -> bytes | None:
        """The content of a document, or None."""
        if path in self.files:
            return self.files[path]
        found = self._raw(path)
        return found[1] if found is not None else None

    def check_not_edited(self) -> None:
        """Refuse to overwrite what a person has written in hq but not committed.

        Raises:
            Refused: a file that this operation would write is neither as it was committed nor as
                the operation wants it.
        """
        if not self._hq.is_on_branch():
            return  # what lies in hq is something else, and is left alone
        synced = self._hq.synced()
        for path, data in self.files.items():
            committed = self._raw(path)
            expected = {
                committed[0] if committed else None,
                None if data is None else blob_oid(data),
            }
            if synced != self.read.commit:  # hq lags: it still shows what it was brought to last
                older = self._objects.get(f"{synced}:{path}")
                expected.add(older[0] if older else None)
            if self._hq.on_disk(path) not in expected:
                raise Refused(
                    f"hq/{path} has a change that is not committed",
                    hint=f"keep it: git -C hq commit -- {path}; drop it: git -C hq restore {path}",
                )

    def _get(self, cls: type[R], identifier: str, hint: str) -> R:
        found = self._find(cls.KIND, identifier)
        if not isinstance(found, cls):
            raise NotFound(f"no {cls.KIND} {identifier!r}", hint=hint)
        return found

    def _find(self, kind: str, identifier: str) -> AnyRecord | None:
        written = self._paths.get((kind, identifier))
        if written is not None:
            return self._records[written]
        if kind == "hook":
            return self.find_hook(identifier)
        path = self.read.path_of(kind, identifier)
        if path is None:
            self.read.find(kind, identifier)  # says so when the file is there but unreadable
            return None
        return self._at(path, kind, path.split("/")[1])

    def _at(self, path: str, kind: str, rig: str) -> AnyRecord | None:
        if path in self._records:
            return self._records[path]
        raw = self._raw(path)
        if raw is None:
            return None
        try:
            return decode(kind, raw[1], rig=rig)
        except BadRecord as wrong:
            raise Unreadable(
                f"{path} at commit {self.read.commit[:12]} is unreadable: {wrong}",
                hint=f"git -C hq log -- {path} shows its earlier versions",
            ) from None

    def _raw(self, path: str) -> tuple[str, bytes] | None:
        if path not in self._committed:
            self._committed[path] = self._objects.get(f"{self.read.commit}:{path}")
        return self._committed[path]

    def _note_move(self, before: AnyRecord | None, after: AnyRecord) -> None:
        lifecycle: Any = after.LIFECYCLE
        if before is not None and after.incarnation > before.incarnation:
            before = None
        source = before.stage if before is not None else None
        if lifecycle is None or source == after.stage:
            if before is None:
                self.moves.append(f"{after.KIND} {after.id} none -> present")
            return
        if not lifecycle.allows(source, after.stage):
            raise MoveRefused(
                f"{after.KIND} {after.id} cannot go from {source or 'nothing'} to {after.stage}",
                hint=lifecycle.hint(source),
            )
        self.moves.append(f"{after.KIND} {after.id} {source or 'none'} -> {after.stage}")
