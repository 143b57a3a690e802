"""Beads: closed by a person's word, and opened again; several of them are one commit.

A bead that waits for others, an epic with open children, and work that waits in the merge queue are
closed by force only. What an agent has on its hook is closed by its merge. The order in which beads
are named does not matter: an epic may stand before its children.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE, Bead, BeadFacts, BeadState
from gastown.domain.merge import MergeState
from gastown.errors import GtError, MoveRefused, Refused
from gastown.ops.actors import is_person
from gastown.ops.batch import Batch, together
from gastown.ops.bead_status import reopen_bead
from gastown.ops.landing import land_convoys
from gastown.ops.moves import hook_of, move_bead, release_hook, with_note
from gastown.ops.succession import Following, Successor, freed_by, go_on, open_blockers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.convoy import Convoy
    from gastown.domain.hook import Hook
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


_A = {"epic": "an epic", "molecule": "a molecule"}


@dataclass(frozen=True)
class Closed:
    """A bead that is closed now, and what followed.

    Attributes:
        landed: convoys that landed by it.
        unblocked: beads that waited for it and can start now.
        released: the hook that held it and still has its worktree.
        successor: what was looked for to go on with; None: nothing was.
    """

    bead: Bead
    landed: tuple[Convoy, ...] = ()
    unblocked: tuple[Bead, ...] = ()
    released: Hook | None = None
    successor: Successor | None = None


@dataclass(frozen=True)
class Order:
    """How to close.

    Attributes:
        force: even what waits for others, has open children, or waits in the merge queue.
        session: the session of the agent that did it, as upstream keeps it.
        patient: refuse what waits for others (not asked where a bead turns out to be needless).
        following: what to go on with, in the same commit.
    """

    reason: str | None = None
    force: bool = False
    session: str | None = None
    patient: bool = True
    following: Following = Following.NOTHING


def close(
    town: Town, identifier: str, *, reason: str | None, force: bool = False, actor: str
) -> Closed:
    """Close a bead by a person's word.

    Raises:
        NotFound: there is no such bead.
        MoveRefused: it is closed already, or an agent tries to close what its merge will close.
        Refused: it is blocked, or an epic with open children, or its work waits in the merge
            queue, and `force` is not given.
    """
    batch = close_all(town, (identifier,), Order(reason, force), actor=actor)
    if batch.refused:
        raise batch.refused[0]
    return batch.done[0]


def close_all(town: Town, identifiers: Iterable[str], order: Order, *, actor: str) -> Batch[Closed]:
    """Close beads by a person's word, all of them in one commit; the refused ones are told."""

    def says(done: dict[str, Closed]) -> str:
        [*names] = done
        why = order.reason or (done[names[0]].bead.title if len(names) == 1 else "")
        return f"close {', '.join(names)}" + (f": {why}" if why else "")

    def finish(tx: Transaction, done: dict[str, Closed]) -> dict[str, Closed]:
        return follow(tx, town, done, order.following, actor)

    batch = together(
        town, identifiers, lambda tx, one: close_bead(tx, town, one, order, actor), actor=actor,
        says=says, after=finish, again=True,
    )  # fmt: skip
    describe_released(town, batch)
    return batch


def close_bead(tx: Transaction, town: Town, identifier: str, order: Order, actor: str) -> Closed:
    """Close one bead within an operation; `follow` does what follows from it.

    Raises:
        as `close`.
    """
    bead = tx.bead(identifier)
    if bead.state is BeadState.CLOSED:
        raise MoveRefused(
            f"{identifier} is closed already: {bead.data.get('close_reason') or 'no reason given'}",
            hint=f"bd reopen {identifier}",
        )
    if bead.state in LIVE and not order.force:
        _check_closable(tx, bead, order)
    slung = bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS)
    hook = hook_of(tx, bead)
    facts = BeadFacts(slung_to_agent=slung and hook is not None and not is_person(tx.read, actor))
    bead = move_bead(
        tx, town, bead, "close", facts, closed_at=town.now(),
        close_reason=order.reason or "Closed", closed_by_session=order.session,
    )  # fmt: skip
    return Closed(bead, released=release_hook(tx, town, hook) if hook is not None else None)


def follow(
    tx: Transaction, town: Town, done: dict[str, Closed],
    following: Following = Following.NOTHING, actor: str = "",
) -> dict[str, Closed]:  # fmt: skip
    """Land the convoys that are complete now, and find what can start and what to go on with."""
    names = list(done)
    landed = land_convoys(tx, town, frozenset(names))
    told: set[str] = set()
    for name in reversed(names):  # each convoy is told with the last of its beads
        mine = tuple(c for c in landed if name in c.beads and c.id not in told)
        told |= {convoy.id for convoy in mine}
        done[name] = replace(done[name], landed=mine)
    told = set()
    for name in names:
        freed = tuple(bead for bead in freed_by(tx, name) if bead.id not in told)
        told |= {bead.id for bead in freed}
        done[name] = replace(done[name], unblocked=freed)
    if following is not Following.NOTHING:
        last = names[-1]
        found = go_on(tx, town, [one.bead for one in done.values()], following, actor)
        done[last] = replace(done[last], successor=found)
    return done


def describe_released(town: Town, batch: Batch[Closed]) -> None:
    """Tell the worktrees of released hooks that they hold nothing."""
    for one in batch.done:
        if one.released is not None:
            from gastown.ops.describing import describe  # rarely needed, and dear to start

            describe(town, one.released.id)


def reopen(
    town: Town, identifiers: Iterable[str], *, reason: str | None, actor: str
) -> Batch[Bead]:
    """Open closed beads again, in one commit; convoys that landed with them open again, too."""

    def change(tx: Transaction, identifier: str) -> Bead:
        bead = tx.bead(identifier)
        return reopen_bead(tx, town, with_note(bead, reason) if reason else bead)

    return together(
        town, identifiers, change, actor=actor, says=lambda done: f"reopen {', '.join(done)}"
    )


def check_not_queued(tx: Transaction, bead: Bead) -> None:
    """Whether no work of a bead waits in the merge queue.

    Raises:
        Refused: some does; the hint says how to get it out.
    """
    waiting = [
        merge.id for merge in tx.read.merges(states=(MergeState.QUEUED, MergeState.TESTING))
        if merge.bead == bead.id
    ]  # fmt: skip
    if waiting:
        raise Refused(
            f"the work of {bead.id} waits in the merge queue ({waiting[0]})",
            hint=f"merge it: gt refinery run; or take it back: gt unsling {bead.id}",
        )


def _check_closable(tx: Transaction, bead: Bead, order: Order) -> None:
    if order.patient:
        blockers = open_blockers(tx, bead)
        if blockers:
            raise Refused(
                f"{bead.id} waits for {', '.join(blockers)}", hint="--force closes it anyway"
            )
    if bead.issue_type in ("epic", "molecule"):
        _check_children(tx, bead)
    check_not_queued(tx, bead)


def _check_children(tx: Transaction, epic: Bead) -> None:
    children = [child for child, kind in tx.read.dependents(epic.id) if kind == "parent-child"]
    still_open = [child for child in children if _is_live(tx, child)]
    if still_open:
        named = ", ".join(still_open[:5]) + (", …" if len(still_open) > 5 else "")
        raise Refused(
            f"{epic.id} is {_A[epic.issue_type]} with open children: {named}",
            hint="close them first; --force closes it anyway, and leaves them open",
        )


def _is_live(tx: Transaction, identifier: str) -> bool:
    try:
        found = tx.find_bead(identifier)
    except GtError:  # unreadable: nobody can tell
        return True
    return found is not None and found.is_live
