"""gt fork: plans are tried on a branch of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_fork, json_option
from gastown.cli.default_group import DefaultGroup
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.store.town import Town


@click.group(cls=DefaultGroup, default="create")
def fork() -> None:
    """A branch of the ledger, to try a plan before it is real.

    gt fork NAME makes one; gt --fork NAME and bd --fork NAME work in it: issues, convoys, settings
    and slings change on paper. Then: gt fork diff NAME; gt fork merge NAME, or gt fork drop NAME.
    """


@fork.command()
@click.argument("name")
@click.option("--from", "moment", metavar="T",
              help="Begin at an earlier moment, as gt --at takes it.")  # fmt: skip
@click.option("--again", is_flag=True,
              help="Take up the last one of that name, as it was merged or dropped.")  # fmt: skip
@json_option
@pass_session
def create(session: Session, name: str, moment: str | None, again: bool) -> None:
    """Make a fork NAME of the town as it is now."""
    from gastown.errors import UsageTrouble
    from gastown.ops.forks.forking import make
    from gastown.render import forks as render

    if moment is not None and again:
        raise UsageTrouble("--again begins where the former one began", hint="leave --from out")
    session.show(make(_town(session), name, at=moment, again=again), render.forked)


@fork.command("list")
@json_option
@pass_session
def list_(session: Session) -> None:
    """All forks: since when, and what was decided on them."""
    from gastown.render import forks as render
    from gastown.views.forks import fork_list

    found = fork_list(_town(session))
    session.show(found, lambda shown: render.forks(shown, session.edge.clock()))


@fork.command()
@click.argument("name", shell_complete=complete_fork)
@json_option
@pass_session
def diff(session: Session, name: str) -> None:
    """What is different on a fork from the town it began with, in words."""
    from gastown.cli.screen import screen_of
    from gastown.ops.forks.forking import opened
    from gastown.render import between as render
    from gastown.store.past import find_moment
    from gastown.views.between import between
    from gastown.views.forks import base_of

    town = opened(_town(session), name)
    found = between(town, find_moment(town, base_of(town)), find_moment(town, "now"))
    session.show(found, lambda shown: render.between(shown, screen_of(session)))


@fork.command()
@click.argument("name", shell_complete=complete_fork)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@pass_session
def merge(session: Session, name: str, dry_run: bool) -> None:
    """Make a fork's plan real, by one commit; the fork is gone then.

    Records become as they are on the fork, each by moves of its table; then worktrees are made and
    agents started. Where the town has changed the same records since, they are named and nothing is
    done. gt undo takes the whole back.
    """
    from gastown.ops.forks.merging import merge as operation
    from gastown.render import forks as render

    town = _town(session)
    found = operation(town, name, host=session.host, actor=session.actor, dry_run=dry_run)
    session.show(found, render.merged)


@fork.command()
@click.argument("name", shell_complete=complete_fork)
@json_option
@pass_session
def drop(session: Session, name: str) -> None:
    """Let a fork go; gt fork NAME --again takes it up again."""
    from gastown.ops.forks.forking import drop as operation
    from gastown.render import forks as render

    session.show(operation(_town(session), name), render.dropped)


def _town(session: Session) -> Town:
    """The town itself, also for who stands in one of its forks."""
    from gastown.store.town import Town

    origin = session.town.layout.origin
    return session.town if origin is None else Town(origin.root, session.edge)
