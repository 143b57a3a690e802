"""What the town knows: its ledger, the files of hq, and whether all of it fits together."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.ops.moves import move_bead
from gastown.store.git import Git
from gastown.store.invariants import disagreements
from gastown.store.layout import LEDGER_REF, hook_path, kind_of, record_path
from gastown.store.picture import AT_WORK, Picture
from gastown.store.stale import STALE_LOCK_S, set_aside_if_stale
from gastown.store.worktree import Worktrees
from gastown.views.hooks import vanished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.domain.bead import Bead
    from gastown.ops.doctor.finding import Patient
    from gastown.store.picture import Key

_NAMED = 5
_LOCKS = ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock")


def _records(patient: Patient) -> Iterator[Finding]:
    for one in patient.town.read().broken():
        if kind_of(one.path) == "hook":
            continue  # `hooks` knows how to mend those
        yield Finding(
            "records", one.path, f"it cannot be read: {one.error}",
            "the town acts as if it was not there",
            f"git -C hq log -- {one.path} shows its earlier versions",
        )  # fmt: skip


def _hq(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    if not town.hq.is_on_branch():
        yield Finding("hq", "hq", f"it is not on {LEDGER_REF.removeprefix('refs/heads/')}",
                      "what you see in it is not the state of the town",
                      "git -C hq switch town")  # fmt: skip
        return
    town.read()  # heals, where that can be done at once
    if town.synced() != town.commit():
        yield Finding("hq", "hq", "its files lag behind the ledger",
                      "what you see in it is not the state of the town",
                      fix=partial(_heal, patient))  # fmt: skip
    said = Git(town.layout.hq, sealed=True).run("status", "--porcelain").stdout
    edited = [line[3:] for line in said.decode("utf-8", "replace").splitlines()]
    if edited:
        named = ", ".join(edited[:_NAMED]) + (" …" if len(edited) > _NAMED else "")
        yield Finding("hq", "hq", f"edits that are not committed: {named}",
                      "operations on those records are refused until they are",
                      "git -C hq diff; then git -C hq commit -a, or git -C hq restore FILE",
                      Grade.WARNING)  # fmt: skip


def _heal(patient: Patient) -> str:
    town = patient.town
    with town.lock():
        done = town.hq.heal(town.commit())
    return "brought in step" if done else "somebody's git is at work in it"


def _fits(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    reader = town.read()
    at_work = reader.beads(statuses=AT_WORK)
    keys: list[Key] = [("bead", bead.id) for bead in at_work]
    keys += [("hook", hook.id) for hook in reader.hooks(live=False)]
    keys += [("merge", merge.id) for merge in reader.merges()]
    nothing = Picture(reader, dict.fromkeys(keys))
    told_elsewhere = {hook_path(one) for one in vanished(town, reader)}
    told_elsewhere |= {one.path for one in reader.broken()}
    by_path = {record_path(bead): bead for bead in at_work}
    for trouble in disagreements(nothing, Picture(reader), keys):
        bead = by_path.get(trouble.path)
        if bead is not None and hook_path(bead.assignee or "") in told_elsewhere:
            continue  # its hook's record comes back
        fix = partial(_set_free, patient, bead.id) if bead is not None else None
        yield Finding("fits", trouble.path, trouble.what.replace(" would be ", " is "),
                      "beads and hooks do not agree, so nobody works on it", trouble.instead,
                      fix=fix)  # fmt: skip


def _set_free(patient: Patient, identifier: str) -> str:
    """What unslinging does, for a bead whose hook is gone."""
    town = patient.town
    with town.transaction(f"free {identifier}: its hook is gone", actor=patient.actor) as tx:
        bead: Bead = tx.bead(identifier)
        hook = tx.read.hook(bead.assignee) if bead.assignee else None
        if bead.state not in AT_WORK or (hook is not None and hook.bead == identifier):
            return "it is as it should be now"
        move_bead(tx, town, bead, "withdraw", assignee=None)
    return f"{identifier} is open again"


def _locks(patient: Patient) -> Iterator[Finding]:
    """Lock files of git whose owner is dead."""
    town = patient.town
    hq_admin = town.layout.town_git / "worktrees" / "hq"
    places = [(town.layout.town_git, town.layout.hq), (hq_admin, town.layout.hq)]
    for rig in town.read().rigs():
        if patient.concerns(rig.id):
            places.append((town.layout.repository(rig.id), town.layout.rig(rig.id)))
    for hook in town.read().hooks():
        admin = Worktrees(town.layout, hook.rig).admin(hook)
        if admin is not None and patient.concerns(hook.rig):
            places.append((admin, town.layout.root / hook.path))
    for folder, worktree in places:
        for lock in _locks_in(folder):
            if _age_s(lock) < STALE_LOCK_S:
                continue
            yield Finding(
                "locks", str(lock.relative_to(town.layout.root)),
                "a git that was killed has left it", "git refuses to work there",
                fix=partial(_set_aside, patient, lock, worktree),
            )  # fmt: skip


def _locks_in(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _LOCKS if (folder / name).exists())
    if (folder / "refs").is_dir() and (folder / "objects").is_dir():
        yield from (folder / "refs").rglob("*.lock")


def _age_s(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _set_aside(patient: Patient, lock: Path, worktree: Path) -> str:
    done = set_aside_if_stale(lock, worktree, patient.town.layout.quarantine)
    return "set aside in .gt/quarantine" if done else "a git that may own it is at work there"


def _settings(patient: Patient) -> Iterator[Finding]:
    try:
        settings = patient.town.settings()
    except GtError as error:
        yield Finding("settings", "town.toml", error.message,
                      "nothing that needs a setting can be done",
                      error.hint or "$EDITOR hq/town.toml")  # fmt: skip
        return
    known = {rig.id for rig in patient.town.read().rigs()}
    for name in settings.rigs:
        if name not in known and patient.concerns(name):
            yield Finding("settings", f"rigs.{name}", "there is no such rig",
                          "its gates run nowhere", "take it out of hq/town.toml",
                          Grade.WARNING)  # fmt: skip


CHECKS = (
    Check("settings", "the settings can be read", _settings),
    Check("records", "every record can be read", _records),
    Check("hq", "hq shows what the ledger says", _hq),
    Check("fits", "beads, hooks and merge requests agree", _fits),
    Check("locks", "no killed git has left a lock", _locks),
)
