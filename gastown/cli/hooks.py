"""gt hooks: the worktrees of agents (git's own hooks are a different thing)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, complete_rig, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.domain.hook import Hook


def _named(session: Session, agent: str | None) -> Hook:
    """The hook of the named agent, or the one that the caller stands in."""
    from gastown.views.hook_log import named

    return session.own_hook() if agent is None else named(session.town, agent)


_agent = click.argument("agent", required=False, metavar="[RIG/AGENT]",
                        shell_complete=complete_agent)  # fmt: skip
_some_agent = click.argument("agent", metavar="RIG/AGENT", shell_complete=complete_agent)
_revision = click.argument("revision", required=False, metavar="[ID]")


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

    actor = session.place.actor if dry_run else session.actor  # who only looks changes nothing
    found = operation(session.town, dry_run=dry_run, actor=actor)
    session.show(found, render.findings)
    if any(not finding.mended for finding in found) and not dry_run:
        raise click.exceptions.Exit(1)


@hooks.command()
@_agent
@click.option("-n", "--limit", type=click.IntRange(min=1), default=30, show_default=True,
              help="How many entries.")  # fmt: skip
@click.option("-a", "--all", "every", is_flag=True, help="Of earlier bearers of the name, too.")
@json_option
@pass_session
def log(session: Session, agent: str | None, limit: int, every: bool) -> None:
    """What is held of a hook's work, newest first.

    Commits, snapshots of what was not committed, commits that the branch has lost, and rescued
    work. By default of the hook you stand in.
    """
    from gastown.render import hook_log as render
    from gastown.views.hook_log import hook_log

    found = hook_log(session.town, _named(session, agent), limit=limit, every=every)
    now = session.town.edge.clock()
    session.show(found, lambda result: render.hook_log(result, now))


@hooks.command()
@_agent
@_revision
@click.option("--stat", is_flag=True, help="Only which files, and how much.")
@json_option
@pass_session
def diff(session: Session, agent: str | None, revision: str | None, stat: bool) -> None:
    """What is not committed in a hook, or what ID brings.

    ID is a snapshot or commit of gt hooks log. Secrets and ignored files are never shown.
    """
    from gastown.ops.restore import diff as operation
    from gastown.render import hook_log as render

    found = operation(session.town, _named(session, agent), revision, stat=stat)
    session.show(found, render.difference)
    if found.left_out and not session.wants_json:
        session.note(f"not in it: {', '.join(found.left_out)}")


@hooks.command()
@_some_agent
@_revision
@click.option("--to", "folder", type=click.Path(path_type=Path),
              help="Into this new or empty folder, instead of the worktree.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@pass_session
def restore(
    session: Session, agent: str, revision: str | None, folder: Path | None, dry_run: bool
) -> None:
    """Bring a hook's files back to what ID holds.

    ID is a snapshot or commit of gt hooks log; by default the newest snapshot. What is there now
    is held first, so this can be taken back.
    """
    from gastown.ops import restore as operation
    from gastown.render import hook_log as render

    here, hook = session.here, _named(session, agent)
    if folder is not None:
        target = here / folder.expanduser()
        placed = operation.restore_to(session.town, hook, revision, target, dry_run=dry_run)
        session.show(placed, render.placed)
        return
    result = operation.restore(session.town, hook, revision, host=session.host, dry_run=dry_run)
    session.show(result, render.restored)


@hooks.command()
@_some_agent
@click.option("--reason", metavar="TEXT", help="Why; shown with the hook.")
@json_option
@pass_session
def suspend(session: Session, agent: str, reason: str | None) -> None:
    """Let an agent rest: it is stopped, its work is held."""
    from gastown.ops.suspension import suspend as operation
    from gastown.render import hook_log as render

    hook = _named(session, agent)
    result = operation(
        session.town, hook.id, host=session.host, actor=session.actor, reason=reason
    )  # fmt: skip
    session.show(result, render.suspended)


@hooks.command()
@_some_agent
@json_option
@pass_session
def resume(session: Session, agent: str) -> None:
    """Let a suspended agent go on where it was."""
    from gastown.ops.suspension import resume as operation
    from gastown.render import hook_log as render

    hook = _named(session, agent)
    result = operation(session.town, hook.id, host=session.host, actor=session.actor)
    session.show(result, render.resumed)
