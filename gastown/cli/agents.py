"""gt agents, peek."""

from __future__ import annotations

import click

from gastown.cli.common import complete_agent, complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.option("-a", "--all", "every", is_flag=True, help="Also agents that are gone.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def agents(session: Session, every: bool, rig: str | None) -> None:
    """Who has a hook, what is on it, and how far its client is."""
    from gastown.ops.readiness import looks
    from gastown.render import agents as render
    from gastown.views.agents import agent_list

    rig = session.rig(rig)
    seen = looks(session.town, session.host, session.town.read().hooks(rig=rig))
    found = agent_list(session.town, session.sessions, rig=rig, every=every, readiness=seen)
    now = session.edge.clock()
    session.show(found, lambda rows: render.agents(rows, now))


@click.command()
@click.argument("agent", metavar="RIG/AGENT", shell_complete=complete_agent)
@click.argument("lines", default=40, required=False)
@json_option
@pass_session
def peek(session: Session, agent: str, lines: int) -> None:
    """The last LINES that an agent's session showed."""
    from gastown.ids import MAYOR, parse_agent
    from gastown.ops.sessions import peek as operation
    from gastown.render.text import safe

    identifier = agent if agent == MAYOR else "/".join(parse_agent(agent))
    text = operation(session.town, session.host, identifier, lines)
    session.show(text, lambda shown: safe(shown.rstrip("\n"), lines=True))
