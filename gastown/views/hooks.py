"""Hooks: their records compared with what is really there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.record import BadRecord
from gastown.errors import GtError
from gastown.store import hookfile
from gastown.store.codec import decode
from gastown.store.commits import is_allowed
from gastown.store.files import read_or_none
from gastown.store.layout import hook_path, kind_of
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader
    from gastown.store.town import Town


@dataclass(frozen=True)
class HookView:
    """One hook.

    Attributes:
        ahead: commits that its target does not have; None: cannot be told.
        reason: why it is suspended, where that was said.
    """

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
    reason: str | None = None


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
    if town.is_on_paper:
        known = reader.hooks(rig=rig, live=not every)
        return HookList(tuple(_as_recorded(hook) for hook in known))
    wanted = [
        hook for hook in reader.hooks(rig=rig, live=False)
        if every or hook.is_live or is_left_over(town, hook)
    ]  # fmt: skip
    found = (hook_view(town, hook) for hook in wanted)
    return HookList((*found, *_lost(town, reader, rig)))


def vanished(town: Town, reader: Reader) -> list[str]:
    """Agents that beads are on the hook of, but whose record somebody deleted from the ledger."""
    slung = reader.beads(statuses=(BeadState.HOOKED, BeadState.IN_PROGRESS))
    broken = {one.path for one in reader.broken()}
    found = []
    for agent in sorted({bead.assignee for bead in slung if bead.assignee}):
        path = hook_path(agent)
        if is_allowed(path) and path not in broken and reader.path_of("hook", agent) is None:
            before = town.ledger.text("log", "-1", "--format=%H", reader.commit, "--", path)
            found += [agent] if before else []
    return found


def is_left_over(town: Town, hook: Hook) -> bool:
    """Whether an archived hook has a worktree: whoever archived it was killed before it went."""
    return not hook.is_live and has_worktree(town, hook)


def has_worktree(town: Town, hook: Hook) -> bool:
    """Whether what stands in a hook's place is the worktree of this very generation."""
    said = hookfile.read(Worktrees(town.layout, hook.rig).admin(hook))
    return said is not None and said.is_of(hook)


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
    elif is_left_over(town, hook):
        trouble = "it is archived but its worktree is there"
    if trouble is None and not _file_is_good(town, hook):
        trouble = "its record in hq is damaged or gone"
    return HookView(
        hook.id, hook.role, hook.state, hook.bead, hook.branch, hook.path, hook.generation,
        ahead, dirty, trouble, hook.reason,
    )  # fmt: skip


def _as_recorded(hook: Hook) -> HookView:
    """One hook, as its record told; how its worktree was nobody knows any more."""
    return HookView(
        hook.id, hook.role, hook.state, hook.bead, hook.branch, hook.path, hook.generation,
        None, None, None, hook.reason,
    )  # fmt: skip


def _file_is_good(town: Town, hook: Hook) -> bool:
    data = read_or_none(town.layout.hq / hook_path(hook.id))
    if data is None:
        return False
    try:
        decode("hook", data)
    except BadRecord:
        return False
    return True


def _lost(town: Town, reader: Reader, rig: str | None) -> list[HookView]:
    """Hooks whose record the ledger cannot tell."""
    found = {
        one.path.removeprefix("hooks/").removesuffix(".json"):
            f"its committed record is unreadable: {one.error}"
        for one in reader.broken()
        if kind_of(one.path) == "hook"
    } | dict.fromkeys(vanished(town, reader), "its record was deleted")  # fmt: skip
    return [
        HookView(agent, "unknown", "unreadable", None, "", "", 0, None, None, trouble)
        for agent, trouble in found.items()
        if rig in (None, agent.split("/")[0])
    ]
