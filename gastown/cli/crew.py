"""gt crew."""

from __future__ import annotations

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.group()
def crew() -> None:
    """People's own worktrees in rigs."""


@crew.command()
@click.argument("name")
@click.option("--rig", "rig_name", shell_complete=complete_rig, help="By default where you stand.")
@json_option
@pass_session
def add(session: Session, name: str, rig_name: str | None) -> None:
    """Make a worktree for NAME, on a branch of its own."""
    from gastown.ops.crew import add as operation
    from gastown.render import rigs as render

    result = operation(
        session.town, name, _rig(session, rig_name), host=session.host, actor=session.actor
    )
    session.show(result, render.crew_added)


@crew.command(name="list")
@click.option("--rig", "rig_name", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_(session: Session, rig_name: str | None) -> None:
    """All crew worktrees."""
    from gastown.render import rigs as render
    from gastown.views.hooks import HookList, hook_list

    found = hook_list(session.town, rig=session.rig(rig_name))
    mine = HookList(tuple(hook for hook in found.hooks if hook.role == "crew"))
    session.show(mine, render.hooks)


@crew.command()
@click.argument("name")
@click.option("--rig", "rig_name", shell_complete=complete_rig, help="By default where you stand.")
@click.option("-f", "--force", is_flag=True, help="Even with unmerged work; it is kept by refs.")
@json_option
@pass_session
def remove(session: Session, name: str, rig_name: str | None, force: bool) -> None:
    """Take a crew worktree away; its branch stays."""
    from gastown.ops.crew import remove as operation
    from gastown.render import agents as render

    result = operation(
        session.town,
        name,
        _rig(session, rig_name),
        host=session.host,
        force=force,
        actor=session.actor,
    )
    session.show(result, lambda found: f"✓ {render.retired(found)}")


def _rig(session: Session, named: str | None) -> str:
    if named is not None:
        return named
    if session.place.rig is not None:
        return session.place.rig
    rigs = session.town.read().rigs()
    if len(rigs) == 1:
        return rigs[0].id
    raise UsageTrouble("which rig?", hint="say --rig RIG; gt rig list shows all")
