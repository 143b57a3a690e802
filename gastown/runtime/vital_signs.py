"""What the kernel says of agents' processes: whether they are stopped, and what they use.

Read from Linux's /proc, without starting a process; elsewhere there are no such signs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.runtime.launcher import pid_file, read_number
from gastown.runtime.process import started_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.runtime.records import Session

_TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Vital:
    """One process, as the kernel sees it just now.

    Attributes:
        letter: its state: R, S, D, T (stopped), Z …
        group: its process group.
        used_s: processor time of it, and of those of its children that have ended.
    """

    pid: int
    letter: str
    parent: int
    group: int
    used_s: float

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by a signal, and would go on with SIGCONT."""
        return self.letter == "T"


def vital(pid: int) -> Vital | None:
    """The process of that number; None: there is none, or it cannot be told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  (read for each agent, often)
            stat = file.read()
    except OSError:
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    used = sum(int(field) for field in fields[11:15]) / _TICKS_S
    return Vital(pid, fields[0].decode("ascii"), int(fields[1]), int(fields[2]), used)


def pid_of_agent(session: Session) -> int | None:
    """The number of the agent's own process, below the launcher that leads its group."""
    return read_number(pid_file(Path(session.exit_file)))


def agent_of(session: Session, pid: int | None) -> Vital | None:
    """The agent's own process, if it lives: that of the number, in the session's group."""
    found = vital(pid) if pid is not None else None
    return found if found is not None and found.group == session.process.pid else None


def lost_its_folder(pid: int, folder: Path) -> bool:
    """Whether a process stands in this very folder, which was removed since."""
    try:
        return os.readlink(f"/proc/{pid}/cwd") == f"{folder} (deleted)"  # noqa: PTH115  (often)
    except OSError:
        return False


class Table:
    """All processes, looked at once."""

    def __init__(self) -> None:
        self._children: dict[int, list[Vital]] = {}
        for name in _names():
            found = vital(int(name))
            if found is not None and found.letter not in "ZX":
                self._children.setdefault(found.parent, []).append(found)

    def below(self, pid: int) -> Iterator[Vital]:
        """The processes that one has started, those in turn, and so on."""
        waiting = list(self._children.get(pid, ()))
        while waiting:
            one = waiting.pop()
            yield one
            waiting += self._children.get(one.pid, ())

    def youngest(self, pid: int) -> float | None:
        """When the youngest process below one began, in seconds since 1970."""
        begun = (started_at(one.pid) for one in self.below(pid))
        return max((at for at in begun if at is not None), default=None)

    def used_s(self, pid: int) -> float:
        """The processor time that one and those below it have used."""
        own = vital(pid)
        return (own.used_s if own is not None else 0.0) + sum(o.used_s for o in self.below(pid))


def _names() -> list[str]:
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208  (often)
    except OSError:
        return []
