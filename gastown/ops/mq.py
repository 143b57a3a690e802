"""The merge queue as records: what is next, and what came of each request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BeadFacts, BeadState
from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import Merge, MergeFacts, MergeState
from gastown.errors import MoveRefused
from gastown.ids import HUMAN
from gastown.ops.landing import land_convoys
from gastown.ops.moves import hook_of, move_bead, move_hook, move_merge, release_hook
from gastown.ops.post import post_once
from gastown.ops.refining.conflict_beads import settle
from gastown.ops.work import finish_hook, new_request
from gastown.store.evidence import already_applied
from gastown.store.layout import record_path
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from gastown.domain.convoy import Convoy
    from gastown.domain.queue import Queue
    from gastown.store.merging import TargetHeld
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

REFINERY = "refinery"


class Superseded(MoveRefused):
    """A request is not the one that was looked at: it has another commit, or is merged by now."""


@dataclass(frozen=True)
class Verdict:
    """What came of a request.

    Attributes:
        merge: the request as it is now.
        retired: the polecat's hook that was archived and whose worktree can go.
        landed: convoys that landed by it.
        held: why it could not be tried now; it stays queued.
        given_back: whether its agent is at work on it again.
    """

    merge: Merge
    retired: Hook | None = None
    landed: tuple[Convoy, ...] = ()
    held: str | None = None
    given_back: bool = False


def take(
    town: Town, merges: list[Merge], *, batch: str, base: str, log: str, queue: Queue, actor: str
) -> list[Merge]:
    """Say that requests are being tested together, stacked on the target's commit `base`.

    Args:
        queue: the rig's queue, with the size of its batches as it is now.

    Raises:
        Superseded: one is not queued any more, or more work was handed in with it.
    """
    names = ", ".join(merge.id for merge in merges)
    with town.transaction(f"test {names} on {base[:12]}", actor=actor) as tx:
        taken = []
        for merge in merges:
            now = same(tx, merge)
            if now.state is not MergeState.QUEUED:
                raise Superseded(f"{merge.id} is {now.state} by now", hint="gt mq list")
            fresh: dict[str, Any] = {
                "base": base, "log": log, "batch": batch, "attempts": now.attempts + 1,
                "reason": None, "gate": None,
            }  # fmt: skip
            taken.append(move_merge(tx, town, now, "take", **fresh))
        frozen = tuple(merge.id for merge in taken)
        _put_queue(tx, town, queue.id, window=queue.window, recent=queue.recent, frozen=frozen,
                   batch=batch)  # fmt: skip
        return taken


def note_window(town: Town, rig: str, size: int, recent: str, *, actor: str) -> Queue:
    """Remember how large batches may be, and that none is under way."""
    with town.transaction(f"{rig}: batches of up to {size} from now on", actor=actor) as tx:
        return _put_queue(tx, town, rig, window=size, recent=recent, frozen=(), batch=None)


def _put_queue(tx: Transaction, town: Town, rig: str, **changes: Any) -> Queue:
    found = replace(queue_of(tx.read, rig), updated_at=town.now(), **changes)
    tx.put(found)
    return found


def requeue(town: Town, merges: list[Merge], why: str, *, actor: str) -> list[Merge]:
    """Put requests that were being tested back into the queue; those that are not stay as is."""
    names = ", ".join(merge.id for merge in merges)
    with town.transaction(f"requeue {names}: {why}", actor=actor) as tx:
        found = [tx.merge(merge.id) for merge in merges]
        return [
            move_merge(tx, town, merge, "requeue") if merge.state is MergeState.TESTING else merge
            for merge in found
        ]


def hold(town: Town, merges: list[Merge], held: TargetHeld, *, actor: str) -> list[Verdict]:
    """Queue tested requests again: a worktree stands in their way; its owner is told once."""
    why = f"{held.message} ({held.hint})"
    first = merges[0]
    names = ", ".join(merge.id for merge in merges)
    with town.transaction(f"{names} waits: {first.target} is in use", actor=actor) as tx:
        waiting = [
            move_merge(tx, town, tx.merge(merge.id), "requeue", reason=why) for merge in merges
        ]
        places = {town.layout.root / hook.path: hook.id for hook in tx.read.hooks(rig=first.rig)}
        owner = places.get(held.place, HUMAN)
        post_once(
            tx, town, to=owner, subject=f"your worktree holds up {first.target}",
            body=f"{names} waits: {why}", about=first.id,
        )  # fmt: skip
    return [Verdict(merge, held=why) for merge in waiting]


def merged(
    town: Town, merge: Merge, *, result: str, contained: bool, actor: str, **evidence: Any
) -> Verdict:
    """Record that the target holds the work: close the bead, archive the hook, land convoys.

    Args:
        evidence: what else the record shall keep of it: style, proof, tested, flaky, …

    Raises:
        MoveRefused: the target does not contain the work.
        Superseded: more work was handed in, of which that is not known.
    """
    subject = f"merge {merge.subject} into {merge.target}"
    with town.transaction(subject, actor=actor, cause=_evidence(merge)) as tx:
        facts = MergeFacts(contained=contained)
        return _land(tx, town, same(tx, merge), result, facts, **evidence)


def merged_unasked(town: Town, hook: Hook, *, head: str, result: str) -> Verdict:
    """Record that the target holds the work of a hook whose agent never asked for it.

    Raises:
        MoveRefused: the hook holds something else by now.
    """
    subject = f"merge {hook.bead} into {hook.target}"
    cause = f"{hook.target}:{head}"
    with town.transaction(subject, actor=REFINERY, cause=cause) as tx:
        now = tx.hook(hook.id)
        if (now.bead, now.generation, now.start) != (hook.bead, hook.generation, hook.start):
            raise MoveRefused(f"{hook.bead} was taken from {hook.id}", hint="gt agents")
        request = new_request(tx, town, now, head)
        return _land(tx, town, request, result, MergeFacts(contained=True))


def was_taken_back(town: Town, merge: Merge) -> bool:
    """Whether a person undid the record of this very merge; then it is not made again by itself."""
    return already_applied(town, _evidence(merge), record_path(merge))


def _evidence(merge: Merge) -> str:
    """What stands as the cause of recording a merge: the target and the commit it holds."""
    return f"{merge.target}:{merge.head}"


def _land(
    tx: Transaction, town: Town, merge: Merge, result: str, facts: MergeFacts, **evidence: Any
) -> Verdict:
    trigger = "land" if merge.state is MergeState.TESTING else "observe"
    merge = move_merge(
        tx, town, merge, trigger, facts, result=result, reason=None, gate=None, **evidence
    )
    bead = tx.bead(merge.bead) if merge.bead is not None else None
    solved = settle(tx, town, merge, f"solved: {merge.id} is merged as {result[:12]}")
    closed = {solved} if solved is not None else set()
    if bead is not None and bead.is_live:
        if merge.hook is None and (other := hook_of(tx, bead)) is not None:
            release_hook(tx, town, other)
        if bead.state is BeadState.HOOKED:
            bead = move_bead(tx, town, bead, "start")
        move_bead(
            tx, town, bead, "close", BeadFacts(merged=True), closed_at=town.now(),
            close_reason=f"merged as {result[:12]}",
        )  # fmt: skip
        closed.add(bead.id)
    landed = land_convoys(tx, town, frozenset(closed)) if closed else []
    hook = tx.find_hook(merge.hook) if merge.hook is not None else None
    retired = _finish(tx, town, hook, merge) if hook is not None else None
    return Verdict(merge, retired, tuple(landed))


def same(tx: Transaction, merge: Merge) -> Merge:
    """The request as it is now, if it still asks for the commit that was looked at."""
    now = tx.merge(merge.id)
    if now.head != merge.head:
        raise Superseded(f"more work was handed in as {merge.id}", hint="gt refinery run")
    if now.state is MergeState.MERGED and merge.state is not now.state:
        raise Superseded(f"{merge.id} was recorded as merged meanwhile", hint="gt mq show")
    return now


def _finish(tx: Transaction, town: Town, hook: Hook, merge: Merge) -> Hook | None:
    if hook.generation != merge.generation or not hook.is_live or hook.bead != merge.bead:
        return None
    if hook.state is HookState.SUSPENDED:
        hook = move_hook(tx, town, hook, "resume")
    if hook.state is HookState.ACTIVE:  # merged by a person before its agent said so
        hook = move_hook(tx, town, hook, "complete")
    finished = finish_hook(tx, town, hook)
    return replace(hook) if finished.state is HookState.ARCHIVED else None
