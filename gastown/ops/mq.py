"""The merge queue as records: what is next, and what came of each request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadFacts, BeadState
from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import Merge, MergeFacts, MergeState
from gastown.errors import MoveRefused
from gastown.ids import HUMAN, MAYOR
from gastown.ops.landing import land_convoys, subscribers
from gastown.ops.moves import move_bead, move_hook, move_merge
from gastown.ops.post import post, post_once
from gastown.ops.work import finish_hook, new_request
from gastown.store.evidence import already_applied
from gastown.store.layout import record_path

if TYPE_CHECKING:
    from gastown.store.merging import TargetHeld
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

REFINERY = "refinery"
QUOTED_LINES = 20
QUOTED_CHARACTERS = 4000
NAMED_PATHS = 200


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
    """

    merge: Merge
    retired: Hook | None = None
    landed: tuple[Convoy, ...] = ()
    held: str | None = None


def next_request(reader: Reader, rig: str, skip: frozenset[str] = frozenset()) -> Merge | None:
    """The queued request to try next: the most urgent bead first, then the oldest request."""
    queued = [m for m in reader.merges(rig=rig, states=(MergeState.QUEUED,)) if m.id not in skip]
    beads = {bead.id: bead.priority for bead in reader.beads(identifiers=[m.bead for m in queued])}
    ordered = sorted(queued, key=lambda m: (beads.get(m.bead, 4), m.created_at, m.id))
    return ordered[0] if ordered else None


def take(town: Town, merge: Merge, *, base: str, log: str, actor: str) -> Merge:
    """Say that a request is being tested on the target's commit `base`.

    Raises:
        MoveRefused: it is not queued any more.
        Superseded: more work was handed in.
    """
    with town.transaction(f"test {merge.id} on {base[:12]}", actor=actor) as tx:
        now = _same(tx, merge)
        return move_merge(
            tx, town, now, "take", base=base, log=log, attempts=now.attempts + 1,
            reason=None, gate=None,
        )  # fmt: skip


def requeue(town: Town, merge: Merge, why: str, *, actor: str) -> Merge:
    """Put a request that was being tested back into the queue."""
    with town.transaction(f"requeue {merge.id}: {why}", actor=actor) as tx:
        return move_merge(tx, town, tx.merge(merge.id), "requeue")


def hold(town: Town, merge: Merge, held: TargetHeld, *, actor: str) -> Verdict:
    """Queue a tested request again because a worktree stands in its way; its owner is told once."""
    why = f"{held.message} ({held.hint})"
    with town.transaction(f"{merge.id} waits: {merge.target} is in use", actor=actor) as tx:
        waiting = move_merge(tx, town, tx.merge(merge.id), "requeue", reason=why)
        places = {town.layout.root / hook.path: hook.id for hook in tx.read.hooks(rig=merge.rig)}
        owner = places.get(held.place, HUMAN)
        post_once(
            tx, town, to=owner, subject=f"your worktree holds up {merge.target}",
            body=f"{merge.id} waits: {why}", about=merge.id,
        )  # fmt: skip
    return Verdict(waiting, held=why)


def fail(town: Town, merge: Merge, *, gate: str, reason: str, output: str, actor: str) -> Verdict:
    """Record a red gate; the target is untouched, and everyone concerned gets the output."""
    with town.transaction(f"{merge.id} fails: {reason}", actor=actor) as tx:
        failed = move_merge(tx, town, tx.merge(merge.id), "fail", gate=gate, reason=reason)
        tail = "\n".join(output.splitlines()[-QUOTED_LINES:])[-QUOTED_CHARACTERS:]
        body = f"{reason}\n\nThe last lines of its log (gt mq log {merge.id}):\n\n{tail}\n\n"
        body += f"To give it back to its agent: gt sling {merge.bead} {merge.hook}"
        _tell(tx, town, failed, f"merge failed: {merge.bead}", body)
    return Verdict(failed)


