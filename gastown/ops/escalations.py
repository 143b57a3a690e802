"""Escalating within an operation: one record for one thing, and mail in the same commit.

Routes that take time (commands, webhooks, the person's desktop) are followed after the commit, and
again until they lead somewhere: what is still to be told is what the record does not say was told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.escalation import Escalation, Severity
from gastown.domain.telling import Failure, failures, mark, untold
from gastown.errors import GtError
from gastown.ids import hash_id
from gastown.ops.addresses import mailbox_of
from gastown.ops.post import post

if TYPE_CHECKING:
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

PREFIX = "es"
_MAIL = "mail:"
_LONGEST = 300


def escalate_in(
    tx: Transaction, town: Town, title: str, *, severity: Severity, source: str, body: str = "",
    bead: str | None = None, agent: str | None = None, key: str | None = None,
) -> tuple[Escalation, bool]:  # fmt: skip
    """Escalate something, or count it once more where it is open already; True: it is new.

    Args:
        source: who escalates.
        key: tells whether it is the same thing; by default the bead or agent, and the title.
    """
    title = " ".join(title.split())
    key = key or f"{bead or agent or ''}: {title.casefold()}"
    now = town.now()
    known = next((one for one in tx.read.escalations() if one.key == key), None)
    if known is not None:
        known = tx.escalation(known.id)
    if known is not None and known.is_live:
        order = list(Severity)
        graver = min(known.severity, severity, key=order.index)
        found = replace(
            known, count=known.count + 1, last_at=now, updated_at=now, severity=graver,
            body=body or known.body,
        )  # fmt: skip
    else:
        identifier = hash_id(PREFIX, title, town.edge.entropy(8).hex(), source, 0, 0, 5)
        found = Escalation(
            id=identifier, severity=severity, title=title, body=body, source=source, bead=bead,
            agent=agent, key=key, last_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        known = None
    found = tell_by_mail(tx, town, found)
    tx.put(found)
    return found, known is None


def tell_by_mail(
    tx: Transaction, town: Town, found: Escalation, remark: str = ""
) -> Escalation:  # fmt: skip
    """Post the mail that its routes ask for and that has not been sent yet; not put.

    An address that nobody reads is remembered as a failure: the others still get theirs.
    """
    for route in untold(found, town.settings().escalation):
        if not route.startswith(_MAIL):
            continue
        try:
            to = mailbox_of(tx.read, route.removeprefix(_MAIL))
        except GtError as trouble:
            found = with_failure(found, route, trouble.message, town.now())
            continue
        subject = f"[{found.severity}] {found.title}"
        body = "\n\n".join(part for part in (remark, found.body, _next_steps(found)) if part)
        post(tx, town, to=to, subject=subject, body=body, about=found.id, sender=found.source)
        found = with_delivery(found, route)
    return found


def with_delivery(found: Escalation, route: str) -> Escalation:
    """As it is once it was sent by a route."""
    told = mark(found, route)
    kept = tuple(one.line for name, one in failures(found).items() if name != told)
    return replace(
        found, delivered=tuple(dict.fromkeys((*found.delivered, told))), undelivered=kept
    )


def with_failure(found: Escalation, route: str, why: str, now: str) -> Escalation:
    """As it is after a route has failed once more."""
    known = failures(found)
    told = mark(found, route)
    tries = known[told].tries + 1 if told in known else 1
    known[told] = Failure(told, tries, now, " ".join(why.split())[:_LONGEST])
    return replace(found, undelivered=tuple(one.line for one in known.values()))


def _next_steps(found: Escalation) -> str:
    about = [f"bead {found.bead}"] if found.bead else []
    about += [f"agent {found.agent}: gt peek {found.agent}"] if found.agent else []
    lines = [*about, f"gt escalate ack {found.id}; when it is done: gt escalate resolve {found.id}"]
    return "\n".join(lines)
