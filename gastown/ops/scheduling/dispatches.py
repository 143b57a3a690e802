"""The records of what waits for a place: put, moved, taken back; parts of other operations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BEAD, Bead, BeadFacts
from gastown.domain.dispatch import DISPATCH, Dispatch, DispatchState
from gastown.errors import NotFound
from gastown.ops.batch import Batch, together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.hook import Hook
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

WAITING = (DispatchState.QUEUED, DispatchState.FAILED)


def move_dispatch(
    tx: Transaction, town: Town, found: Dispatch, trigger: str, **changes: Any
) -> Dispatch:  # fmt: skip
    """Move a dispatch by `trigger` and put it."""
    state = DISPATCH.after(found.state, trigger)
    found = replace(found, state=state, updated_at=town.now(), **changes)
    tx.put(found)
    return found


def queue_in(
    tx: Transaction, town: Town, bead: Bead, *, rig: str, runtime: str | None, force: bool,
    by: str, convoy: str | None = None,
) -> Dispatch:  # fmt: skip
    """Let a bead wait for a place; one that waits already keeps it, with what is asked for now.

    Raises:
        MoveRefused: nobody may work on it now, as it is.
    """
    facts = BeadFacts(open_blockers=() if force else tx.read.open_blockers(bead))
    BEAD.after(bead.state, "sling", facts)
    now = town.now()
    asked: dict[str, Any] = {
        "rig": rig,
        "runtime": runtime,
        "force": force,
        "priority": bead.priority,
    }
    known = tx.find_dispatch(bead.id)
    if known is None:
        known = Dispatch(id=bead.id, **asked, convoy=convoy, by=by, created_at=now, updated_at=now)
        tx.put(known)
        return known
    if known.state is not DispatchState.QUEUED:
        return move_dispatch(tx, town, known, "queue", **asked, convoy=convoy, by=by, failures=0,
                             reason=None, hook=None, created_at=now)  # fmt: skip
    changed = replace(known, **asked, convoy=known.convoy or convoy)
    if changed != known:
        known = replace(changed, updated_at=now)
        tx.put(known)
    return known


def is_slung(tx: Transaction, town: Town, bead: str, hook: Hook) -> None:
    """A bead came onto a hook, by whatever way: it waits no more."""
    found = tx.find_dispatch(bead)
    if found is None or found.state not in WAITING:
        return
    if found.state is DispatchState.QUEUED:
        move_dispatch(tx, town, found, "dispatch", hook=hook.id, reason=None)
    else:
        move_dispatch(tx, town, found, "withdraw", reason=f"it was slung to {hook.id}")


def withdraw_in(tx: Transaction, town: Town, bead: str, why: str) -> Dispatch | None:
    """Take a bead out of the queue; None: it was not in it."""
    found = tx.find_dispatch(bead)
    if found is None or found.state not in WAITING:
        return None
    return move_dispatch(tx, town, found, "withdraw", reason=why)


def withdraw(town: Town, beads: Iterable[str], why: str, *, actor: str) -> Batch[Dispatch]:
    """Take beads out of the queue, in one commit; the beads stay as they are."""

    def change(tx: Transaction, bead: str) -> Dispatch:
        found = withdraw_in(tx, town, bead, why)
        if found is None:
            raise NotFound(f"{bead} does not wait for a place", hint="gt scheduler list")
        return found

    return together(town, beads, change, actor=actor,
                    says=lambda done: f"{', '.join(done)} wait no more: {why}")  # fmt: skip
