"""What the ledger wants and is not there: found by what the monitor uses, and met the same way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gastown.ops import reconcile, repair
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.ops.reconcile import Kind
from gastown.ops.sessions import sessions_of
from gastown.ops.wants import wanted
from gastown.store.locks import is_held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient
    from gastown.ops.reconcile import Need

_STARTS = (Kind.START, Kind.CYCLE, Kind.REWORK, Kind.GO_ON)
_WHY = {
    Kind.RETIRE: "it takes room, and its name is not free",
    Kind.MAKE: "its agent has nowhere to work",
    Kind.DESCRIBE: "what happens in it is told of the wrong bead",
    Kind.START: "nobody does its work",
    Kind.STOP: "it works on what nobody wants, and may cost money",
    Kind.CYCLE: "its agent waits for a new session",
    Kind.REWORK: "nobody knows that it is to be worked on again",
    Kind.LAND: "whoever waits for it is not told",
    Kind.OPEN_CONVOY: "it looks done, and is not",
    Kind.GO_ON: "work that is ready is not begun",
    Kind.OPEN_GATE: "what waits for it could go on",
}


def _needs(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    running = sessions_of(town, patient.host)
    helped = is_held(town.layout.monitor_lock)
    for need in reconcile.needs(town, wanted(town.read()), running, running.all()):
        if need.kind is Kind.MEND:
            continue  # `hooks` tells more of those
        if need.hook is not None and not patient.concerns(need.hook.rig):
            continue
        if town.layout.is_quiet and need.kind in _STARTS:
            continue
        yield Finding(
            "wanted", need.subject, f"{need.why} ({need.kind})", _WHY[need.kind],
            "the monitor is about to do it" if helped else "",
            Grade.WARNING if helped else Grade.TROUBLE, fix=partial(_meet, patient, need),
        )  # fmt: skip


def _meet(patient: Patient, need: Need) -> str:
    return reconcile.meet(patient.town, patient.host, need) or "it was done meanwhile"


class _Mending:
    """Hooks are mended all at once; each finding is told what became of its own."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._done: list[repair.Finding] | None = None

    def mend(self, one: repair.Finding) -> str:
        """What was done about a finding."""
        if self._done is None:
            patient = self._patient
            self._done = repair.repair(patient.town, dry_run=False, actor=patient.actor)
        told = [f.outcome for f in self._done if (f.hook, f.trouble) == (one.hook, one.trouble)]
        return told[0] if told else "it was mended with the others"


def _hooks(patient: Patient) -> Iterator[Finding]:
    mending = _Mending(patient)
    dry = repair.repair(patient.town, dry_run=True, actor=patient.actor)
    for one in dry:
        if not patient.concerns(one.hook.partition("/")[0]):
            continue
        by_hand = one.outcome.startswith(("go back yourself", "no good version", "add the rig"))
        if one.trouble == "it is archived but its worktree is there":
            continue  # `wanted` tells of those
        yield Finding(
            "hooks", one.hook, one.trouble, "nobody can work in it as it is",
            one.outcome if by_hand else f"gt hooks repair: {one.outcome}",
            fix=None if by_hand else partial(mending.mend, one),
        )  # fmt: skip


CHECKS = (
    Check("hooks", "every hook's record, branch and worktree are there", _hooks),
    Check("wanted", "all that the ledger wants is there, and nothing else", _needs),
)
