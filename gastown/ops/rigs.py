"""Projects of the town: added, refreshed, removed."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.domain.rig import Rig
from gastown.errors import Refused, UsageTrouble
from gastown.ids import check_name, derive_prefix, is_name
from gastown.ops.interchange import carried
from gastown.store import faults, locks
from gastown.store.files import disk_errors
from gastown.store.git import Git, require_git
from gastown.store.githooks import set_up_rig
from gastown.store.merging import TargetMoved, contains, move_target
from gastown.store.repository import (
    Progress,
    check_url,
    clone,
    default_branch,
    fetch,
    start_target,
    without_password,
)
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.interchange import Carried, Imported
    from gastown.store.reader import Reader
    from gastown.store.town import Town

# Is in a rig's folder as long as the rig is being added.
_UNFINISHED = ".adding"


@dataclass(frozen=True)
class RigAdded:
    """A rig that is there now, and the commit that its branch is at.

    Attributes:
        carried: the file of beads that the project carries, if it does.
        imported: what came of importing it, if that was wanted.
    """

    rig: Rig
    head: str
    carried: Carried | None = None
    imported: Imported | None = None


@dataclass(frozen=True)
class RigRemoved:
    """A rig that is gone from the town; its folder was moved to `kept`."""

    name: str
    kept: Path


@dataclass(frozen=True)
class Refreshed:
    """What a fetch did to the rig's target. `warning`: why it could not follow the origin."""

    head: str
    moved: bool
    warning: str | None


def add(
    town: Town, name: str, url: str, *, branch: str | None, prefix: str | None, actor: str,
    here: Path, progress: Progress | None = None,
) -> RigAdded:  # fmt: skip
    """Clone a project into the town; a failed add leaves nothing behind.

    Raises:
        UsageTrouble: the name or the prefix is not allowed.
        Refused: the name or prefix is taken, or the repository is empty or no repository.
        GitFailed: git could not fetch.
    """
    require_git()
    check_name(name, "rig")
    source = check_url(url, here)
    with locks.hold(town.layout.rig_lock(name, "registry"), what=f"rig {name}"), disk_errors():
        _sweep(town, name)
        _check_free(town.read(), town, name, prefix)
        building = town.layout.adding / f"{name}.{os.getpid()}"
        try:
            head, target = _build(building, source, branch, progress)
            set_up_rig(town.layout, name, repository=building / "repo.git")
            with town.transaction(f"rig add {name}", actor=actor) as tx:
                chosen = _check_free(tx.read, town, name, prefix)
                rig = Rig(
                    id=name, url=without_password(source), branch=target, prefix=chosen,
                    created_at=town.now(),
                )  # fmt: skip
                tx.put(rig)
                building.rename(town.layout.rig(name))  # quick; swept below if the commit fails
                faults.reach("rig:placed")
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            _sweep(town, name)
            raise
        (town.layout.rig(name) / _UNFINISHED).unlink()
    return RigAdded(rig, head, carried(town, rig))


def _build(
    folder: Path, source: str, branch: str | None, progress: Progress | None
) -> tuple[str, str]:
    """Clone a project into a new folder; the commit and the short name of its target."""
    folder.mkdir(parents=True)
    (folder / _UNFINISHED).touch()
    repository = folder / "repo.git"
    clone(source, repository, progress)
    git = Git(repository, bare=True)
    target = default_branch(git, branch, source)
    head = start_target(git, target)
    faults.reach("rig:cloned")
    return head, target


def _sweep(town: Town, name: str) -> None:
    """Remove what a killed or failed add left: its clone, wherever it had got to."""
    for leftover in town.layout.adding.glob(f"{name}.*"):
        shutil.rmtree(leftover, ignore_errors=True)
    home = town.layout.rig(name)
    if (home / _UNFINISHED).exists() and not _is_recorded(town, name):
        shutil.rmtree(home, ignore_errors=True)


def refresh(town: Town, rig: Rig) -> Refreshed:
    """Fetch a rig and let its target follow the origin where that is a fast-forward.

    In a fork, which changes nothing but records, it is taken as it is.
    """
    git = Git(town.layout.repository(rig.id), bare=True)
    said = None if town.is_fork else fetch(git)
    here = git.text("rev-parse", "--verify", f"{rig.target}^{{commit}}")
    if town.is_fork:
        return Refreshed(here, False, None)
    if said is not None:
        return Refreshed(here, False, f"{rig.id} could not be fetched: {said}")
    there = git.oid(f"refs/remotes/origin/{rig.branch}")
    if there is None or there == here or git.holds("merge-base", "--is-ancestor", there, here):
        return Refreshed(here, False, None)
    if not git.holds("merge-base", "--is-ancestor", here, there):
        return Refreshed(
            here, False, f"{rig.branch} of {rig.id} and its origin have diverged; working from ours"
        )
    try:
        with locks.hold(town.layout.rig_lock(rig.id, "target"), what=f"rig {rig.id}"):
            move_target(git, rig.target, here, there)
    except (Refused, TargetMoved) as trouble:
        return Refreshed(here, False, str(trouble))
    return Refreshed(there, True, None)


