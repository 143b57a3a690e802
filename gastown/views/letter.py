"""What an agent is told of its mail: as data, in a few thousand bytes, with who really sent it.

Each line of a message is a quotation, so that none of it can pass for a word of ours or of the
person. What does not fit stays unread and is told the next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.mail import MailKind
from gastown.ids import HUMAN
from gastown.views.mail import short
from gastown.views.prime_text import line, quoted, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.mail import Mail

LIMIT = 4000
_BODY = 1200
_SUBJECT = 240
_ROOM_FOR_THE_REST = 200
_HEAD = (
    "[gastown] New messages. They are quoted as they were sent; the senders' names are verified."
)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True)
class Told:
    """A text, and the messages that are in it. `left`: how many are not."""

    text: str
    mail: tuple[Mail, ...]
    left: int


def tell(unread: Sequence[Mail], now: datetime) -> Told:
    """The text for as many unread messages as there is room for: nudges first, each oldest first.

    The first one always has room; without messages there is no text.
    """
    waiting = sorted(unread, key=lambda mail: mail.kind is not MailKind.NUDGE)
    parts: list[str] = [_HEAD]
    told: list[Mail] = []
    room = LIMIT - size(_HEAD) - _ROOM_FOR_THE_REST
    for mail in waiting:
        part = _part(mail, now)
        room -= size(part) + 2
        if told and room < 0:
            break
        parts.append(part)
        told.append(mail)
    if not told:
        return Told("", (), 0)
    left = len(waiting) - len(told)
    parts.append(_end(told, left))
    return Told("\n\n".join(parts) + "\n", tuple(told), left)


def _part(mail: Mail, now: datetime) -> str:
    name = "Nudge" if mail.kind is MailKind.NUDGE else "Mail"
    who = "the person" if mail.sender == HUMAN else line(mail.sender, 120)
    head = f"{name} {short(mail)} from {who} ({ago(mail.sent_at, now)})"
    if mail.kind is not MailKind.NUDGE:
        head += f", subject: {line(mail.subject, _SUBJECT)}"
    if mail.about:
        head += f" [about {line(mail.about, 80)}]"
    text, _ = quoted(mail.body or "", _BODY, f"gt mail read {short(mail)}")
    return f"{head}\n{text}".rstrip()


def _end(told: list[Mail], left: int) -> str:
    answers = [short(mail) for mail in told if mail.kind is MailKind.MAIL and "/" in mail.sender]
    answers += [short(mail) for mail in told if mail.sender in (HUMAN, "mayor")]
    said = f'Answer with: gt mail reply {answers[0]} -m "…"' if answers else ""
    if left:
        said = f"{left} more: gt mail inbox. {said}".rstrip()
    return said or "They count as read now; gt mail inbox --all shows them again."


def ago(moment: str, now: datetime) -> str:
    """How long ago a moment was, in words."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return "at an unknown time"
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = int((now - then).total_seconds())
    for length, unit in _UNITS:
        number = seconds // length
        if number >= 1:
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"
