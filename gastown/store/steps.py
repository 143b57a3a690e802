"""What commits on the ledger changed, step by step, and the records that stand in those files.

A step is what the ledger's ref would have gone through: the commits of the first-parent line, each
compared with its first parent, so that a merge is one step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from gastown.domain.record import BadRecord
from gastown.store.codec import decode
from gastown.store.foreign import field, is_own
from gastown.store.git import ZERO
from gastown.store.layout import OF_A_RIG, is_document, kind_of, record_path
from gastown.store.objects import Objects
from gastown.store.signing.signers import SIGNERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.git import Git
    from gastown.store.layout import AnyRecord

FILE = "100644"
_REVERTED = re.compile(r"^This reverts commit ([0-9a-f]{40}|[0-9a-f]{64})\b", re.MULTILINE)
_UNDONE = re.compile(r"^Undo: (\S+)$", re.MULTILINE)


class OffTheLine(Exception):
    """The new commit's first-parent line does not lead to the old one."""


@dataclass(frozen=True)
class File:
    """A file that a step changed; None: not there. `mode` is that of the new one."""

    path: str
    mode: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Step:
    """One commit of the line, with the files in which it differs from its first parent."""

    parent: str
    commit: str
    message: str
    files: tuple[File, ...]
    raw: bytes = b""

    @property
    def head(self) -> bytes:
        """What the commit says before its message."""
        return self.raw.partition(b"\n\n")[0]

    @property
    def at(self) -> int:
        """When it was committed, in seconds since 1970."""
        seconds = b"".join(field(self.head.splitlines(), b"committer ").split(b" ")[-2:-1])
        return int(seconds) if seconds.isdigit() else 0

    @property
    def author(self) -> str:
        """The name of who wrote it."""
        line = field(self.head.splitlines(), b"author ")
        return line.partition(b" <")[0].decode("utf-8", "replace")

    @property
    def subject(self) -> str:
        """The first line of its message."""
        return self.message.partition("\n")[0]

    @property
    def is_own(self) -> bool:
        """Whether an operation of ours made it, and no person's git."""
        return is_own(self.raw)

    def said(self, key: str) -> list[str]:
        """The values of a trailer."""
        last = self.message.rstrip().rpartition("\n\n")[2]
        start = f"{key}: "
        return [one.removeprefix(start) for one in last.splitlines() if one.startswith(start)]

    @property
    def reverted(self) -> list[str]:
        """The commits that the message says are reverted."""
        return _REVERTED.findall(self.message)

    @property
    def undone(self) -> list[str]:
        """The operations that the message says are undone."""
        return _UNDONE.findall(self.message)


def steps_between(git: Git, old: str, new: str) -> list[Step]:
    """The steps that lead from one commit of the ledger to another, oldest first.

    Raises:
        OffTheLine: they do not.
    """
    said = git.text("rev-list", "--first-parent", "--parents", "--reverse", new, f"^{old}", "--")
    line = [row.split(" ") for row in said.splitlines()]
    if not line or len(line[0]) < 2 or line[0][1] != old:
        raise OffTheLine(new)
    pairs = [(commit, parent) for commit, parent, *_ in line]
    differing = _differences(git, pairs)
    raws = Objects(git).get_many(commit for commit, _ in pairs)
    return [
        Step(parent, commit, _message(raw), tuple(differing[commit]), raw)
        for (commit, parent), raw in zip(pairs, raws, strict=True)
    ]


class Contents:
    """The contents of the files that some steps changed, fetched by one git.

    Args:
        whole: of all files, not only of records, documents and the list of who may sign.
    """

    def __init__(self, git: Git, steps: Iterable[Step], *, whole: bool = False) -> None:
        wanted = {
            blob: None
            for step in steps for file in step.files for blob in (file.old, file.new)
            if blob is not None and (whole or _is_told(file.path))
        }  # fmt: skip
        self._data = dict(zip(wanted, Objects(git).get_many(wanted), strict=True))

    def data(self, blob: str) -> bytes:
        """A blob's content."""
        return self._data[blob]

    def record(self, path: str, blob: str | None) -> AnyRecord | BadRecord | None:
        """The record in a file, what is wrong with it, or None where there is no file."""
        kind = kind_of(path)
        if blob is None or kind is None:
            return None
        rig = path.split("/")[1] if kind in OF_A_RIG else ""
        try:
            record = decode(kind, self._data[blob], rig=rig)
        except BadRecord as wrong:
            return wrong
        if record_path(record) != path:
            return BadRecord(f"{kind} {record.id} belongs in {record_path(record)}")
        return record


def _is_told(path: str) -> bool:
    return kind_of(path) is not None or is_document(path) or path == SIGNERS


def move_of(
    file: File, before: AnyRecord | BadRecord | None, after: AnyRecord | BadRecord | None
) -> str | None:
    """What became of a record between two versions of its file, as a `Move:` says it.

    None: its state is the same.
    """
    known = next((one for one in (after, before) if is_record(one)), None)
    if known is None:
        name = f"{kind_of(file.path)} {file.path.partition('/')[2].removesuffix('.json')}"
    else:
        name = f"{known.KIND} {known.id}"
    begins_anew = is_record(before) and is_record(after) and after.incarnation > before.incarnation
    source = "none" if begins_anew else _word(before, "none")
    dest = _word(after, "gone")
    return None if source == dest else f"{name} {source} -> {dest}"


def is_record(one: AnyRecord | BadRecord | None) -> TypeGuard[AnyRecord]:
    """Whether there is a record, and it can be read."""
    return one is not None and not isinstance(one, BadRecord)


def _word(one: AnyRecord | BadRecord | None, absent: str) -> str:
    if one is None:
        return absent
    return "unreadable" if isinstance(one, BadRecord) else one.stage or "present"


def difference(git: Git, old: str, new: str) -> list[File]:
    """The files in which two commits differ."""
    return _differences(git, [(new, old)])[new]


def _differences(git: Git, pairs: list[tuple[str, str]]) -> dict[str, list[File]]:
    asked = "".join(f"{commit} {parent}\n" for commit, parent in pairs).encode()
    answer = git.run("diff-tree", "--stdin", "-r", "-z", "--no-renames", stdin=asked)
    found: dict[str, list[File]] = {commit: [] for commit, _ in pairs}
    files: list[File] = []
    fields = iter(answer.stdout.split(b"\0")[:-1])
    for entry in fields:
        if entry.startswith(b":"):
            files.append(_file(entry, next(fields)))
        else:
            files = found[entry.decode()]
    return found


def _file(head: bytes, path: bytes) -> File:
    old_mode, mode, old, new, _ = head.decode().lstrip(":").split(" ")
    return File(
        path.decode("utf-8", "surrogateescape"),
        mode,
        _blob(old_mode, old),
        _blob(mode, new),
    )


def _blob(mode: str, oid: str) -> str | None:
    """None for what is no file: nothing, or a nested repository, whose commit is not in ours."""
    return None if oid == ZERO or mode == "160000" else oid


def _message(raw: bytes) -> str:
    return raw.partition(b"\n\n")[2].decode("utf-8", "replace")
