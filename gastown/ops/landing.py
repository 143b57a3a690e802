"""What follows from a bead being closed or reopened: convoys land, and open again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.convoy import CONVOY, Convoy, ConvoyFacts, ConvoyState
from gastown.ids import HUMAN, MAYOR

if TYPE_CHECKING:
    from collections.abc import Collection

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


def facts_of(tx: Transaction, convoy: Convoy, closed: frozenset[str] = frozenset()) -> ConvoyFacts:
    """How far a convoy is; `closed`: beads that this very operation closes."""
    statuses = tx.read.statuses(convoy.beads)
    still_open = tuple(
        bead for bead in convoy.beads
        if bead not in closed and statuses.get(bead, "tombstone") in LIVE
    )  # fmt: skip
    return ConvoyFacts(beads=len(convoy.beads), open_beads=still_open)


def land_convoys(tx: Transaction, town: Town, closed: frozenset[str]) -> list[Convoy]:
    """Land every open convoy that held one of `closed` and is now complete."""
    landed = []
    for convoy in tx.read.convoys(ConvoyState.OPEN):
        if closed.isdisjoint(convoy.beads):
            continue
        arrived = land_if_complete(tx, town, tx.convoy(convoy.id), closed)
        if arrived is not None:
            landed.append(arrived)
    return landed


def land_if_complete(
    tx: Transaction, town: Town, convoy: Convoy, closed: frozenset[str] = frozenset()
) -> Convoy | None:
    """Land a convoy whose beads are all closed and tell its subscribers; None: not yet."""
    facts = facts_of(tx, convoy, closed)
    if not facts.beads or facts.open_beads:
        return None
    from gastown.ops.post import post  # most of what is closed lands nothing

    now = town.now()
    arrived = replace(
        convoy, state=CONVOY.after(convoy.state, "land", facts), updated_at=now, landed_at=now
    )
    tx.put(arrived)
    body = "All of its beads are closed:\n" + "\n".join(f"- {bead}" for bead in convoy.beads)
    for address in _told(convoy):
        post(tx, town, to=address, subject=f"convoy landed: {convoy.title}", body=body,
             about=convoy.id)  # fmt: skip
    return arrived


def reopen_convoys(
    tx: Transaction, town: Town, bead: str, *, but: Collection[str] = ()
) -> list[Convoy]:
    """Open again every landed convoy that holds `bead`, which is open again; `but`: not these."""
    reopened = []
    for convoy in tx.read.convoys(ConvoyState.LANDED):
        if bead in convoy.beads and convoy.id not in but:
            again = replace(
                convoy, state=CONVOY.after(convoy.state, "reopen"), updated_at=town.now(),
                landed_at=None,
            )  # fmt: skip
            tx.put(again)
            reopened.append(again)
    return reopened


def _told(convoy: Convoy) -> list[str]:
    """Who gets mail when a convoy lands: the mayor and the person, too, unless a sling made it."""
    others = [HUMAN, MAYOR] if not convoy.automatic else [MAYOR] if convoy.owner == MAYOR else []
    return list(dict.fromkeys([*subscribers(convoy), *others]))


def subscribers(convoy: Convoy) -> list[str]:
    """Who gets mail about a convoy: those it notifies, and the person where it says so."""
    return list(dict.fromkeys([*convoy.notify, *([HUMAN] if convoy.human else [])]))
