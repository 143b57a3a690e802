"""Mail: a message to a mailbox, committed in the same operation as what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class MailKind(StrEnum):
    """A message to be kept, or a short call to look up."""

    MAIL = "mail"
    NUDGE = "nudge"


class MailState(StrEnum):
    """Where the reader stands with it."""

    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"


MAIL = Lifecycle(
    "mail",
    MailState,
    [
        Move("read", MailState.UNREAD, MailState.READ),
        Move("archive", (MailState.UNREAD, MailState.READ), MailState.ARCHIVED),
    ],
    initial=(MailState.UNREAD,),
)


@dataclass(frozen=True, kw_only=True)
class Mail(Record):
    """One message in one mailbox.

    Attributes:
        about: the bead, convoy or merge it tells of.
        thread: the id of the message that the exchange began with; None: this one began it.
        reply_to: the id of the message that it answers.
    """

    KIND: ClassVar[str] = "mail"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = MAIL

    state: MailState = MailState.UNREAD
    to: str
    sender: str
    subject: str
    body: str
    about: str | None = None
    kind: MailKind = MailKind.MAIL
    thread: str | None = None
    reply_to: str | None = None
    sent_at: str
