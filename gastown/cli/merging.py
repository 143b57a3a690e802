"""gt refinery, mq: the merge queue."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, complete_merge, complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.group()
def refinery() -> None:
    """The merge queue's worker: tests, then merges."""


@refinery.command()
@click.argument("rig", required=False, shell_complete=complete_rig)
@json_option
@pass_session
def run(session: Session, rig: str | None) -> None:
    """Test and merge what is queued, of RIG or of all rigs.

    Exit status 1 if a request failed, conflicted or could not be tried.
    """
    from gastown.ops.refinery import run as operation
    from gastown.render import agents as render

    announce = (lambda _: None) if session.wants_json else session.note
    session.take_events()
    result = operation(session.town, host=session.host, rig=rig, announce=announce)
    session.show(result, render.refinery)
    if any(verdict.held or verdict.merge.state != "merged" for verdict in result.verdicts):
        raise click.exceptions.Exit(1)


@click.group(cls=LazyGroup, aliases={"status": "show"})
def mq() -> None:
    """The merge queue."""


@mq.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Merged and withdrawn ones, too.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, every: bool, rig: str | None) -> None:
    """Merge requests, oldest first."""
    from gastown.render import merges as render

    found = [m for m in session.town.read().merges(rig=session.rig(rig)) if every or m.is_pending]
    session.show(found, render.merges)


@mq.command()
@click.argument("merge_id", metavar="ID", shell_complete=complete_merge)
@json_option
@pass_session
def show(session: Session, merge_id: str) -> None:
    """One merge request."""
    from gastown.render import merges as render
    from gastown.views.merges import merge_by_id

    session.show(merge_by_id(session.town.read(), merge_id), render.merge)


@mq.command()
@click.argument("merge_id", metavar="ID", shell_complete=complete_merge)
@json_option
@pass_session
def log(session: Session, merge_id: str) -> None:
    """What the gates of a merge request printed the last time."""
    from gastown.render.text import safe
    from gastown.views.merges import merge_by_id, merge_log

    found = merge_log(session.town, merge_by_id(session.town.read(), merge_id))
    session.show(found, lambda text: safe(text.rstrip("\n"), lines=True))


@mq.command()
@click.argument("merge_id", metavar="ID", shell_complete=complete_merge)
@json_option
@pass_session
def retry(session: Session, merge_id: str) -> None:
    """Queue a failed or conflicted request again as it is."""
    from gastown.ops.mq import retry as operation
    from gastown.render import merges as render

    session.show(operation(session.town, merge_id, actor=session.actor), render.merge)
