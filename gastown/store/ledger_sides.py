"""One side of a merge of ledgers: a commit's tree, and the contents of the files that differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gastown.domain.record import BadRecord
from gastown.store.codec import class_of, load
from gastown.store.layout import OF_A_RIG, kind_of
from gastown.store.objects import Objects, tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.git import Git
    from gastown.store.layout import AnyRecord


@dataclass
class Side:
    """A commit. `files` holds the paths that differ between the two sides; None: not there."""

    commit: str
    tree: dict[str, str]
    files: dict[str, bytes | None] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def fetch(self, git: Git, oids: Iterable[str]) -> None:
        """Read blobs by one git, into `blobs`."""
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self.blobs]
        self.blobs.update(zip(wanted, Objects(git).get_many(wanted), strict=True))

    def committed(self, git: Git, base: str, path: str) -> int:
        """When this side last committed a path, in seconds since 1970; 0: it did not."""
        said = git.text("log", "-1", "--format=%ct", "--end-of-options", self.commit, f"^{base}",
                        "--", path, extra={"GIT_LITERAL_PATHSPECS": "1"})  # fmt: skip
        return int(said) if said.isdigit() else 0


def sides_of(git: Git, base: str, ours: str, theirs: str) -> tuple[Side, Side, Side]:
    """The base and the two sides, with the contents of all files in which the sides differ.

    Raises:
        GitFailed: one of them is no commit.
    """
    blobs: dict[str, bytes] = {}
    was, one, other = (
        Side(commit, {entry.path: entry.new for entry in tree(git, commit) if entry.new}, {}, blobs)
        for commit in (base, ours, theirs)
    )
    paths = {
        path for path in {*one.tree, *other.tree} if one.tree.get(path) != other.tree.get(path)
    }
    for side in (was, one, other):
        oids = {path: side.tree[path] for path in paths if path in side.tree}
        side.fetch(git, oids.values())
        side.files = {path: blobs[oids[path]] if path in oids else None for path in paths}
    return was, one, other


def parsed(raw: bytes) -> dict[str, Any] | None:
    """A record's JSON without its schema; None: it is no JSON that the strict reader takes."""
    try:
        data = load(raw)
    except BadRecord:
        return None
    data.pop("schema", None)
    return data


def record_of(path: str, data: dict[str, Any]) -> AnyRecord:
    """The record that JSON at a path stands for.

    Raises:
        BadRecord: it is none.
    """
    kind = kind_of(path)
    cls = class_of(str(kind))
    values = (data, path.split("/")[1]) if kind in OF_A_RIG else (data,)
    record: AnyRecord = cls.from_json(*values)
    return record
