"""Mail within an operation: told in the same commit as what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.mail import Mail, MailKind, MailState
from gastown.ids import ulid

if TYPE_CHECKING:
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

SYSTEM = "town"


def post(
    tx: Transaction, town: Town, *, to: str, subject: str, body: str, about: str | None,
    sender: str = SYSTEM, kind: MailKind = MailKind.MAIL, thread: str | None = None,
    reply_to: str | None = None, sent_at: str | None = None,
) -> Mail:  # fmt: skip
    """Put a message into a mailbox.

    Args:
        thread: the id of the message that the exchange began with, if not this one.
        reply_to: the id of the message that it answers.
        sent_at: now, unless it is one of several copies that were sent at one moment.
    """
    milliseconds = int(town.edge.clock().timestamp() * 1000)
    mail = Mail(
        id=ulid(milliseconds, town.edge.entropy(10)), to=to, sender=sender, subject=subject,
        body=body, about=about, kind=kind, thread=thread, reply_to=reply_to,
        sent_at=sent_at or town.now(),
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
