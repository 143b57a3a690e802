"""Mail of agents and people: sent, answered, read, archived; each in one commit.

The sender is who asks, as the place tells: never an argument. A message to several readers is one
message in each mailbox; if one of them cannot be reached nothing is sent to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.mail import MAIL, Mail, MailKind, MailState
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ids import HUMAN
from gastown.ops.addresses import mailbox_of, readers_of
from gastown.ops.injecting import note_looked
from gastown.ops.post import SYSTEM, post
from gastown.views.mail import by_id, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

LONGEST_SUBJECT = 200
LONGEST_BODY = 64 * 1024
_KINDS = ("bead", "convoy", "merge", "hook", "molecule")


@dataclass(frozen=True)
class Sent:
    """What was sent: one message for each reader."""

    mail: tuple[Mail, ...]


@dataclass(frozen=True)
class Seen:
    """A message that was looked at. `own`: it is the asker's, and counts as read now."""

    mail: Mail
    own: bool


@dataclass(frozen=True)
class Archived:
    """What was put away."""

    mail: tuple[Mail, ...]


def send(
    town: Town, addresses: Sequence[str], *, subject: str, body: str, about: str | None = None,
    actor: str,
) -> Sent:  # fmt: skip
    """Send a message to everybody whom the addresses name.

    Raises:
        UsageTrouble: a word is no address, there is no subject, or it is too long.
        NotFound: nobody is called so, or there is nothing of the id `about`.
        Refused: an agent is gone, or the text is too long.
    """
    line = checked_subject(subject)
    text = checked_body(body)
    with town.transaction(f"mail: {line}", actor=actor) as tx:
        readers = readers_of(tx.read, addresses, sender=actor)
        _check_about(tx.read, about)
        mail = post_copies(
            tx, town, readers, sender=actor, subject=line, body=text, about=about,
            kind=MailKind.MAIL,
        )  # fmt: skip
        tx.subject = f"mail to {', '.join(readers[:3])}{', …' if readers[3:] else ''}: {line}"
    return Sent(mail)


def post_copies(
    tx: Transaction, town: Town, readers: Sequence[str], *, sender: str, subject: str, body: str,
    about: str | None, kind: MailKind,
) -> tuple[Mail, ...]:  # fmt: skip
    """Put one message into several mailboxes; all answers to it are one exchange."""
    sent_at = town.now()
    found: list[Mail] = []
    for reader in readers:
        thread = found[0].id if found else None
        found.append(
            post(tx, town, to=reader, sender=sender, subject=subject, body=body, about=about,
                 kind=kind, thread=thread, sent_at=sent_at)
        )  # fmt: skip
    return tuple(found)


def reply(town: Town, identifier: str, *, body: str, actor: str) -> Sent:
    """Answer a message, which counts as read then; whoever answers their own writes on.

    Raises:
        NotFound: there is no such message.
        Refused: it is from the town itself, its sender is gone, or the text is too long.
    """
    text = checked_body(body)
    if not text.strip():
        raise UsageTrouble("the answer is empty", hint='gt mail reply ID -m "TEXT"')
    with town.transaction(f"answer mail {identifier}", actor=actor) as tx:
        first = by_id(tx.read, identifier, asker=actor)
        reader = first.sender if first.sender != actor else first.to
        if reader == SYSTEM:
            raise Refused(
                f"{short(first)} was written by the town itself: nobody would read an answer",
                hint="gt mail send ADDRESS -s SUBJECT",
            )
        subject = first.subject if first.subject.startswith("Re: ") else f"Re: {first.subject}"
        tx.subject = f"answer mail {short(first)} of {reader}"
        sent = post(
            tx, town, to=mailbox_of(tx.read, reader), sender=actor,
            subject=subject[:LONGEST_SUBJECT], body=text, about=first.about,
            thread=first.thread or first.id, reply_to=first.id,
        )  # fmt: skip
        if first.to == actor:
            _move(tx, first, "read")
    note_looked(town, actor)
    return Sent((sent,))


def read_mail(town: Town, identifier: str, *, actor: str) -> Seen:
    """Take a message as read, if it is the asker's own; somebody else's is only shown.

    Raises:
        NotFound: there is no such message.
        UsageTrouble: several ids end so.
    """
    mail = by_id(town.read(), identifier, asker=actor)
    if mail.to != actor or mail.state is not MailState.UNREAD:
        return Seen(mail, mail.to == actor)
    with town.transaction(f"{actor} reads mail {short(mail)}", actor=actor) as tx:
        read = _move(tx, mail, "read")
    note_looked(town, actor)
    return Seen(read, own=True)


def archive(
    town: Town, identifiers: Sequence[str] = (), *, every_read: bool = False, actor: str
) -> Archived:  # fmt: skip
    """Put messages away: those named, or all that were read. The person may do so for others.

    Raises:
        NotFound: there is no such message.
        Refused: it is somebody else's.
        MoveRefused: it was put away before.
        UsageTrouble: none is named.
    """
    if bool(identifiers) == every_read:
        raise UsageTrouble("which messages?", hint="gt mail archive ID…, or --read for all read")
    with town.transaction("archive mail", actor=actor) as tx:
        if every_read:
            found = [m for m in tx.read.mail(actor) if m.state is MailState.READ]
        else:
            found = [by_id(tx.read, one, asker=actor) for one in identifiers]
        for mail in found:
            if actor not in (mail.to, HUMAN):
                raise Refused(f"{short(mail)} is mail of {mail.to}", hint="gt mail inbox")
        tx.subject = f"{actor} archives {len(found)} message{'' if len(found) == 1 else 's'}"
        moved = tuple(_move(tx, mail, "archive") for mail in dict.fromkeys(found))
    for address in {mail.to for mail in moved}:
        note_looked(town, address)
    return Archived(moved)


def inbox(town: Town, address: str | None, *, every: bool, actor: str) -> list[Mail]:
    """The unread messages of a mailbox, the asker's by default; `every`: the others, too.

    Raises:
        NotFound: nobody is called so.
    """
    reader = town.read()
    box = actor if address is None else mailbox_of(reader, address, gone=True)
    return reader.mail(box) if every else reader.unread(box)


def checked_subject(subject: str) -> str:
    """A subject in one line.

    Raises:
        UsageTrouble: it is empty.
        Refused: it is too long.
    """
    line = " ".join(subject.split())
    if not line:
        raise UsageTrouble("a message needs a subject", hint="-s SUBJECT")
    if len(line) > LONGEST_SUBJECT:
        raise Refused(
            f"the subject has {len(line)} characters, the limit is {LONGEST_SUBJECT}",
            hint="say the rest in the message: -m TEXT",
        )
    return line


def checked_body(body: str) -> str:
    """A text that is no longer than a message may be.

    Raises:
        Refused: it is.
    """
    length = len(body.encode("utf-8", "surrogatepass"))
    if length > LONGEST_BODY:
        raise Refused(
            f"the message has {length:,} bytes, the limit is {LONGEST_BODY:,}",
            hint="commit it as a file, or put it into a bead, and name that: --about ID",
        )
    return body.rstrip()


def _check_about(reader: Reader, about: str | None) -> None:
    if about is not None and all(reader.find(kind, about) is None for kind in _KINDS):
        raise NotFound(f"there is nothing of the id {about!r}", hint="a bead, convoy or merge")


def _move(tx: Transaction, mail: Mail, trigger: str) -> Mail:
    now: Mail = tx.read.find("mail", mail.id)
    if trigger == "read" and now.state is not MailState.UNREAD:
        return now
    moved = replace(now, state=MAIL.after(now.state, trigger))
    tx.put(moved)
    return moved
