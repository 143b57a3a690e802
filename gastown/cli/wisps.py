"""bd mol wisp: instances of formulas that are never committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import json_option
from gastown.cli.molecules import recipe_for, rig_of, rig_option, vars_option, yes_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.ops.beads import NewBead


class _WispGroup(click.Group):
    """`bd mol wisp FORMULA` is short for `bd mol wisp create FORMULA`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `create` before what is no subcommand."""
        words = [word for word in args if not word.startswith("-")]
        if words and words[0] not in self.commands:
            args = ["create", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WispGroup)
def wisp() -> None:
    """Molecules that are never committed.

    Wisps are on this machine only, and gone after a while. bd mol wisp FORMULA makes one. bd show,
    bd close and bd update work on its steps.
    """


@wisp.command()
@click.argument("formula")
@vars_option
@rig_option
@click.option("-a", "--assignee", help="Who works it.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be made.")
@yes_option
@json_option
@pass_session
def create(
    session: Session, formula: str, variables: tuple[str, ...], rig: str | None,
    assignee: str | None, dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """Make a wisp of a formula."""
    from gastown.ops.wisps import pour_wisp
    from gastown.render import molecules as render

    home = rig_of(session, rig)
    recipe = recipe_for(session, formula, variables, home, yes=yes, only_looking=dry_run)
    result = pour_wisp(
        session.town, recipe, home, assignee=assignee, actor=session.actor,
        dry_run=dry_run,
    )  # fmt: skip
    session.show_plain(result, render.poured, render.poured_shape(result))


@wisp.command(name="list")
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@rig_option
@json_option
@pass_session
def list_(session: Session, every: bool, rig: str | None) -> None:
    """The wisps that there are."""
    from gastown.ops.wisps import wisps
    from gastown.render import molecule_ends as render

    found = wisps(session.town, rig=session.home(rig), every=every)
    now = session.town.edge.clock()
    session.show_plain(found, lambda these: render.wisps(these, now), render.wisps_shape(found))


@wisp.command()
@click.option("--age", metavar="TIME", help="What nothing has touched for so long, e.g. 1h.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would go.")
@json_option
@pass_session
def gc(session: Session, age: str | None, dry_run: bool) -> None:
    """Take away wisps that are closed, or older than their kind is kept."""
    from datetime import timedelta

    from gastown.domain.gate import nanoseconds
    from gastown.ops.wisps import collect
    from gastown.render import molecule_ends as render

    idle = timedelta(microseconds=nanoseconds(age) / 1000) if age else None
    result = collect(session.town, age=idle, dry_run=dry_run)
    session.show_plain(result, render.collected, render.collected_shape(result))


def make_wisp(
    session: Session, new: NewBead, rig: str, wisp_type: str | None, *, silent: bool
) -> None:  # fmt: skip
    """What `bd create --ephemeral` does."""
    from gastown.ops.wisps import create_wisp
    from gastown.render import bead_changes as render

    found = create_wisp(session.town, rig, new, wisp_type=wisp_type, actor=session.actor)
    session.show_plain(found, render.identifier if silent else render.created, found)


def show_wisps(session: Session, rig: str | None, *, every: bool) -> None:
    """What `bd list --ephemeral` does."""
    from gastown.ops.wisps import wisps
    from gastown.render import molecule_ends as render

    home = session.home(None if rig == "all" else rig)
    found = wisps(session.town, rig=home, every=every)
    now = session.town.edge.clock()
    shape = [one.bead for one in found]
    session.show_plain(found, lambda these: render.wisps(these, now), shape)
