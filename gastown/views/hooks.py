"""Hooks: their records compared with what is really there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.store.layout import kind_of
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader
    from gastown.store.town import Town


@dataclass(frozen=True)
class HookView:
    """One hook. `ahead`: commits that its target does not have; None: cannot be told."""

    id: str
    role: str
    state: str
    bead: str | None
    branch: str
    path: str
    generation: int
    ahead: int | None
    dirty: bool | None
    trouble: str | None


@dataclass(frozen=True)
class HookList:
    """All hooks."""

    hooks: tuple[HookView, ...]

    @property
    def broken(self) -> int:
        """How many need `gt hooks repair`."""
        return sum(hook.trouble is not None for hook in self.hooks)


def hook_list(town: Town, *, rig: str | None = None, every: bool = False) -> HookList:
    """Every hook with a worktree (or every one there ever was), checked against reality."""
    reader = town.read()
    found = [hook_view(town, hook) for hook in reader.hooks(rig=rig, live=not every)]
    return HookList((*found, *_unreadable(reader)))


def hook_view(town: Town, hook: Hook) -> HookView:
    """One hook, checked against reality."""
    trees = Worktrees(town.layout, hook.rig)
    ahead = dirty = None
    trouble = None
    if hook.is_live:
        try:
            state = trees.observe(hook)
            trouble, dirty = state.trouble, state.dirty
            if state.head is not None:
                range_ = f"refs/heads/{hook.target}..{hook.full_branch}"
                ahead = int(trees.git.text("rev-list", "--count", range_))
        except GtError as error:
            trouble = error.message
    if trouble is None and not _file_is_good(town, hook):
        trouble = "its record in hq is damaged or gone"
    return HookView(
        hook.id, hook.role, hook.state, hook.bead, hook.branch, hook.path, hook.generation,
        ahead, dirty, trouble,
    )  # fmt: skip


def _file_is_good(town: Town, hook: Hook) -> bool:
    from gastown.domain.record import BadRecord
    from gastown.store.codec import decode
    from gastown.store.files import read_or_none
    from gastown.store.layout import hook_path

    data = read_or_none(town.layout.hq / hook_path(hook.id))
    if data is None:
        return False
    try:
        decode("hook", data)
    except BadRecord:
        return False
    return True


def _unreadable(reader: Reader) -> list[HookView]:
    return [
        HookView(
            broken.path.removeprefix("hooks/").removesuffix(".json"), "unknown", "unreadable",
            None, "", "", 0, None, None, f"its committed record is unreadable: {broken.error}",
        )
        for broken in reader.broken()
        if kind_of(broken.path) == "hook"
    ]  # fmt: skip
