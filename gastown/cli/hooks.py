"""gt hooks: the worktrees of agents (git's own hooks are a different thing)."""

from __future__ import annotations

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session


@click.group()
def hooks() -> None:
    """The worktrees in which agents' work survives.

    Git's own hook scripts are something else.
    """


@hooks.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Archived ones, too.")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, every: bool, rig: str | None) -> None:
    """Every hook, checked against its worktree and branch.

    Exit status 1 if one is broken.
    """
    from gastown.render import rigs as render
    from gastown.views.hooks import hook_list

    found = hook_list(session.town, rig=session.rig(rig), every=every)
    session.show(found, render.hooks)
    if found.broken:
        raise click.exceptions.Exit(1)


@hooks.command()
@click.option("-n", "--dry-run", is_flag=True, help="Only say what is wrong.")
@json_option
@pass_session
def repair(session: Session, dry_run: bool) -> None:
    """Mend broken hooks.

    From the branch, the last snapshot, or the last good record. Nothing is deleted on the way.
    """
    from gastown.ops.repair import repair as operation
    from gastown.render import rigs as render

    found = operation(session.town, dry_run=dry_run, actor=session.actor)
    session.show(found, render.findings)
    if any(not finding.mended for finding in found) and not dry_run:
        raise click.exceptions.Exit(1)
