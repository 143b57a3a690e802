"""Convoys: made, filled, refreshed, given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.convoy import CONVOY, Convoy, ConvoyState
from gastown.errors import Refused, UsageTrouble
from gastown.ids import hash_id
from gastown.ops.addresses import readers_of
from gastown.ops.landing import land_if_complete
from gastown.views.convoys import pick

if TYPE_CHECKING:
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

PREFIX = "cv"


@dataclass(frozen=True)
class Added:
    """Beads that were put on a convoy; `chosen`: it was not named but is the newest open one."""

    convoy: Convoy
    beads: tuple[str, ...]
    reopened: bool
    chosen: bool


def create(
    town: Town, title: str, beads: tuple[str, ...], *, notify: tuple[str, ...] = (),
    human: bool = False, owner: str | None = None, automatic: bool = False, actor: str,
) -> Convoy:  # fmt: skip
    """Make a convoy; no beads at first is fine.

    Raises:
        NotFound: one of the beads, or somebody to notify, does not exist.
        UsageTrouble: an address to notify is none.
    """
    with town.transaction(f"convoy: {title}", actor=actor) as tx:
        return start(
            tx, town, title, beads, notify=notify, human=human, owner=owner or actor,
            automatic=automatic,
        )  # fmt: skip


def start(
    tx: Transaction, town: Town, title: str, beads: tuple[str, ...], *,
    notify: tuple[str, ...] = (), human: bool = False, owner: str, automatic: bool = False,
) -> Convoy:  # fmt: skip
    """Make a convoy as part of an operation."""
    title = " ".join(title.split())
    if not title:
        raise UsageTrouble("a convoy needs a title")
    for bead in beads:
        tx.bead(bead)
    notify = readers_of(tx.read, notify, sender="") if notify else ()
    now = town.now()
    salt = town.edge.entropy(8).hex()
    identifier = hash_id(PREFIX, title, salt, owner, 0, 0, 5)
    convoy = Convoy(
        id=identifier, state=ConvoyState.OPEN, title=title, beads=tuple(dict.fromkeys(beads)),
        owner=owner, notify=notify, human=human, automatic=automatic, created_at=now,
        updated_at=now,
    )  # fmt: skip
    tx.subject = f"convoy {identifier}: {title}" if not automatic else tx.subject
    tx.put(convoy)
    return convoy


def add(town: Town, beads: tuple[str, ...], convoy_id: str | None, *, actor: str) -> Added:
    """Put beads on a convoy, by default the newest open one; a landed convoy opens again.

    Raises:
        NotFound: a bead or the convoy does not exist, or no convoy is open.
        MoveRefused: the convoy was given up.
    """
    with town.transaction("convoy add", actor=actor) as tx:
        convoy = tx.convoy(pick(tx.read, convoy_id).id)
        if convoy.state is ConvoyState.CLOSED:
            raise Refused(f"convoy {convoy.id} was given up", hint="gt convoy create makes another")
        is_open = [bead for bead in beads if tx.bead(bead).state in LIVE]
        reopened = convoy.state is ConvoyState.LANDED and bool(is_open)
        if reopened:
            convoy = replace(convoy, state=CONVOY.after(convoy.state, "reopen"), landed_at=None)
        members = tuple(dict.fromkeys([*convoy.beads, *beads]))
        if members != convoy.beads or reopened:
            tx.put(replace(convoy, beads=members, updated_at=town.now()))
        tx.subject = f"convoy {convoy.id}: add {', '.join(beads)}"
        convoy = tx.convoy(convoy.id)
    return Added(convoy, beads, reopened, chosen=convoy_id is None)


def land(town: Town, convoy_id: str, *, actor: str, cause: str | None = None) -> Convoy | None:
    """Land a convoy if all its beads are closed; None: not yet, or landed already."""
    with town.transaction(f"convoy {convoy_id}: refresh", actor=actor, cause=cause) as tx:
        convoy = tx.convoy(convoy_id)
        if convoy.state is not ConvoyState.OPEN:
            return None
        return land_if_complete(tx, town, convoy)


def give_up(town: Town, convoy_id: str, *, reason: str | None, actor: str) -> Convoy:
    """Close a convoy that will not land; its beads stay as they are.

    Raises:
        NotFound: there is no such convoy.
        MoveRefused: it is not open.
    """
    with town.transaction(f"convoy {convoy_id}: given up", actor=actor) as tx:
        convoy = tx.convoy(convoy_id)
        state = CONVOY.after(convoy.state, "give_up")
        convoy = replace(convoy, state=state, reason=reason, updated_at=town.now())
        tx.put(convoy)
    return convoy
