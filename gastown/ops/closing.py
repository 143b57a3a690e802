"""Beads: closed by a person's word, and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE, Bead, BeadFacts, BeadState
from gastown.domain.merge import MergeState
from gastown.errors import Refused
from gastown.ops.actors import is_person
from gastown.ops.describing import describe
from gastown.ops.landing import land_convoys, reopen_convoys
from gastown.ops.moves import hook_of, move_bead, release_hook, with_note

if TYPE_CHECKING:
    from gastown.domain.convoy import Convoy
    from gastown.domain.hook import Hook
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


@dataclass(frozen=True)
class Closed:
    """A bead that is closed now, and what followed.

    Attributes:
        landed: convoys that landed by it.
        unblocked: beads that waited for it and can start now.
        released: the hook that held it and still has its worktree.
    """

    bead: Bead
    landed: tuple[Convoy, ...] = ()
    unblocked: tuple[str, ...] = ()
    released: Hook | None = None


def close(
    town: Town, identifier: str, *, reason: str | None, force: bool = False, actor: str
) -> Closed:
    """Close a bead by a person's word.

    Raises:
        NotFound: there is no such bead.
        MoveRefused: it is closed already, or an agent tries to close what its merge will close.
        Refused: it is blocked or its work waits in the merge queue, and `force` is not given.
    """
    with town.transaction(f"close {identifier}", actor=actor) as tx:
        bead = tx.bead(identifier)
        if bead.state in LIVE and not force:
            _check_closable(tx, bead)
        slung = bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS)
        hook = hook_of(tx, bead)
        person = is_person(tx.read, actor)
        facts = BeadFacts(slung_to_agent=slung and hook is not None and not person)
        bead = move_bead(
            tx, town, bead, "close", facts, closed_at=town.now(), close_reason=reason or "Closed"
        )
        if hook is not None:
            hook = release_hook(tx, town, hook)
        tx.subject = f"close {identifier}: {reason or bead.title}"
        landed = land_convoys(tx, town, frozenset({identifier}))
        closed = Closed(bead, tuple(landed), _freed_by(tx, identifier), hook)
    if hook is not None:
        describe(town, hook.id)
    return closed


def reopen(town: Town, identifier: str, *, reason: str | None, actor: str) -> Bead:
    """Open a closed bead again; convoys that landed with it open again, too.

    Raises:
        NotFound: there is no such bead.
        MoveRefused: it is not closed.
    """
    with town.transaction(f"reopen {identifier}", actor=actor) as tx:
        bead = tx.bead(identifier)
        if reason:
            bead = with_note(bead, reason)
        bead = move_bead(tx, town, bead, "reopen", closed_at=None, close_reason=None, assignee=None)
        reopen_convoys(tx, town, identifier)
    return bead


def _check_closable(tx: Transaction, bead: Bead) -> None:
    blockers = tx.read.open_blockers(bead)
    if blockers:
        raise Refused(f"{bead.id} waits for {', '.join(blockers)}", hint="--force closes it anyway")
    waiting = [
        merge.id for merge in tx.read.merges(states=(MergeState.QUEUED, MergeState.TESTING))
        if merge.bead == bead.id
    ]  # fmt: skip
    if waiting:
        raise Refused(
            f"the work of {bead.id} waits in the merge queue ({waiting[0]})",
            hint=f"merge it: gt refinery run; or take it back: gt unsling {bead.id}",
        )


def _freed_by(tx: Transaction, identifier: str) -> tuple[str, ...]:
    freed = []
    for dependent, kind in tx.read.dependents(identifier):
        bead = tx.bead(dependent)
        left = [blocker for blocker in tx.read.open_blockers(bead) if blocker != identifier]
        if kind != "parent-child" and bead.is_live and not left:
            freed.append(dependent)
    return tuple(freed)
