"""gt mq list, next, show, log: reading the merge queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_merge, complete_rig, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.store.town import Town


@click.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Merged and withdrawn ones, too.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, every: bool, rig: str | None) -> None:
    """Merge requests, those first that are tested first.

    The last column says what a request waits for, why it came back, or where it is merged.
    """
    from gastown.render import queue as render
    from gastown.views.queue_list import queue_view

    town, now = session.town, session.edge.clock()
    reader, settings = town.read(), town.settings()
    found = [queue_view(reader, settings, name, now, every=every) for name in _rigs(session, rig)]
    if session.wants_json:
        rows = [render.row_values(row) for view in found for row in view.rows]
        session.show(rows, lambda _: "")
    else:
        session.show(found, render.queues)


@click.command()
@click.argument("rig", required=False, shell_complete=complete_rig)
@json_option
@pass_session
def next(session: Session, rig: str | None) -> None:  # noqa: A001  (the command's name)
    """What is tested next in RIG, in which order, and why.

    A score is 1000 + 100 for each step of priority above 4 + 10 for each hour of its convoy + 1
    for each hour of its own - 50 for each time it came back.
    """
    from gastown.render import queue as render
    from gastown.views.queue_list import next_in

    town, now = session.town, session.edge.clock()
    reader, settings = town.read(), town.settings()
    named = rig or session.place.rig
    found = [next_in(reader, settings, name, now) for name in _rigs(session, named)]
    session.show(found, render.next_up)


def _rigs(session: Session, rig: str | None) -> list[str]:
    named = session.rig(rig)
    return [named] if named is not None else [one.id for one in session.town.read().rigs()]


@click.command()
@click.argument("merge_id", metavar="ID", shell_complete=complete_merge)
@json_option
@pass_session
def show(session: Session, merge_id: str) -> None:
    """One merge request, and what happened to it.

    Exit status 3: there is none.
    """
    from gastown.render import merges as render
    from gastown.views.merges import merge_by_id, told

    found = told(session.town, merge_by_id(session.town.read(), merge_id))
    if session.wants_json:
        from gastown.render.json import values

        session.show({**found.merge.to_json(), "history": values(found.history)}, lambda _: "")
    else:
        session.show(found, render.told)


@click.command()
@click.argument("merge_id", metavar="ID", shell_complete=complete_merge)
@click.option("-a", "--all", "every", is_flag=True, help="All tests of its batch.")
@click.option("-f", "--follow", is_flag=True, help="Go on until it is decided.")
@json_option
@pass_session
def log(session: Session, merge_id: str, every: bool, follow: bool) -> None:
    """What the gates of a merge request printed the last time.

    Exit status 3: none has run here.
    """
    from gastown.render import merges as render
    from gastown.views.merges import merge_by_id, merge_log

    merge = merge_by_id(session.town.read(), merge_id)
    if follow and not session.wants_json:
        _follow(session.town, merge.id, every=every)
        return
    session.show(merge_log(session.town, merge, every=every), render.log)


def _follow(town: Town, merge_id: str, *, every: bool) -> None:
    from gastown.ops.refining.following_log import follow
    from gastown.render.merges import header
    from gastown.render.text import safe

    last = None
    for test, name, text in follow(town, merge_id, every=every):
        if last != (test, name):
            click.echo(header(test, name))
            last = test, name
        click.echo(safe(text, lines=True), nl=False)
