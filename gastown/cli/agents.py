"""gt agents, peek."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, complete_rig, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.views.agents import AgentView


@click.command()
@click.option("-a", "--all", "every", is_flag=True, help="Also agents that are gone.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@click.option("-v", "--verbose", is_flag=True, help="With the evidence, and what else is known.")
@click.option("-w", "--watch", is_flag=True,
              help="Go on until Ctrl-C; into a pipe, with each change.")  # fmt: skip
@json_option
@pass_session
def agents(
    session: Session, every: bool, rig: str | None, verbose: bool, watch: bool
) -> None:  # fmt: skip
    """Who has a hook, what is on it, how they are, and since when."""
    from gastown.cli.screen import screen_of, watched
    from gastown.render import agents as render
    from gastown.render.json import envelope

    rig = session.rig(rig)

    def text(found: list[AgentView]) -> str:
        now, screen = session.edge.clock(), screen_of(session)
        return render.agents(found, now, screen, verbose=verbose)

    if not watch:
        session.show(_look(session, rig, every=every), text)
        return

    def look() -> tuple[str, object]:
        found = _look(session, rig, every=every)
        return envelope(found) if session.wants_json else text(found), render.gist(found)

    watched(look)


def _look(session: Session, rig: str | None, *, every: bool) -> list[AgentView]:
    from gastown.ops.health import report
    from gastown.views.agents import agent_list
    from gastown.views.then import agents_then

    if session.town.is_on_paper:
        found = agents_then(session.town.read(), every=every)
        return [one for one in found if rig is None or one.id.startswith(f"{rig}/")]
    seen = report(session.town, session.host)
    return agent_list(
        session.town, session.sessions, rig=rig, every=every, healths=seen.healths,
        looked_at=seen.at if seen.published else None,
    )  # fmt: skip


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
