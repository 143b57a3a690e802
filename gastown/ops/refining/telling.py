"""Who is told what becomes of a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.domain.escalation import OF_MERGE, Severity
from gastown.ids import HUMAN, MAYOR
from gastown.ops.escalations import escalate_in
from gastown.ops.landing import subscribers
from gastown.ops.post import post

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_REFINERY = "refinery"


def tell(tx: Transaction, town: Town, merge: Merge, subject: str, body: str) -> None:
    """Mail the person, whose work it is, and whoever follows its convoy."""
    addresses = [HUMAN, *([merge.sender] if merge.sender else []), *followers(tx, merge)]
    _post(tx, town, addresses, subject, body, merge)


def tell_followers(tx: Transaction, town: Town, merge: Merge, subject: str, body: str) -> None:
    """Mail whoever follows the work, but not the person: its agent sees to it."""
    found = [address for address in followers(tx, merge) if address not in (HUMAN, merge.sender)]
    _post(tx, town, found, subject, body, merge)


def tell_author(tx: Transaction, town: Town, merge: Merge, subject: str, body: str) -> None:
    """Mail whose work it is, if that is known."""
    _post(tx, town, [merge.sender] if merge.sender else [], subject, body, merge)


def escalate(tx: Transaction, town: Town, merge: Merge, subject: str, body: str) -> None:
    """Escalate a request and mail whoever follows the work: somebody has to decide."""
    escalate_in(tx, town, subject, severity=Severity.MEDIUM, source=_REFINERY, body=body,
                bead=merge.bead, agent=merge.hook, key=f"{OF_MERGE}{merge.id}")  # fmt: skip
    told = (HUMAN, MAYOR, merge.hook)
    found = [address for address in followers(tx, merge) if address not in told]
    _post(tx, town, found, subject, body, merge)


def followers(tx: Transaction, merge: Merge) -> list[str]:
    """The mayor, if it is of its making, and whoever follows an open convoy that carries it."""
    addresses = []
    bead = tx.find_bead(merge.bead) if merge.bead is not None else None
    if bead is not None and bead.data.get("created_by") == MAYOR:
        addresses.append(MAYOR)
    for convoy in tx.read.convoys(ConvoyState.OPEN):
        if merge.bead is not None and merge.bead in convoy.beads:
            addresses += subscribers(convoy)
            addresses += [MAYOR] if convoy.owner == MAYOR else []
    return list(dict.fromkeys(addresses))


def _post(
    tx: Transaction, town: Town, addresses: list[str], subject: str, body: str, merge: Merge
) -> None:
    for address in dict.fromkeys(addresses):
        post(tx, town, to=address, subject=subject, body=body, about=merge.id)
