"""gt mail."""

from __future__ import annotations

import sys

import click

from gastown.cli.common import complete_reader, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import GtError


@click.group()
def mail() -> None:
    """Messages of agents, people and the town.

    They are kept in the ledger, and read when there is time. ADDRESS is human, mayor, RIG/AGENT
    (or a name alone, where only one bears it), or a group: @RIG, @crew, @polecats, @all. You send
    as whoever's hook you stand in, else as the person.
    """


@mail.command()
@click.argument(
    "addresses", nargs=-1, required=True, metavar="ADDRESS…", shell_complete=complete_reader
)
@click.option("-s", "--subject", required=True, help="In one line.")
@click.option("-m", "--message", metavar="TEXT", help="The message; - reads standard input.")
@click.option("--about", metavar="ID", help="The bead, convoy or merge it is about.")
@json_option
@pass_session
def send(
    session: Session, addresses: tuple[str, ...], subject: str, message: str | None,
    about: str | None,
) -> None:  # fmt: skip
    """Send a message to everybody named.

    If one of them cannot be reached, nobody gets it.
    """
    from gastown.cli.texts import said_text
    from gastown.ops.mailing import send as operation
    from gastown.render import mail as render

    body = said_text(session, message, what="message") or ""
    sent = operation(
        session.town, addresses, subject=subject, body=body, about=about, actor=session.actor
    )
    session.show(sent, render.sent)


@mail.command()
@click.argument("address", required=False, shell_complete=complete_reader)
@click.option("-a", "--all", "every", is_flag=True, help="Read and archived ones, too.")
@json_option
@pass_session
def inbox(session: Session, address: str | None, every: bool) -> None:
    """Unread messages, oldest first: yours, or those of ADDRESS."""
    from gastown.ops.mailing import inbox as operation
    from gastown.render import mail as render

    found = operation(session.town, address, every=every, actor=session.actor)
    now = session.edge.clock()
    session.show(found, lambda rows: render.inbox(rows, now))


@mail.command()
@click.argument("mail_id", metavar="ID")
@json_option
@pass_session
def read(session: Session, mail_id: str) -> None:
    """One message, by the end of its id.

    One of yours counts as read then; somebody else's is only shown.
    """
    from gastown.ops.mailing import read_mail
    from gastown.render import mail as render

    seen = read_mail(session.town, mail_id, actor=session.actor)
    if session.wants_json:
        session.show(seen.mail, str)
    else:
        session.show(seen, render.seen)


@mail.command()
@click.argument("mail_id", metavar="ID")
@click.option("-m", "--message", metavar="TEXT", required=True, help="- reads standard input.")
@json_option
@pass_session
def reply(session: Session, mail_id: str, message: str) -> None:
    """Answer the sender of a message."""
    from gastown.cli.texts import said_text
    from gastown.ops.mailing import reply as operation
    from gastown.render import mail as render

    body = said_text(session, message, what="message") or ""
    session.show(operation(session.town, mail_id, body=body, actor=session.actor), render.sent)


@mail.command()
@click.argument("mail_id", metavar="ID")
@json_option
@pass_session
def thread(session: Session, mail_id: str) -> None:
    """The whole exchange that a message belongs to."""
    from gastown.render import mail as render
    from gastown.views.mail import by_id, thread_of

    reader = session.town.read()
    found = thread_of(reader, by_id(reader, mail_id, asker=session.actor))
    session.show(found, render.thread)


@mail.command()
@click.argument("mail_ids", nargs=-1, metavar="[ID…]")
@click.option("--read", "every_read", is_flag=True, help="All of yours that were read.")
@json_option
@pass_session
def archive(session: Session, mail_ids: tuple[str, ...], every_read: bool) -> None:
    """Put messages away."""
    from gastown.ops.mailing import archive as operation
    from gastown.render import mail as render

    done = operation(session.town, mail_ids, every_read=every_read, actor=session.actor)
    session.show(done, render.archived)


@mail.command()
@click.argument("text")
@click.option("-a", "--all", "every", is_flag=True, help="In everybody's mail.")
@json_option
@pass_session
def search(session: Session, text: str, every: bool) -> None:
    """Messages you got or sent that hold TEXT."""
    from gastown.render import mail as render
    from gastown.views.mail import search as look

    found = look(session.town.read(), text, asker=None if every else session.actor)
    now = session.edge.clock()
    session.show(found, lambda rows: render.search(rows, now))


@mail.command()
@click.option(
    "--inject",
    is_flag=True,
    help="Print what is unread for an agent's model, and count it as read.",
)
@json_option
@pass_session
def check(session: Session, inject: bool) -> None:
    """Whether you have unread mail: exit status 0, else 1.

    With --inject the status is always 0, and nothing is printed where there is no mail.
    """
    if inject:
        _inject(session)
        return
    from gastown.render import mail as render

    unread = session.town.read().unread(session.actor)
    session.show(unread, render.waiting)
    if not unread:
        raise click.exceptions.Exit(1)


def _inject(session: Session) -> None:
    from gastown.ops.injecting import inject

    try:
        told: list[str] = []
        inject(session.town, session.actor, told.append if session.wants_json else _print)
        if session.wants_json:
            session.show("".join(told), str)
    except GtError as trouble:  # an agent's client is not kept from its work by its mail
        session.note(f"gt: the mail could not be told: {trouble.message}")


def _print(text: str) -> None:
    """Write to whoever reads us; an error when they do not."""
    sys.stdout.write(text)
    sys.stdout.flush()
