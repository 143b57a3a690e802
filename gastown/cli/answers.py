"""Answers of agents' clients, shown as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.cli.session import Session
    from gastown.ops.asking import Answer


def teller(session: Session) -> Callable[[str], None] | None:
    """What shows an answer as it comes; None where JSON is wanted."""
    from gastown.render.text import safe

    if session.wants_json:
        return None
    return lambda text: click.echo(safe(text, lines=True), nl=False)


def tell(session: Session, answer: Answer) -> None:
    """Say what an answer's text did not, and end with its client's exit status."""
    from gastown.render import sessions as render

    if session.wants_json:
        session.show(answer, lambda _: "")
    elif answer.text and not answer.text.endswith("\n"):
        click.echo()
    trouble = render.trouble(answer)
    if trouble:
        session.note(trouble)
    if answer.status != 0:
        raise click.exceptions.Exit(1 if answer.status is None else answer.status)
