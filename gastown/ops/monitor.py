"""The monitor from outside: started, stopped, asked how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.runtime.command import detached
from gastown.runtime.logs import log_tail
from gastown.runtime.process import ProcessId, ask_to_end, is_alive, stop, wait_until
from gastown.store import locks, pulse

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.store.pulse import Pulse
    from gastown.store.town import Town

_START_S = 20.0
_STOP_S = 30.0
_DROPPED = ("GT_FAULT", "GT_ROLE", "GT_RIG", "GT_AGENT", "GT_BRANCH", "BD_ACTOR", "CLAUDECODE")


@dataclass(frozen=True)
class Started:
    """A monitor that runs now; `already`: it did before."""

    pid: int
    already: bool


@dataclass(frozen=True)
class Stopped:
    """`pid` of the monitor that ended; None: none ran. `killed`: it did not end by itself."""

    pid: int | None
    killed: bool = False


@dataclass(frozen=True)
class Standing:
    """How the monitor is.

    Attributes:
        running: whether its lock is held.
        down: whether the person took the town down.
        pulse: the last word of this or an earlier one.
    """

    running: bool
    down: bool
    pulse: Pulse | None
    waiting_events: int


def start(town: Town, host: Host) -> Started:
    """Start the town's monitor, unless it runs.

    Raises:
        Refused: the town is down, or the monitor ended at once.
    """
    if town.layout.down.exists():
        raise Refused("the town is down", hint="gt up")
    if locks.is_held(town.layout.monitor_lock):
        return Started(_running_pid(town), already=True)
    log = output_file(town)
    env = surroundings(host)
    env["GT_TOWN"] = str(town.layout.root)
    argv = [host.python, "-m", "gastown", "daemon", "run"]
    with detached(argv, env=env, log=log) as process:
        pass

    def is_there() -> bool:
        known = pulse.read(town.layout)
        mine = known is not None and (known.pid, known.started) == (process.pid, process.started)
        return (mine and locks.is_held(town.layout.monitor_lock)) or not is_alive(process)

    wait_until(is_there, _START_S)
    if is_alive(process):
        return Started(process.pid, already=False)
    if locks.is_held(town.layout.monitor_lock):  # somebody else's start was quicker
        return Started(_running_pid(town), already=True)
    raise Refused(
        f"the monitor ended at once: {log_tail(log, 3).strip() or 'it said nothing'}",
        hint="see what is wrong in your terminal: gt daemon run",
    )


def surroundings(host: Host) -> dict[str, str]:
    """The environment of a process that stays: all that agents need, nothing of one of them."""
    return {key: value for key, value in host.env.items()
            if key not in _DROPPED and not key.startswith("GIT_")}  # fmt: skip


def stop_monitor(town: Town) -> Stopped:
    """End the town's monitor; a gate that it runs is stopped and tried again later.

    Raises:
        Refused: it runs, but which process it is cannot be told.
    """
    if not locks.is_held(town.layout.monitor_lock):
        return Stopped(None)
    known = pulse.read(town.layout)
    process = ProcessId(known.pid, known.started) if known else None
    if process is None or not is_alive(process):
        if wait_until(lambda: not locks.is_held(town.layout.monitor_lock), 1.0):
            return Stopped(None)
        raise Refused(
            "a monitor holds its lock, but has not said which process it is",
            hint=f"look: cat {town.layout.monitor_lock}",
        )
    if ask_to_end(process, _STOP_S):
        return Stopped(process.pid)
    stop(process, grace_s=0)
    return Stopped(process.pid, killed=True)


def standing(town: Town) -> Standing:
    """How the monitor is."""
    from gastown.store.spool import Spool

    return Standing(
        running=locks.is_held(town.layout.monitor_lock),
        down=town.layout.down.exists(),
        pulse=pulse.read(town.layout),
        waiting_events=len(Spool(town.layout.spool).waiting()),
    )


def log_file(town: Town) -> Path:
    """The monitor's log."""
    return town.layout.logs / "monitor.log"


def output_file(town: Town) -> Path:
    """Where the monitor's process writes what it prints besides its log."""
    return town.layout.logs / "monitor.out"


def _running_pid(town: Town) -> int:
    known = pulse.read(town.layout)
    return known.pid if known else 0
