"""Mailboxes: what lies in them, one message by the end of its id, exchanges, words in messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound, UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.mail import Mail
    from gastown.store.reader import Reader

_ID = 26


@dataclass(frozen=True)
class Letter:
    """A message as its sender wrote it.

    Attributes:
        to: everybody it was sent to.
        mail: the one of its copies that is shown.
    """

    to: tuple[str, ...]
    mail: Mail


def by_id(reader: Reader, identifier: str, *, asker: str) -> Mail:
    """A message by its id or the end of it; the asker's own ones come first.

    Raises:
        NotFound: there is none.
        UsageTrouble: several end so.
    """
    ending = identifier.strip().upper()
    every = [mail for mail in reader.mail() if ending and mail.id.endswith(ending)]
    found = [mail for mail in every if asker in (mail.to, mail.sender)] or every
    if not found:
        raise NotFound(f"no message {identifier!r}", hint="gt mail inbox --all lists them")
    if len(found) > 1:
        raise UsageTrouble(
            f"{len(found)} messages end in {identifier!r}",
            hint="give more of it: " + ", ".join(mail.id for mail in found[:3]),
        )
    return found[0]


def thread_of(reader: Reader, mail: Mail) -> list[Letter]:
    """The exchange that a message belongs to, oldest first; copies of one message are one."""
    root = mail.thread or mail.id
    return letters(one for one in reader.mail() if root in (one.id, one.thread))


def letters(found: Iterable[Mail]) -> list[Letter]:
    """Messages with the copies of each taken together."""
    gathered: dict[tuple[str, ...], list[Mail]] = {}
    for one in found:
        key = (one.sender, one.sent_at, one.subject, one.body, one.reply_to or "")
        gathered.setdefault(key, []).append(one)
    return [Letter(tuple(sorted(one.to for one in same)), same[0]) for same in gathered.values()]


def search(reader: Reader, text: str, *, asker: str | None) -> list[Mail]:
    """Messages that hold a text, whatever its case; of one asker (got or sent), or of all.

    Raises:
        UsageTrouble: there is nothing to look for.
    """
    wanted = text.casefold().strip()
    if not wanted:
        raise UsageTrouble("there is nothing to look for", hint="gt mail search TEXT")
    return [
        mail for mail in reader.mail()
        if (asker is None or asker in (mail.to, mail.sender))
        and any(wanted in one.casefold() for one in
                (mail.subject, mail.body, mail.sender, mail.to, mail.about or "", mail.id))
    ]  # fmt: skip


def short(mail: Mail) -> str:
    """The end of a message's id, by which it is called."""
    return mail.id[-6:] if len(mail.id) == _ID else mail.id
