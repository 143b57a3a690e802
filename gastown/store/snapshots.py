"""What is held of hooks beside their branches: heads that were, and how long snapshots stay.

Nothing here removes an object: what is not listed any more is still in the repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ids import is_oid
from gastown.store.files import read_or_none
from gastown.store.git import ZERO, Git
from gastown.store.history import existing, walk
from gastown.store.reflog import entries
from gastown.store.refs import Refs
from gastown.store.snapshot import IDENTITY, head_ref, wip_ref

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from gastown.domain.hook import Hook

_DAY_S = 86400


def keep_head(git: Git, hook: Hook, head: str | None) -> None:
    """Hold the commit that a hook's branch is at, under a ref whose log remembers the earlier ones.

    It is the proof of what was there, and the way back when the branch is deleted or reset. Costs
    no process where nothing has changed.
    """
    ref = head_ref(hook.agent, hook.generation)
    if head is not None and Refs(git.place).oid(ref) != head:
        git.run("update-ref", "--create-reflog", "-m", "kept", ref, head, extra=IDENTITY)


def detached(admin: Path) -> str | None:
    """The commit that a worktree stands on without a branch; None: it is on one."""
    said = (read_or_none(admin / "HEAD") or b"").decode("ascii", "replace").strip()
    return said if is_oid(said) else None


def hold_lost(git: Git, hook: Hook, admin: Path) -> tuple[str, ...]:
    """Hold every commit that only a worktree's own log knows: it goes with the worktree.

    That is what was reset, amended or rebased away, or made on no branch at all. Returns the tips.
    """
    ref = head_ref(hook.agent, hook.generation)
    head = Refs(git.place).oid(hook.full_branch)
    known = {entry.new for entry in entries(git.place, ref)}
    seen = [oid for entry in entries(admin, "HEAD") for oid in (entry.old, entry.new)]
    fresh = existing(git, (oid for oid in seen if oid not in known and oid != ZERO))
    elsewhere = [f"refs/heads/{hook.target}", hook.base, *([head] if head else [])]
    lost = walk(git, fresh, elsewhere)
    inner = {parent for step in lost for parent in step.parents}
    tips = tuple(step.oid for step in reversed(lost) if step.oid not in inner)
    moves = (f"start\nupdate {ref} {oid}\ncommit\n" for oid in (*tips, head) if oid is not None)
    if tips:
        git.run(
            "update-ref", "--create-reflog", "-m", "kept at removal", "--stdin",
            stdin="".join(moves).encode(), extra=IDENTITY,
        )  # fmt: skip
    return tips


def thin(git: Git, hook: Hook, *, keep: int, days: int, now: datetime) -> int:
    """Drop the oldest snapshots of a hook from its list; returns how many.

    One goes only if it is neither among the newest `keep` nor younger than `days`. Rescued work
    stays until somebody removes it.
    """
    ref = wip_ref(hook.agent, hook.generation)
    log = entries(git.place, ref)
    if len(log) <= max(keep, 1):
        return 0
    limit = min(int(now.timestamp()) - days * _DAY_S, *(e.at for e in log[-max(keep, 1) :]))
    old = sum(entry.at < limit for entry in log)
    if old:
        moment = f"@{limit} +0000"
        git.run("reflog", "expire", f"--expire={moment}", f"--expire-unreachable={moment}", ref)
    return old
