"""What people say of a request: approved, no, take it off the queue, try it again.

Approving and rejecting is a person's or the mayor's, never an agent's in its own hook; nor is what
a person has rejected queued again by anybody else. Whoever handed work in may take it off again.
A request that is being tested just now is left alone until that is over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.comment import Comment
from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import MergeState
from gastown.errors import MoveRefused, Refused, UsageTrouble
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.describing import describe
from gastown.ops.moves import move_hook, move_merge
from gastown.ops.refining import conflict_beads, giving_back
from gastown.ops.refining.following import choices, free_bead
from gastown.ops.refining.telling import tell_author, tell_followers
from gastown.store.refs import Refs

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.ops.host import Host
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_SHORTEST = 7
_CAN_BE_APPROVED = (MergeState.QUEUED, MergeState.TESTING, MergeState.PROPOSED)


def may_decide(reader: Reader, actor: str) -> bool:
    """Whether somebody decides about others' work: a person or the mayor, no agent in a hook."""
    if actor == MAYOR:
        return True
    hook = reader.hook(actor) if "/" in actor else None
    return is_person(reader, actor) and (hook is None or hook.runtime is None)


def approve(
    town: Town, merge_id: str, *, actor: str, note: str | None = None, commit: str | None = None
) -> Merge:
    """Say that a request's commit may be merged; with another commit it is void.

    Args:
        note: is added to the bead as a comment.
        commit: the commit that was looked at, or its beginning.

    Raises:
        NotFound: there is no such request.
        Refused: an agent asks, or the request is for another commit than the one looked at.
        MoveRefused: it came back, or is merged or withdrawn.
    """
    with town.transaction(f"approve {merge_id}", actor=actor) as tx:
        merge = tx.merge(merge_id)
        _check_decides(tx, merge, actor, "approve")
        if merge.state not in _CAN_BE_APPROVED:
            raise MoveRefused(f"{merge.id} is {merge.state}", hint=_next(merge))
        if commit is not None:
            _check_seen(merge, commit)
        merge = replace(
            merge, approved_by=actor, approved_head=merge.head, updated_at=town.now()
        )  # fmt: skip
        tx.put(merge)
        if note and merge.bead is not None:
            text = f"{merge.id} is approved at {merge.head[:12]}: {note}"
            said = {"issue_id": merge.bead, "author": actor, "text": text, "created_at": town.now()}
            tx.put(Comment(said))
    return merge


def reject(town: Town, host: Host, merge_id: str, *, reason: str, actor: str) -> Merge:
    """Say no to a request: its agent gets the reason and its work back.

    Raises:
        NotFound: there is no such request.
        Refused: an agent asks, or it is being tested.
        MoveRefused: it is rejected, merged or withdrawn already.
        UsageTrouble: there is no reason.
    """
    if not reason.strip():
        raise UsageTrouble("say why", hint="gt mq reject ID -r WHY")
    before = town.read().find("merge", merge_id)
    hook_id = getattr(before, "hook", None)
    hook = town.read().hook(hook_id) if hook_id is not None else None
    with town.transaction(f"reject {merge_id}", actor=actor) as tx:
        merge = tx.merge(merge_id)
        _check_decides(tx, merge, actor, "reject")
        _check_not_testing(merge)
        giving_back.mark(town, host, hook, merge)
        merge = move_merge(
            tx, town, merge, "reject", reason=reason, gate=None, approved_by=None,
            approved_head=None,
        )  # fmt: skip
        back = giving_back.give_back(tx, town, merge)
        body = f"{actor} has rejected {merge.id} ({merge.branch}):\n\n{reason}\n\n"
        subject = f"merge rejected: {merge.subject}"
        hint = "Change it as asked, commit, gt done." if back else choices(merge)
        if merge.sender != actor:
            tell_author(tx, town, merge, subject, body + hint)
        tell_followers(tx, town, merge, subject, body.rstrip())
        free_bead(tx, town, merge)
    giving_back.wake(town, host, merge.hook)
    return merge


