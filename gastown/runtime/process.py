"""Operating-system processes: which one it is, whether it lives, how it ends.

The kernel hands out process numbers again, and every number starts anew after a reboot. A
`ProcessId` therefore holds the start time too, and nothing is signalled whose start time is not
the recorded one. A process without that match is somebody else's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_COLUMNS = "-o pid= -o ppid= -o pgid= -o stat= -o lstart=".split()
_SHORTEST_WAIT_S = 0.005
_LONGEST_WAIT_S = 0.05
_KILL_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process for all time: its number, and when it started (with the boot it started in)."""

    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the process table says about a process. `stopped`: by a signal, till continued."""

    process: ProcessId
    group: int
    zombie: bool
    parent: int = 0
    stopped: bool = False


def identify(pid: int) -> ProcessId | None:
    """The process that has this number now, or None."""
    seen = see(pid)
    return seen.process if seen else None


def is_alive(process: ProcessId) -> bool:
    """Whether this very process still runs. A zombie, which only waits to be buried, does not."""
    seen = see(process.pid)
    return seen is not None and seen.process == process and not seen.zombie


def stop(process: ProcessId, grace_s: float = 5.0) -> bool:
    """End a process: ask with TERM, wait `grace_s`, then KILL; answer whether it is gone.

    A leader takes its whole process group along, so that nothing it started works on. Whoever
    calls this from inside that group ends with it. A number that now belongs to another process
    is left alone, and counts as gone.
    """
    seen = see(process.pid)
    if seen is None or seen.process != process:
        return True
    if seen.group == process.pid:
        return end_group(process.pid, grace_s)
    return _end(lambda number: os.kill(process.pid, number), lambda: is_alive(process), grace_s)


def ask_to_end(process: ProcessId, patience_s: float) -> bool:
    """Send TERM to this process alone, and wait for its end; answer whether it is gone.

    Its children are its own to look after: a git in the middle of writing is not interrupted.
    """
    if not is_alive(process):
        return True
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, signal.SIGTERM)
        os.kill(process.pid, signal.SIGCONT)
    return wait_until(lambda: not is_alive(process), patience_s)


def end_group(group: int, grace_s: float) -> bool:
    """End every process of a group that is the caller's own; answer whether all are gone.

    The number of a group is not handed out again while one member lives, dead leader or not.
    """
    return _end(lambda number: os.killpg(group, number), lambda: _has_members(group), grace_s)


def is_member(pid: int, leader: ProcessId) -> bool:
    """Whether this number belongs to a living process of the group that `leader` founded.

    For groups whose leader may be dead. It takes two numbers that both were seen in that group,
    so a group of strangers that happens to have the same number is not taken for it.
    """
    seen = see(pid)
    if seen is None or seen.zombie or seen.group != leader.pid:
        return False
    return not _has_proc() or leader.started.startswith(f"{_boot_id()}:")


def living_members(group: int) -> frozenset[ProcessId]:
    """The processes of a process group, without zombies."""
    return frozenset(seen.process for seen in _see_all() if seen.group == group and not seen.zombie)


def works_in(process: ProcessId, folder: Path) -> bool:
    """Whether a process has its current directory in a folder, as far as that can be told."""
    try:
        place = Path("/proc", str(process.pid), "cwd").readlink()
    except OSError:
        return False
    return place.is_relative_to(folder) and is_alive(process)


def descendants(pid: int) -> frozenset[ProcessId]:
    """The processes that were started by that one, by those in turn, and so on; no zombies."""
    everyone = [seen for seen in _see_all() if not seen.zombie]
    known, found = {pid}, set()
    while fresh := [one for one in everyone if one.parent in known and one.process not in found]:
        found |= {one.process for one in fresh}
        known = {one.process.pid for one in fresh}
    return frozenset(found)


def started_at(pid: int) -> float | None:
    """When the process of that number began, in seconds since 1970; None: it cannot be told."""
    try:
        stat = Path("/proc", str(pid), "stat").read_bytes()
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except OSError:
        return None
    ticks = int(stat[stat.rindex(b")") + 2 :].split()[19])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def _has_members(group: int) -> bool:
    # A process that was forked while the first look was under way is found by the second.
    return bool(living_members(group) or living_members(group))


def wait_until(done: Callable[[], bool], patience_s: float) -> bool:
    """Look again and again, ever more slowly, until `done` or out of patience; answer `done`."""
    deadline = time.monotonic() + patience_s
    pause = _SHORTEST_WAIT_S
    while not done():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_WAIT_S)
    return True


def _end(send: Callable[[int], None], lives: Callable[[], bool], grace_s: float) -> bool:
    if not lives():
        return True
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _KILL_PATIENCE_S)):
        # EPERM: what is left belongs to another user; the answer will be that it lives.
        with suppress(ProcessLookupError, PermissionError):
            send(number)
            # A stopped process does not notice TERM before it is continued.
            send(signal.SIGCONT)
        if wait_until(lambda: not lives(), patience_s):
            return True
    return False


def see(pid: int) -> Seen | None:
    """Look one process up; None when no process has this number."""
    if _has_proc():
        return _see_in_proc(str(pid))
    return next(iter(see_with_ps("-p", str(pid))), None)


def _see_all() -> list[Seen]:
    if not _has_proc():
        return see_with_ps("-A")
    found = (_see_in_proc(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [seen for seen in found if seen]


def _see_in_proc(pid: str) -> Seen | None:
    try:
        stat = Path("/proc", pid, "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field, the program's name, may itself hold spaces and parentheses.
    fields = stat[stat.rindex(b")") + 2 :].decode("ascii").split()
    state, parent, group, ticks = fields[0], fields[1], fields[2], fields[19]
    process = ProcessId(int(pid), f"{_boot_id()}:{ticks}")
    return Seen(process, int(group), state in "ZX", int(parent), state in "Tt")


def see_with_ps(*selection: str) -> list[Seen]:
    """The same from `ps`, for systems without Linux's /proc; start times are whole seconds."""
    answer = subprocess.run(
        ["ps", *_COLUMNS, *selection],
        # A fixed zone and language: the text must not change when a laptop travels.
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = (line.split(maxsplit=4) for line in answer.stdout.splitlines())
    return [
        Seen(ProcessId(int(pid), started.strip()), int(group), state.startswith("Z"), int(parent),
             state.startswith("T"))
        for pid, parent, group, state, started in rows
    ]  # fmt: skip


@cache
def _has_proc() -> bool:
    return _BOOT_ID.exists()


@cache
def _boot_id() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip()
