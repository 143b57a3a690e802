"""gt rescue: what removals have kept."""

from __future__ import annotations

from pathlib import Path

import click

from gastown.cli.common import complete_rescue, complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.group()
def rescue() -> None:
    """What removals have kept of agents' work.

    Uncommitted changes, branches that were never merged, and secrets that were set aside.
    """


@rescue.command(name="list")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, rig: str | None) -> None:
    """Everything that is kept, newest first."""
    from gastown.render import rescues as render
    from gastown.views.rescues import rescues

    now = session.town.edge.clock()
    session.show(rescues(session.town, session.rig(rig)), lambda found: render.rescues(found, now))


@rescue.command()
@click.argument("identifier", metavar="ID", shell_complete=complete_rescue)
@click.option("--to", "folder", type=click.Path(path_type=Path),
              help="A new or empty folder; by default ./RIG-AGENT-GENERATION.")  # fmt: skip
@json_option
@pass_session
def restore(session: Session, identifier: str, folder: Path | None) -> None:
    """Put the kept files of ID into a folder.

    ID is RIG/AGENT@GENERATION as listed, or the beginning of its commit. It stays kept.
    """
    from gastown.ops.rescue import restore as operation
    from gastown.render import hook_log as render

    here = session.here
    target = here / folder.expanduser() if folder is not None else None
    session.show(operation(session.town, identifier, target, here=here), render.placed)
