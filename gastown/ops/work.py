"""An agent's own verbs: finishing its work, and giving it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadFacts, BeadState
from gastown.domain.hook import Hook, HookFacts, HookState, Role
from gastown.domain.merge import Merge, MergeState
from gastown.errors import MoveRefused, NotFound, Refused
from gastown.ops import sessions
from gastown.ops.describing import describe
from gastown.ops.landing import land_convoys
from gastown.ops.moves import (
    dismiss_polecat,
    hook_of,
    move_bead,
    move_hook,
    move_merge,
    pending_merges,
    release_claims,
    release_hook,
)
from gastown.ops.rig_scripts import take_away
from gastown.runtime.sessions import State
from gastown.store.git import Git
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.convoy import Convoy
    from gastown.ops.host import Host
    from gastown.ops.retire import Retired
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_WAITING = (MergeState.QUEUED, MergeState.TESTING)


@dataclass(frozen=True)
class Done:
    """Work that was handed in. `merge`: its request, or None when there was nothing to merge."""

    hook: Hook
    bead: str
    commits: int
    merge: Merge | None
    landed: tuple[Convoy, ...] = ()


@dataclass(frozen=True)
class Unslung:
    """A bead that is free again. `retired`: what became of the polecat's worktree."""

    bead: str | None
    hook: Hook
    stopped: bool
    retired: Retired | None


def done(
    town: Town, hook_id: str, *, no_code: bool, host: Host, started_as: str | None = None
) -> Done:
    """Hand in the work of one's own hook: queue its branch for merging.

    The moves that nobody has seen yet (the bead is in progress) are made here. Said again, it
    changes nothing unless there are new commits.

    Args:
        started_as: the agent that the caller's session was started for, if it says so.

    Raises:
        NotFound: there is no such hook.
        Refused: it holds no bead, its worktree has changes that are not committed or is on
            another branch, or there is no commit and `no_code` is not given.
    """
    _check_not_strayed(town, host, hook_id, started_as)
    return hand_in(town, hook_id, no_code=no_code)


def hand_in(town: Town, hook_id: str, *, no_code: bool, told_by: str | None = None) -> Done:
    """What `done` does, without asking who says it.

    Args:
        told_by: the commit that says the work is done; it must be the branch's tip.

    Raises:
        NotFound: there is no such hook.
        Refused: as for `done`, or the branch has moved on from `told_by`.
    """
    hook = town.read().hook(hook_id)
    if hook is None or hook.bead is None:
        raise Refused(f"the hook of {hook_id} holds no bead", hint="gt hook shows what is on it")
    _check_steps(town, hook.bead)
    commits, head = _check_handed_in(town, hook, no_code)
    if told_by not in (None, head):
        raise MoveRefused(f"{hook.branch} has moved on from {told_by}", hint="look again")
    subject = f"{hook_id} is done with {hook.bead}"
    with town.transaction(subject, actor=hook_id, cause=told_by) as tx:
        now = tx.hook(hook_id)
        if now.bead != hook.bead or now.generation != hook.generation:
            raise Refused(f"{hook.bead} was taken from {hook_id}", hint="gt hook shows what is")
        return _hand_in(tx, town, now, head, commits)


def unsling(town: Town, subject: str, *, host: Host, actor: str) -> Unslung:
    """Take a bead (named by its id or its agent's) off its hook; nothing of its work is lost.

    A polecat that holds no bead any more, since a person closed it, is let go.

    Raises:
        NotFound: neither a slung bead nor an agent with one is called so.
        Refused: its merge is being tested just now.
    """
    with town.transaction(f"unsling {subject}", actor=actor) as tx:
        hook = _find_slung(tx, subject)
        bead = tx.bead(hook.bead) if hook.bead is not None else None
        if any(m.state is MergeState.TESTING for m in pending_merges(tx, hook)):
            raise Refused(f"{hook.bead} is being tested just now", hint="wait for gt refinery run")
        freed = release_hook(tx, town, hook)
        gone = dismiss_polecat(tx, town, freed)
        if bead is not None and bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS):
            move_bead(tx, town, bead, "withdraw", assignee=None)
        tx.subject = f"unsling {hook.bead} from {hook.id}" if bead else f"let {hook.id} go"
    stopped = sessions.stop(town, host, hook)
    retired = take_away(town, host, hook) if gone.state is HookState.ARCHIVED else None
    describe(town, hook.id)
    return Unslung(hook.bead, gone, stopped, retired)


def _check_not_strayed(town: Town, host: Host, hook_id: str, started_as: str | None) -> None:
    """Refuse an agent that is at work elsewhere; a name that is only stale does not count."""
    other = town.read().hook(started_as) if started_as not in (None, hook_id) else None
    if other is None or not other.is_live:
        return
    found = sessions.liveness(sessions.sessions_of(town, host), other)
    if found is not None and found.state is State.RUNNING:
        raise Refused(
            f"you are {started_as} (GT_ROLE), and this is the hook of {hook_id}",
            hint=f"cd {town.layout.root / other.path}",
        )


def _check_steps(town: Town, bead: str) -> None:
    """Refuse to hand in a molecule with steps that are not done."""
    reader = town.read()
    if reader.find("molecule", bead) is None:
        return
    from gastown.views.molecules import unfinished

    left = unfinished(reader, bead)
    if left:
        shown = ", ".join(f"{step.id} ({step.bead.id})" for step in left[:5])
        raise Refused(
            f"{len(left)} step(s) of {bead} are not done: {shown}{' …' if left[5:] else ''}",
            hint=f"bd close {left[0].bead.id}, or go on without it: "
            f"bd mol step skip {left[0].bead.id} -r WHY",
        )


