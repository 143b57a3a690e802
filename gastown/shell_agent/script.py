"""Reading commands out of a bead's description. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?:sh|bash|shell)[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")


def commands(description: str, is_complete: Callable[[str], bool]) -> list[str]:
    """The commands of all `sh` blocks, in order; comments and empty lines are left out.

    Args:
        is_complete: whether a shell takes a text as a whole command; lines are joined until it
            does, and until every here-document has ended.
    """
    found = []
    for block in _FENCE.finditer(description):
        found += _split(block.group("body"), is_complete)
    return found


def key_of(command: str) -> str:
    """What a command is known by in the trailers of its commit."""
    return hashlib.sha256(command.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _split(body: str, is_complete: Callable[[str], bool]) -> list[str]:
    found: list[str] = []
    pending: list[str] = []
    for line in body.splitlines():
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        pending.append(line)
        text = "\n".join(pending)
        if _heredocs_ended(pending) and is_complete(text):
            found.append(text)
            pending = []
    if pending:
        found.append("\n".join(pending))
    return found


def _heredocs_ended(lines: list[str]) -> bool:
    waiting: list[str] = []
    for line in lines:
        if waiting:
            if line.strip() == waiting[0]:
                waiting.pop(0)
            continue
        waiting += [match.group(2) for match in _HEREDOC.finditer(line)]
    return not waiting
