"""Sessions without a hook, tmux sessions that nobody wrote down, processes that outlived theirs."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from gastown.ops import sessions
from gastown.ops.conversations import end
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.runtime.orphans import Stray, below, is_run_by_gt, strays
from gastown.runtime.process import identify, is_alive, started_at, stop
from gastown.runtime.sessions import State
from gastown.store import pulse
from gastown.store.locks import is_held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient
    from gastown.runtime.records import Session
    from gastown.runtime.tmux import Pane

_GRACE_S = 2.0
_SHOWN = 60


def _records(patient: Patient) -> Iterator[Finding]:
    running = sessions.sessions_of(patient.town, patient.host)
    roster = running.all()
    for error in roster.unreadable:
        yield Finding("sessions", "a session's record", error.message,
                      "nobody knows whether its agent runs, so none is started",
                      error.hint or "")  # fmt: skip
    live = {hook.id for hook in patient.town.read().hooks()}
    for session in roster.sessions:
        if session.id in live or not patient.concerns(session.id.partition("/")[0]):
            continue
        if running.look(session).state is not State.RUNNING:
            yield Finding(
                "sessions", session.id, "it has ended, and its hook is gone",
                "its record and its screen are of no use any more", grade=Grade.WARNING,
                fix=partial(_forget, patient, session),
            )  # fmt: skip


def _forget(patient: Patient, session: Session) -> str:
    running = sessions.sessions_of(patient.town, patient.host)
    found = running.look(session)
    running.forget(session.id)
    end(patient.town, patient.host, session.id, how=sessions.how_ended(found))
    return "forgotten; its log stays"


def _panes(patient: Patient) -> Iterator[Finding]:
    running = sessions.sessions_of(patient.town, patient.host)
    if running.tmux is None or patient.rig is not None:
        return
    panes = [pane for pane in running.tmux.panes() if _is_old(pane)]
    roster = running.all()
    if roster.unreadable:
        return  # one of them may be the record of what we would call unknown
    known = {session.tmux_session for session in roster.sessions}
    trials = patient.town.layout.run / "trials"  # their records are there
    known |= {record.stem for record in trials.glob("*/sessions/*.json")}
    proven = {one.process.pid for one in strays(patient.town.layout.root)
              if one.is_proven(patient.town.layout.root)}  # fmt: skip
    for name in sorted({pane.session for pane in panes} - known):
        mine = [pane for pane in panes if pane.session == name]
        ours = all(pane.dead or _pids(pane) & proven for pane in mine)
        yield Finding(
            "panes", name, "a session on the town's tmux server that nobody has written down",
            "it may be an agent that nobody watches",
            "" if ours else f"look at it: {_attach(patient, name)}",
            Grade.TROUBLE if ours else Grade.WARNING,
            fix=partial(_end, patient, name) if ours else None,
        )  # fmt: skip


def _is_old(pane: Pane) -> bool:
    """Whether whoever started it has had the time to write it down."""
    began = started_at(pane.pid)
    return pane.dead or began is None or time.time() - began > _GRACE_S


def _pids(pane: Pane) -> set[int]:
    process = identify(pane.pid)
    return below(process) if process is not None else set()


def _attach(patient: Patient, name: str) -> str:
    server = sessions.sessions_of(patient.town, patient.host).tmux
    return " ".join(server.attach_words(name)) if server is not None else "tmux attach"


def _end(patient: Patient, name: str) -> str:
    running = sessions.sessions_of(patient.town, patient.host)
    if running.tmux is None or name in {one.tmux_session for one in running.all().sessions}:
        return "somebody has written it down meanwhile"
    for pane in running.tmux.panes():
        process = identify(pane.pid) if pane.session == name and not pane.dead else None
        if process is not None:
            stop(process)
    running.tmux.kill(name)
    return "ended"


def _processes(patient: Patient) -> Iterator[Finding]:
    """What agents have started and what lives on, although their sessions have ended."""
    root = patient.town.layout.root
    for one in _orphans(patient):
        proven = one.is_proven(root)
        where = f"{one.folder}{', which is gone' if one.is_gone else ''}"
        whose = f"of {one.role}, " if one.role else ""
        yield Finding(
            "processes", f"process {one.process.pid}",
            f"{whose}whose session has ended, is at work in {where}: {one.command[:_SHOWN]}"
            if one.role else f"it stands in {where}: {one.command[:_SHOWN]}",
            "it uses the machine, and may write where nobody expects it",
            "" if proven else f"look at it: ps -fp {one.process.pid}",
            Grade.TROUBLE if proven else Grade.WARNING,
            fix=partial(_end_process, patient, one) if proven else None,
        )  # fmt: skip


def _orphans(patient: Patient) -> list[Stray]:
    layout = patient.town.layout
    running = sessions.sessions_of(patient.town, patient.host)
    roster = running.all()
    if roster.unreadable:
        return []
    alive = {one.id for one in roster.sessions if running.look(one).state is State.RUNNING}
    town_itself: set[int] = set()
    known = pulse.read(layout)
    if known is not None and is_held(layout.monitor_lock):
        monitor = identify(known.pid)
        town_itself = below(monitor) if monitor is not None else set()
    if running.tmux is not None:
        for pane in running.tmux.panes():
            town_itself |= _pids(pane)  # `tmux` tells of those
    now = time.time()
    return [
        one for one in strays(layout.root)
        if one.role not in alive
        and not one.folder.is_relative_to(layout.machine)  # where agent commands are only tried
        and not is_run_by_gt(one.process.pid)
        and one.process.pid not in town_itself
        and (one.began is None or now - one.began > _GRACE_S)
        and (patient.rig is None or one.folder.is_relative_to(layout.rig(patient.rig)))
    ]  # fmt: skip


def _end_process(patient: Patient, one: Stray) -> str:
    """End a process that is still the same, and whose agent's session has not come back."""
    if one.process not in {other.process for other in _orphans(patient)}:
        return "it is gone"
    stop(one.process)
    return "it lives on" if is_alive(one.process) else "ended"


CHECKS = (
    Check("sessions", "every session belongs to a hook", _records),
    Check("panes", "every session of the town's tmux server is known", _panes),
    Check("processes", "no process has outlived its agent", _processes),
)
