"""Processes that agents of a town have started and that outlived them, as far as it can be proved.

Read from Linux's /proc; elsewhere none are found. A process that is not ours to see is left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.runtime.process import descendants, identify, see, started_at

if TYPE_CHECKING:
    from gastown.runtime.process import ProcessId

_PROC = Path("/proc")
_GONE = " (deleted)"


@dataclass(frozen=True)
class Stray:
    """A living process that stands in the town, or was given an agent's environment there.

    Attributes:
        role: whose agent's environment it has; None: nobody's of this town.
        folder: where it stands; `is_gone`: that folder was removed.
        began: in seconds since 1970.
    """

    process: ProcessId
    group: int
    command: str
    role: str | None
    folder: Path
    is_gone: bool
    began: float | None

    def is_proven(self, root: Path) -> bool:
        """Whether an agent of the town must have started it: its environment, and where it is."""
        return self.role is not None and self.folder.is_relative_to(root)


def strays(root: Path) -> list[Stray]:
    """The processes that may be a town's, but for those that lead to the caller."""
    if not _PROC.is_dir():
        return []
    own = _line_of(os.getpid())
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) not in own:
            one = _stray(entry, root)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda one: one.process.pid)


def below(process: ProcessId) -> set[int]:
    """The numbers of a process and of all that it has started."""
    return {process.pid, *(one.pid for one in descendants(process.pid))}


def is_run_by_gt(pid: int) -> bool:
    """Whether one that a process comes from is a `gt` or `bd`, which looks after it."""
    return any(_is_gt(one) for one in _line_of(pid))


def _is_gt(pid: int) -> bool:
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[:4]
    except OSError:
        return False
    return any(word.rpartition(b"/")[2] in (b"gt", b"bd", b"gastown") for word in words)


def _stray(entry: Path, root: Path) -> Stray | None:
    try:
        said = os.fspath((entry / "cwd").readlink())
        variables = _variables((entry / "environ").read_bytes())
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return None
    folder = Path(said.removesuffix(_GONE))
    of_town = str(root) in (variables.get("GT_TOWN"), variables.get("GIT_CEILING_DIRECTORIES"))
    role = variables.get("GT_ROLE") if of_town else None
    if role is None and not (said.endswith(_GONE) and folder.is_relative_to(root)):
        return None
    pid = int(entry.name)
    seen, process = see(pid), identify(pid)
    if seen is None or process is None or seen.zombie:
        return None
    words = command.decode("utf-8", "replace").strip()
    return Stray(process, seen.group, words, role, folder, said.endswith(_GONE), started_at(pid))


def _variables(data: bytes) -> dict[str, str]:
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}


def _line_of(pid: int) -> set[int]:
    """A process and those that it comes from."""
    line: set[int] = set()
    while pid > 1 and pid not in line:
        line.add(pid)
        seen = see(pid)
        pid = seen.parent if seen is not None else 0
    return line
