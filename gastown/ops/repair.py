"""Mending hooks: record, branch, registration and directory, from what is still there.

Each finding names what is wrong, what it was mended from, and whether that was done. Nothing is
deleted on the way: what is replaced is set aside first. A second run finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState
from gastown.domain.record import BadRecord
from gastown.errors import GtError
from gastown.ops.rebuild import bring_back, hold_what_goes, lost_branch
from gastown.ops.retire import place_held, retire_held
from gastown.store.codec import decode
from gastown.store.files import read_or_none, write_atomically
from gastown.store.git import ZERO
from gastown.store.layout import hook_path, kind_of
from gastown.store.objects import Objects
from gastown.store.worktree import Worktrees
from gastown.views.hooks import is_left_over, vanished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a hook. `outcome`: what was (or would be) done about it."""

    hook: str
    trouble: str
    outcome: str
    mended: bool


def repair(town: Town, *, dry_run: bool, actor: str) -> list[Finding]:
    """Find what is broken about hooks and mend it; with `dry_run` only say so."""
    findings = [*_committed_records(town, dry_run, actor), *_files_of_records(town, dry_run)]
    for hook in town.read().hooks(live=False):
        try:
            if dry_run:
                findings += _hook(town, hook, dry_run)
            else:
                with place_held(town, hook):  # whoever is making or removing it comes first
                    findings += _hook(town, town.read().hook(hook.id) or hook, dry_run)
        except GtError as error:
            findings.append(Finding(hook.id, "cannot be mended", error.message, mended=False))
    return findings


def mend_held(town: Town, hook: Hook) -> list[Finding]:
    """Mend one hook's branch, registration and directory, for a caller who holds its place."""
    return list(_hook(town, hook, dry_run=False))


def _committed_records(town: Town, dry_run: bool, actor: str) -> Iterator[Finding]:
    """Records that the ledger itself has lost: their last good version comes back."""
    reader = town.read()
    lost = [(one.path, f"unreadable record: {one.error}") for one in reader.broken()]
    lost += [(hook_path(agent), "its record was deleted") for agent in vanished(town, reader)]
    for path, trouble in lost:
        if kind_of(path) != "hook":
            continue
        name = path.removeprefix("hooks/").removesuffix(".json")
        found = _last_good(town, path)
        if found is None:
            yield Finding(name, trouble, "no good version", False)
            continue
        commit, data = found
        if not dry_run:
            subject = f"repair {path}: back to {commit[:12]}"
            with town.transaction(subject, actor=actor) as tx:
                tx.restore_text(path, data)
        yield Finding(name, trouble, f"restored from {commit[:12]}", not dry_run)


def _last_good(town: Town, path: str) -> tuple[str, bytes] | None:
    log = town.ledger.text("log", "--format=%H", town.commit(), "--", path)
    with Objects(town.ledger) as objects:
        for commit in log.splitlines():
            found = objects.get(f"{commit}:{path}")
            if found is not None and _is_readable(found[1]):
                return commit, found[1]
    return None


def _files_of_records(town: Town, dry_run: bool) -> Iterator[Finding]:
    """Files in hq that are damaged but not committed so: the committed version comes back."""
    reader = town.read()
    damaged = []
    for hook in reader.hooks(live=False):
        path = hook_path(hook.id)
        data = read_or_none(town.layout.hq / path)
        if data is None or not _is_readable(data):
            damaged.append(path)
            if data is not None and not dry_run:
                aside = town.layout.quarantine / f"{path.replace('/', '-')}.{town.commit()[:12]}"
                write_atomically(aside, data)
            what = "its file in hq is gone" if data is None else "its file in hq is damaged"
            yield Finding(hook.id, what, "restored from the ledger", not dry_run)
    if damaged and not dry_run:
        town.restore_files(damaged)


def _is_readable(data: bytes) -> bool:
    try:
        decode("hook", data)
    except BadRecord:
        return False
    return True


def _hook(town: Town, hook: Hook, dry_run: bool) -> Iterator[Finding]:
    trees = Worktrees(town.layout, hook.rig)
    if hook.state is HookState.ARCHIVED:
        yield from _leftover(town, hook, dry_run)
        return
    if not trees.repository.is_dir():
        yield Finding(hook.id, f"rig {hook.rig} has no repository", "add the rig again", False)
        return
    state = trees.observe(hook)
    if state.head is None:
        commit, source = lost_branch(trees, hook)
        if not dry_run:
            trees.git.run("update-ref", "-m", "gt: repaired", hook.full_branch, commit, ZERO)
        yield Finding(hook.id, "its branch is missing", f"set to {commit[:12]}, {source}",
                      not dry_run)  # fmt: skip
    if not state.directory or not any(trees.path(hook).iterdir()):
        kept = None
        if not dry_run:
            kept = hold_what_goes(town, trees, hook)
            trees.rebuild(hook)
        outcome = bring_back(town, trees, hook, kept, dry_run=dry_run)
        yield Finding(hook.id, "its worktree is gone", outcome, not dry_run)
    elif not state.linked or not state.registered:
        if not dry_run:
            trees.relink(hook)
        yield Finding(hook.id, "its registration is stale", "registered again; files untouched",
                      not dry_run)  # fmt: skip
    elif not state.on_branch:
        advice = f"go back yourself: git -C {hook.path} switch {hook.branch}"
        yield Finding(hook.id, f"its worktree is not on {hook.branch}", advice, mended=False)


def _leftover(town: Town, hook: Hook, dry_run: bool) -> Iterator[Finding]:
    """The worktree of an archived hook: whoever archived it was killed before it went."""
    if not is_left_over(town, hook):
        return
    rescued = None if dry_run else retire_held(town, hook).rescue
    where = f"; its changes are in {rescued}" if rescued else ""
    yield Finding(hook.id, "it is archived but its worktree is there", f"removed{where}",
                  not dry_run)  # fmt: skip
