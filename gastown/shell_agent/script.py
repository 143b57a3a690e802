"""Reading commands out of a bead's description. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?:sh|bash|shell)[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_DOCUMENT = re.compile(r"(?<!<)<<(-?)[ \t]*(?:'([^']+)'|\"([^\"]+)\"|\\?([A-Za-z_][A-Za-z0-9_]*))")


@dataclass(frozen=True)
class _HereDocument:
    """The end of a here-document; `indented`: tabs before it do not count."""

    word: str
    indented: bool

    def ends_at(self, line: str) -> bool:
        return (line.lstrip("\t") if self.indented else line) == self.word


def commands(description: str, is_complete: Callable[[str], bool]) -> list[str]:
    """The commands of all `sh` blocks, in order; comments and empty lines are left out.

    Args:
        is_complete: whether a shell takes a text as a whole command; lines are joined until it
            does, and until every here-document has ended.
    """
    found = []
    for block in _FENCE.finditer(description.replace("\r\n", "\n")):
        found += _split(block.group("body").split("\n"), is_complete)
    return found


def key_of(command: str) -> str:
    """What a command is known by in the trailers of its commit."""
    return hashlib.sha256(command.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def finished(todo: Sequence[str], committed: Sequence[str]) -> int:
    """How many of the commands are behind us: all up to the last one that is committed.

    Args:
        committed: keys of the commands whose changes are committed, oldest first.
    """
    keys = [key_of(command) for command in todo]
    done = 0
    for key in committed:
        if key in keys[done:]:
            done = keys.index(key, done) + 1
    return done


def _split(lines: list[str], is_complete: Callable[[str], bool]) -> list[str]:
    found: list[str] = []
    pending: list[str] = []
    waiting: list[_HereDocument] = []
    for number, line in enumerate(lines, 1):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        pending.append(line)
        if waiting:
            waiting = waiting[1:] if waiting[0].ends_at(line) else waiting
        else:
            waiting = _documents(line, lines[number:])
        text = "\n".join(pending)
        if not waiting and not _continues(line) and is_complete(text):
            found.append(text)
            pending = []
    return [*found, "\n".join(pending).rstrip("\n")] if pending else found


def _continues(line: str) -> bool:
    """Whether a line ends with a backslash that joins the next one to it."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _documents(line: str, rest: list[str]) -> list[_HereDocument]:
    """The here-documents that begin in a line; what no later line ends is none (`1 << N`)."""
    found = [
        _HereDocument(match[2] or match[3] or match[4], match[1] == "-")
        for match in _DOCUMENT.finditer(line)
    ]
    return [document for document in found if any(document.ends_at(later) for later in rest)]
