"""gt hook, prime, done: what agents type in their own hooks."""

from __future__ import annotations

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.argument("agent", required=False, metavar="[RIG/AGENT]", shell_complete=complete_agent)
@json_option
@pass_session
def hook(session: Session, agent: str | None) -> None:
    """What is on my hook (or on an agent's).

    Exit status: 0 work, 1 nothing, 5 it cannot be read (which is not "nothing").
    """
    from gastown.ids import parse_agent
    from gastown.render import agents as render
    from gastown.views.assignment import EXIT_STATUS, assignment

    identifier = session.own_hook().id if agent is None else "/".join(parse_agent(agent))
    found = assignment(session.town.read(), identifier)
    session.show(found, render.assignment)
    raise click.exceptions.Exit(EXIT_STATUS[found.answer])


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

    found = view(session.town, session.place.hook)
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

    session.show(operation(session.town, session.own_hook().id, no_code=no_code), render.done)
