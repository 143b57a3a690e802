"""gt log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, complete_bead, complete_rig, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.views.log import Asked

_number = click.IntRange(min=0)
_EVERY_S = 0.5


@click.command()
@click.argument("subject", nargs=-1, metavar="[SUBJECT]…")
@click.option("-n", "--limit", type=_number, default=20, show_default=True,
              help="The latest so many; 0: all.")  # fmt: skip
@click.option(
    "--agent", shell_complete=complete_agent, help="Done by this agent, or with its hook."
)
@click.option("--bead", multiple=True, shell_complete=complete_bead, help="With this issue.")
@click.option("--rig", shell_complete=complete_rig, help="With something of this rig.")
@click.option("--actor", help="Done by this one: human, mayor, monitor, refinery, RIG/AGENT, …")
@click.option("--kind", help="With a record of this kind: bead, hook, merge, convoy, mail, …")
@click.option("--since", help="After this moment, e.g. 2h, 2026-02-01, 2.hours.ago.")
@click.option("--until", help="Before this moment.")
@click.option("-f", "--follow", is_flag=True, help="Oldest first, and go on until Ctrl-C.")
@click.option("--graph", is_flag=True, help="With git's picture of the history.")
@json_option
@pass_session
def log(
    session: Session, subject: tuple[str, ...], limit: int, agent: str | None,
    bead: tuple[str, ...], rig: str | None, actor: str | None, kind: str | None,
    since: str | None, until: str | None, follow: bool, graph: bool,
) -> None:  # fmt: skip
    """What was done in the town, newest first: who, what, and why.

    With SUBJECT only what was done with these beads, agents, convoys, requests or rigs; the name of
    an operation or a commit shows that one. --follow --json prints one line for each operation.
    """
    from gastown.cli.screen import screen_of
    from gastown.errors import UsageTrouble
    from gastown.render import log as render
    from gastown.store.layout import KIND_OF_FOLDER
    from gastown.views.log import Asked
    from gastown.views.log import log as view

    kinds = sorted(KIND_OF_FOLDER.values())
    if kind is not None and kind not in kinds:
        raise UsageTrouble(f"nothing is of the kind {kind!r}", hint=f"kinds: {', '.join(kinds)}")
    asked = Asked((*subject, *bead), agent, actor, rig, kind, since, until, limit or None)
    if follow and session.town.is_past:
        raise UsageTrouble("the past does not go on", hint="leave --follow or --at out")
    if follow:
        _follow(session, asked)
        return
    found = view(session.town, asked, graph=graph)
    session.show(found, lambda shown: render.log(shown, screen_of(session)))


def _follow(session: Session, asked: Asked) -> None:
    """Show what is asked for, and what comes, until nobody reads it any more."""
    from dataclasses import replace

    from gastown.cli.screen import screen_of, wait
    from gastown.render import log as render
    from gastown.views.log import log as view

    town, screen = session.town, screen_of(session)
    at = town.commit()
    found = view(town, asked)
    asked = replace(asked, limit=None, since=None)
    while True:
        for one in reversed(found):
            click.echo(render.json_line(one) if session.wants_json else render.entry(one, screen))
        while town.commit() == at:
            wait(_EVERY_S)
        now = town.commit()
        found, at = view(town, asked, after=at), now
