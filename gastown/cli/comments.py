"""bd comments, comment."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.default_group import DefaultGroup
from gastown.cli.session import Session, pass_session
from gastown.cli.texts import said_text

_ISSUE = click.argument("issue", shell_complete=complete_bead)
_TEXT = click.argument("text", nargs=-1)
_FILE = click.option("-f", "--file", metavar="FILE", help="The text is in a file.")
_AUTHOR = click.option("--author", "-a", help="Who says it; by default you.")


@click.group(cls=DefaultGroup, default="list", aliases={"ls": "list"})
def comments() -> None:
    """What was said about a bead: bd comments ISSUE."""


@comments.command(name="list")
@_ISSUE
@json_option
@pass_session
def list_(session: Session, issue: str) -> None:
    """The comments on ISSUE, oldest first."""
    from gastown.render import bead_changes as render

    reader = session.town.read()
    bead = reader.bead(issue)
    found = reader.comments(bead.id)
    session.show_plain(found, render.comments, [one.shown() for one in found])


@comments.command()
@_ISSUE
@_TEXT
@_FILE
@_AUTHOR
@json_option
@pass_session
def add(
    session: Session, issue: str, text: tuple[str, ...], file: str | None, author: str | None
) -> None:
    """Say TEXT about ISSUE; '-' reads standard input."""
    _add(session, issue, text, file, author)


@click.command()
@_ISSUE
@_TEXT
@_FILE
@_AUTHOR
@json_option
@pass_session
def comment(
    session: Session, issue: str, text: tuple[str, ...], file: str | None, author: str | None
) -> None:
    """Say TEXT about ISSUE; '-' reads standard input."""
    _add(session, issue, text, file, author)


def _add(
    session: Session, issue: str, text: tuple[str, ...], file: str | None, author: str | None
) -> None:
    from gastown.ops.comments import add_comment
    from gastown.render import bead_changes as render

    words = " ".join(text) if text else None
    said = said_text(session, words, file=file, what="text") or ""
    made = add_comment(session.town, issue, said, actor=session.actor, author=author)
    session.show_plain(made, render.commented, made.shown())
