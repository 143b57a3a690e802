"""Mail, nudges and doorbells as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.mail import MailKind, MailState
from gastown.render.text import age, plural, safe, table
from gastown.runtime.doorbell import Heard
from gastown.views.mail import short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.domain.mail import Mail
    from gastown.ops.mailing import Archived, Seen, Sent
    from gastown.ops.nudging import Calls, Nudged
    from gastown.views.mail import Letter

_MARKS = {MailState.UNREAD: "•", MailState.READ: "", MailState.ARCHIVED: "-"}
_SILENT = {
    Heard.RANG: "rang",
    Heard.UNCONFIRMED: "rang, but not confirmed",
    Heard.WORKING: "it is working",
    Heard.TYPING: "a person is at it",
    Heard.WAITING: "it waits for an answer",
    Heard.NOT_READY: "it takes no prompt now",
    Heard.NO_TERMINAL: "no terminal to ring in",
    Heard.GONE: "no session",
}
_WHEN_SEEN = {
    Heard.WORKING: "it is told at its next prompt",
    Heard.NO_TERMINAL: "it is told when it looks",
    Heard.GONE: "it is told when it starts or looks",
}


def inbox(found: Sequence[Mail], now: datetime) -> str:
    """For `gt mail inbox`."""
    if not found:
        return "no mail"
    rows = [(short(m), _MARKS[m.state], age(m.sent_at, now), m.sender, _subject(m)) for m in found]
    return table(("ID", "", "AGE", "FROM", "SUBJECT"), rows)


def _subject(mail: Mail) -> str:
    return f"(nudge) {mail.subject}" if mail.kind is MailKind.NUDGE else mail.subject


def search(found: Sequence[Mail], now: datetime) -> str:
    """For `gt mail search`."""
    if not found:
        return "no message holds it"
    rows = [(short(m), age(m.sent_at, now), m.sender, m.to, _subject(m)) for m in found]
    return table(("ID", "AGE", "FROM", "TO", "SUBJECT"), rows)


def seen(found: Seen) -> str:
    """For `gt mail read`."""
    shown = message(found.mail, (found.mail.to,))
    if found.own:
        return shown
    return f"{shown}\n\n(it is mail of {safe(found.mail.to)}, {found.mail.state} there)"


def message(mail: Mail, to: tuple[str, ...]) -> str:
    """A message in full."""
    about = f", about {safe(mail.about)}" if mail.about else ""
    head = f"{short(mail)} from {safe(mail.sender)} to {safe(', '.join(to))}, {safe(mail.sent_at)}"
    body = f"\n\n{safe(mail.body, lines=True)}" if mail.body else ""
    return f"{safe(_subject(mail))}\n{head}{about}{body}"


def thread(found: Sequence[Letter]) -> str:
    """For `gt mail thread`."""
    return "\n\n----\n\n".join(message(letter.mail, letter.to) for letter in found)


def sent(done: Sent) -> str:
    """For `gt mail send` and `reply`."""
    if len(done.mail) == 1:
        return f"sent {short(done.mail[0])} to {safe(done.mail[0].to)}"
    readers = "\n".join(f"  {short(mail)}  {safe(mail.to)}" for mail in done.mail)
    return f"sent to {plural(len(done.mail), 'reader')}\n{readers}"


def archived(done: Archived) -> str:
    """For `gt mail archive`."""
    return f"archived {plural(len(done.mail), 'message')}"


def waiting(unread: Sequence[Mail]) -> str:
    """For `gt mail check`."""
    if not unread:
        return "no mail"
    return f"{plural(len(unread), 'unread message')}: gt mail inbox"


def calls(done: Calls) -> str:
    """For `gt nudge` and `gt broadcast`."""
    return table(("AGENT", "", ""), [_call(one) for one in done.agents], last=90).partition("\n")[2]


def _call(one: Nudged) -> tuple[str, str, str]:
    word = _SILENT[one.heard]
    if one.why and one.heard is not Heard.RANG:
        word = f"{word} ({one.why})" if one.heard is not Heard.TYPING else f"{word}: {one.why}"
    if one.message is None:
        rang = one.heard is Heard.RANG
        return one.agent, *(("rang", "told to look at its hook") if rang else ("not rung", word))
    if one.heard is Heard.RANG:
        return one.agent, "delivered", "its doorbell rang, and was heard"
    later = _WHEN_SEEN.get(one.heard)
    return one.agent, "queued", f"{word}; {later}" if later else word
