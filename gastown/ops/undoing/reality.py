"""Making reality follow records that changed all at once: sessions, worktrees, folders of rigs.

Each step can be observed and repeated; what fails here is named, and the monitor tries it again,
since what it compares is what the ledger wants with what is there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.rig import Rig
from gastown.errors import GtError
from gastown.ops import rigs, sessions, starting
from gastown.ops.describing import describe
from gastown.ops.rebuild import bring_rescued
from gastown.ops.refinery import retire_hook
from gastown.ops.restarting import stop_held
from gastown.ops.retire import place_held, retire_held
from gastown.ops.rig_scripts import copy_files
from gastown.runtime.sessions import State
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.ops.host import Host
    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town

    Pair = tuple[AnyRecord | None, AnyRecord | None]


class Followed:
    """What was done in reality, in words, and what could not be."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.failed: list[str] = []

    def take(self, what: str, do: Callable[[], str | None]) -> None:
        """Do one thing; that it fails keeps nothing else from being done."""
        try:
            said = do()
        except (GtError, OSError) as error:
            self.failed.append(f"{what}: {error}")
        else:
            self.done += [said] if said else []


def follow(town: Town, host: Host, changed: Iterable[Pair]) -> Followed:
    """Make reality follow; `changed`: each record as it was before, and as it is now.

    In a fork there is nothing to follow.
    """
    found = Followed()
    pairs = [] if town.is_fork else list(changed)
    for before, after in pairs:
        if isinstance(after, Rig) and before is None:
            found.take(f"the rig {after.id}", partial(_rig_is_back, town, after))
    for before, after in pairs:
        was = before if isinstance(before, Hook) else None
        now = after if isinstance(after, Hook) else None
        _follow_hook(town, host, was, now, found)
    for before, after in pairs:
        if isinstance(before, Rig) and after is None:
            found.take(f"the rig {before.id}", partial(_rig_is_gone, town, before))
    return found


def _follow_hook(
    town: Town, host: Host, before: Hook | None, after: Hook | None, found: Followed
) -> None:  # fmt: skip
    was = before if before is not None and before.is_live else None
    now = after if after is not None and after.is_live else None
    another = was is not None and now is not None and was.generation != now.generation
    if was is not None and (now is None or another):
        found.take(f"the worktree of {was.id}", partial(_retire, town, host, was))
    if now is not None:
        new = was is None or another
        found.take(f"the hook of {now.id}", partial(_bring, town, host, now, was, new=new))


def _retire(town: Town, host: Host, hook: Hook) -> str | None:
    there = (town.layout.root / hook.path).is_dir()
    ran = sessions.liveness(sessions.sessions_of(town, host), hook)
    gone = retire_hook(town, host, hook)
    stopped = "its agent was stopped, " if ran and ran.state is State.RUNNING else ""
    if not there:
        return f"{hook.id}: {stopped}it had no worktree" if stopped else None
    kept = f"; what was not committed is in {gone.rescue}" if gone.rescue else ""
    return f"{hook.id}: {stopped}its worktree is archived, its branch stays{kept}"


def _bring(town: Town, host: Host, hook: Hook, was: Hook | None, *, new: bool) -> str | None:
    """Make a hook's worktree again where it is gone, and have its agent run or rest."""
    with place_held(town, hook):
        said = _worktree_held(town, host, hook) if new else []
        if new and hook.runtime is None and hook.role is Role.POLECAT:
            copy_files(town, hook)  # whoever works there by hand needs them as well
        if was is not None and not new and was.bead != hook.bead:
            describe(town, hook.id)
        said += _session_held(town, host, hook, changed=was is None or was.state != hook.state)
    return f"{hook.id}: {', '.join(said)}" if said else None


def _worktree_held(town: Town, host: Host, hook: Hook) -> list[str]:
    trees = Worktrees(town.layout, hook.rig)
    path = trees.path(hook)
    left = trees.left_by(hook)
    if left is not None:
        sessions.stop(town, host, left)
        retire_held(town, left)
    new = not path.is_dir() or not any(path.iterdir())
    trees.add(hook)
    trees.describe(hook)
    if not new:
        return []
    rescued = bring_rescued(town, trees, hook)
    return [f"its worktree is there{f', with {rescued}' if rescued else ''}"]


def _session_held(town: Town, host: Host, hook: Hook, *, changed: bool) -> list[str]:
    """A hook that is active has its agent at work; in any other one nobody is."""
    found = sessions.liveness(sessions.sessions_of(town, host), hook)
    runs = found is not None and found.state is State.RUNNING
    if hook.runtime is None:
        return []
    if hook.state is HookState.ACTIVE:
        if runs or not changed or town.layout.is_quiet:
            return []
        session = starting.start(town, host, hook)
        return [f"its agent is at work ({session.runtime})"]
    if runs and hook.state is not HookState.COMPLETED:
        stop_held(town, host, hook)
        return ["its agent was stopped, its work is kept"]
    return []


def _rig_is_gone(town: Town, rig: Rig) -> str | None:
    """The folder of a rig is moved aside, as `gt rig remove` does."""
    if not town.layout.rig(rig.id).is_dir():
        return None
    kept = rigs.set_aside(town, rig.id)
    return f"the folder of {rig.id} is kept in {kept.relative_to(town.layout.root)}"


def _rig_is_back(town: Town, rig: Rig) -> str | None:
    """The folder of a rig comes back from where it was moved aside."""
    folder = town.layout.rig(rig.id)
    if folder.exists():
        return None
    kept = rigs.last_set_aside(town, rig.id)
    if kept is None:
        raise GtError(
            f"its folder is not kept any more; clone it anew: git clone --mirror {rig.url}"
            f" {rig.id}/repo.git"
        )
    kept.rename(folder)
    return f"the folder of {rig.id} is back"
