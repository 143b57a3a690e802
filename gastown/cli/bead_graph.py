"""bd graph, epic: how beads hang together."""

from __future__ import annotations

import click

from gastown.cli.bead_filters import rig_option, scope
from gastown.cli.common import LazyGroup, complete_bead, json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.argument("issue", required=False, shell_complete=complete_bead)
@click.option("--all", "every", is_flag=True, help="Closed beads, too, where no ISSUE is named.")
@click.option("--format", "form", type=click.Choice(["text", "dot", "mermaid"]), default="text",
              show_default=True, help="dot is for Graphviz.")  # fmt: skip
@rig_option
@json_option
@pass_session
def graph(session: Session, issue: str | None, every: bool, form: str, rig: str | None) -> None:
    """What has to come before what, in layers.

    With ISSUE: it and everything that it hangs together with; without: all that are not closed
    and depend on something or are depended upon.
    """
    from gastown.render import bead_graph as render
    from gastown.views import dependencies as view

    reader = session.town.read()
    if issue is not None:
        found = view.graph(reader, view.connected(reader, issue), reader.bead(issue))
    else:
        found = view.graph(reader, view.linked(reader, scope(session, rig), every=every))
    draw = {"text": render.layers, "dot": render.dot, "mermaid": render.mermaid}[form]
    session.show_plain(found, draw, render.graph_shape(found))


@click.group(cls=LazyGroup, aliases={"list": "status", "close": "close-eligible"})
def epic() -> None:
    """Epics: beads of type epic, and their children."""


@epic.command()
@click.option("--eligible-only", is_flag=True, help="Only those whose children are all closed.")
@rig_option
@json_option
@pass_session
def status(session: Session, eligible_only: bool, rig: str | None) -> None:
    """How far the open epics are."""
    from gastown.render import bead_reports as render
    from gastown.views.epics import epics

    found = epics(session.town.read(), scope(session, rig), eligible=eligible_only)
    session.show_plain(found, render.epics, render.epics_shape(found))


@epic.command(name="close-eligible")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@rig_option
@json_option
@pass_session
def close_eligible(session: Session, dry_run: bool, rig: str | None) -> None:
    """Close the epics that have only closed children."""
    from gastown.ops.epics import close_eligible as operation
    from gastown.render import bead_reports as render
    from gastown.views.epics import epics

    home = scope(session, rig)
    if dry_run:
        found = epics(session.town.read(), home, eligible=True)
        session.show_plain(found, render.epics, render.epics_shape(found))
        return
    closed = operation(session.town, home, actor=session.actor)
    shape = {"closed": [bead.id for bead in closed], "count": len(closed)}
    session.show_plain(closed, render.epics_closed, shape)
