"""Bringing back what a removal has kept, into a folder of its own. What is kept stays kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.errors import Refused
from gastown.ops.restore import Placed, check_place
from gastown.store.checkout import into_folder
from gastown.store.history import tell
from gastown.store.worktree import Worktrees
from gastown.views.rescues import find

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.town import Town
    from gastown.views.rescues import Rescue


def restore(town: Town, identifier: str, folder: Path | None, *, here: Path) -> Placed:
    """Put the files of a removed hook, uncommitted ones included, into a new or empty folder.

    Args:
        identifier: RIG/AGENT@GENERATION, or the beginning of a rescue's commit.
        folder: by default `RIG-AGENT-GENERATION` in the folder `here`.

    Raises:
        NotFound, UsageTrouble: nothing is kept under that name.
        Refused: the folder is there already, or nothing but secrets was kept.
    """
    rescue = find(town, identifier)
    git = Worktrees(town.layout, rescue.rig).git
    tip = git.oid(f"refs/heads/{rescue.branch}") if rescue.branch else None
    commit = rescue.commit or tip
    if commit is None:
        raise Refused(
            f"nothing but {', '.join(rescue.set_aside[:5])} is kept of {rescue.id}",
            hint=f"it is in {rescue.folder}",
        )
    target = folder or here / f"{rescue.rig}-{rescue.agent}-{rescue.generation}"
    check_place(town, target)
    told = tell(git, [commit])[commit]
    files = into_folder(git, commit, target)
    branch = _branch_of(town, rescue)
    kind = "rescue" if rescue.commit else "the last commit of"
    return Placed(
        target, rescue.id, kind, told.subject, files, branch, (*told.left_out, *told.nested),
        warnings=_set_aside(rescue), advice=_advice(town, rescue, branch),
    )  # fmt: skip


def _branch_of(town: Town, rescue: Rescue) -> str | None:
    """The branch with the commits that the files were made on, merged or not."""
    if rescue.branch is not None:
        return rescue.branch
    hook = town.read().hook(f"{rescue.rig}/{rescue.agent}")
    if hook is not None and hook.generation == rescue.generation:
        return hook.branch
    branch = f"polecat/{rescue.agent}/{rescue.bead}@{rescue.generation}" if rescue.bead else None
    git = Worktrees(town.layout, rescue.rig).git
    return branch if branch and git.oid(f"refs/heads/{branch}") else None


def _set_aside(rescue: Rescue) -> tuple[str, ...]:
    if not rescue.set_aside:
        return ()
    names = ", ".join(rescue.set_aside[:5])
    more = f" and {len(rescue.set_aside) - 5} more" if len(rescue.set_aside) > 5 else ""
    return (f"set aside in {rescue.folder}: {names}{more}",)


def _advice(town: Town, rescue: Rescue, branch: str | None) -> tuple[str, ...]:
    """Commands to go on with."""
    found = []
    if branch is not None and rescue.rig != "hq":
        found.append(f"in a worktree of your own (gt crew add NAME --rig {rescue.rig}):"
                     f" git switch -c NAME {branch}")  # fmt: skip
    bead = town.read().find("bead", rescue.bead) if rescue.bead else None
    if bead is not None and bead.state in (BeadState.OPEN, BeadState.BLOCKED):
        found.append(f"or begin {rescue.bead} anew: gt sling {rescue.bead} {rescue.rig}")
    return tuple(found)