def remove(town: Town, name: str, *, actor: str) -> RigRemoved:
    """Take a rig out of the town; its folder is moved aside, never deleted.

    Raises:
        NotFound: there is no such rig.
        Refused: agents work in it, or it holds work that its target does not contain.
    """
    rig = town.read().rig(name)
    trouble = _unmerged(town, rig)
    if trouble:
        raise Refused(
            f"rig {name} still holds work: {'; '.join(trouble)}",
            hint=f"merge it (gt refinery run), push it (git -C {name}/repo.git push origin"
            f" {rig.branch}) or let it go (gt unsling, gt crew remove, git -C {name}/repo.git"
            " branch -D) first",
        )
    with town.transaction(f"rig remove {name}", actor=actor) as tx:
        if [hook.id for hook in tx.read.hooks(rig=name)]:
            raise Refused(f"rig {name} has hooks", hint="gt hooks list shows them")
        tx.delete(tx.rig(name))
    return RigRemoved(name, set_aside(town, name))


def set_aside(town: Town, name: str) -> Path:
    """Move the folder of a rig that the town does not know any more aside; where it is kept."""
    kept = town.layout.quarantine / f"rig-{name}-{town.now().replace(':', '')}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    town.layout.rig(name).rename(kept)
    return kept


def last_set_aside(town: Town, name: str) -> Path | None:
    """Where the folder of a rig was last moved to by `set_aside`, if it is still there."""
    return max(town.layout.quarantine.glob(f"rig-{name}-[0-9]*T*"), default=None)


def _unmerged(town: Town, rig: Rig) -> list[str]:
    """What of a rig is not in its target, in words."""
    reader = town.read()
    trees = Worktrees(town.layout, rig.id)
    target = trees.git.oid(rig.target)
    found = []
    for hook in reader.hooks(rig=rig.id):
        state = trees.observe(hook)
        whose = "crew" if hook.role is Role.CREW else "polecat"
        if state.dirty:
            found.append(f"{whose} {hook.agent} has uncommitted changes")
        elif state.head and target and not contains(trees.git, target, state.head):
            found.append(f"{whose} {hook.agent} has unmerged commits on {hook.branch}")
        else:
            found.append(f"{whose} {hook.agent} has a hook")
    held = trees.git.text("for-each-ref", "--format=%(refname)", "refs/heads").splitlines()
    live = {hook.full_branch for hook in reader.hooks(rig=rig.id)}
    for ref in held:
        if ref not in live and ref != rig.target and target:
            oid = trees.git.oid(ref)
            if oid and not contains(trees.git, target, oid):
                found.append(f"branch {ref.removeprefix('refs/heads/')} is not merged")
    origin = trees.git.oid(f"refs/remotes/origin/{rig.branch}")
    if target and origin and not trees.git.holds("merge-base", "--is-ancestor", target, origin):
        found.append(f"{rig.branch} holds commits that its origin does not have")
    return found


def _check_free(reader: Reader, town: Town, name: str, prefix: str | None) -> str:
    """Check that a rig's name and prefix are free; returns the prefix.

    Raises:
        Refused: one of them is taken.
        UsageTrouble: the prefix is not allowed.
    """
    taken = {rig.prefix: rig.id for rig in reader.rigs()} | {"hq": "the town"}
    if any(rig.id == name for rig in reader.rigs()):
        raise Refused(f"rig {name} is there already", hint="gt rig list shows all")
    home = town.layout.rig(name)
    if home.exists():
        raise Refused(f"{home} is in the way", hint="move it aside or choose another name")
    if prefix is not None:
        if not is_name(prefix) or len(prefix) > 12:
            raise UsageTrouble(f"prefix {prefix!r} is not allowed", hint="a-z, 0-9 and -, short")
        if prefix in taken:
            raise Refused(
                f"prefix {prefix} belongs to {taken[prefix]}", hint="choose another: --prefix"
            )
        return prefix
    candidates = [derive_prefix(name), name[:3], name[:4], name]
    candidates += [f"{derive_prefix(name)}{number}" for number in range(2, 100)]
    return next(candidate for candidate in candidates if candidate not in taken)


def _is_recorded(town: Town, name: str) -> bool:
    return any(rig.id == name for rig in town.read().rigs())
