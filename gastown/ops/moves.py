"""Small steps that several operations share: one record, one move of its table, put."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BEAD, LINE, Bead, BeadFacts, BeadState
from gastown.domain.hook import HOOK, Hook, HookFacts, HookState, Role
from gastown.domain.merge import MERGE, Merge, MergeFacts
from gastown.domain.step import OUTCOME, metadata_of, with_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

NO_BEAD_FACTS = BeadFacts()
NO_HOOK_FACTS = HookFacts()
NOT_CONTAINED = MergeFacts(contained=False)


def move_hook(
    tx: Transaction, town: Town, hook: Hook, trigger: str, facts: HookFacts = NO_HOOK_FACTS,
    **changes: Any,
) -> Hook:  # fmt: skip
    """Move a hook by `trigger` and put it; why it was suspended is forgotten with that state."""
    changes.setdefault("reason", None)
    state = HOOK.after(hook.state, trigger, facts)
    hook = replace(hook, state=state, updated_at=town.now(), **changes)
    tx.put(hook)
    return hook


def move_bead(
    tx: Transaction, town: Town, bead: Bead, trigger: str, facts: BeadFacts = NO_BEAD_FACTS,
    **changes: Any,
) -> Bead:  # fmt: skip
    """Move a bead by `trigger` and put it; the moment of its first start is remembered."""
    state = BEAD.after(bead.state, trigger, facts)
    now = town.now()
    if state is BeadState.IN_PROGRESS and "started_at" not in bead.data:
        changes["started_at"] = now
    if trigger == "reopen":  # a step that was skipped is done in earnest this time
        bead = with_metadata(bead, **{OUTCOME: None}) if OUTCOME in metadata_of(bead) else bead
    bead = _of_its_own(bead).with_(status=state.value, updated_at=now, **changes)
    tx.put(bead)
    return bead


def _of_its_own(bead: Bead) -> Bead:
    """A bead that no longer shows the status that an imported line gave it."""
    if LINE not in bead.data:  # most were no line: what knows of lines is not imported
        return bead
    from gastown.domain.interchange import forget_raw_status

    return forget_raw_status(bead)


def move_merge(
    tx: Transaction, town: Town, merge: Merge, trigger: str, facts: MergeFacts = NOT_CONTAINED,
    **changes: Any,
) -> Merge:  # fmt: skip
    """Move a merge request by `trigger` and put it."""
    state = MERGE.after(merge.state, trigger, facts)
    merge = replace(merge, state=state, updated_at=town.now(), **changes)
    tx.put(merge)
    return merge


def release_hook(tx: Transaction, town: Town, hook: Hook) -> Hook:
    """Take the bead off a hook: back to `created`, with its worktree; pending requests end."""
    for merge in pending_merges(tx, hook):
        move_merge(tx, town, merge, "withdraw", reason="the work was taken back")
    release_claims(tx, town, hook)
    if hook.state is HookState.COMPLETED:
        hook = move_hook(tx, town, hook, "rework")
    if hook.state in (HookState.ACTIVE, HookState.SUSPENDED):
        hook = move_hook(tx, town, hook, "withdraw", bead=None)
    return hook


def release_claims(tx: Transaction, town: Town, hook: Hook) -> None:
    """What a polecat has claimed below its bead is nobody's now; a step that runs stays begun."""
    if hook.role is not Role.POLECAT:
        return
    for bead in tx.read.beads(statuses=(BeadState.IN_PROGRESS,), assignee=hook.id):
        if bead.id == hook.bead:
            continue
        bead = tx.bead(bead.id)
        if bead.state is not BeadState.IN_PROGRESS:
            continue  # this very operation has closed it
        if "step" in metadata_of(bead):
            tx.put(bead.with_(assignee=None, updated_at=town.now()))
        else:
            move_bead(tx, town, bead, "withdraw", assignee=None)


def dismiss_polecat(tx: Transaction, town: Town, hook: Hook) -> Hook:
    """A polecat without a bead is gone; a crew worktree stays with its person."""
    if hook.role is Role.POLECAT and hook.state is HookState.CREATED:
        return move_hook(tx, town, hook, "dismiss")
    return hook


def pending_merges(tx: Transaction, hook: Hook) -> list[Merge]:
    """Requests of this generation of a hook that may still be withdrawn or tested."""
    return [
        merge for merge in tx.read.merges(rig=hook.rig)
        if merge.is_pending and merge.hook == hook.id and merge.generation == hook.generation
    ]  # fmt: skip


def hook_of(tx: Transaction, bead: Bead) -> Hook | None:
    """The live hook that holds a bead, or None."""
    if not bead.assignee or "/" not in bead.assignee:
        return None
    hook = tx.find_hook(bead.assignee)
    return hook if hook is not None and hook.is_live and hook.bead == bead.id else None


def with_note(bead: Bead, text: str) -> Bead:
    """A bead with one more paragraph of notes."""
    return bead.with_(notes="\n".join(filter(None, [bead.data.get("notes"), text])))


def ancestry(tx: Transaction, bead: Bead) -> Iterator[Bead]:
    """A bead, its parent, and so on; what is its own ancestor (imported) ends the line."""
    seen: set[str] = set()
    current: Bead | None = bead
    while current is not None and current.id not in seen:
        seen.add(current.id)
        yield current
        current = tx.find_bead(current.parent) if current.parent else None
