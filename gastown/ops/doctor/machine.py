"""What runs on this machine for the town: its monitor, the spool, what killed writers left."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.ops import monitor
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.runtime import journal
from gastown.runtime.process import identify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient

_SILENT_S = 60.0
_BUGS_SINCE = timedelta(days=1)
_ENTRIES = 2000
_WAITED_S = 30.0
_TEMPORARY = re.compile(r"\..+\.(\d+)-\d+\.tmp\Z")
_CRASH = re.compile(r"fast_import_crash_(\d+)\Z")
_NOT_OURS = {"quarantine", "objects", "adding"}


def _monitor(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    layout = town.layout
    if layout.frozen.exists():
        yield Finding("monitor", "the town", "it is frozen by gt estop",
                      "no agent works, and none is started", "gt thaw", Grade.NOTE)  # fmt: skip
    standing = monitor.standing(town)
    if not standing.running:
        if standing.down:
            yield Finding("monitor", "the town", "it is down", "nothing runs in it", "gt up",
                          Grade.NOTE)  # fmt: skip
            return
        agents, requests = _what_waits(patient)
        busy = " and ".join(part for part in (agents, requests) if part)
        what = f"it does not run, with {busy}" if busy else "it does not run"
        grade = Grade.TROUBLE if agents else Grade.WARNING if requests else Grade.NOTE
        yield Finding("monitor", "the monitor", what,
                      "nobody watches agents, merges their work or starts them again", "gt up",
                      grade)  # fmt: skip
        return
    pulse = standing.pulse
    if pulse is None:
        return
    silent = (town.edge.clock() - datetime.fromisoformat(pulse.beat)).total_seconds()
    if silent > _SILENT_S:
        yield Finding("monitor", "the monitor", f"it has said nothing for {silent:.0f} s",
                      "it hangs, or the machine is overloaded",
                      "gt daemon stop, then gt daemon start")  # fmt: skip
    if pulse.watching not in ("watching", "starting"):
        yield Finding("monitor", "the monitor", f"it cannot watch: {pulse.watching}",
                      "it only looks every now and then", "gt daemon status",
                      Grade.WARNING)  # fmt: skip
    for subject, why in pulse.parked.items():
        yield Finding("monitor", subject, f"the monitor cannot do it now: {why}",
                      "it tries again, ever more rarely", "gt daemon logs",
                      Grade.WARNING)  # fmt: skip


def _what_waits(patient: Patient) -> tuple[str, str]:
    """What needs a monitor, in words: agents, and merge requests; empty: none."""
    reader = patient.town.read()
    agents = sum(hook.runtime is not None and hook.state is HookState.ACTIVE
                 for hook in reader.hooks())  # fmt: skip
    waiting = len(reader.merges(states=(MergeState.QUEUED, MergeState.TESTING)))
    return _many(agents, "agent", "at work"), _many(waiting, "merge request", "waiting")


def _many(number: int, what: str, does: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'} {does}" if number else ""


def _bugs(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    file = monitor.log_file(town)
    since = (town.edge.clock() - _BUGS_SINCE).strftime("%Y-%m-%dT%H:%M:%S")
    bugs: dict[str, str] = {}
    for entry in journal.read(file, _ENTRIES):
        if entry.event == "bug" and entry.at >= since:
            bugs[entry.fields.get("where", "?")] = entry.fields.get("trace", "").strip()
    for where, trace in bugs.items():
        last = trace.rpartition("\n")[2] or trace
        yield Finding("bugs", where, f"the monitor met a bug of gastown: {last}",
                      "what it was at was not done then", f"see {file}, and report it",
                      Grade.WARNING)  # fmt: skip


def _spool(patient: Patient) -> Iterator[Finding]:
    layout = patient.town.layout
    bad = [file for file in (layout.spool / "bad").glob("*") if not file.name.endswith(".reason")]
    if bad:
        yield Finding("spool", str(layout.spool / "bad"), f"{len(bad)} events that are none",
                      "somebody else writes there, or a disk was full",
                      "the reason is in the file beside each; delete them when you have read it",
                      Grade.NOTE)  # fmt: skip
    late = [file for file in (layout.spool / "new").glob("*") if _age_s(file) > _WAITED_S]
    if late and monitor.standing(patient.town).running:
        yield Finding("spool", str(layout.spool / "new"),
                      f"{len(late)} events of git hooks wait, although the monitor runs",
                      "what agents committed is not seen", "gt daemon logs")  # fmt: skip


def _age_s(file: Path) -> float:
    """How old a file is; one that was taken away meanwhile is not old."""
    try:
        return time.time() - file.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def _left_over(patient: Patient) -> Iterator[Finding]:
    layout = patient.town.layout
    for folder, names, files in os.walk(layout.machine):
        names[:] = [name for name in names if name not in _NOT_OURS]
        for name in files:
            found = _TEMPORARY.fullmatch(name) or _CRASH.fullmatch(name)
            if found is not None and identify(int(found[1])) is None:
                file = Path(folder, name)
                yield Finding(
                    "left over", str(file.relative_to(layout.root)),
                    "a writer that was killed has left it half written", "it is of no use",
                    grade=Grade.WARNING, fix=partial(_set_aside, patient, file),
                )  # fmt: skip


def _set_aside(patient: Patient, file: Path) -> str:
    target = patient.town.layout.quarantine / f"{file.name.lstrip('.')}.{time.time_ns()}"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file.replace(target)
    except FileNotFoundError:
        return "it is gone"
    return f"moved to .gt/quarantine/{target.name}"


CHECKS = (
    Check("monitor", "the monitor runs and is well", _monitor),
    Check("bugs", "the monitor met no bug since yesterday", _bugs),
    Check("spool", "events of git hooks arrive", _spool),
    Check("left over", "no killed writer has left anything", _left_over),
)
