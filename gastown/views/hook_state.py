"""By what it is seen that a hook's commits and snapshots are others than before; no git process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.store.refs import Refs
from gastown.store.snapshot import head_ref, rescue_ref, wip_ref
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.town import Town


def stamp_of(town: Town, hook: Hook) -> tuple[object, ...]:
    """Changes whenever something new is held of a hook."""
    trees = Worktrees(town.layout, hook.rig)
    if not trees.repository.is_dir():
        return (hook.id, hook.generation)
    refs = Refs(trees.repository)
    named = (
        hook.full_branch, wip_ref(hook.agent, hook.generation),
        rescue_ref(hook.agent, hook.generation), head_ref(hook.agent, hook.generation),
    )  # fmt: skip
    return (hook.id, hook.generation, hook.state, *(refs.oid(name) for name in named))