def withdraw(town: Town, merge_id: str, *, reason: str | None, actor: str) -> Merge:
    """Take a request off the queue; its branch stays, and its agent keeps the bead.

    Raises:
        NotFound: there is no such request.
        Refused: it is another agent's, or is being tested.
        MoveRefused: it is merged or withdrawn already.
    """
    with town.transaction(f"withdraw {merge_id}", actor=actor) as tx:
        merge = tx.merge(merge_id)
        if actor != merge.sender:
            _check_decides(tx, merge, actor, "withdraw")
        _check_not_testing(merge)
        why = reason or f"withdrawn by {actor}"
        merge = move_merge(tx, town, merge, "withdraw", reason=why)
        conflict_beads.settle(tx, town, merge, f"{merge.id} was withdrawn")
        hook = tx.find_hook(merge.hook) if merge.hook is not None else None
        if hook is not None and giving_back.holds(hook, merge):
            move_hook(tx, town, hook, "rework")
        if merge.sender != actor:
            body = f"{actor} has taken {merge.id} off the queue: {why}\n\nThe branch {merge.branch}"
            body += " is as it was. When it is to be merged after all: gt done."
            tell_author(tx, town, merge, f"merge withdrawn: {merge.subject}", body)
        free_bead(tx, town, merge)
    if merge.hook is not None:
        describe(town, merge.hook)
    return merge


def retry(town: Town, merge_id: str, *, actor: str) -> Merge:
    """Queue a request that came back again as it is (a flaky gate, a repaired target).

    An agent that was given its work back, and has committed nothing since, has handed it in again
    by that.

    Raises:
        NotFound: there is no such request.
        Refused: a person has rejected it, and an agent asks.
        MoveRefused: it is queued, merged or withdrawn, or its agent has gone on.
    """
    with town.transaction(f"retry {merge_id}", actor=actor) as tx:
        merge = tx.merge(merge_id)
        if merge.state is MergeState.REJECTED:
            _check_decides(tx, merge, actor, "retry what was rejected")
        hook = tx.find_hook(merge.hook) if merge.hook is not None else None
        found = move_merge(
            tx, town, merge, "retry", reason=None, gate=None, conflicts=(),
            retries=merge.retries + 1,
        )  # fmt: skip
        if hook is not None and not giving_back.holds(hook, merge):
            if not _is_untouched(town, hook, merge):
                raise MoveRefused(
                    f"{merge.hook} is at work on {merge.bead} again", hint="its gt done queues it"
                )
            move_hook(tx, town, hook, "complete")
    if found.hook is not None:
        describe(town, found.hook)
    return found


def _is_untouched(town: Town, hook: Hook, merge: Merge) -> bool:
    """Whether a hook was given back its work, and the branch is as it was handed in."""
    same = (hook.generation, hook.bead, hook.branch) == (
        merge.generation, merge.bead, merge.branch,
    )  # fmt: skip
    tip = Refs(town.layout.repository(hook.rig)).oid(hook.full_branch)
    return hook.state is HookState.ACTIVE and same and tip == merge.head


def _check_decides(tx: Transaction, merge: Merge, actor: str, what: str) -> None:
    if may_decide(tx.read, actor):
        return
    raise Refused(f"only a person or the mayor may {what}: {merge.id} is not yours to decide",
                  hint=f"ask: gt mail send mayor -s \"{merge.id}\"")  # fmt: skip


def _check_not_testing(merge: Merge) -> None:
    if merge.state is MergeState.TESTING:
        raise MoveRefused(
            f"{merge.id} is being tested just now",
            hint=f"wait for it (gt mq show {merge.id}), or first: gt mq pause {merge.rig}",
        )


def _check_seen(merge: Merge, commit: str) -> None:
    if len(commit) < _SHORTEST:
        raise UsageTrouble(f"{commit!r} is too short for a commit", hint=merge.head)
    if not merge.head.startswith(commit.lower()):
        raise Refused(
            f"{merge.id} is for {merge.head[:12]} by now, not for {commit[:12]}",
            hint=f"look at it again: gt mq diff {merge.id}",
        )


def _next(merge: Merge) -> str:
    if merge.is_pending:
        return f"gt mq retry {merge.id} queues it again; then approve it"
    return "gt mq list shows those that wait"
