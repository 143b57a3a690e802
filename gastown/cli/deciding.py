"""gt mq approve, reject, withdraw, retry, diff: what people decide about merge requests."""

from __future__ import annotations

import click

from gastown.cli.common import complete_merge, json_option, show_batch
from gastown.cli.session import Session, pass_session

_ID = click.argument("merge_id", metavar="ID", shell_complete=complete_merge)


@click.command()
@_ID
@click.option("--note", metavar="TEXT", help="A comment for its bead.")
@click.option("--commit", metavar="COMMIT", help="Only if this is still the commit it asks for.")
@json_option
@pass_session
def approve(session: Session, merge_id: str, note: str | None, commit: str | None) -> None:
    """Let a request be merged, as its commit is now.

    Where the rig asks for a review it waits for that.

    ID is a request, or a bead for its latest one. More commits make it void.
    """
    from gastown.ops.refining.deciding import approve as operation
    from gastown.render import deciding as render

    actor, name = session.actor, _named(session, merge_id)
    done = operation(session.town, name, actor=actor, note=note, commit=commit)
    session.show(done, render.approved)


@click.command()
@_ID
@click.option("-r", "--reason", required=True, metavar="WHY", help="What is to be changed.")
@json_option
@pass_session
def reject(session: Session, merge_id: str, reason: str) -> None:
    """Say no to a request; its agent is told why."""
    from gastown.ops.refining.deciding import reject as operation
    from gastown.render import deciding as render

    actor, name = session.actor, _named(session, merge_id)
    done = operation(session.town, session.host, name, reason=reason, actor=actor)
    session.show(done, render.rejected)


@click.command()
@_ID
@click.option("-r", "--reason", metavar="WHY", help="Why.")
@json_option
@pass_session
def withdraw(session: Session, merge_id: str, reason: str | None) -> None:
    """Take a request off the queue; its branch and bead stay."""
    from gastown.ops.refining.deciding import withdraw as operation
    from gastown.render import deciding as render

    actor, name = session.actor, _named(session, merge_id)
    done = operation(session.town, name, reason=reason, actor=actor)
    session.show(done, render.withdrawn)


@click.command()
@click.argument("merge_ids", metavar="ID...", nargs=-1, required=True,
                shell_complete=complete_merge)  # fmt: skip
@json_option
@pass_session
def retry(session: Session, merge_ids: tuple[str, ...]) -> None:
    """Queue requests that came back again as they are."""
    from gastown.ops.batch import each
    from gastown.ops.refining.deciding import retry as operation
    from gastown.render import deciding as render

    actor = session.actor
    batch = each(
        merge_ids, lambda one: operation(session.town, _named(session, one), actor=actor)
    )  # fmt: skip
    show_batch(session, batch, lambda: session.show(list(batch.done), render.retried))


@click.command()
@_ID
@click.option("--stat", is_flag=True, help="Only which files, and how much of each.")
@json_option
@pass_session
def diff(session: Session, merge_id: str, stat: bool) -> None:
    """What a request would change on its target."""
    from gastown.render import deciding as render
    from gastown.views.diffs import diff_of
    from gastown.views.merges import merge_by_id

    found = merge_by_id(session.town.read(), merge_id)
    session.show(diff_of(session.town, found, stat=stat), render.diff)


def _named(session: Session, identifier: str) -> str:
    from gastown.views.merges import merge_by_id

    return merge_by_id(session.town.read(), identifier).id
