"""Looking at what git did: commits in a hook's worktree, merges into a rig's target.

Events only say where to look; what is there decides. Every look can be repeated: a move that was
made stays made, and one that a person has taken back is not made again from the same evidence (the
oid that stands in the operation's `Cause:`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.merge import MergeState
from gastown.errors import MoveRefused, Refused
from gastown.ids import HUMAN
from gastown.ops import mq, work
from gastown.ops.moves import move_bead
from gastown.ops.post import post
from gastown.store.evidence import already_applied
from gastown.store.layout import hook_path
from gastown.store.merging import contains
from gastown.store.progress import Progress, changes_something, progress
from gastown.store.refs import Refs
from gastown.store.snapshots import keep_head
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.store.town import Town

MONITOR = "monitor"
_AT_WORK = (HookState.ACTIVE, HookState.SUSPENDED)
_CAN_HAND_IN = (*_AT_WORK, HookState.COMPLETED)
_WAITING = (
    MergeState.QUEUED, MergeState.PROPOSED, MergeState.FAILED, MergeState.CONFLICTED,
    MergeState.REJECTED,
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What a look led to. `deeds`: operations that were made, in words."""

    deeds: tuple[str, ...] = ()
    retired: tuple[Hook, ...] = ()

    def __add__(self, other: Seen) -> Seen:
        """Both."""
        return Seen(self.deeds + other.deeds, self.retired + other.retired)


def work_ref(hook: Hook) -> str:
    """Where the last commit is held that was seen on a hook's branch but not on its target."""
    return f"refs/gt/work/{hook.agent}/{hook.generation}"


def look_at_hook(town: Town, hook_id: str) -> Seen:
    """Take notice of what was committed in a hook's worktree.

    The first commit moves its bead to in_progress; one that says `Bead-Status: done` hands it in.

    Raises:
        Refused: a record is being edited by hand, or the work cannot be handed in as it is.
    """
    hook = town.read().hook(hook_id)
    if hook is None or not hook.is_live or hook.role is Role.MAYOR:
        return Seen()
    trees = Worktrees(town.layout, hook.rig)
    head = Refs(trees.repository).oid(hook.full_branch)
    if head is None:
        return Seen()  # a lost branch is mended, never taken for an answer
    keep_head(trees.git, hook, head)
    if hook.bead is None or head == (hook.start or hook.base):
        return Seen()
    found = progress(trees.git, hook, head)
    if found.unmerged:
        _remember(trees, hook, head)
    seen = Seen()
    if found.unmerged or found.named:
        seen += _start(town, hook, found)
    if hook.state in _CAN_HAND_IN and found.done and found.unmerged:
        seen += _hand_in(town, hook, found)
    return seen


def look_at_rig(town: Town, rig: str, since: str | None = None) -> Seen:
    """Take notice of merges that somebody else has made into a rig's target.

    Args:
        since: a commit of the target up to which this was looked at before.
    """
    reader = town.read()
    trees = Worktrees(town.layout, rig)
    target = Refs(trees.repository).oid(reader.rig(rig).target)
    seen = Seen()
    if target is None or target == since:
        return seen
    for merge in reader.merges(rig=rig, states=_WAITING):
        seen += _merged_by_somebody(town, trees, merge, since)
    for hook in reader.hooks(rig=rig):
        if hook.bead is not None and hook.state in _AT_WORK:
            seen += _merged_unasked(town, trees, hook, since)
    return seen


def observe(town: Town, merge: Merge, since: str | None = None) -> mq.Verdict | None:
    """Record a request as merged if somebody's own merge brought its work into the target.

    None: it did not, or a person has taken that record back.
    """
    trees = Worktrees(town.layout, merge.rig)
    target = trees.git.oid(f"refs/heads/{merge.target}")
    if target is None or not contains(trees.git, target, merge.head, since=since):
        return None
    if mq.was_taken_back(town, merge):
        return None
    try:
        return mq.merged(town, merge, result=target, contained=True, actor=mq.REFINERY)
    except mq.Superseded:
        return None


