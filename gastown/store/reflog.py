"""The logs of refs, read from their files without a git process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.ids import is_oid
from gastown.store.git import ZERO
from gastown.store.refs import read_or_none_or_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One move of a ref. `at`: seconds since 1970; `message`: why it moved."""

    old: str
    new: str
    at: int
    message: str


def entries(folder: Path, ref: str) -> list[Entry]:
    """Every move of a ref to a commit that its log remembers, oldest first.

    Args:
        folder: the repository; for a worktree's own HEAD its folder in the repository.
    """
    found = []
    for line in (read_or_none_or_folder(folder / "logs" / ref) or b"").splitlines():
        entry = _parse(os.fsdecode(line))
        if entry is not None:
            found.append(entry)
    return found


def _parse(line: str) -> Entry | None:
    """One line; None: it is torn, or says that the ref was deleted."""
    head, _, message = line.partition("\t")
    words = head.split(" ")
    if len(words) < 4 or not (is_oid(words[0]) and is_oid(words[1])) or words[1] == ZERO:
        return None
    return Entry(words[0], words[1], int(words[-2]) if words[-2].isdigit() else 0, message)
