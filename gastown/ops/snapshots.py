"""Snapshots of live hooks: taken when something happened, and thinned out when they are old.

A snapshot is taken under the lock of the hook's place, so that no worktree is pictured while it is
being made or removed. Whoever holds that lock already calls `capture_held`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import GtError, Refused
from gastown.ops.retire import place_held
from gastown.store import locks, snapshot
from gastown.store.reflog import entries
from gastown.store.refs import Refs
from gastown.store.snapshots import detached, keep_head, thin
from gastown.store.worktree import Worktrees
from gastown.views.hook_log import BEFORE_RESTORE
from gastown.views.hooks import has_worktree

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.contents import Contents
    from gastown.store.git import Git
    from gastown.store.snapshot import Snapshot
    from gastown.store.town import Town

WHYS = ("settled", "stopped", "crashed", "suspended", "before removal", BEFORE_RESTORE, "asked")


def capture(
    town: Town, hook: Hook, why: str, *, wait_s: float = locks.WAIT_S
) -> Snapshot | None:  # fmt: skip
    """Take a snapshot of a live hook's worktree.

    None: its commit holds all there is, or the latest snapshot is the same, or the worktree is
    gone or another generation's by now.

    Args:
        why: one of `WHYS`; it stands in the snapshot's message and in the ref's log.

    Raises:
        Busy: the worktree is being made or removed for longer than `wait_s` seconds.
        Refused: what is there is no worktree any more.
        GitFailed: it cannot be read.
    """
    with place_held(town, hook, wait_s):
        return capture_held(town, hook, why)


def capture_held(town: Town, hook: Hook, why: str) -> Snapshot | None:
    """What `capture` does, for a caller who holds the place."""
    assert why in WHYS, why
    trees = Worktrees(town.layout, hook.rig)
    path = trees.path(hook)
    if not path.is_dir() or not any(path.iterdir()):
        return None
    if trees.admin(hook) is None:
        raise Refused(f"{path} is no worktree any more", hint="gt hooks repair")
    if not has_worktree(town, hook):
        return None
    keep_heads(trees, hook)
    ref = snapshot.wip_ref(hook.agent, hook.generation)
    return snapshot.take(path, ref, why, anew=False)


def hold(trees: Worktrees, hook: Hook, git: Git, contents: Contents, why: str) -> Snapshot | None:
    """Hold what was seen in a worktree as its newest snapshot; None: nothing needs holding."""
    keep_heads(trees, hook)
    ref = snapshot.wip_ref(hook.agent, hook.generation)
    return snapshot.put(git, contents, ref, why, anew=False)


def keep_heads(trees: Worktrees, hook: Hook) -> None:
    """Hold the commit that the worktree stands on, where it is on no branch, then the branch's."""
    refs = Refs(trees.repository)
    admin = trees.admin(hook)
    loose = detached(admin) if admin is not None else None
    tip = refs.oid(hook.full_branch)
    if loose != tip and not _is_kept(trees, hook, loose):
        keep_head(trees.git, hook, loose)
    keep_head(trees.git, hook, tip)


def _is_kept(trees: Worktrees, hook: Hook, oid: str | None) -> bool:
    log = entries(trees.repository, snapshot.head_ref(hook.agent, hook.generation))
    return any(entry.new == oid for entry in log[-3:])


def thin_all(town: Town) -> int:
    """Drop old snapshots of every hook from its list, as the settings say; returns how many."""
    limits = town.settings().snapshots
    dropped = 0
    for hook in town.read().hooks(live=False):
        git = Worktrees(town.layout, hook.rig).git
        if not git.place.is_dir():
            continue
        try:
            dropped += thin(
                git, hook, keep=limits.keep, days=limits.days, now=town.edge.clock()
            )  # fmt: skip
        except GtError:
            continue  # one that cannot be thinned now will be another time
    return dropped
