"""Telling a worktree's git hooks what is on its hook now, after an operation changed that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.store import hookfile
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.store.town import Town


def describe(town: Town, hook_id: str) -> None:
    """Bring the `gt/hook` file of a live hook's worktree in step with its record.

    It is only for git hooks, and a monitor brings it in step, too: that it cannot be written is no
    reason to fail what was asked for.
    """
    with suppress(GtError, OSError):
        hook = town.read().hook(hook_id)
        if hook is None or not hook.is_live:
            return
        admin = Worktrees(town.layout, hook.rig).admin(hook)
        said = hookfile.read(admin)
        # Another generation's stays as it is: by it the work of that one is still recognised.
        if admin is not None and said is not None and said.is_of(hook):
            hookfile.write(admin, hook, town.layout.spool)
