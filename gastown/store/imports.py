"""What the files that were imported said: the lines of a file, and a bead as it was last imported.

An import's commit says `Import: RIG`; the version of a record in the last such commit is what the
file said of it then. Where an import could not leave the record so (both sides had changed it),
what the file said lies in `imports/RIG/…`. An import that was reverted counts as never made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.record import BadRecord
from gastown.store.codec import load
from gastown.store.git import ZERO
from gastown.store.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.store.git import Git

TRAILER = "Import"
_MARK = re.compile(r"^Import: (\S+)$", re.MULTILINE)
_OP = re.compile(r"^Op: (\S+)$", re.MULTILINE)
_BACK = re.compile(r"^(?:This reverts commit|Undo:) ([0-9A-Za-z]+)", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One line of a file: its number, its text, and its object or what is wrong with it."""

    number: int
    text: str
    data: dict[str, Any] | None
    error: str | None = None


def lines_of(content: bytes) -> Iterator[Line]:
    """The lines of a file, broken ones too; empty ones are passed over."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if raw.strip():
            yield _line(number, raw)


def _line(number: int, raw: bytes) -> Line:
    text = raw.decode("utf-8", "replace")
    try:
        return Line(number, text, load(raw.strip()))
    except BadRecord as wrong:
        return Line(number, text, None, str(wrong).replace("no JSON at line 1:", "no JSON:"))


def aside(record_path: str) -> str:
    """Where that lies which a file said of a record, if the record itself does not say it."""
    return f"imports/{record_path.partition('/')[2]}"


def last_imported(git: Git, tip: str, rig: str, paths: Iterable[str]) -> dict[str, bytes]:
    """The contents that the last imports of a rig gave to files; the others are not in it.

    Raises:
        GitFailed: the ledger cannot be read.
    """
    wanted = set(paths)
    blobs: dict[str, str] = {}
    for files in _imports(git, tip, rig):
        blobs.update({path: blob for path, blob in files.items() if path in wanted})
    there = {path: blob for path, blob in blobs.items() if blob != ZERO}
    return dict(zip(there, Objects(git).get_many(there.values()), strict=True))


def _imports(git: Git, tip: str, rig: str) -> list[dict[str, str]]:
    """What each import that was not reverted changed, oldest first: path and blob."""
    standing: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}  # of operations
    taken_back: set[str] = set()
    for commit, message, files in _told(git, tip, rig):
        back = _BACK.search(message)
        target = names.get(back[1], back[1]) if back else None
        names |= dict.fromkeys(_OP.findall(message), commit)
        if target in standing:
            del standing[target]
            taken_back.add(commit)
        elif target in taken_back or (target is None and rig in _MARK.findall(message)):
            standing[commit] = files
    return list(standing.values())


def _told(git: Git, tip: str, rig: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    said = git.run(
        "log", "--reverse", "--full-history", "--no-show-signature", "--no-renames", "--raw", "-z",
        "--no-abbrev", "--format=%x01%H%x02%B%x02", "--grep=^Import: ", "--grep=^Undo: ",
        "--grep=^This reverts commit ", "--end-of-options", tip, "--", f"beads/{rig}",
    ).stdout.decode("utf-8", "surrogateescape")  # fmt: skip
    for entry in said.split("\x01")[1:]:
        commit, message, raw = entry.split("\x02", 2)
        fields = iter(raw.strip("\n\0").split("\0"))
        files = {path: head.split(" ")[3] for head, path in zip(fields, fields, strict=False)}
        yield commit, message, files
