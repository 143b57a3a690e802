"""bd relate, unrelate, duplicate, duplicates, supersede."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_bead, complete_rig, json_option, show_batch
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.ops.batch import Batch
    from gastown.ops.closing import Closed

_ISSUE = click.argument("issue", shell_complete=complete_bead)
_ISSUES = click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
_OTHER = click.argument("other", shell_complete=complete_bead)


@click.command()
@_ISSUE
@_OTHER
@json_option
@pass_session
def relate(session: Session, issue: str, other: str) -> None:
    """Link two beads to each other; nothing waits."""
    relate_both(session, issue, other)


@click.command()
@_ISSUE
@_OTHER
@json_option
@pass_session
def unrelate(session: Session, issue: str, other: str) -> None:
    """Take the link between two beads away."""
    unrelate_both(session, issue, other)


@click.command()
@_ISSUES
@click.option("--of", required=True, shell_complete=complete_bead, help="The bead that stays.")
@json_option
@pass_session
def duplicate(session: Session, issues: tuple[str, ...], of: str) -> None:
    """Close beads that say the same as another one."""
    from gastown.ops.relations import duplicate as operation

    batch = operation(session.town, issues, of, actor=session.actor)
    _show_closed(session, batch, "duplicate", "canonical", of)


@click.command()
@_ISSUES
@click.option("--with", "--by", "by", required=True, shell_complete=complete_bead,
              help="The bead that takes their place.")  # fmt: skip
@json_option
@pass_session
def supersede(session: Session, issues: tuple[str, ...], by: str) -> None:
    """Close beads whose place another one takes."""
    from gastown.ops.relations import supersede as operation

    batch = operation(session.town, issues, by, actor=session.actor)
    _show_closed(session, batch, "superseded", "replacement", by)


@click.command()
@click.option("--auto-merge", is_flag=True, help="Close all but one of each group.")
@click.option("--dry-run", is_flag=True, help="With --auto-merge: only show what would be done.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def duplicates(session: Session, auto_merge: bool, dry_run: bool, rig: str | None) -> None:
    """Open beads with the same title and texts.

    The one to keep is the one that most others point at, else one that was begun, else the oldest.
    """
    from gastown.ops.relations import merge_duplicates
    from gastown.render import bead_changes as render
    from gastown.views.duplicates import duplicates as view

    home = session.home(rig)
    groups = view(session.town.read(), home)
    if not auto_merge or dry_run or not groups:
        shape = render.duplicates_shape(groups, None, dry_run=dry_run)
        session.show_plain(groups, render.duplicate_groups, shape)
        return
    merged, batch = merge_duplicates(session.town, groups, actor=session.actor)
    shape = render.duplicates_shape(groups, merged)
    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.closed, shape))


def relate_both(session: Session, issue: str, other: str) -> None:
    """Relate two beads and say so."""
    from gastown.ops.dependencies import relate
    from gastown.render import bead_changes as render

    relate(session.town, issue, other, actor=session.actor)
    shape = {"id1": issue, "id2": other, "related": True}
    session.show_plain(shape, render.related, shape)


def unrelate_both(session: Session, issue: str, other: str) -> None:
    """Take the link between two beads away and say so."""
    from gastown.ops.dependencies import unrelate
    from gastown.render import bead_changes as render

    unrelate(session.town, issue, other, actor=session.actor)
    shape = {"id1": issue, "id2": other, "unrelated": True}
    session.show_plain(shape, render.related, shape)


def _show_closed(session: Session, batch: Batch[Closed], this: str, that: str, other: str) -> None:
    from gastown.render import bead_changes as render

    found = list(batch.done)
    shapes = [{this: one.bead.id, that: other, "status": "closed"} for one in found]
    shape = shapes[0] if len(shapes) == 1 else shapes
    show_batch(session, batch, lambda: session.show_plain(found, render.closed, shape))