def _start(town: Town, hook: Hook, found: Progress) -> Seen:
    bead = town.read().bead(hook.bead or "")
    path = town.read().path_of("bead", bead.id) or ""
    if bead.state is not BeadState.HOOKED or already_applied(town, found.head, path):
        return Seen()
    subject = f"{hook.id} works on {bead.id}: {found.subject}"
    with town.transaction(subject, actor=hook.id, cause=found.head) as tx:
        bead, now = tx.bead(bead.id), tx.hook(hook.id)
        if bead.state is not BeadState.HOOKED or now.bead != bead.id or now.start != hook.start:
            return Seen()
        move_bead(tx, town, bead, "start")
    return Seen((subject,))


def _hand_in(town: Town, hook: Hook, found: Progress) -> Seen:
    merges = town.read().merges(rig=hook.rig)
    known = [m for m in merges if m.hook == hook.id and m.generation == hook.generation]
    if any(merge.head == found.head for merge in known):
        return Seen()
    if already_applied(town, found.head, hook_path(hook.id)):
        return Seen()
    try:
        work.hand_in(town, hook.id, no_code=False, told_by=found.head)
    except MoveRefused:
        raise
    except Refused as trouble:
        _tell(town, hook, found, trouble)
        raise
    deed = f"{hook.id} is done with {hook.bead}: commit {found.head[:12]} says so"
    return Seen((deed,))


def _tell(town: Town, hook: Hook, found: Progress, trouble: Refused) -> None:
    """Say once, to the agent and the person, why a commit that says it is done does not count."""
    body = (
        f"Commit {found.head[:12]} says Bead-Status: done, but {trouble.message}.\n\n"
        f"{trouble.hint or ''}\n\nOnce that is done it is handed in without another word."
    )
    subject = f"not handed in yet: {hook.bead} at {found.head[:12]}"
    reader = town.read()
    untold = [
        address for address in (hook.id, HUMAN)
        if all(mail.subject != subject for mail in reader.mail(address))  # also those that are read
    ]  # fmt: skip
    if untold:
        with town.transaction(f"{hook.bead} cannot be handed in yet", actor=MONITOR) as tx:
            for address in untold:
                post(tx, town, to=address, subject=subject, body=body, about=hook.bead)


def _merged_by_somebody(town: Town, trees: Worktrees, merge: Merge, since: str | None) -> Seen:
    if trees.git.oid(merge.head) is None:
        return Seen()
    verdict = observe(town, merge, since)
    if verdict is None:
        return Seen()
    deed = f"{merge.subject} was merged into {merge.target} by hand"
    return Seen((deed,), (verdict.retired,) if verdict.retired else ())


def _merged_unasked(town: Town, trees: Worktrees, hook: Hook, since: str | None) -> Seen:
    """A person has merged what an agent has not handed in: that hands it in."""
    head = Refs(trees.repository).oid(hook.full_branch)
    target = Refs(trees.repository).oid(f"refs/heads/{hook.target}")
    if head is None or target is None or head == (hook.start or hook.base):
        return Seen()
    if not _is_in_target(trees, hook, head, target, since):
        return Seen()
    if already_applied(town, head, hook_path(hook.id)):
        return Seen()
    verdict = mq.merged_unasked(town, hook, head=head, result=target)
    deed = f"{hook.bead} was merged into {hook.target} by hand, before its agent was done"
    return Seen((deed,), (verdict.retired,) if verdict.retired else ())


def _is_in_target(trees: Worktrees, hook: Hook, head: str, target: str, since: str | None) -> bool:
    """Whether a branch's own work, and not only its agent's wish to follow, is in the target."""
    if not contains(trees.git, target, head, since=since):
        return False
    if not changes_something(trees.git, hook, head):
        return False
    known = trees.git.oid(work_ref(hook))
    if known is not None:
        # Reset onto the target: the work that was seen before is not in it.
        return known == head or contains(trees.git, target, known, since=since)
    return progress(trees.git, hook, head).named


def _remember(trees: Worktrees, hook: Hook, head: str) -> None:
    if Refs(trees.repository).oid(work_ref(hook)) != head:
        trees.git.run("update-ref", "-m", "gt: work that is not merged", work_ref(hook), head)
