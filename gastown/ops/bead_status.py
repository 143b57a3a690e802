"""Where a bead stands, changed by somebody's word: claimed, put off, pinned, set.

Only the table of `domain/bead.py` moves a bead. A claim is a compare-and-swap: the bead is open, or
its owner repeats the claim. Closing and slinging have commands of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.domain.bead_words import status_of
from gastown.domain.hook import Role
from gastown.errors import MoveRefused, Refused
from gastown.ops.batch import Batch, together
from gastown.ops.beads import existing
from gastown.ops.landing import reopen_convoys
from gastown.ops.moves import ancestry, hook_of, move_bead, release_hook, with_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

CLEARED: dict[str, Any] = {"closed_at": None, "close_reason": None, "closed_by_session": None}


def claim_bead(tx: Transaction, town: Town, bead: Bead, actor: str) -> Bead:
    """Make a bead the actor's and in progress; repeated by its owner it changes nothing.

    Raises:
        Refused: it is somebody else's, or a polecat asks for what does not belong to its hook.
        MoveRefused: it is not open.
    """
    if bead.state is BeadState.IN_PROGRESS and bead.assignee == actor:
        return bead
    if bead.assignee not in (None, actor):
        raise Refused(f"{bead.id} is {bead.assignee}'s", hint="bd ready shows what is free")
    _check_polecat(tx, bead, actor)
    return move_bead(tx, town, bead, "claim", assignee=actor)


def set_status(tx: Transaction, town: Town, bead: Bead, status: str, actor: str) -> Bead:
    """Bring a bead to a status, as the table allows.

    Raises:
        UsageTrouble: there is no such status.
        MoveRefused: it cannot be reached from the present one, or has a command of its own.
    """
    wanted = status_of(status)
    if wanted is bead.state:
        return bead
    if wanted is BeadState.IN_PROGRESS and bead.state is BeadState.OPEN:
        return claim_bead(tx, town, bead, bead.assignee or actor)
    trigger = BEAD.trigger_for(bead.state, wanted)
    if trigger in (None, "sling", "close", "delete"):
        raise MoveRefused(
            f"{bead.id} cannot be set from {bead.state} to {wanted}", hint=_way(bead, wanted)
        )
    assert trigger is not None
    hook = hook_of(tx, bead)
    if hook is not None and wanted is BeadState.OPEN:
        release_hook(tx, town, hook)
    if trigger == "reopen":
        return reopen_bead(tx, town, bead)
    changes: dict[str, Any] = {"assignee": None} if wanted is BeadState.OPEN else {}
    return move_bead(tx, town, bead, trigger, **changes)


def reopen_bead(tx: Transaction, town: Town, bead: Bead) -> Bead:
    """Open a closed bead again; convoys that landed with it open again, too."""
    bead = move_bead(tx, town, bead, "reopen", assignee=None, **CLEARED)
    reopen_convoys(tx, town, bead.id)
    return bead


def defer(town: Town, identifiers: Iterable[str], *, until: str | None, actor: str) -> Batch[Bead]:
    """Put beads off: until a moment, after which they are ready by themselves, or until undefer.

    With a moment the bead stays open, and `bd ready` leaves it out until then.
    """

    def put_off(tx: Transaction, identifier: str) -> Bead:
        bead = existing(tx, identifier)
        if until is None:
            changed = bead.state is not BeadState.DEFERRED
            return move_bead(tx, town, bead, "defer", defer_until=None) if changed else bead
        if bead.state is BeadState.DEFERRED:
            return move_bead(tx, town, bead, "undefer", defer_until=until)
        if bead.state is not BeadState.OPEN:
            raise MoveRefused(
                f"a bead that is {bead.state} cannot be put off", hint=BEAD.hint(bead.state)
            )
        bead = bead.with_(defer_until=until, updated_at=town.now())
        tx.put(bead)
        return bead

    return _each(town, "defer", identifiers, put_off, actor)


def undefer(town: Town, identifiers: Iterable[str], *, actor: str) -> Batch[Bead]:
    """Make beads that were put off ready again, whichever way it was done."""

    def take_up(tx: Transaction, identifier: str) -> Bead:
        bead = existing(tx, identifier)
        if bead.state is BeadState.DEFERRED:
            return move_bead(tx, town, bead, "undefer", defer_until=None)
        if "defer_until" not in bead.data:
            raise MoveRefused(f"{identifier} is not put off", hint=BEAD.hint(bead.state))
        bead = bead.with_(defer_until=None, updated_at=town.now())
        tx.put(bead)
        return bead

    return _each(town, "undefer", identifiers, take_up, actor)


def set_statuses(
    town: Town, identifiers: Iterable[str], verb: str, status: BeadState, *, actor: str,
    reason: str | None = None, only_from: BeadState | None = None,
) -> Batch[Bead]:  # fmt: skip
    """Bring beads to a status: what `bd pin`, `bd unpin`, `bd block` and `bd unblock` do.

    Args:
        verb: as it was typed, for the commit's subject.
        only_from: refuse beads that are in another status.
    """

    def change(tx: Transaction, identifier: str) -> Bead:
        bead = existing(tx, identifier)
        if only_from is not None and bead.state is not only_from:
            raise MoveRefused(
                f"{identifier} is {bead.state}, not {only_from}", hint=BEAD.hint(bead.state)
            )
        if reason:
            bead = with_note(bead, reason)
        return set_status(tx, town, bead, status, actor)

    return _each(town, verb, identifiers, change, actor)


def _each(
    town: Town, verb: str, identifiers: Iterable[str], change: Callable[[Transaction, str], Bead],
    actor: str,
) -> Batch[Bead]:  # fmt: skip
    return together(
        town, identifiers, change, actor=actor, says=lambda done: f"{verb} {', '.join(done)}"
    )


def _check_polecat(tx: Transaction, bead: Bead, actor: str) -> None:
    """A polecat works on what is on its hook, and on the children of it."""
    hook = tx.find_hook(actor) if "/" in actor else None
    if hook is None or hook.role is not Role.POLECAT:
        return
    if any(one.id == hook.bead for one in ancestry(tx, bead)):
        return
    raise Refused(
        f"{bead.id} does not belong to what is on the hook of {actor}",
        hint=f"gt sling {bead.id} {bead.rig} gives it to an agent of its own",
    )


def _way(bead: Bead, wanted: BeadState) -> str:
    ways = {
        BeadState.HOOKED: f"gt sling {bead.id}", BeadState.CLOSED: f"bd close {bead.id}",
        BeadState.TOMBSTONE: f"bd delete {bead.id}",
    }  # fmt: skip
    return ways.get(wanted) or BEAD.hint(bead.state)
