"""Taking a hook's worktree away without losing anything that was in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store import locks, snapshot
from gastown.store.worktree import Worktrees
from gastown.views.hooks import has_worktree

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.town import Town


@dataclass(frozen=True)
class Retired:
    """A worktree that is gone.

    Attributes:
        rescue: the ref that holds its uncommitted work, or None where there was none.
        left_out: files that look like secrets and nested repositories, which no snapshot holds;
            they were moved to the town's quarantine.
    """

    hook: str
    branch: str
    rescue: str | None
    left_out: tuple[str, ...] = ()


def place_held(town: Town, hook: Hook) -> AbstractContextManager[int]:
    """Keep others from making, mending or removing a worktree in a hook's place.

    A name is given out again as soon as its hook is archived, while its worktree is still going.
    """
    lock = town.layout.rig_lock(hook.rig, f"place.{hook.agent}")
    return locks.hold(lock, what=f"the place of {hook.id}")


def retire(town: Town, hook: Hook) -> Retired:
    """Rescue what is not committed, then remove the worktree; the branch stays.

    Raises:
        Refused: the directory is not this hook's.
        GitFailed: the rescue could not be written; nothing was removed.
    """
    with place_held(town, hook):
        now = town.read().hook(hook.id)
        if now is None or now.generation == hook.generation or has_worktree(town, hook):
            return retire_held(town, hook)
    # Whoever has the name now has made room, and rescued what there was.
    ref = snapshot.rescue_ref(hook.agent, hook.generation)
    rescued = Worktrees(town.layout, hook.rig).git.oid(ref)
    return Retired(hook.id, hook.branch, ref if rescued else None)


def retire_held(town: Town, hook: Hook) -> Retired:
    """What `retire` does, for a caller who holds the place."""
    trees = Worktrees(town.layout, hook.rig)
    path = trees.path(hook)
    rescued = None
    left_out: tuple[str, ...] = ()
    if path.is_dir() and trees.admin(hook) is not None:
        ref = snapshot.rescue_ref(hook.agent, hook.generation)
        rescued = snapshot.take(path, ref, f"rescued from {hook.id} generation {hook.generation}")
        # What a snapshot may not hold must not be destroyed either: it stays on this disk.
        left_out = snapshot.not_held(path)
        _set_aside(town, hook, path, left_out)
    trees.remove(hook)
    return Retired(hook.id, hook.branch, rescued.ref if rescued else None, left_out)


def _set_aside(town: Town, hook: Hook, source: Path, names: tuple[str, ...]) -> None:
    kept = town.layout.quarantine / f"{hook.rig}-{hook.agent}-{hook.generation}"
    for name in names:
        target = kept / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(source / name, target)
