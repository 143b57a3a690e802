"""Mail: the person's, anybody's, one exchange. Looking at a message does not mark it as read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.mail import MailState
from gastown.ids import HUMAN
from gastown.ops.post import SYSTEM
from gastown.views.mail import by_id, search, thread_of
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.domain.mail import Mail
    from gastown.views.status import Status
    from gastown.web.look import Look

_PAGE = 50
EVERYBODY = "everybody"
_PLACES = {
    "bead": "beads", "convoy": "convoys", "merge": "queue", "escalation": "needs", "hook": "agents",
}  # fmt: skip


def page(look: Look) -> Page:
    """A mailbox, or (`/mail/ID`) an exchange."""
    if look.rest:
        return _message_page(look)
    box = look.query.get("box", HUMAN)
    title = "Your mail" if box == HUMAN else f"Mail of {box}"
    return Page("Mail", (Panel("mail", title, lambda: _box(look, box)),))


def _box(look: Look, box: str) -> Markup:
    every, asked = bool(look.query.get("all")), look.query.get("q", "").strip()
    found = [one for one in _mail(look, box, asked)
             if every or asked or one.state is not MailState.ARCHIVED]  # fmt: skip
    found.sort(key=lambda one: (one.state is not MailState.UNREAD, _newest(one)))
    place = look.page
    boxes = [HUMAN, EVERYBODY, *(hook.id for hook in look.town.read().hooks())]
    return render(
        "mail/box.html", look=look, box=box, boxes=boxes, every=every, asked=asked, page=place,
        mail=found[(place - 1) * _PAGE : place * _PAGE], more=len(found) > place * _PAGE,
        total=len(found), HUMAN=HUMAN,
    )  # fmt: skip


def _mail(look: Look, box: str, asked: str) -> list[Mail]:
    reader = look.town.read()
    if asked:
        return search(reader, asked, asker=None if box == EVERYBODY else box)
    return reader.mail(None if box == EVERYBODY else box)


def _newest(mail: Mail) -> tuple[int, ...]:
    return tuple(-ord(char) for char in mail.sent_at)


def _message_page(look: Look) -> Page:
    mail = by_id(look.town.read(), look.name, asker=HUMAN)
    letters = thread_of(look.town.read(), mail)
    about = {letter.mail.about for letter in letters if letter.mail.about}
    return Page(
        mail.subject,
        (
            Panel("thread", "Message" if len(letters) == 1 else "Messages",
                  lambda: render("mail/thread.html", look=look, letters=letters, shown=mail,
                                 places={one: _place(look, one) for one in about}, HUMAN=HUMAN,
                                 SYSTEM=SYSTEM)),
        ),
        crumbs=(("Mail", "/mail"),),
    )  # fmt: skip


def _place(look: Look, identifier: str) -> str | None:
    """Where a thing is shown that a message is about."""
    reader = look.town.read()
    found = next((kind for kind in _PLACES if reader.path_of(kind, identifier)), None)
    return f"/{_PLACES[found]}/{identifier}" if found is not None else None


def _count(status: Status) -> int:
    return status.unread


SECTION = Section("mail", "Mail", "m", page, count=_count)
