"""gt hook, prime, done: what agents type in their own hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import GtError, NotFound

if TYPE_CHECKING:
    from gastown.views.assignment import Assignment
    from gastown.views.prime import Prime


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
@click.option(
    "--agent",
    metavar="RIG/AGENT",
    shell_complete=complete_agent,
    help="What this agent is told, instead of whoever stands here.",
)
@click.option("--explain", is_flag=True, help="Where each part comes from, and how big it is.")
@click.option(
    "--source",
    type=click.Choice(["startup", "resume", "clear", "compact"]),
    help="Why it is asked for; agents' clients say so.",
)
@click.option("--hook", is_flag=True, hidden=True, expose_value=False)
@json_option
@pass_session
def prime(session: Session, agent: str | None, explain: bool, source: str | None) -> None:
    """What an agent needs to know: its work, and what to type.

    Who it is, its bead, what happened before in this hook, its mail, and standing orders. At the
    town's root it is the mayor's. Exit status 5: the hook cannot be read.
    """
    from gastown.views.assignment import Answer
    from gastown.views.prime import place_named
    from gastown.views.prime import prime as view

    place = place_named(session.town.read(), agent) if agent is not None else session.place
    found = view(session.town, place, source=source)
    _show_prime(session, found, explain=explain)
    if found.answer is Answer.UNREADABLE:
        raise click.exceptions.Exit(5)


def _show_prime(session: Session, found: Prime, *, explain: bool) -> None:
    """Print it; what renders tables is imported only where one is wanted."""
    if explain:
        from gastown.render import prime as render

        session.show(found, render.explain)
    else:
        session.show(found, lambda result: result.text.rstrip("\n"))


@click.command()
@click.option("--no-code", is_flag=True, help="The bead needed no commit; close it.")
@json_option
@pass_session
def done(session: Session, no_code: bool) -> None:
    """Hand in the work on my hook.

    It is queued, tested and merged, and only then is its bead closed.
    """
    from gastown.ops.scheduling.passing import catch_up
    from gastown.ops.work import done as operation
    from gastown.render import agents as render

    session.take_events()
    result = operation(
        session.town, session.own_hook().id, no_code=no_code, host=session.host,
        started_as=session.env.get("GT_ROLE"),
    )  # fmt: skip
    catch_up(session.town, session.host)
    session.show(result, render.done)