def conflict(town: Town, merge: Merge, paths: tuple[str, ...], *, actor: str) -> Verdict:
    """Record that a branch conflicts with its target; both are untouched.

    Without paths the two have nothing in common that a merge could start from.

    Raises:
        Superseded: more work was handed in.
    """
    paths = tuple(_as_text(path) for path in paths[:NAMED_PATHS])
    reason = f"{merge.branch} conflicts with {merge.target} in {', '.join(paths[:5])}"
    if not paths:
        reason = f"{merge.branch} has nothing in common with {merge.target}"
    with town.transaction(f"{merge.id} conflicts", actor=actor) as tx:
        now = _same(tx, merge)
        trigger = "sift" if now.state is MergeState.QUEUED else "conflict"
        found = move_merge(tx, town, now, trigger, reason=reason, conflicts=paths)
        body = f"{reason}\n\nIn its worktree: git merge {merge.target}, solve, commit, gt done."
        _tell(tx, town, found, f"merge conflict: {merge.bead}", body)
    return Verdict(found)


def merged(town: Town, merge: Merge, *, result: str, contained: bool, actor: str) -> Verdict:
    """Record that the target holds the work: close the bead, archive the hook, land convoys.

    Raises:
        MoveRefused: the target does not contain the work.
        Superseded: more work was handed in, of which that is not known.
    """
    subject = f"merge {merge.bead} into {merge.target}"
    with town.transaction(subject, actor=actor, cause=_evidence(merge)) as tx:
        return _land(tx, town, _same(tx, merge), result, MergeFacts(contained=contained))


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


def _land(tx: Transaction, town: Town, merge: Merge, result: str, facts: MergeFacts) -> Verdict:
    trigger = "land" if merge.state is MergeState.TESTING else "observe"
    merge = move_merge(tx, town, merge, trigger, facts, result=result, reason=None, gate=None)
    bead = tx.bead(merge.bead)
    landed: list[Convoy] = []
    if bead.is_live:
        if bead.state is BeadState.HOOKED:
            bead = move_bead(tx, town, bead, "start")
        move_bead(
            tx, town, bead, "close", BeadFacts(merged=True), closed_at=town.now(),
            close_reason=f"merged as {result[:12]}",
        )  # fmt: skip
        landed = land_convoys(tx, town, frozenset({bead.id}))
    retired = _finish(tx, town, tx.hook(merge.hook), merge)
    return Verdict(merge, retired, tuple(landed))


def retry(town: Town, merge_id: str, *, actor: str) -> Merge:
    """Queue a failed or conflicted request again as it is (a flaky gate, a repaired target)."""
    with town.transaction(f"retry {merge_id}", actor=actor) as tx:
        merge = tx.merge(merge_id)
        hook = tx.hook(merge.hook)
        if hook.generation != merge.generation or hook.state is not HookState.COMPLETED:
            raise MoveRefused(
                f"{merge.hook} is at work on {merge.bead} again", hint="its gt done queues it"
            )
        return move_merge(tx, town, merge, "retry", reason=None, gate=None, conflicts=())


def _same(tx: Transaction, merge: Merge) -> Merge:
    """The request as it is now, if it still asks for the commit that was looked at."""
    now = tx.merge(merge.id)
    if now.head != merge.head:
        raise Superseded(f"more work was handed in as {merge.id}", hint="gt refinery run")
    if now.state is MergeState.MERGED and merge.state is not now.state:
        raise Superseded(f"{merge.id} was recorded as merged meanwhile", hint="gt mq show")
    return now


def _as_text(path: str) -> str:
    """A path whose bytes are no text, as text."""
    return path.encode("utf-8", "backslashreplace").decode()


def _finish(tx: Transaction, town: Town, hook: Hook, merge: Merge) -> Hook | None:
    if hook.generation != merge.generation or not hook.is_live or hook.bead != merge.bead:
        return None
    if hook.state is HookState.SUSPENDED:
        hook = move_hook(tx, town, hook, "resume")
    if hook.state is HookState.ACTIVE:  # merged by a person before its agent said so
        hook = move_hook(tx, town, hook, "complete")
    finished = finish_hook(tx, town, hook)
    return replace(hook) if finished.state is HookState.ARCHIVED else None


def _tell(tx: Transaction, town: Town, merge: Merge, subject: str, body: str) -> None:
    addresses = [HUMAN, merge.hook]
    if tx.bead(merge.bead).data.get("created_by") == MAYOR:
        addresses.append(MAYOR)
    for convoy in tx.read.convoys(ConvoyState.OPEN):
        if merge.bead in convoy.beads:
            addresses += subscribers(convoy)
            addresses += [MAYOR] if convoy.owner == MAYOR else []
    for address in dict.fromkeys(addresses):
        post(tx, town, to=address, subject=subject, body=body, about=merge.id)
