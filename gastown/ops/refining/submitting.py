"""Submitting a branch: its commit, as it is now, is queued for testing and merging.

Only what is committed is asked for. Whoever stands in a hook with a bead, on its own branch, hands
in that hook's work; that is `gt done`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, NotFound, Refused, UsageTrouble
from gastown.ops import work
from gastown.ops.refining.branch_requests import (
    bead_of_branch,
    check_bead,
    move_on,
    pending_of,
    put_request,
)
from gastown.store.git import Git
from gastown.store.merging import checked_out
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.town import Town
    from gastown.views.place import Place

_HEADS, _REMOTE = "refs/heads/", "refs/remotes/"
_LOWEST = 4


@dataclass(frozen=True)
class Submitted:
    """A branch that is asked to be merged.

    Attributes:
        commits: how many its target does not have.
        outcome: `queued`: there is a new request. `moved`: the one there was asks for this commit
            now. `unchanged`: it did so before.
        warning: what is not in it, if anything.
    """

    merge: Merge
    commits: int
    outcome: str
    warning: str | None = None


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be merged. Everything but the rig may be left to be found out."""

    rig: str
    branch: str
    bead: str | None = None
    target: str | None = None
    priority: int | None = None


@dataclass(frozen=True)
class Given:
    """What somebody said of their wish: nothing, or parts of it."""

    branch: str | None = None
    rig: str | None = None
    bead: str | None = None
    target: str | None = None
    priority: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether nothing was said."""
        return self == Given()


def submit_from(town: Town, place: Place, here: Path, given: Given, *, actor: str) -> Submitted:
    """Submit what somebody means where they stand: their hook's work, this branch, or that one.

    Raises:
        UsageTrouble: it is not said of which rig, or which branch.
        NotFound, Refused, MoveRefused: as for `submit` and `submit_work`.
    """
    hook = place.hook
    if given.is_bare and hook is not None and hook.bead is not None:
        here = town.layout.root / hook.path
        if current_branch(here) == hook.branch:
            return submit_work(town, hook)
    rig = given.rig or place.rig or _only_rig(town)
    branch = given.branch
    if branch is None and place.rig != rig:
        raise UsageTrouble("no branch is checked out here", hint=f"gt mq submit BRANCH --rig {rig}")
    branch = branch or current_branch(here)
    wish = Wish(rig, branch, given.bead, given.target, given.priority)
    return submit(town, wish, actor=actor)


def _only_rig(town: Town) -> str:
    names = [rig.id for rig in town.read().rigs()]
    if len(names) != 1:
        raise UsageTrouble("of which rig is it?", hint="gt mq submit BRANCH --rig RIG")
    return names[0]


def submit_work(town: Town, hook: Hook) -> Submitted:
    """Hand in what is on a hook.

    Raises:
        Refused: as for `gt done`.
    """
    reader = town.read()
    before = pending_of(reader, hook.rig, hook.branch)
    done = work.hand_in(town, hook.id, no_code=False)
    if done.merge is None:
        raise Refused(f"{hook.bead} needed no merge", hint=f"bd show {hook.bead}")
    outcome = "queued" if before is None else "unchanged" if before == done.merge else "moved"
    return Submitted(done.merge, done.commits, outcome)


def current_branch(place: Path) -> str:
    """The branch that is checked out where somebody stands.

    Raises:
        Refused: none is.
    """
    git = Git(place)
    try:
        return git.text("symbolic-ref", "--quiet", "--short", "HEAD")
    except GitFailed:
        raise Refused("no branch is checked out here", hint="gt mq submit BRANCH") from None


def submit(town: Town, wish: Wish, *, actor: str) -> Submitted:
    """Ask for a branch of a rig to be merged.

    Raises:
        NotFound: the rig, the branch, its target or the named bead does not exist.
        Refused: there is nothing to merge, it is the target itself, or its bead is not to be had.
        MoveRefused: its request is being tested just now.
    """
    if wish.priority is not None and not 0 <= wish.priority <= _LOWEST:
        raise UsageTrouble(f"there is no priority {wish.priority}", hint="0 (first) to 4")
    rig = town.read().rig(wish.rig)
    git = Worktrees(town.layout, rig.id).git
    ref, branch = _resolve(git, rig.id, wish.branch)
    target = (wish.target or rig.branch).removeprefix(_HEADS)
    head = git.text("rev-parse", "--verify", f"{ref}^{{commit}}")
    commits = _check_worth(git, rig.id, branch, target, head)
    span = f"refs/heads/{target}..{head}"
    bead = wish.bead or bead_of_branch(town.read(), git, rig.id, branch, span)
    warning = _left_out(git, ref)
    with town.transaction(f"submit {branch} of {rig.id}", actor=actor) as tx:
        before = pending_of(tx.read, rig.id, branch)
        if before is not None:
            before = tx.merge(before.id)
            _check_same(before, target, wish)
            if before.head == head:
                return Submitted(before, commits, "unchanged", warning)
            return Submitted(move_on(tx, town, before, head), commits, "moved", warning)
        if bead is not None:
            check_bead(tx, bead, rig.id, branch=branch, actor=actor)
        merge = put_request(
            tx, town, rig=rig.id, branch=branch, target=target, head=head, bead=bead, author=actor,
            priority=wish.priority,
        )  # fmt: skip
    return Submitted(merge, commits, "queued", warning)


def _resolve(git: Git, rig: str, named: str) -> tuple[str, str]:
    """The full ref of a branch, and the name that its request has."""
    short = named.removeprefix(_HEADS).removeprefix(_REMOTE)
    for ref in (f"{_HEADS}{short}", f"{_REMOTE}{short}"):
        if named.startswith("refs/") and ref != named:
            continue
        if git.holds("show-ref", "--verify", "--quiet", ref):
            return ref, short
    raise NotFound(
        f"{rig} has no branch {named!r}",
        hint=f"git -C {rig}/repo.git branch -a; from elsewhere: git push there as mq/NAME",
    )


def _check_worth(git: Git, rig: str, branch: str, target: str, head: str) -> int:
    """How many commits there are to be merged.

    Raises:
        NotFound: there is no such target.
        Refused: there are none, or the branch is its own target.
    """
    if git.oid(f"{_HEADS}{target}") is None:
        raise NotFound(f"{rig} has no branch {target!r} to merge into", hint="gt rig list")
    if branch in (target, f"origin/{target}"):
        raise Refused(f"{branch} is the target itself", hint="submit a branch of your own")
    commits = int(git.text("rev-list", "--count", head, "--not", f"{_HEADS}{target}", "--"))
    if commits == 0:
        raise Refused(
            f"{branch} has no commit that {target} does not have", hint="commit your work first"
        )
    return commits


def _check_same(before: Merge, target: str, wish: Wish) -> None:
    if before.hook is not None:
        raise Refused(
            f"{before.branch} is handed in by {before.hook} ({before.id}, {before.state})",
            hint="its gt done asks for newer commits",
        )
    if before.target != target or (wish.bead is not None and wish.bead != before.bead):
        raise Refused(
            f"{before.branch} has a request already: {before.id}, for "
            f"{before.bead or 'no bead'} into {before.target}",
            hint=f"gt mq withdraw {before.id}, then submit it again",
        )


def _left_out(git: Git, ref: str) -> str | None:
    """What lies uncommitted where the branch is checked out, in words."""
    for place in checked_out(git, ref):
        lines = Git(place).text("status", "--porcelain").splitlines()
        if lines:
            return f"{len(lines)} uncommitted file(s) in {place} are not in it"
    return None
