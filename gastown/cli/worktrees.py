"""gt worktrees: which there are, and what they take of the disk."""

from __future__ import annotations

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.default_group import DefaultGroup
from gastown.cli.session import Session, pass_session

_rig = click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")


@click.group(cls=DefaultGroup, default="list", invoke_without_command=True)
@click.pass_context
def worktrees(context: click.Context) -> None:
    """The worktrees of agents, persons and refineries."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@worktrees.command(name="list")
@_rig
@json_option
@pass_session
def list_(session: Session, rig: str | None = None) -> None:
    """Every registered worktree, whose it is, and what is on it."""
    from gastown.cli.screen import screen_of
    from gastown.render import worktrees as render
    from gastown.views.worktrees import worktrees as view

    screen = screen_of(session)
    session.show(view(session.town, session.rig(rig)), lambda one: render.worktrees(one, screen))


@worktrees.command()
@_rig
@json_option
@pass_session
def du(session: Session, rig: str | None) -> None:
    """What worktrees and repositories take of the disk, the biggest first.

    And the commands that free what a build or an installation makes again.
    """
    from gastown.cli.screen import screen_of
    from gastown.render import worktrees as render
    from gastown.views.worktrees import disk_use

    screen = screen_of(session)
    session.show(disk_use(session.town, session.rig(rig)), lambda one: render.disk_use(one, screen))
