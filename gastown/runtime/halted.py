"""Processes of a session that are stopped (SIGSTOP), continued; and those that outlived it, ended.

Only processes of a group are touched that a session of ours founded: a group's number is not handed
out again while one member lives, and each member is known by its start time besides.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.runtime.process import (
    ProcessId,
    identify,
    is_member,
    living_members,
    see,
    stop,
    works_in,
)

if TYPE_CHECKING:
    from pathlib import Path

_GRACE_S = 1.0


def halted(leader: ProcessId) -> tuple[ProcessId, ...]:
    """The processes of a session that are stopped; none where the system does not tell."""
    members = (one for one in living_members(leader.pid) if is_member(one.pid, leader))
    return tuple(one for one in members if _is_halted(one.pid))


def continue_all(leader: ProcessId) -> int:
    """Let a session's stopped processes go on; how many there were.

    The others are told as well: one that is about to stop does not show it yet.
    """
    found = halted(leader)
    for process in living_members(leader.pid) if found else ():
        if is_member(process.pid, leader):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGCONT)
    return len(found)


def end_leftovers(leader: ProcessId, folder: Path) -> int:
    """End what a session that is over has left running in its folder; how many there were."""
    if identify(leader.pid) is not None:  # the number is somebody's again, or it is not over
        return 0
    left = [one for one in living_members(leader.pid)
            if is_member(one.pid, leader) and works_in(one, folder)]  # fmt: skip
    return sum(stop(one, _GRACE_S) for one in left)


def _is_halted(pid: int) -> bool:
    seen = see(pid)
    return seen is not None and seen.stopped
