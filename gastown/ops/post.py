"""Mail within an operation: told in the same commit as what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.mail import MAIL, Mail, MailState
from gastown.errors import NotFound
from gastown.ids import ulid

if TYPE_CHECKING:
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

SYSTEM = "town"


def post(
    tx: Transaction, town: Town, *, to: str, subject: str, body: str, about: str | None,
    sender: str = SYSTEM,
) -> Mail:  # fmt: skip
    """Put a message into a mailbox."""
    milliseconds = int(town.edge.clock().timestamp() * 1000)
    mail = Mail(
        id=ulid(milliseconds, town.edge.entropy(10)), to=to, sender=sender, subject=subject,
        body=body, about=about, sent_at=town.now(),
    )  # fmt: skip
    tx.put(mail)
    return mail


def post_once(
    tx: Transaction, town: Town, *, to: str, subject: str, body: str, about: str | None
) -> Mail | None:  # fmt: skip
    """Post unless the same is in the mailbox and has not been read yet; None: it is."""
    waiting = {mail.subject for mail in tx.read.mail(to) if mail.state is MailState.UNREAD}
    if subject in waiting:
        return None
    return post(tx, town, to=to, subject=subject, body=body, about=about)


def read_mail(town: Town, identifier: str, *, actor: str) -> Mail:
    """Take a message as read; returns it.

    Raises:
        NotFound: no message of the reader has that id (its end is enough).
    """
    found = [m for m in town.read().mail(actor) if m.id.endswith(identifier.upper())]
    if len(found) != 1:
        raise NotFound(f"no message {identifier!r} for {actor}", hint="gt mail inbox lists them")
    mail = found[0]
    if mail.state is not MailState.UNREAD:
        return mail
    with town.transaction(f"{actor} reads mail {mail.id}", actor=actor) as tx:
        read = Mail(**{**vars(mail), "state": MAIL.after(mail.state, "read")})
        tx.put(read)
    return read
