"""Small ledgers made of files alone: three commits to be merged, and what a merge must keep to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import Bead
from gastown.domain.hook import Hook
from gastown.store.codec import decode, encode
from gastown.store.git import Git
from gastown.store.layout import kind_of, record_path
from gastown.store.merge_ledgers import Merged, merge_ledgers

if TYPE_CHECKING:
    from gastown.store.layout import AnyRecord

START = "2026-01-01T00:00:00Z"
Files = Mapping[str, bytes]


class Ledgers:
    """A bare repository in which commits are made of files."""

    def __init__(self, place: Path) -> None:
        Git(Path("/")).run("init", "--bare", "--quiet", "--template=", str(place))
        self.git = Git(place, bare=True, sealed=True)
        self._count = 0

    def commit(self, files: Files, at: int = 1) -> str:
        """A commit that holds exactly these files."""
        self._count += 1
        ref = f"refs/heads/c{self._count}"
        parts = [b"commit %s\nmark :1\ncommitter x <x@x> %d +0000\ndata 0\n" % (ref.encode(), at)]
        for path, data in sorted(files.items()):
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
        parts.append(b"get-mark :1\ndone\n")
        return self.git.run("fast-import", "--quiet", "--done", stdin=b"".join(parts)).text.strip()

    def merge(self, base: Files, one: Files, other: Files) -> Merged:
        """Merge both ways, which must give the same; every file of it must be readable."""
        commits = [self.commit(files) for files in (base, one, other)]
        left = merge_ledgers(self.git, *commits)
        right = merge_ledgers(self.git, commits[0], commits[2], commits[1])
        assert left.tree == right.tree
        assert left.attic == right.attic
        assert left.conflicts == right.conflicts
        check(contents(one, left))
        assert contents(one, left) == contents(other, right)
        return left


def contents(one: Files, merged: Merged) -> dict[str, bytes]:
    """All files of a merged tree."""
    found = {**one, **{path: data for path, data in merged.files.items() if data is not None}}
    return {path: data for path, data in found.items() if merged.files.get(path, b"") is not None}


def check(files: Files) -> None:
    """Every record is one that the strict reader takes, in its own place, without markers."""
    for path, data in files.items():
        assert b"<<<<<<<" not in data
        kind = kind_of(path)
        if kind is not None:
            record = decode(kind, data, rig=path.split("/")[1])
            assert record_path(record) == path
        elif path.endswith(".json"):
            json.loads(data)


def bead(identifier: str, **more: Any) -> Bead:
    """A bead of the rig mp."""
    data = {"id": identifier, "title": "t", "status": "open", "priority": 2, "created_at": START,
            "created_by": "ada", "updated_at": START, "labels": ["x"]}  # fmt: skip
    return Bead({**data, **more}, "mp")


def hook(agent: str, **more: Any) -> Hook:
    """A polecat's hook."""
    data = {"id": f"mp/{agent}", "state": "created", "role": "polecat", "rig": "mp",
            "branch": f"polecat/{agent}", "target": "main", "base": "0" * 40,
            "path": f"mp/polecats/{agent}", "created_at": START, "updated_at": START}  # fmt: skip
    return Hook.from_json({**data, **more})


def files_of(*records: AnyRecord) -> dict[str, bytes]:
    """The files of records."""
    return {record_path(record): encode(record) for record in records}


def read(files: Files, record: AnyRecord) -> dict[str, Any]:
    """A record as it stands in files."""
    return dict(json.loads(files[record_path(record)]))
