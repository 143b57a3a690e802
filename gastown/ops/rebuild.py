"""Where a lost branch was, and what comes back with a worktree whose directory is gone.

The directory may be gone, but its registration still knows what was staged and where HEAD has been;
making it again would forget both, so they are held first. Its last snapshot comes back if it was
taken on the very commit that the branch is at. An older one is left out: either its work has been
committed since, or the person is told its id, because only they know which is wanted.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.retire import forget_worktree, quarantine_of
from gastown.store import snapshot
from gastown.store.checkout import into_worktree
from gastown.store.files import disk_errors
from gastown.store.history import tell
from gastown.store.merging import try_merge
from gastown.store.reflog import entries
from gastown.store.refs import Refs
from gastown.store.snapshots import hold_lost, keep_head

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.history import Told
    from gastown.store.town import Town
    from gastown.store.worktree import Worktrees


def lost_branch(trees: Worktrees, hook: Hook) -> tuple[str, str]:
    """The best known commit of a branch that is gone, and where it is known from."""
    held = trees.git.oid(snapshot.head_ref(hook.agent, hook.generation))
    admin = trees.known_admin(hook)
    log = entries(admin, "HEAD") if admin is not None else []
    last = log[-1].new if log and trees.git.oid(log[-1].new) is not None else None
    if held is not None and (last in (None, held) or not _leads_to(trees, held, str(last))):
        return held, "the commit it was last seen at"
    if last is not None:
        return last, "the worktree's last commit"
    wip = trees.git.oid(f"{snapshot.wip_ref(hook.agent, hook.generation)}^1")
    if wip is not None:
        return wip, "the commit under its last snapshot"
    return hook.base, "the commit it started from"


def hold_what_goes(town: Town, trees: Worktrees, hook: Hook) -> str | None:
    """Hold what only a lost worktree's registration knows; the snapshot of what was staged."""
    keep_head(trees.git, hook, trees.git.oid(hook.full_branch))
    admin = trees.known_admin(hook)
    if admin is None:
        return None
    hold_lost(trees.git, hook, admin)
    if (admin / "modules").is_dir():  # submodules' repositories, with commits of their own
        kept = quarantine_of(town, hook) / f"modules.{time.time_ns()}"
        with disk_errors():
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(admin / "modules", kept)
        for head in kept.rglob("HEAD"):
            forget_worktree(head.parent)
    ref = snapshot.rescue_ref(hook.agent, hook.generation)
    newest = _newest(trees, hook)
    known = [newest.oid, *([newest.index] if newest.index else [])] if newest else []
    return snapshot.take_index(trees.git, admin, ref, "staged when the worktree was lost", known)


def bring_back(
    town: Town, trees: Worktrees, hook: Hook, staged: str | None, *, dry_run: bool
) -> str:
    """Bring the last snapshot into a worktree that was made again; what was done, in words."""
    said = f"checked out again from {hook.branch}"
    tip = trees.git.oid(hook.full_branch)
    newest = _newest(trees, hook)
    fits = newest is not None and newest.head == tip
    chosen = newest if fits else tell(trees.git, [staged])[staged] if staged else None
    if newest is not None and not fits and not _is_contained(trees, tip, newest):
        said += (
            f"; its last snapshot {newest.oid[:10]} was taken on another commit: "
            f"gt hooks restore {hook.id} {newest.oid[:10]}"
        )
    if staged is not None and fits:
        said += f"; what was staged is in snapshot {staged[:10]}"
    if chosen is None:
        return said
    if not dry_run:
        into_worktree(
            trees.path(hook), chosen, hold=lambda *_: None, move=lambda: tip,
            quarantine=town.layout.quarantine,
        )  # fmt: skip
    what = "its last snapshot" if fits else "what was staged"
    return f"{said}, with {what} ({chosen.oid[:10]})"


def bring_rescued(town: Town, trees: Worktrees, hook: Hook) -> str | None:
    """Bring what was rescued from a hook's worktree when it was archived into the one made again.

    Only what was on this very branch, at the commit that it is at; the rescue itself stays.

    Returns:
        What came back, in words; None: nothing was rescued.
    """
    oid = Refs(trees.repository).oid(snapshot.rescue_ref(hook.agent, hook.generation))
    told = tell(trees.git, [oid])[oid] if oid is not None else None
    if told is None or told.branch != hook.full_branch:
        return None
    tip = trees.git.oid(hook.full_branch)
    if told.head != tip:
        return None
    into_worktree(
        trees.path(hook), told, hold=lambda *_: None, move=lambda: tip,
        quarantine=town.layout.quarantine,
    )  # fmt: skip
    return f"what was rescued of it ({told.oid[:10]})"


def _newest(trees: Worktrees, hook: Hook) -> Told | None:
    oid = Refs(trees.repository).oid(snapshot.wip_ref(hook.agent, hook.generation))
    return tell(trees.git, [oid])[oid] if oid is not None else None


def _is_contained(trees: Worktrees, tip: str | None, told: Told) -> bool:
    """Whether the branch already has all that a snapshot holds: merging it would add nothing."""
    if tip is None:
        return False
    try:
        return try_merge(trees.git, tip, told.oid).tree == trees.git.text(
            "rev-parse", f"{tip}^{{tree}}"
        )
    except GtError:
        return False


def _leads_to(trees: Worktrees, older: str, newer: str) -> bool:
    return trees.git.holds("merge-base", "--is-ancestor", older, newer)
