"""Branches of merged work: kept as long as the rig wants, and never dropped before they are held.

What goes is the name only. The commit is an ancestor of its target, or, where the target got it as
a squash or a rebase, held by `refs/gt/merged/<request>`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.errors import GitFailed
from gastown.store import locks
from gastown.store.git import ZERO
from gastown.store.worktree import Worktrees
from gastown.views.queue import hours_since

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.merge import Merge
    from gastown.store.git import Git
    from gastown.store.reader import Reader
    from gastown.store.town import Town


def tidy_branches(town: Town, rig: str, now: datetime) -> list[str]:
    """Drop the branches of work that was merged long enough ago; returns their short names.

    A branch stays that anything needs: a worktree, a hook, another request, somebody's target; and
    one that has moved on since it was merged, or whose hook is not archived.
    """
    reader = town.read()
    keep = timedelta(days=town.settings().rig(rig).merge.keep_days).total_seconds() / 3600
    merges = reader.merges(rig=rig)
    old = [
        merge for merge in merges
        if merge.state is MergeState.MERGED and hours_since(merge.updated_at, now) >= keep
    ]  # fmt: skip
    if not old:
        return []
    git = Worktrees(town.layout, rig).git
    needed = _needed(reader, rig, merges)
    there = _branches(git)
    dropped = []
    for merge in old:
        ref = f"refs/heads/{merge.branch}"
        if ref not in there or merge.branch in needed or not _is_over(reader, merge):
            continue
        with locks.hold(town.layout.rig_lock(rig, "registry"), what=f"rig {rig}"):
            if _branches(git).get(ref) == (merge.head, "") and _drop(git, merge, ref):
                dropped.append(merge.branch)
    return dropped


def _needed(reader: Reader, rig: str, merges: list[Merge]) -> set[str]:
    """The short names of branches that something still goes by."""
    found = {reader.rig(rig).branch}
    for merge in merges:
        found |= {merge.target} | ({merge.branch} if merge.is_pending else set())
    for hook in reader.hooks(rig=rig):
        found |= {hook.branch, hook.target}
    return found


def _is_over(reader: Reader, merge: Merge) -> bool:
    """Whether the generation of the hook that made a branch is archived."""
    hook = reader.hook(merge.hook) if merge.hook is not None else None
    if hook is None:
        return False
    is_archived = hook.state is HookState.ARCHIVED
    return hook.generation > merge.generation or (
        hook.generation == merge.generation and is_archived
    )


def _branches(git: Git) -> dict[str, tuple[str, str]]:
    """The commit of each branch, and the worktree that has it checked out."""
    listed = git.text(
        "for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)", "refs/heads/"
    )
    fields = (line.split("\0") for line in listed.splitlines())
    return {ref: (oid, place) for ref, oid, place in fields}


def _drop(git: Git, merge: Merge, ref: str) -> bool:
    """Delete a branch if it still stands where it was merged, and its commit is held."""
    try:
        if not _is_held(git, merge):
            return False
        git.run("update-ref", "-d", ref, merge.head)
    except GitFailed:  # it has moved on just now
        return False
    return True


def _is_held(git: Git, merge: Merge) -> bool:
    target = git.oid(f"refs/heads/{merge.target}")
    if target is not None and git.holds("merge-base", "--is-ancestor", merge.head, target):
        return True
    ref = f"refs/gt/merged/{merge.id}"
    if git.oid(ref) is None:
        git.run("update-ref", "-m", "gt: merged", ref, merge.head, ZERO)
    return git.oid(ref) == merge.head
