"""What follows when a request does not merge: its record, mail that quotes why, work given back.

Where the agent that handed it in is there and can think, it gets its work back in the same commit,
and its session goes on after it; nobody else is needed. After as many times as the settings allow,
the person and the mayor are asked instead. A person's own work, and the embedded agent's, is not
given back: whoever works there reads the mail. A bead that nobody holds is opened again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.hook import HookState
from gastown.domain.merge import Merge, MergeState
from gastown.ops.moves import hook_of, move_bead, move_merge
from gastown.ops.mq import REFINERY, Verdict, merged, same, was_taken_back
from gastown.ops.observe import observe
from gastown.ops.refining import conflict_beads, conflict_slings, giving_back
from gastown.ops.refining.telling import escalate, tell, tell_author, tell_followers
from gastown.store import faults
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

QUOTED_LINES = 20
QUOTED_CHARACTERS = 4000
NAMED_PATHS = 200


@dataclass(frozen=True)
class Failure:
    """A required gate that was red, twice where that is asked for.

    Attributes:
        gate: its name.
        reason: how it ended, in words.
        output: what it printed, or its last part.
        log: the folder with all of it, relative to the town's logs; None: as the request says.
    """

    gate: str
    reason: str
    output: str
    log: str | None = None


def failed(town: Town, host: Host, merge: Merge, failure: Failure) -> Verdict:
    """Record that a request is at fault for a red gate; everyone concerned gets the output.

    The target is untouched. The agent goes on with its work, at most `rework_max` times.
    """
    most = town.settings().rig(merge.rig).merge.rework_max
    giving_back.mark(town, host, _hook(town, merge), merge)
    with town.transaction(f"{merge.id} fails: {failure.reason}", actor=REFINERY) as tx:
        found = move_merge(
            tx, town, tx.merge(merge.id), "fail", gate=failure.gate, reason=failure.reason,
            log=failure.log or merge.log,
        )  # fmt: skip
        tail = "\n".join(failure.output.splitlines()[-QUOTED_LINES:])[-QUOTED_CHARACTERS:]
        quoted = (
            f"{failure.reason}\n\nThe last lines of its log (gt mq log {merge.id}):\n\n{tail}\n\n"
        )
        _return(tx, town, found, quoted, most=most)
    giving_back.wake(town, host, merge.hook)
    return _verdict(town, found)


def conflicted(town: Town, host: Host, merge: Merge, paths: tuple[str, ...]) -> Verdict:
    """Record that a branch conflicts with its target; both are untouched.

    Unless the settings hold conflicts for a person, an agent gets a bead for solving it: the
    author, at most `rework_max` times, or where there is none, a new polecat. Without paths the two
    have nothing in common that a merge could start from: that is a person's to look at.

    Raises:
        Superseded: more work was handed in.
    """
    policy = town.settings().rig(merge.rig).merge
    solvable = policy.on_conflict == "agent" and bool(paths)
    sides = conflict_beads.sides_of(town, merge, paths) if solvable else ""
    paths = tuple(as_text(path) for path in paths[:NAMED_PATHS])
    reason = f"{merge.branch} conflicts with {merge.target} in {', '.join(paths[:5])}"
    if not paths:
        reason = f"{merge.branch} has nothing in common with {merge.target}"
    if solvable:
        giving_back.mark(town, host, _hook(town, merge), merge)
    with town.transaction(f"{merge.id} conflicts", actor=REFINERY) as tx:
        now = same(tx, merge)
        trigger = "sift" if now.state is MergeState.QUEUED else "conflict"
        found = move_merge(tx, town, now, trigger, reason=reason, conflicts=paths)
        if solvable:
            found = _to_be_solved(tx, town, found, sides, most=policy.rework_max)
        else:
            tell(tx, town, found, f"merge conflict: {merge.subject}", _by_hand(found))
            free_bead(tx, town, found)
    faults.reach("conflict:committed")
    giving_back.wake(town, host, merge.hook)
    if found.conflict_bead is not None:
        bead = town.read().bead(found.conflict_bead)
        if conflict_beads.WANTS_AGENT in bead.data.get("labels", ()):
            conflict_slings.sling_one(town, host, bead.id, merge.rig)
    return _verdict(town, found)


def _verdict(town: Town, merge: Merge) -> Verdict:
    hook = town.read().hook(merge.hook) if merge.hook is not None else None
    mine = hook is not None and hook.generation == merge.generation
    return Verdict(merge, given_back=mine and hook is not None and hook.state is HookState.ACTIVE)


def go_on(town: Town, host: Host, rig: str) -> list[str]:
    """What a killed refinery left: sessions that were to go on, conflict beads to be slung."""
    return [
        *giving_back.wake_all(town, host, rig), *conflict_slings.sling_waiting(town, host, rig),
    ]  # fmt: skip


def solved(town: Town, rig: str) -> Iterator[Verdict]:
    """Record requests whose conflict somebody else has solved, on another branch, by now merged."""
    for merge in town.read().merges(rig=rig, states=(MergeState.CONFLICTED,)):
        bead = town.read().find("bead", merge.conflict_bead) if merge.conflict_bead else None
        if isinstance(bead, Bead) and bead.state is BeadState.CLOSED:
            verdict = observe(town, merge) or _within(town, merge, bead)
            if verdict is not None:
                yield verdict


def _within(town: Town, merge: Merge, bead: Bead) -> Verdict | None:
    """Record a request whose very commit is part of what was merged for its conflict bead.

    A squash of that keeps nothing by which the target itself could tell.
    """
    git = Worktrees(town.layout, merge.rig).git
    if git.oid(merge.head) is None or was_taken_back(town, merge):
        return None
    for other in town.read().merges(rig=merge.rig, states=(MergeState.MERGED,)):
        mine = (other.bead, other.target) == (bead.id, merge.target) and other.result is not None
        if mine and git.holds("merge-base", "--is-ancestor", merge.head, other.head):
            return merged(town, merge, result=str(other.result), contained=True, actor=REFINERY)
    return None


def free_bead(tx: Transaction, town: Town, merge: Merge) -> bool:
    """Open the bead of a request again that no hook and nobody holds: it can be slung then."""
    bead = tx.find_bead(merge.bead) if merge.bead is not None else None
    if merge.hook is not None or bead is None or bead.state is not BeadState.IN_PROGRESS:
        return False
    if bead.assignee is not None or hook_of(tx, bead) is not None:
        return False
    move_bead(tx, town, bead, "withdraw", assignee=None)
    return True


def choices(merge: Merge) -> str:
    """What a person can do about a request that came back."""
    lines = [f"- gt mq retry {merge.id}: test it again as it is"]
    if merge.bead is not None:
        to = merge.hook or merge.rig
        lines.append(f"- gt sling {merge.bead} {to}: have it reworked")
    lines.append(f"- gt mq withdraw {merge.id}: take it off the queue")
    return "\n".join(lines)


def _return(tx: Transaction, town: Town, merge: Merge, quoted: str, *, most: int) -> None:
    """After a red gate: to the agent, or to people."""
    hook = tx.find_hook(merge.hook) if merge.hook is not None else None
    subject = f"merge failed: {merge.subject}"
    if hook is None or not giving_back.may_mend(hook, merge):
        body = quoted + f"To give it back to its agent: gt sling {merge.bead} {merge.hook}"
        if merge.hook is None:
            body = quoted + choices(merge)
        tell(tx, town, merge, subject, body)
        free_bead(tx, town, merge)
    elif merge.retries < most:
        giving_back.give_back(tx, town, merge)
        tell_author(
            tx, town, merge, subject,
            f"{quoted}It is yours again ({merge.retries + 1} of {most}): read all of it with gt mq"
            f" log {merge.id}, mend it, commit, gt done. If the gate itself is at fault, say so:"
            " gt mail send mayor.",
        )  # fmt: skip
        tell_followers(tx, town, merge, subject, f"{quoted}{merge.hook} mends it.")
    else:
        escalate(
            tx, town, merge, f"needs you: {merge.subject} failed {_times(merge)}",
            f"{quoted}{merge.hook} is not asked again. You can:\n{choices(merge)}",
        )  # fmt: skip


def _to_be_solved(tx: Transaction, town: Town, merge: Merge, sides: str, *, most: int) -> Merge:
    """After a conflict: a bead for it, to the author, to a new polecat, or to people."""
    hook = tx.find_hook(merge.hook) if merge.hook is not None else None
    subject = f"merge conflict: {merge.subject}"
    theirs = (merge.generation, merge.bead)
    holds = hook is not None and hook.is_live and (hook.generation, hook.bead) == theirs
    if holds and not giving_back.may_mend(hook, merge):
        tell(tx, town, merge, subject, _by_hand(merge))
        return merge
    again = merge.retries < most
    bead = conflict_beads.ensure(
        tx, town, merge, sides, solver=hook if holds and again else None,
        wants=again and not holds,
    )  # fmt: skip
    merge = conflict_beads.named(tx, town, merge, bead.id)
    if not again:
        escalate(tx, town, merge, f"needs you: {merge.subject} conflicts, {_times(merge)}",
                 f"{merge.reason}\n\nNobody is asked again ({bead.id} is for it). You can:\n"
                 f"{choices(merge)}")  # fmt: skip
    elif holds:
        giving_back.give_back(tx, town, merge)
        tell_author(
            tx, town, merge, subject,
            f"{merge.reason}\n\nIt is yours to solve ({bead.id}, {merge.retries + 1} of {most}). In"
            f" your worktree: git merge {merge.target}, solve the files, git add, git commit, gt"
            f" done. What each side did: bd show {bead.id}",
        )  # fmt: skip
        tell_followers(tx, town, merge, subject, f"{merge.reason}\n\n{merge.hook} solves it.")
    else:
        told = f"{merge.reason}\n\n{bead.id} is for solving it, by a new polecat."
        tell(tx, town, merge, subject, told)
    return merge


def _by_hand(merge: Merge) -> str:
    return f"{merge.reason}\n\nIn its worktree: git merge {merge.target}, solve, commit, gt done."


def _times(merge: Merge) -> str:
    return "once" if merge.retries == 0 else f"{merge.retries + 1} times"


def _hook(town: Town, merge: Merge) -> Hook | None:
    return town.read().hook(merge.hook) if merge.hook is not None else None


def as_text(path: str) -> str:
    """A path whose bytes are no text, as text."""
    return path.encode("utf-8", "backslashreplace").decode()
