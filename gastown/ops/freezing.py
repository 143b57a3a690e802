"""Stopping every agent of a town in its tracks, and letting all of them go on.

That the town is frozen is written first, as a fact of this machine: from then on nothing is
started, slung, helped or tested by itself. Then every process of every session is stopped. Thawing
goes the other way round: first the processes, then the word. Killed in between, either command said
again finishes. The processes are noted: one may lose its parents and would not be found again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.sessions import sessions_of
from gastown.runtime import freezing
from gastown.runtime.process import ProcessId
from gastown.runtime.sessions import State
from gastown.store.files import read_or_none, write_atomically
from gastown.store.frozen import Frozen, frozen, held, write

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.layout import Layout
    from gastown.store.town import Town


@dataclass(frozen=True)
class Stopped:
    """What `gt estop` came to.

    Attributes:
        sessions: agents that stand still; `processes`: how many processes that are.
        troubles: sessions that could not be stopped whole.
        again: the town was frozen before.
    """

    frozen: Frozen
    sessions: tuple[str, ...]
    processes: int
    troubles: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True)
class Thawed:
    """What `gt thaw` came to. `was`: None: the town was not frozen."""

    was: Frozen | None
    sessions: tuple[str, ...]
    troubles: tuple[str, ...] = ()


def thawed_file(layout: Layout) -> Path:
    """Says when the town was thawed last; silence counts from then."""
    return layout.run / "thawed"


def thawed_at(layout: Layout) -> float:
    """When the town was thawed last, in seconds since 1970; 0: never, as far as is known."""
    try:
        return float(read_or_none(thawed_file(layout)) or 0)
    except ValueError:
        return 0.0


def estop(town: Town, host: Host, *, reason: str | None, actor: str) -> Stopped:
    """Stop everything that the town's agents do; said again, it stops what has moved since.

    Raises:
        Refused: it is an agent that asks.
    """
    if actor != MAYOR and not is_person(town.read(), actor):
        raise Refused(
            f"{actor} may not stop the town: that is a person's, or the mayor's",
            hint='gt escalate "WHY" -s critical',
        )
    before = frozen(town.layout)
    now = Frozen(before.at if before else town.now(), before.by if before else actor,
                 reason or (before.reason if before else None))  # fmt: skip
    still = _held(town.layout)
    _write(town.layout, now, still)
    stopped, troubles = [], []
    running = sessions_of(town, host)
    for session in _own_last(running.all().sessions, actor):
        if running.look(session).state is not State.RUNNING:
            continue
        found, whole = freezing.freeze(session.process)
        still |= found
        _write(town.layout, now, still)
        stopped.append(session.id)
        if not whole:
            troubles.append(f"{session.id}: not all of its processes stand still")
    return Stopped(now, tuple(stopped), len(still), tuple(troubles), before is not None)


def thaw(town: Town, host: Host) -> Thawed:
    """Let the town's agents go on where they were stopped."""
    was = frozen(town.layout)
    if was is None:
        return Thawed(None, ())
    running = sessions_of(town, host)
    still = _held(town.layout)
    going, troubles = [], []
    for session in running.all().sessions:
        if running.look(session).state is not State.RUNNING:
            continue
        if freezing.thaw(session.process, still):
            going.append(session.id)
        else:
            troubles.append(f"{session.id}: not all of its processes go on")
    freezing.go_on(still)  # what outlived its session
    now = town.edge.clock().timestamp()
    write_atomically(thawed_file(town.layout), f"{now}\n".encode())
    town.layout.frozen.unlink(missing_ok=True)
    return Thawed(was, tuple(going), tuple(troubles))


def refuse_frozen(layout: Layout, what: str) -> None:
    """Raise while the town is frozen.

    Raises:
        Refused: it is; the message says what is not done.
    """
    found = frozen(layout)
    if found is not None:
        why = f": {found.reason}" if found.reason else ""
        raise Refused(f"the town is frozen by {found.by}{why}; {what}", hint="gt thaw")


def _own_last(sessions: tuple[Session, ...], actor: str) -> list[Session]:
    """Whoever types it in its own session stops last, when all others stand still."""
    return sorted(sessions, key=lambda session: session.id == actor)


def _write(layout: Layout, told: Frozen, processes: set[ProcessId]) -> None:
    write(layout, told, ((one.pid, one.started) for one in processes))


def _held(layout: Layout) -> set[ProcessId]:
    return {ProcessId(pid, started) for pid, started in held(layout)}
