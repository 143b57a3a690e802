"""bd formula: list, show, validate, new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.common import LazyGroup, complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound, Refused

if TYPE_CHECKING:
    from gastown.store.formulas import Library


rig_option = click.option(
    "--rig", shell_complete=complete_rig, help="Those that this rig's project carries, too."
)


@click.group(cls=LazyGroup, aliases={"check": "validate", "ls": "list", "create": "new"})
def formula() -> None:
    """Recipes of steps: written once, run often.

    `bd cook NAME` runs one, `bd mol pour NAME` makes beads of its steps, `gt sling NAME RIG` gives
    it to an agent. They are files: .beads/formulas/NAME.yaml (or .toml, .json) of a project, of the
    town (hq) or in your home, and some are built in; the first of a name wins.
    """


def library_of(session: Session, rig: str | None = None) -> Library:
    """The formulas that can be seen from where the caller stands, in a town or not.

    Raises:
        NotFound: there is no such rig, whose project's formulas are wanted, too.
    """
    from gastown.ops.formulas import project_of
    from gastown.store.formulas import Library

    here = session.here.resolve()  # before the town is opened, which changes the directory
    try:
        hq = session.town.layout.hq
    except NotFound:
        hq = None
    project = project_of(session.town, rig) if rig is not None else None
    return Library(hq, here, Path(session.env.get("HOME", "~")).expanduser(), project)


@formula.command(name="list")
@click.option("--type", "type_", help="Only workflow, expansion, aspect or convoy.")
@rig_option
@json_option
@pass_session
def list_(session: Session, type_: str | None, rig: str | None) -> None:
    """All formulas, also broken and shadowed ones."""
    from gastown.ops.formula_files import list_formulas
    from gastown.render import formulas as render

    found = list_formulas(library_of(session, rig), type_)
    session.show_plain(found, render.listing, render.listing_shape(found))


@formula.command()
@click.argument("name")
@click.option("--raw", is_flag=True, help="The text of its file, as it is written.")
@rig_option
@json_option
@pass_session
def show(session: Session, name: str, raw: bool, rig: str | None) -> None:
    """A formula's variables and steps, as they will be."""
    from gastown.ops.formula_files import show_formula
    from gastown.render import formulas as render
    from gastown.render.text import safe

    found = show_formula(library_of(session, rig), name)
    shape = render.formula_shape(found.formula, found.source)
    session.show_plain(
        found, (lambda one: safe(one.text.rstrip("\n"), lines=True)) if raw else render.shown, shape
    )


@formula.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@pass_session
def validate(session: Session, files: tuple[Path, ...]) -> None:
    """Everything that is wrong with files, with its line.

    FILES may also be names of formulas. The exit status is 1 if anything is wrong.
    """
    from gastown.ops.formula_files import validate as look
    from gastown.render import formulas as render

    here, library = session.here, library_of(session)
    found = []
    for file in files:
        at = here / file
        if not at.exists() and len(file.parts) == 1:
            at = Path(str(library.find(str(file)).file))
        found.append(look(library, at))
    session.show_plain(found, render.checked, render.checked_shape(found))
    if any(one.problems for one in found):
        raise click.exceptions.Exit(1)


@formula.command()
@click.argument("name")
@click.option("--town", "for_town", is_flag=True, help="For the whole town, in hq.")
@click.option("--edit", is_flag=True, help="Open it in $VISUAL or $EDITOR.")
@json_option
@pass_session
def new(session: Session, name: str, for_town: bool, edit: bool) -> None:
    """Begin a formula: a file to fill in.

    It is made in the worktree you stand in, and is the project's then; elsewhere in the town's hq.
    """
    from gastown.ops.formula_files import folder_for, new_formula
    from gastown.render import formulas as render

    here = session.here.resolve()
    path = new_formula(folder_for(session.town.layout.hq, here, town=for_town), name)
    if edit:
        try:
            click.edit(filename=str(path))
        except click.ClickException as error:
            raise Refused(error.format_message(), hint=f"the file is there: {path}") from None
    session.show_plain(str(path), render.begun, {"name": name, "file": str(path)})
