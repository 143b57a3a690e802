"""People's own worktrees in a rig."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.hook import HOOK, Hook, HookFacts, HookState, Role
from gastown.errors import NotFound, Refused
from gastown.ids import check_name
from gastown.ops.retire import Retired, place_held
from gastown.ops.rig_scripts import prepare_worktree, take_away
from gastown.store.merging import contains
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.store.town import Town


@dataclass(frozen=True)
class CrewAdded:
    """A crew worktree that is there now. `trouble`: why it could not be prepared, if so."""

    hook: Hook
    path: Path
    trouble: str | None = None


def add(town: Town, name: str, rig_name: str, *, host: Host, actor: str) -> CrewAdded:
    """Give a person a worktree on a branch of their own, from the rig's target.

    Raises:
        NotFound: there is no such rig.
        Refused: the name is taken in the rig.
    """
    check_name(name, "crew")
    rig = town.read().rig(rig_name)
    trees = Worktrees(town.layout, rig_name)
    base = trees.git.text("rev-parse", "--verify", f"{rig.target}^{{commit}}")
    with town.transaction(f"crew add {name} to {rig_name}", actor=actor) as tx:
        before = tx.find_hook(f"{rig_name}/{name}")
        if before is not None and before.is_live:
            raise Refused(
                f"{before.id} is there already: {before.path}", hint="choose another name"
            )
        now = town.now()
        hook = Hook(
            id=f"{rig_name}/{name}", state=HookState.CREATED, role=Role.CREW, rig=rig_name,
            branch=f"crew/{name}", target=rig.branch, base=base, path=f"{rig_name}/crew/{name}",
            generation=before.generation + 1 if before else 1, created_at=now, updated_at=now,
        )  # fmt: skip
        tx.put(hook)
    with place_held(town, hook):
        path = trees.add(hook)
    try:
        prepare_worktree(town, host, hook)
    except Refused as refused:
        return CrewAdded(hook, path, f"{refused.message} ({refused.hint})")
    return CrewAdded(hook, path)


def remove(town: Town, name: str, rig_name: str, *, host: Host, force: bool, actor: str) -> Retired:
    """Take a crew worktree away; what is not committed is kept under a rescue ref.

    Raises:
        NotFound: there is no such crew worktree.
        Refused: it holds a bead or, without `force`, work that the target does not contain.
    """
    hook = town.read().hook(f"{rig_name}/{name}")
    if hook is None or hook.role is not Role.CREW or not hook.is_live:
        raise NotFound(f"no crew worktree {rig_name}/{name}", hint="gt crew list shows all")
    trees = Worktrees(town.layout, rig_name)
    state = trees.observe(hook)
    if state.directory and not (state.linked and state.registered):
        raise Refused(f"the hook of {hook.id} is broken: {state.trouble}", hint="gt hooks repair")
    target = trees.git.oid(f"refs/heads/{hook.target}")
    unmerged = not (state.head and target and contains(trees.git, target, state.head))
    if (state.dirty or unmerged) and not force:
        what = "uncommitted changes" if state.dirty else f"unmerged commits on {hook.branch}"
        raise Refused(
            f"{hook.id} has {what}",
            hint="--force removes the worktree all the same: commits stay on the branch, changes"
            " go to a rescue ref",
        )
    with town.transaction(f"crew remove {name} from {rig_name}", actor=actor) as tx:
        hook = tx.hook(hook.id)
        if hook.bead is not None:
            raise Refused(f"{hook.id} holds {hook.bead}", hint=f"gt unsling {hook.bead}")
        state_after = HOOK.after(hook.state, "dismiss", HookFacts())
        tx.put(replace(hook, state=state_after, updated_at=town.now()))
    return take_away(town, host, hook)
