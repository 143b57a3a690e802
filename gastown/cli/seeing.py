"""gt ready, trail, who: what can be done, what was done, who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, complete_work, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.views.who import Answer

_number = click.IntRange(min=0)


@click.command()
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig; hq: the town's own.")
@click.option("-n", "--limit", type=_number, default=10, show_default=True,
              help="How many of each rig; 0: all.")  # fmt: skip
@json_option
@pass_session
def ready(session: Session, rig: str | None, limit: int) -> None:
    """What can be slung now, in all rigs, the most urgent first."""
    from gastown.cli.screen import screen_of
    from gastown.render import ready as render
    from gastown.views.ready import ready_list

    now = session.edge.clock().timestamp()
    found = ready_list(session.town.read(), now, rig=session.home(rig), limit=limit or None)
    session.show(found, lambda shown: render.ready(shown, screen_of(session)))


@click.command()
@click.argument("subject", nargs=-1, metavar="[ID|AGENT|CONVOY|RIG]…",
                shell_complete=complete_work)  # fmt: skip
@click.option("-n", "--limit", type=_number, default=40, show_default=True,
              help="The latest so many; 0: all.")  # fmt: skip
@click.option("--since", help="Only after this moment, e.g. 2.hours.ago.")
@json_option
@pass_session
def trail(session: Session, subject: tuple[str, ...], limit: int, since: str | None) -> None:
    """What happened, oldest first.

    Operations of the town, and commits in its rigs. With SUBJECT the story of these beads, agents,
    convoys, merge requests, escalations or rigs.
    """
    from gastown.cli.screen import screen_of
    from gastown.render import trail as render
    from gastown.views.trail import trail as view

    found = view(session.town, subject, limit=limit or None, since=since)
    session.show(found, lambda shown: render.trail(shown, screen_of(session)))


@click.command()
@click.argument("subject", nargs=-1, metavar="[BEAD|AGENT|PATH]…", shell_complete=complete_work)
@json_option
@pass_session
def who(session: Session, subject: tuple[str, ...]) -> None:
    """Who is here, who has a bead, who has changed a file.

    A PATH is a file or folder of the worktree you stand in, or RIG/PATH: every hook of the rig that
    has changed it is named, committed or not.
    """
    from gastown.cli.screen import screen_of
    from gastown.render import who as render

    found = [_answer(session, one) for one in subject] or [_present(session)]
    now = session.edge.clock()
    session.show(found, lambda shown: render.who(shown, now, screen_of(session)))


def _present(session: Session) -> Answer:
    from gastown.ops.health import report
    from gastown.views.who import present

    healths = report(session.town, session.host).healths
    return present(
        session.town, session.sessions, healths, actor=session.place.actor,
        here=session.here.resolve(),
    )  # fmt: skip


def _answer(session: Session, subject: str) -> Answer:
    from gastown.ops.health import report
    from gastown.views import who as views

    reader = session.town.read()
    if reader.path_of("bead", subject) is not None:
        return views.holders(session.town, subject)
    hook = reader.hook(subject.strip("/"))
    if hook is not None:
        healths = report(session.town, session.host).healths
        actor = session.place.actor
        return views.agent(session.sessions, healths, hook, actor=actor)
    layout, here = session.town.layout, session.here.resolve()
    rig, path = views.file_of(reader, layout, here, subject)
    return views.changed(session.town, reader, rig, path)
