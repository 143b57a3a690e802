"""Commits without a request, requests without a branch, and what waits for what is gone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gastown.domain.dispatch import DispatchState
from gastown.domain.mail import MailState
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.ops.scheduling.dispatches import withdraw
from gastown.store import locks
from gastown.store.git import ZERO
from gastown.store.worktree import Worktrees
from gastown.views.rescues import rescues
from gastown.views.scheduler import out_of_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.merge import Merge
    from gastown.ops.doctor.finding import Patient


def _stranded(patient: Patient) -> Iterator[Finding]:
    """Commits of hooks that are gone, which the target lacks and nobody has asked to merge."""
    town = patient.town
    reader = town.read()
    asked = {(merge.rig, merge.branch) for merge in reader.merges() if merge.is_pending}
    for one in rescues(town, patient.rig):
        if one.branch is None or not one.ahead or (one.rig, one.branch) in asked:
            continue
        tip = Worktrees(town.layout, one.rig).git.oid(f"refs/heads/{one.branch}") or ""
        many = "1 commit" if one.ahead == 1 else f"{one.ahead} commits"
        bead = reader.find("bead", one.bead) if one.bead else None
        again = f"; or begin anew: gt sling {one.bead} {one.rig}" if bead and bead.is_live else ""
        yield Finding(
            "stranded", f"{one.rig}: {one.branch}",
            f"{many} (tip {tip[:10]}) that the target lacks, and no merge request",
            "its hook is gone: this work is kept, but nobody will merge it",
            f"gt mq submit {one.branch} --rig {one.rig}{again}", Grade.WARNING,
        )  # fmt: skip


def _requests(patient: Patient) -> Iterator[Finding]:
    """Merge requests whose branch is gone."""
    town = patient.town
    reader = town.read()
    mended = {(hook.rig, hook.branch) for hook in reader.hooks()}
    for merge in reader.merges(rig=patient.rig):
        if not merge.is_pending or (merge.rig, merge.branch) in mended:
            continue
        git = Worktrees(town.layout, merge.rig).git
        if git.oid(merge.head) is None:
            yield Finding(
                "requests", merge.id, f"its commit {merge.head[:10]} is not there",
                "it can never be merged", f"gt mq show {merge.id}; gt mq retry or gt mq reject it",
            )  # fmt: skip
        elif git.oid(f"refs/heads/{merge.branch}") is None:
            yield Finding(
                "requests", merge.id, f"its branch {merge.branch} is gone",
                "it cannot be worked on, and only the ledger knows its commit",
                fix=partial(_bring_back, patient, merge),
            )  # fmt: skip


def _bring_back(patient: Patient, merge: Merge) -> str:
    layout = patient.town.layout
    ref = f"refs/heads/{merge.branch}"
    with locks.hold(layout.rig_lock(merge.rig, "registry"), what=f"rig {merge.rig}"):
        git = Worktrees(layout, merge.rig).git
        if git.oid(ref) is not None:
            return "it is there now"
        git.run("update-ref", "-m", "gt: repaired", ref, merge.head, ZERO)
    return f"set to {merge.head[:12]}, as it was handed in"


def _queue(patient: Patient) -> Iterator[Finding]:
    """Beads that wait for a place, but have no business there."""
    reader = patient.town.read()
    waiting = [one for one in reader.dispatches(DispatchState.QUEUED) if patient.concerns(one.rig)]
    beads = {bead.id: bead for bead in reader.beads(identifiers=[one.id for one in waiting])}
    for one in waiting:
        why = out_of_place(beads.get(one.id))
        if why is not None:
            yield Finding("queue", one.id, f"it waits for a place, but {why}",
                          "it stands in the way of others", grade=Grade.WARNING,
                          fix=partial(_withdraw, patient, one.id, why))  # fmt: skip


def _withdraw(patient: Patient, bead: str, why: str) -> str:
    done = withdraw(patient.town, [bead], why, actor=patient.actor)
    if done.refused:
        raise done.refused[0]
    return "it waits no more"


def _escalations(patient: Patient) -> Iterator[Finding]:
    reader = patient.town.read()
    for one in reader.escalations():
        if one.bead is not None and reader.find("bead", one.bead) is None:
            yield Finding("escalations", one.id, f"it is about {one.bead}, which is gone",
                          "somebody may wait for an answer",
                          f"gt escalate resolve {one.id}", Grade.NOTE)  # fmt: skip


def _mail(patient: Patient) -> Iterator[Finding]:
    reader = patient.town.read()
    live = {hook.id for hook in reader.hooks()}
    known = {hook.id for hook in reader.hooks(live=False)} - live
    lost = [mail for mail in reader.mail()
            if mail.state is MailState.UNREAD and mail.to in known
            and patient.concerns(mail.to.partition("/")[0])]  # fmt: skip
    if lost:
        names = ", ".join(sorted({mail.to for mail in lost})[:3])
        many = "1 message is" if len(lost) == 1 else f"{len(lost)} messages are"
        yield Finding("mail", "the town", f"{many} unread of agents that are gone ({names})",
                      "nobody will read them", f"gt mail inbox {lost[0].to}",
                      Grade.NOTE)  # fmt: skip


CHECKS = (
    Check("stranded", "no commits wait without a merge request", _stranded),
    Check("requests", "every merge request has its commit and branch", _requests),
    Check("queue", "whoever waits for a place has business there", _queue),
    Check("escalations", "no escalation is about what is gone", _escalations),
    Check("mail", "no mail waits for agents that are gone", _mail),
)
