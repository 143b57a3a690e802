"""Stopping a session in its tracks and letting it go on: all of its processes, wherever they went.

A child may have left its parent's group, and a new one may be forked while the others are being
stopped: it is looked again until every one that is found stands still. A process is told by its
number and its start time, and only what a session of ours has started is touched. The launcher at
a session's head only waits and is left alone: tmux continues the whole group of a pane's own
process at once when that is stopped.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.runtime.process import (
    ProcessId,
    descendants,
    identify,
    is_alive,
    is_member,
    living_members,
    see,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATIENCE_S = 3.0
_PAUSE_S = 0.01


def freeze(leader: ProcessId) -> tuple[frozenset[ProcessId], bool]:
    """Stop a session; its processes, and whether all of them stand still."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        found = family(leader) - {leader}
        moving = [one for one in found if not is_still(one)]
        if not moving and family(leader) - {leader} <= found:
            return found, True
        _signal(moving, signal.SIGSTOP)
        if time.monotonic() > deadline:
            return found, False
        time.sleep(_PAUSE_S)


def thaw(leader: ProcessId, known: Iterable[ProcessId] = ()) -> bool:
    """Let a session go on, with those of its processes that it lost; whether all of them do."""
    found = {*family(leader), *known}
    _signal(found, signal.SIGCONT)
    deadline = time.monotonic() + _PATIENCE_S
    while any(is_alive(one) and is_still(one) for one in found):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True


def go_on(processes: Iterable[ProcessId]) -> None:
    """Let these processes go on, those that are still there."""
    _signal(processes, signal.SIGCONT)


def family(leader: ProcessId) -> frozenset[ProcessId]:
    """The processes of a session: its group, and whatever these have started."""
    group = [one for one in living_members(leader.pid) if is_member(one.pid, leader)]
    if identify(leader.pid) == leader and leader not in group:
        group.append(leader)
    return frozenset(group).union(*(descendants(one.pid) for one in group))


def is_still(process: ProcessId) -> bool:
    """Whether a process is stopped, or gone."""
    seen = see(process.pid)
    return seen is None or seen.process != process or seen.zombie or seen.stopped


def _signal(processes: Iterable[ProcessId], number: signal.Signals) -> None:
    for process in processes:
        if is_alive(process):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)
