"""A merge taken back: a commit that takes its change out again goes through the merge queue.

The target is never moved back: what is in it stays in its history. The commit is made without a
worktree, on a branch `revert/REQUEST`; its request is tested and merged like every other one. The
issue is open again at once, and convoys that had landed with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.merge import Merge, MergeState, Proof
from gastown.errors import GitFailed, Refused
from gastown.ids import HUMAN
from gastown.ops.bead_status import reopen_bead
from gastown.ops.refining.branch_requests import pending_of, put_request
from gastown.store.git import ZERO
from gastown.store.reverting import commit_on, without_change
from gastown.store.worktree import Worktrees
from gastown.views.choosing import Wish, chosen

if TYPE_CHECKING:
    from gastown.store.git import Git
    from gastown.store.reader import Reader
    from gastown.store.town import Town


@dataclass(frozen=True)
class Reverting:
    """A merge that is on its way out of its target again.

    Attributes:
        merge: the request that was merged; `request`: the one that takes it out.
        commit: the revert, on `branch`.
        reopened: the issue that is open again; None: there was none, or it was open.
        warnings: what a person should know.
    """

    merge: str
    request: str
    branch: str
    commit: str
    target: str
    reopened: str | None = None
    warnings: tuple[str, ...] = ()
    dry_run: bool = False


def revert_merge(town: Town, wish: Wish, *, actor: str, dry_run: bool = False) -> Reverting:
    """Queue a commit that takes the work of a merge out of its target again.

    Raises:
        NotFound: there is no such operation.
        Refused: it recorded no merge, its change cannot be told apart, or it cannot be taken out
            without conflicts.
    """
    reader = town.read()
    merge = _merge_of(town, reader, wish, actor)
    git = Worktrees(town.layout, merge.rig).git
    tip = git.oid(f"refs/heads/{merge.target}")
    if tip is None or merge.result is None:
        raise Refused(f"{merge.target} of {merge.rig} is not there", hint="gt rig list")
    branch = f"revert/{merge.id}"
    known = pending_of(reader, merge.rig, branch)
    if known is not None:
        raise Refused(f"{known.id} takes it out already: it is {known.state}",
                      hint=f"gt mq show {known.id}")  # fmt: skip
    commit = _revert(town, git, merge, tip, actor)
    if dry_run:
        return Reverting(merge.id, "", branch, commit, merge.target, _closed(reader, merge),
                         _warnings(merge), dry_run=True)  # fmt: skip
    git.run("update-ref", "--create-reflog", "-m", "gt: revert", f"refs/heads/{branch}", commit,
            git.oid(f"refs/heads/{branch}") or ZERO)  # fmt: skip
    subject = f"take {merge.subject} out of {merge.target} again"
    with town.transaction(subject, actor=actor) as tx:
        request = put_request(
            tx, town, rig=merge.rig, branch=branch, target=merge.target, head=commit, bead=None,
            author=actor, priority=1,
        )  # fmt: skip
        tx.moves.append(f"merge {request.id} none -> {request.state}")
        bead = tx.find_bead(merge.bead) if merge.bead is not None else None
        reopened = bead is not None and bead.state is BeadState.CLOSED
        if bead is not None and reopened:
            reopen_bead(tx, town, bead)
    return Reverting(
        merge.id, request.id, branch, commit, merge.target,
        merge.bead if reopened else None, _warnings(merge),
    )  # fmt: skip


def _merge_of(town: Town, reader: Reader, wish: Wish, actor: str) -> Merge:
    operations = chosen(town, wish, actor)
    merges = [
        move.split(" ")[1] for one in operations for move in one.moves
        if move.startswith("merge ") and move.endswith(" -> merged")
    ]  # fmt: skip
    if len(merges) != 1:
        many = f"{len(merges)} merges were" if merges else "no merge was"
        raise Refused(
            f"{many} recorded by that",
            hint="name the operation of one merge: gt log --kind merge shows them",
        )
    merge = reader.find("merge", merges[0])
    if not isinstance(merge, Merge) or merge.state is not MergeState.MERGED:
        raise Refused(f"{merges[0]} is not merged any more", hint=f"gt mq show {merges[0]}")
    return merge


def _revert(town: Town, git: Git, merge: Merge, tip: str, actor: str) -> str:
    """Make the commit."""
    result = str(merge.result)
    before = _before(town, git, merge, result)
    trial = without_change(git, tip, before, result)
    by_hand = (f"by hand, in a worktree of yours: git revert {_words(git, result)}; then gt mq"
               " submit")  # fmt: skip
    if trial.tree is None:
        raise Refused(
            f"{merge.target} has changed the same since: {', '.join(trial.conflicts[:5])}",
            hint=by_hand,
        )
    if trial.tree == git.text("rev-parse", f"{tip}^{{tree}}"):
        raise Refused(f"{merge.target} does not hold that change any more",
                      hint=f"git -C {merge.rig}/repo.git log {merge.target}")  # fmt: skip
    said = git.text("log", "-1", "--format=%s", result)
    message = f'Revert "{said}"\n\nThis reverts commit {result}.\n\nMerge-Request: {merge.id}\n'
    settings = town.settings()
    rig, _, name = actor.rpartition("/")
    who = (settings.owner_name, settings.owner_email)
    if actor != HUMAN:
        who = (actor, f"{name}@{rig or 'town'}.gt")
    return commit_on(git, trial.tree, tip, message, who)


def _before(town: Town, git: Git, merge: Merge, result: str) -> str:
    """The commit of the target's line that the change was put on."""
    parents = git.text("rev-parse", f"{result}^@").splitlines()
    if len(parents) > 1 or (merge.style is None and merge.proof == Proof.TREE):
        return parents[0]
    if merge.style is None:
        raise Refused(
            f"{merge.id} was merged by hand, without a commit of its own: nobody can tell where its"
            " change began",
            hint="revert its commits in a worktree of yours, then: gt mq submit",
        )
    # Stacked on what landed just before it, or on what the target was when its batch began.
    ends = {m.result for m in town.read().merges(rig=merge.rig, states=(MergeState.MERGED,))}
    ends = {end for end in (*ends, merge.base) if end is not None and end != result}
    line = git.text("rev-list", "--first-parent", "--max-count=1000", result).splitlines()
    for commit in line[1:]:
        if commit in ends:
            return commit
    raise Refused(f"nobody can tell where the change of {merge.id} began",
                  hint="revert its commits in a worktree of yours, then: gt mq submit")  # fmt: skip


def _words(git: Git, result: str) -> str:
    try:
        is_merge = len(git.text("rev-parse", f"{result}^@").splitlines()) > 1
    except GitFailed:
        is_merge = False
    return f"{'-m 1 ' if is_merge else ''}{result[:12]}"


def _closed(reader: Reader, merge: Merge) -> str | None:
    bead = reader.find("bead", merge.bead) if merge.bead is not None else None
    return bead.id if isinstance(bead, Bead) and bead.state is BeadState.CLOSED else None


def _warnings(merge: Merge) -> tuple[str, ...]:
    if merge.pushed is None:
        return ()
    return (f"{merge.pushed} has it already: it stays there until the revert is pushed as well",)
