"""gt hook, prime, done: what agents type in their own hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import GtError, NotFound

if TYPE_CHECKING:
    from gastown.views.assignment import Assignment


@click.command()
@click.argument("agent", required=False, metavar="[RIG/AGENT]", shell_complete=complete_agent)
@json_option
@pass_session
def hook(session: Session, agent: str | None) -> None:
    """What is on my hook (or on an agent's).

    Exit status: 0 work, 1 nothing, 5 it cannot be read (which is not "nothing").
    """
    from gastown.render import agents as render
    from gastown.views.assignment import EXIT_STATUS

    found = _assignment(session, agent)
    session.show(found, render.assignment)
    raise click.exceptions.Exit(EXIT_STATUS[found.answer])


def _assignment(session: Session, agent: str | None) -> Assignment:
    """What is on a hook; whatever fails with status 1 is "unreadable" here, never "nothing"."""
    from gastown.ids import parse_agent
    from gastown.views.assignment import Answer, Assignment, assignment, with_molecule

    try:
        identifier = "/".join(parse_agent(agent)) if agent is not None else session.place.agent
        if identifier is None:
            raise NotFound("you do not stand in a hook", hint="cd into one, or name an agent")
        reader = session.town.read()
        return with_molecule(session.town, reader, assignment(reader, identifier))
    except GtError as error:
        if error.exit_status != 1:
            raise
        return Assignment(Answer.UNREADABLE, agent, error=error.message)


@click.command()
@json_option
@pass_session
def prime(session: Session) -> None:
    """What an agent needs to know: its work, and what to type.

    Who it is, its bead, what happened before in this hook, its mail, and standing orders. At the
    town's root it is the mayor's.
    """
    from gastown.views.assignment import Answer
    from gastown.views.prime import prime as view

    found = view(session.town, session.place)
    session.show(found, lambda result: result.text.rstrip("\n"))
    if found.answer is Answer.UNREADABLE:
        raise click.exceptions.Exit(5)


@click.command()
@click.option("--no-code", is_flag=True, help="The bead needed no commit; close it.")
@json_option
@pass_session
def done(session: Session, no_code: bool) -> None:
    """Hand in the work on my hook.

    It is queued, tested and merged, and only then is its bead closed.
    """
    from gastown.ops.work import done as operation
    from gastown.render import agents as render

    session.take_events()
    result = operation(
        session.town, session.own_hook().id, no_code=no_code, host=session.host,
        started_as=session.env.get("GT_ROLE"),
    )  # fmt: skip
    session.show(result, render.done)
