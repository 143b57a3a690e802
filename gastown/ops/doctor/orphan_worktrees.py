"""Worktrees without a hook. A stranger's folder is only named: it may be all there is of a work."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.store import hookfile, locks
from gastown.store.files import read_or_none
from gastown.store.worktree import Worktrees
from gastown.views.rescues import rescues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient


def _strangers(patient: Patient) -> Iterator[Finding]:
    """Folders among the agents' that no hook of the ledger ever named."""
    town = patient.town
    live = {hook.path for hook in town.read().hooks()}
    for rig in town.read().rigs():
        for kind in ("polecats", "crew") if patient.concerns(rig.id) else ():
            folder = town.layout.rig(rig.id) / kind
            for place in sorted(folder.iterdir()) if folder.is_dir() else ():
                path = f"{rig.id}/{kind}/{place.name}"
                if place.name.startswith(".") or path in live or _is_ours(patient, rig.id, place):
                    continue
                what = "a worktree" if (place / ".git").exists() else "a folder"
                yield Finding(
                    "strangers", path, f"{what} that no hook names, and that gt did not make",
                    "an agent of that name would find its place taken",
                    f"look at it, then move it away: mv {path} ELSEWHERE", Grade.WARNING,
                )  # fmt: skip


def _is_ours(patient: Patient, rig: str, place: Path) -> bool:
    """Whether a worktree says itself that it is of a hook: `wanted` tells of those."""
    return hookfile.read(_admin(patient, rig, place)) is not None


def _admin(patient: Patient, rig: str, place: Path) -> Path | None:
    said = read_or_none(place / ".git") if (place / ".git").is_file() else None
    if said is None or not said.startswith(b"gitdir: "):
        return None
    admin = Path(os.fsdecode(said.removeprefix(b"gitdir: ").strip()))
    return admin if admin.is_relative_to(patient.town.layout.repository(rig)) else None


def _registrations(patient: Patient) -> Iterator[Finding]:
    """Throw-away worktrees of the refinery that are registered, but not there."""
    town = patient.town
    for rig in town.read().rigs():
        if not patient.concerns(rig.id):
            continue
        refinery = town.layout.rig(rig.id) / "refinery"
        for admin in (town.layout.repository(rig.id) / "worktrees").glob("*"):
            said = read_or_none(admin / "gitdir")
            link = Path(os.fsdecode(said.strip())) if said else None
            if link is None or link.exists() or not link.is_relative_to(refinery):
                continue
            yield Finding(
                "slots", str(link.parent.relative_to(town.layout.root)),
                "it is registered as a worktree, but not there",
                "git keeps what only it would need", grade=Grade.WARNING,
                fix=partial(_forget, patient, rig.id, link.parent),
            )  # fmt: skip


def _forget(patient: Patient, rig: str, place: Path) -> str:
    layout = patient.town.layout
    with locks.hold(layout.rig_lock(rig, "registry"), what=f"rig {rig}"):
        if place.exists():
            return "it is there now"
        git = Worktrees(layout, rig).git
        git.run("worktree", "remove", "--force", "--force", str(place), accept=(0, 128))
    return "its registration is gone"


def _rescued(patient: Patient) -> Iterator[Finding]:
    kept = [one for one in rescues(patient.town, patient.rig) if one.commit or one.set_aside]
    if kept:
        size = "1 removal has" if len(kept) == 1 else f"{len(kept)} removals have"
        yield Finding("rescued", "the town", f"{size} kept what was not committed",
                      "it stays until you say otherwise", "gt rescue list", Grade.NOTE)  # fmt: skip


CHECKS = (
    Check("strangers", "no stranger's folder is among the agents'", _strangers),
    Check("slots", "every registered slot of a refinery is there", _registrations),
    Check("rescued", "nothing waits to be brought back", _rescued),
)
