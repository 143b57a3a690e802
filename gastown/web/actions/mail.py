"""What can be done with mail: sent, answered, read, put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.ids import HUMAN, MAYOR
from gastown.ops import mailing
from gastown.render import mail as words
from gastown.web.doing import Action, Done, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing


def _send(doing: Doing) -> Done:
    sent = mailing.send(
        doing.town, doing.words("to"), subject=doing.need("subject"), body=doing.raw("body"),
        about=doing.get("about") or None, actor=doing.actor,
    )  # fmt: skip
    return Done(words.sent(sent), to=f"/mail/{sent.mail[0].id}")


def _reply(doing: Doing) -> Done:
    sent = mailing.reply(
        doing.town, doing.need("message"), body=doing.raw("body"), actor=doing.actor
    )
    return Done(words.sent(sent))


def _read(doing: Doing) -> str:
    seen = mailing.read_mail(doing.town, doing.need("message"), actor=doing.actor)
    return f"read: {seen.mail.subject}"


def _read_all(doing: Doing) -> str:
    unread = doing.town.read().unread(HUMAN)
    if not unread:
        raise NotFound("nothing is unread", hint="gt mail inbox --all")
    for mail in unread:
        mailing.read_mail(doing.town, mail.id, actor=doing.actor)
    return f"{len(unread)} read"


def _archive(doing: Doing) -> str:
    done = mailing.archive(doing.town, doing.words("message"), actor=doing.actor)
    return words.archived(done)


def _archive_read(doing: Doing) -> str:
    return words.archived(mailing.archive(doing.town, every_read=True, actor=doing.actor))


def _addresses(town: Town) -> Iterable[str]:
    reader = town.read()
    groups = [f"@{rig.id}" for rig in reader.rigs()]
    return [MAYOR, *(hook.id for hook in reader.hooks() if hook.id != MAYOR), *groups, "@all"]


_MESSAGE = Field("message", "Message", "hidden", required=True)

ACTIONS: tuple[Action, ...] = (
    Action(
        "mail.send", "Send mail", "Write to agents, to a rig, to everybody.", _send,
        (Field("to", "To", required=True, choices=_addresses,
               hint="mayor, RIG/AGENT, a crew's name, @RIG, @all; several with spaces"),
         Field("subject", "Subject", required=True), Field("body", "Text", "area"),
         Field("about", "About the bead, convoy or request")),
    ),
    Action("mail.reply", "Answer", "Answer a message, which counts as read then.", _reply,
           (_MESSAGE, Field("body", "Text", "area", required=True)), in_palette=False),
    Action("mail.read", "Mark as read", "Take a message as read.", _read, (_MESSAGE,),
           in_palette=False),
    Action("mail.archive", "Put away", "Put a message away; it can still be found.", _archive,
           (_MESSAGE,), in_palette=False),
    Action("mail.read-all", "Mark all mail as read", "Take all your mail as read.", _read_all),
    Action("mail.archive-read", "Put all read mail away", "It can still be found.",
           _archive_read),
)  # fmt: skip
