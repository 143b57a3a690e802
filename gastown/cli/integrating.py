"""gt mq integration: branches on which an epic's work comes together before it lands as one."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.group()
def integration() -> None:
    """Integration branches: an epic's work, landed as one."""


@integration.command()
@click.argument("epic", shell_complete=complete_bead)
@click.option("--branch", metavar="NAME", help="Its name; default: integration/EPIC.")
@click.option("--target", metavar="BRANCH", help="Where it lands; default: the rig's branch.")
@json_option
@pass_session
def create(session: Session, epic: str, branch: str | None, target: str | None) -> None:
    """Begin a branch for the work of EPIC, at its target's commit.

    What is slung from below EPIC is merged there. Exit status: 1 it is no epic, or has one, 3
    there is no such bead or target.
    """
    from gastown.ops.refining.integration import create as operation
    from gastown.render import integrations as render

    actor = session.actor
    found = operation(session.town, epic, branch=branch, target=target, actor=actor)
    session.show(found, render.made)


@integration.command()
@click.argument("epic", shell_complete=complete_bead)
@json_option
@pass_session
def status(session: Session, epic: str) -> None:
    """How far the work of EPIC is, and whether it may land.

    Exit status 3: it has no integration branch.
    """
    from gastown.render import integrations as render
    from gastown.views.integrations import integration_by_id, integration_view

    found = integration_view(session.town, integration_by_id(session.town.read(), epic))
    session.show(found, render.integration)


@integration.command(name="list")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, rig: str | None) -> None:
    """All integration branches."""
    from gastown.render import integrations as render
    from gastown.views.integrations import integration_view

    found = session.town.read().integrations(session.rig(rig))
    session.show([integration_view(session.town, one) for one in found], render.integrations)


@integration.command()
@click.argument("epic", shell_complete=complete_bead)
@click.option("--force", is_flag=True, help="Though not all of its work is done.")
@json_option
@pass_session
def land(session: Session, epic: str, force: bool) -> None:
    """Queue the branch of EPIC for merging into its target.

    It is tested like every request; merged, it closes EPIC. Exit status: 1 its work is not done, 3
    it has no integration branch, 4 it is being tested just now.
    """
    from gastown.ops.refining.integration import land as operation
    from gastown.render import integrations as render

    actor = session.actor
    session.show(operation(session.town, epic, force=force, actor=actor), render.landing)


@integration.command()
@click.argument("epic", shell_complete=complete_bead)
@json_option
@pass_session
def close(session: Session, epic: str) -> None:
    """Give up the branch of EPIC; the branch itself stays.

    Exit status: 1 work is on its way into it, 3 there is none, 4 it is not open.
    """
    from gastown.ops.refining.integration import close as operation
    from gastown.render import integrations as render

    actor = session.actor
    session.show(operation(session.town, epic, actor=actor), render.closed)
