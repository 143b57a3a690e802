"""gt mail."""

from __future__ import annotations

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session


@click.group()
def mail() -> None:
    """Messages: convoys that landed, merges that failed."""


@mail.command()
@click.option("-a", "--all", "every", is_flag=True, help="Read ones, too.")
@json_option
@pass_session
def inbox(session: Session, every: bool) -> None:
    """Unread messages for whoever stands here, oldest first."""
    from gastown.domain.mail import MailState
    from gastown.render import merges as render

    found = [
        message for message in session.town.read().mail(session.actor)
        if every or message.state is MailState.UNREAD
    ]  # fmt: skip
    now = session.edge.clock()
    session.show(found, lambda rows: render.inbox(rows, now))


@mail.command()
@click.argument("mail_id", metavar="ID")
@json_option
@pass_session
def read(session: Session, mail_id: str) -> None:
    """One message, by the end of its id; it counts as read then."""
    from gastown.ops.post import read_mail
    from gastown.render import merges as render

    session.show(read_mail(session.town, mail_id, actor=session.actor), render.message)
