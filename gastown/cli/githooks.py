"""gt githooks: the scripts that git runs (agents' hooks are worktrees, and a different thing)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound

if TYPE_CHECKING:
    from gastown.store.town import Town

_PATH = click.Path(path_type=Path)


@click.group()
def githooks() -> None:
    """The scripts that git runs: they tell the town what happens.

    In the town they are put in by themselves. A clone of yours outside of it can report, too. With
    GT_HOOKS=0 in the environment ours do nothing; the project's own still run. Agents' hooks, that
    is their worktrees, are something else: gt hooks.
    """


@githooks.command()
@click.argument("path", type=_PATH, required=False)
@click.option("--rig", shell_complete=complete_rig, help="Which rig a clone belongs to.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be changed.")
@json_option
@pass_session
def install(session: Session, path: Path | None, rig: str | None, dry_run: bool) -> None:
    """Put them in, or put right what is there.

    PATH is a worktree, a rig, the town's root (all of it), or a clone of a rig's project anywhere;
    the current directory, if not given. A clone only reports: nothing of yours is changed in it.
    """
    from gastown.ops import githooks as ops
    from gastown.render import githooks as render

    town, place = _where(session, path)
    if town is None:
        town = session.town
    session.show(ops.install(town, place, rig=rig, dry_run=dry_run), render.changed)


@githooks.command()
@click.argument("path", type=_PATH, required=False)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be changed.")
@json_option
@pass_session
def uninstall(session: Session, path: Path | None, dry_run: bool) -> None:
    """Take them away, until they are installed again.

    A clone is left as it was before, byte for byte.
    """
    from gastown.ops import githooks as ops
    from gastown.render import githooks as render

    town, place = _where(session, path)
    session.show(ops.uninstall(town, place, dry_run=dry_run), render.changed)


@githooks.command(name="list")
@click.argument("path", type=_PATH, required=False)
@json_option
@pass_session
def list_(session: Session, path: Path | None) -> None:
    """How git reaches them, and what of the project's runs."""
    from gastown.ops import githooks as ops
    from gastown.render import githooks as render

    town, place = _where(session, path)
    session.show(ops.show(town, place), render.shown)


@githooks.command()
@click.argument("path", type=_PATH, required=False)
@json_option
@pass_session
def test(session: Session, path: Path | None) -> None:
    """Prove that they are heard.

    A ref of their own is moved in each place, and its event must arrive in the spool.

    Exit status 1 if one is not.
    """
    from gastown.ops import githooks as ops
    from gastown.render import githooks as render

    town, place = _where(session, path)
    found = ops.test(
        town, place, silenced=session.env.get("GT_HOOKS") == "0",
        token=session.edge.entropy(8).hex(),
    )  # fmt: skip
    session.show(found, render.tested)
    if any(not one.arrived or any(hook.trouble for hook in one.hooks) for one in found):
        raise click.exceptions.Exit(1)


def _where(session: Session, path: Path | None) -> tuple[Town | None, Path]:
    """The town, as far as there is one, and the place that is meant.

    Raises:
        NotFound: there is no such folder.
    """
    from gastown.ops.hook_places import town_of
    from gastown.store.layout import find_root
    from gastown.store.town import Town

    place = (session.here / (path or "")).expanduser().resolve()
    if not place.is_dir():
        raise NotFound(f"there is no folder {place}")
    root = find_root(place) or find_root(session.here) or town_of(place)
    if root is not None:
        return Town(root.resolve(), session.edge), place
    return (session.town if session.env.get("GT_TOWN") else None), place
