"""Taking a hook's worktree away without losing anything that was in it.

Its uncommitted work goes to a rescue ref; commits that only the worktree's own log knows are held
like the branch's; what no snapshot may hold (secrets, repositories inside) is moved aside on this
disk. Only then, and only if nothing was written meanwhile, the worktree is removed.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.store import faults, locks, snapshot
from gastown.store.contents import look, private_index
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import Git
from gastown.store.objects import changes
from gastown.store.snapshots import hold_lost, keep_head
from gastown.store.worktree import Worktrees
from gastown.views.hooks import has_worktree

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gastown.domain.hook import Hook
    from gastown.store.contents import Contents
    from gastown.store.town import Town


_ATTEMPTS = 4
_MARK = "rescued"


@dataclass(frozen=True)
class Retired:
    """A worktree that is gone.

    Attributes:
        rescue: the ref that holds its uncommitted work, or None where there was none.
        left_out: files that look like secrets and nested repositories, which no snapshot holds;
            they were moved to the town's quarantine.
        teardown: why the rig's teardown failed, if it did.
    """

    hook: str
    branch: str
    rescue: str | None
    left_out: tuple[str, ...] = ()
    teardown: str | None = None


def place_held(town: Town, hook: Hook, wait_s: float = locks.WAIT_S) -> AbstractContextManager[int]:
    """Keep others from making, mending or removing a worktree in a hook's place.

    A name is given out again as soon as its hook is archived, while its worktree is still going.

    Raises:
        Busy: somebody else holds it for longer than `wait_s` seconds.
    """
    lock = town.layout.rig_lock(hook.rig, f"place.{hook.agent}")
    return locks.hold(lock, wait_s=wait_s, what=f"the place of {hook.id}")


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
    admin = trees.admin(hook)
    rescue = None
    left_out: list[str] = []
    if path.is_dir() and admin is not None:
        for _ in range(_ATTEMPTS):
            before = snapshot.quick_state(path)
            rescue, aside = _rescue(trees, hook, admin)
            # What a snapshot may not hold must not be destroyed either: it stays on this disk.
            left_out += set_aside(town, hook, admin, aside)
            if not aside and snapshot.quick_state(path) == before:
                break
    faults.reach("retire:rescued")
    trees.remove(hook)
    return Retired(hook.id, hook.branch, rescue, tuple(left_out))


def quarantine_of(town: Town, hook: Hook) -> Path:
    """Where what no snapshot may hold of a hook's worktree is moved when that is removed."""
    return town.layout.quarantine / f"{hook.rig}-{hook.agent}-{hook.generation}"


def set_aside(town: Town, hook: Hook, admin: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Move files and repositories of a worktree to the town's quarantine; returns what was moved.

    The repository of a submodule, which is kept with the worktree's registration, goes along.
    """
    source = town.layout.root / hook.path
    kept = quarantine_of(town, hook)
    moved = []
    for name in names:
        if not os.path.lexists(source / name):
            continue
        target = kept / name.rstrip("/")
        if os.path.lexists(target):
            target = target.with_name(f"{target.name}.{time.time_ns()}")
        with disk_errors():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(source / name, target)
            _bring_repository(target, source / name, admin)
        moved.append(name)
    return tuple(moved)


def _rescue(trees: Worktrees, hook: Hook, admin: Path) -> tuple[str | None, tuple[str, ...]]:
    """Hold everything of a worktree; the rescue ref if it holds something, and what it may not."""
    git = Git(trees.path(hook))
    ref = snapshot.rescue_ref(hook.agent, hook.generation)
    hold_lost(trees.git, hook, admin)
    keep_head(trees.git, hook, trees.git.oid(hook.full_branch))
    with private_index(admin) as extra:
        contents = look(git, admin, extra)
    earlier = _rescued_before(admin)
    if earlier is None or not _only_less(git, earlier, contents):
        message = f"rescued from {hook.id} generation {hook.generation}"
        snapshot.put(git, contents, ref, message, anew=False)
        write_atomically(admin / "gt" / _MARK, contents.tree.encode())
        earlier = None if contents.is_clean else contents.tree
    rescued = earlier is not None and trees.git.oid(ref) is not None
    held_not = dict.fromkeys((*snapshot.not_held(git.place), *contents.left_out))
    return (ref if rescued else None), tuple(held_not)


def _rescued_before(admin: Path) -> str | None:
    """The tree that was rescued when a removal began that was then killed halfway."""
    return (read_or_none(admin / "gt" / _MARK) or b"").decode("ascii", "replace") or None


def _only_less(git: Git, tree: str, contents: Contents) -> bool:
    """Whether nothing is there that is not in `tree` as well: the rest was removed already."""
    return all(change.new is None for change in changes(git, tree, contents.tree))


def _bring_repository(target: Path, source: Path, admin: Path) -> None:
    """Put a submodule's repository into its folder, where it was kept beside the worktree's."""
    said = read_or_none(target / ".git") if (target / ".git").is_file() else None
    if said is None or not said.startswith(b"gitdir: "):
        return
    folder = Path(os.path.normpath(source / os.fsdecode(said.removeprefix(b"gitdir: ").strip())))
    if folder.is_dir() and folder.is_relative_to(admin):
        (target / ".git").unlink()
        shutil.move(folder, target / ".git")
        forget_worktree(target / ".git")


def forget_worktree(repository: Path) -> None:
    """Make a submodule's repository usable by itself: the worktree it names is gone."""
    config = repository / "config"
    if config.is_file():
        words = ("config", "--file", str(config), "--unset-all", "core.worktree")
        Git(Path("/")).run(*words, accept=(0, 5))