def _check_handed_in(town: Town, hook: Hook, no_code: bool) -> tuple[int, str]:
    """The number of commits to merge and the branch's tip, after every check of the worktree."""
    trees = Worktrees(town.layout, hook.rig)
    state = trees.observe(hook)
    if state.trouble is not None or state.head is None:
        raise Refused(
            f"the hook of {hook.id} is broken: {state.trouble}", hint="gt hooks repair mends it"
        )
    if hook.branch == hook.target:
        raise Refused(f"{hook.id} works on {hook.target} itself", hint="work on your own branch")
    if state.dirty:
        changed = Git(trees.path(hook)).text("status", "--short").splitlines()
        shown = ", ".join(line[3:] for line in changed[:5])
        raise Refused(
            f"{len(changed)} file(s) are not committed: {shown}",
            hint="git add and git commit them, or git stash; then gt done again",
        )
    target = f"refs/heads/{hook.target}"
    commits = int(trees.git.text("rev-list", "--count", f"{target}..{hook.full_branch}"))
    if commits == 0 and not no_code:
        raise Refused(
            f"{hook.branch} has no commit that {hook.target} does not have",
            hint="commit your work first; if the bead needed no code: gt done --no-code",
        )
    return commits, state.head


def _hand_in(tx: Transaction, town: Town, hook: Hook, head: str, commits: int) -> Done:
    bead = tx.bead(hook.bead or "")
    if hook.state is HookState.COMPLETED:
        waiting = [m for m in pending_merges(tx, hook) if m.state in _WAITING and m.head == head]
        if waiting:  # it has said so before
            return Done(hook, bead.id, commits, waiting[0])
        hook = move_hook(tx, town, hook, "rework")
    if bead.state is BeadState.HOOKED:
        bead = move_bead(tx, town, bead, "start")
    if hook.state is HookState.SUSPENDED:
        hook = move_hook(tx, town, hook, "resume")
    hook = move_hook(tx, town, hook, "complete")
    if commits:
        return Done(hook, bead.id, commits, _request(tx, town, hook, head))
    for merge in pending_merges(tx, hook):
        move_merge(tx, town, merge, "withdraw", reason="done without code")
    bead = move_bead(
        tx, town, bead, "close", BeadFacts(merged=True), closed_at=town.now(),
        close_reason="done without code",
    )  # fmt: skip
    landed = land_convoys(tx, town, frozenset({bead.id}))
    return Done(finish_hook(tx, town, hook), bead.id, 0, None, tuple(landed))


def finish_hook(tx: Transaction, town: Town, hook: Hook) -> Hook:
    """After the bead is closed: a polecat's hook is archived, a crew's is free again."""
    release_claims(tx, town, hook)
    if hook.role is Role.POLECAT:
        needed = [m.id for m in pending_merges(tx, hook) if tx.merge(m.id).is_pending]
        facts = HookFacts(blocking_merge=needed[0] if needed else None)
        return move_hook(tx, town, hook, "archive", facts, bead=None)
    hook = move_hook(tx, town, hook, "rework")
    return move_hook(tx, town, hook, "withdraw", bead=None)


def _request(tx: Transaction, town: Town, hook: Hook, head: str) -> Merge:
    """The merge request of this work: the one that failed before, queued again, or a new one."""
    for merge in pending_merges(tx, hook):
        if merge.state in (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED):
            return move_merge(
                tx, town, merge, "retry", head=head, reason=None, gate=None, conflicts=(),
                retries=merge.retries + 1,
            )  # fmt: skip
        if merge.state is MergeState.QUEUED:
            merge = replace(merge, head=head, updated_at=town.now())
            tx.put(merge)
            return merge
        if merge.state is MergeState.PROPOSED:
            return move_merge(tx, town, merge, "requeue", head=head, reason=None)
        raise MoveRefused(f"{merge.id} is being tested just now", hint="gt mq list")
    return new_request(tx, town, hook, head)


def new_request(tx: Transaction, town: Town, hook: Hook, head: str) -> Merge:
    """Put a new merge request for the work of a hook into the queue."""
    bead = hook.bead or ""
    number = 1 + sum(merge.bead == bead for merge in tx.read.merges(rig=hook.rig))
    now = town.now()
    merge = Merge(
        id=f"mr-{bead}-{number}", state=MergeState.QUEUED, rig=hook.rig, bead=bead, hook=hook.id,
        generation=hook.generation, branch=hook.branch, target=hook.target, head=head,
        created_at=now, updated_at=now,
    )  # fmt: skip
    tx.put(merge)
    return merge


def _find_slung(tx: Transaction, subject: str) -> Hook:
    found = tx.read.find("bead", subject)
    if found is not None:
        hook = hook_of(tx, tx.bead(subject))
        if hook is None:
            raise NotFound(f"{subject} is on no hook", hint=f"bd show {subject}")
        return hook
    hook = tx.find_hook(subject)
    if hook is None or not hook.is_live or (hook.bead is None and hook.role is not Role.POLECAT):
        raise NotFound(
            f"{subject!r} is neither a slung bead nor an agent with one", hint="gt agents"
        )
    return hook
