"""gt rig."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.interchange import Carried
    from gastown.ops.rigs import RigAdded
    from gastown.store.repository import Progress


@click.group()
def rig() -> None:
    """The projects of the town."""


@rig.command()
@click.argument("name")
@click.argument("url", metavar="URL|PATH")
@click.option("--branch", help="What work is merged into; by default the repository's own.")
@click.option("--prefix", help="What bead ids begin with; by default made from the name.")
@click.option("--import-beads/--no-import-beads", default=None,
              help="Import the beads that it carries; by default a terminal is asked.")  # fmt: skip
@json_option
@pass_session
def add(
    session: Session, name: str, url: str, branch: str | None, prefix: str | None,
    import_beads: bool | None,
) -> None:  # fmt: skip
    """Clone a project into the town as rig NAME."""
    from gastown.ops.rigs import add as operation
    from gastown.render import rigs as render

    with _progress(session) as progress:
        result = operation(
            session.town, name, url, branch=branch, prefix=prefix, actor=session.actor,
            here=session.here, progress=progress,
        )  # fmt: skip
    if result.carried is not None and _wants_beads(session, result.carried, import_beads):
        result = _with_beads(session, result)
    session.show(result, render.added)
    if result.imported is not None and result.imported.errors:
        raise click.exceptions.Exit(1)


@rig.command(name="list")
@json_option
@pass_session
def list_(session: Session) -> None:
    """All rigs, with their hooks, beads and queues."""
    from gastown.render import town as render
    from gastown.views.status import rig_list

    session.show(rig_list(session.town), render.rigs)


@rig.command()
@click.argument("name", shell_complete=complete_rig)
@json_option
@pass_session
def remove(session: Session, name: str) -> None:
    """Take a rig out of the town; refused while it holds work. Its folder is kept aside."""
    from gastown.ops.rigs import remove as operation
    from gastown.render import rigs as render

    session.show(operation(session.town, name, actor=session.actor), render.removed)


def _wants_beads(session: Session, carried: Carried, said: bool | None) -> bool:
    """Whether to import what a project carries: as said; a terminal is asked."""
    if said is not None or session.wants_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return bool(said)
    question = f"{carried.rig} carries {carried.lines} beads in {carried.path}: import them?"
    return click.confirm(question, default=True, err=True)


def _with_beads(session: Session, result: RigAdded) -> RigAdded:
    from dataclasses import replace

    from gastown.cli.interchange import progress_bar
    from gastown.ops.interchange import import_carried

    with progress_bar(session, "importing") as progress:
        imported = import_carried(session.town, result.rig, actor=session.actor, progress=progress)
    return replace(result, imported=imported)


@contextmanager
def _progress(session: Session) -> Iterator[Progress | None]:
    """Git's progress as a bar on a terminal; nothing elsewhere."""
    if session.wants_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetching", total=None)

        def show(stage: str, done: float, total: float | None) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        yield show
