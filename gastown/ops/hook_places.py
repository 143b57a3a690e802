"""Places with git hooks: the town, its parts, and clones outside of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.store import hook_scripts
from gastown.store.hook_reach import Spot, find, spool_of
from gastown.store.layout import find_root
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

TOWN, HQ, RIG, HOOK, CLONE = "town", "hq", "rig", "hook", "clone"


@dataclass(frozen=True)
class Place:
    """A place with git hooks.

    Attributes:
        kind: town, hq, rig, hook or clone.
        name: the rig, the hook's id, or the clone's path.
        spot: where git runs; None: the town as a whole.
        hook: whose worktree it is.
    """

    kind: str
    name: str
    spot: Spot | None = None
    hook: Hook | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The git hooks that should be ours here."""
        if self.kind == HQ:
            return ("reference-transaction",)
        if self.kind == RIG:
            return ("reference-transaction", hook_scripts.RECEIVER)
        return hook_scripts.OBSERVERS if self.kind == CLONE else hook_scripts.WORKTREE


def locate(town: Town | None, path: Path) -> Place:
    """What `path` is: the town, hq, a rig, a hook's worktree, or a clone outside.

    Raises:
        Refused: it is in no git repository.
    """
    layout = town.layout if town is not None else None
    if town is None or layout is None or not path.is_relative_to(layout.root):
        spot = find(path)
        return Place(CLONE, str(spot.path), spot)
    if path == layout.root or path.is_relative_to(layout.machine):
        return Place(TOWN, str(path))
    rig = path.relative_to(layout.root).parts[0]
    if path == layout.rig(rig) and layout.repository(rig).is_dir():
        path = layout.repository(rig)
    return _in_town(town, find(path))


def _in_town(town: Town, spot: Spot) -> Place:
    if spot.folder == town.layout.town_git / "worktrees" / "hq":
        return Place(HQ, HQ, spot)
    for rig in town.read().rigs():
        if spot.folder == town.layout.repository(rig.id):
            return Place(RIG, rig.id, spot)
    for hook in town.read().hooks():
        if Worktrees(town.layout, hook.rig).admin(hook) == spot.folder:
            return Place(HOOK, hook.id, spot, hook)
    return Place(CLONE, str(spot.path), spot)


def town_of(path: Path) -> Path | None:
    """The root of the town that a clone's git hooks report to, if it is still there."""
    try:
        spool = spool_of(find(path))
    except GtError:
        return None
    return find_root(spool) if spool is not None else None


def worktrees(town: Town, rig: str) -> Iterator[tuple[Hook, Path]]:
    """The live hooks of a rig that have a worktree, each with its git folder."""
    for hook in town.read().hooks(rig=rig):
        admin = Worktrees(town.layout, rig).admin(hook)
        if admin is not None:
            yield hook, admin


def places(town: Town | None, path: Path) -> Iterator[Place]:
    """What `path` is; of the town or a rig also every place in it.

    Raises:
        Refused: it is in no git repository.
    """
    place = locate(town, path)
    if town is None or place.kind not in (TOWN, RIG):
        yield place
        return
    reader = town.read()
    rigs = [rig.id for rig in reader.rigs()] if place.kind == TOWN else [place.name]
    if place.kind == TOWN:
        yield _in_town(town, find(town.layout.hq))
    for rig in rigs:
        yield _in_town(town, find(town.layout.repository(rig)))
    for hook in reader.hooks():
        tree = town.layout.root / hook.path
        if (hook.rig in rigs or place.kind == TOWN) and (tree / ".git").is_file():
            yield _in_town(town, find(tree))
