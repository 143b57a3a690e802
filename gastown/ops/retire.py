"""Taking a hook's worktree away without losing anything that was in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store import snapshot
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
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


def retire(town: Town, hook: Hook) -> Retired:
    """Rescue what is not committed, then remove the worktree; the branch stays.

    Raises:
        Refused: the directory is not this hook's.
        GitFailed: the rescue could not be written; nothing was removed.
    """
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
