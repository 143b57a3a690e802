"""gt feed: the town as it lives."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble
from gastown.views.feed import KINDS

if TYPE_CHECKING:
    from gastown.ops.picture import Asked
    from gastown.views.feed import Event

_AT_FIRST = 200


@click.command()
@click.option("--plain", is_flag=True, help="Lines instead of the app; into a pipe always.")
@click.option("--since", metavar="WHEN", help="Since then: 1h, 2026-01-31T09:00Z, or a commit.")
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N",
              help="At most so many events, the latest.")  # fmt: skip
@click.option("-f", "--follow/--no-follow", default=None, help="Lines, and go on with new ones.")
@click.option("--rig", shell_complete=complete_rig, help="Only what is about this rig.")
@click.option("--type", "kind", type=click.Choice(KINDS), help="Only what moved such a record.")
@click.option("-p", "--problems", is_flag=True, help="Who is stuck, and what waits for you.")
@json_option
@pass_session
def feed(
    session: Session, plain: bool, since: str | None, limit: int | None, follow: bool | None,
    rig: str | None, kind: str | None, problems: bool,
) -> None:  # fmt: skip
    """The town as it lives: agents, convoys, events, problems.

    In a terminal it is an app; ? tells the keys. With --plain, --json, --follow, or into a pipe, it
    is lines, oldest first; with --json and --follow one object a line.
    """
    from gastown.ops.picture import Asked
    from gastown.views.feed import since_of

    begin = since_of(since, session.edge.clock().astimezone()) if since is not None else None
    most = _AT_FIRST if limit is None and begin is None else limit
    asked = Asked(most, begin, session.rig(rig), kind)
    in_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if in_terminal and not (plain or session.wants_json or follow is not None):
        _app(session, asked, problems=problems)
    elif problems:
        if follow:
            raise UsageTrouble("problems are not followed", hint="gt feed -p, in a terminal")
        _problems(session)
    else:
        _lines(session, asked, follow=bool(follow))


def _app(session: Session, asked: Asked, *, problems: bool) -> None:
    from gastown.feed.app import FeedApp
    from gastown.store.town import Town

    town = session.town
    session.take_events()
    if asked.since is not None and asked.since.commit is not None:
        asked.begin(town, town.commit())  # what is not there is said before the screen is taken
    root, edge = town.layout.root, session.edge
    app = FeedApp(lambda: Town(root, edge), session.host, asked, problems=problems)
    app.run()


def _problems(session: Session) -> None:
    from gastown.ops.picture import problems_now
    from gastown.render import feed as render

    session.take_events()
    now = session.edge.clock()
    found = problems_now(session.town, session.host)
    session.show(found, lambda shown: render.problems(shown, now))


def _lines(session: Session, asked: Asked, *, follow: bool) -> None:
    from gastown.cli.screen import wait
    from gastown.ops.picture import follow as follow_feed
    from gastown.render import feed as render

    town = session.town
    session.take_events()
    commit = town.commit()
    found = asked.begin(town, commit)
    clock = session.edge.clock
    if not follow:
        session.show(found, lambda shown: render.lines(shown, clock()))
        return

    def say(event: Event) -> None:
        text = render.json_line(event) if session.wants_json else render.line(event, clock())
        click.echo(text)

    for event in found:
        say(event)
    for event in follow_feed(town, session.host, asked, commit, wait):
        say(event)
