"""bd mol bond, squash, burn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.molecules import recipe_for, rig_of, rig_option, vars_option, yes_option
from gastown.cli.session import Session, pass_session
from gastown.errors import Refused

if TYPE_CHECKING:
    from gastown.ops.molecules import Poured

_ID = click.argument("identifier", metavar="ID", shell_complete=complete_bead)


@click.command()
@click.argument("first", metavar="A", shell_complete=complete_bead)
@click.argument("second", metavar="B", shell_complete=complete_bead)
@click.option("--type", "kind", default="sequential", show_default=True,
              type=click.Choice(["sequential", "parallel", "conditional"]),
              help="B after A, beside it, or where A fails.")  # fmt: skip
@click.option("--ref", metavar="ID", help="The root's id where B is a formula that is poured.")
@vars_option
@rig_option
@yes_option
@json_option
@pass_session
def bond(
    session: Session, first: str, second: str, kind: str, ref: str | None,
    variables: tuple[str, ...], rig: str | None, yes: bool,
) -> None:  # fmt: skip
    """Join two molecules, A and B.

    Each is a molecule's id, or a formula that is poured for it. sequential: B waits for A.
    parallel: B belongs to A and goes on beside it. conditional: as sequential, and said to be for
    the case that A fails.
    """
    from gastown.ops.molecule_ends import bond as operation
    from gastown.render import molecule_ends as render

    poured: list[Poured] = []

    def root_of(name: str, wanted: str | None) -> str:
        reader = session.town.read()
        if reader.find("molecule", name) is not None or reader.find("bead", name) is not None:
            return name
        from gastown.ops import molecules

        home = rig_of(session, rig)
        recipe = recipe_for(session, name, variables, home, yes=yes)
        order = molecules.Order(home, identifier=wanted)
        made = molecules.pour(session.town, recipe, order, actor=session.actor)
        poured.append(made)
        return made.molecule.id

    roots = root_of(first, None), root_of(second, ref)
    result = operation(
        session.town, *roots, kind=kind, poured=tuple(poured), actor=session.actor
    )  # fmt: skip
    session.show_plain(result, render.bonded, render.bonded_shape(result))


@click.command()
@_ID
@click.option("--summary", required=True, help="What it did; becomes the digest's description.")
@click.option("--keep-children", is_flag=True, help="Close the steps, but do not delete them.")
@json_option
@pass_session
def squash(session: Session, identifier: str, summary: str, keep_children: bool) -> None:
    """Put one permanent, closed issue in a molecule's place.

    Of a wisp nothing but that digest is left. The steps of a poured molecule become tombstones.
    """
    from gastown.ops.molecule_ends import squash as operation
    from gastown.render import molecule_ends as render

    result = operation(
        session.town, identifier, summary=summary, keep_children=keep_children,
        actor=session.actor,
    )  # fmt: skip
    session.show_plain(result, render.squashed, render.squashed_shape(result))


@click.command()
@_ID
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@json_option
@pass_session
def burn(session: Session, identifier: str, force: bool) -> None:
    """Give a molecule up.

    A wisp is gone; the issues of a poured one become tombstones.
    """
    from gastown.ops.molecule_ends import burn as operation
    from gastown.render import molecule_ends as render
    from gastown.store.wisps import is_wisp

    if not force and not is_wisp(session.town.layout, identifier):
        _ask(session, identifier)
    result = operation(session.town, identifier, actor=session.actor)
    session.show_plain(result, render.burnt, render.burnt_shape(result))


def _ask(session: Session, identifier: str) -> None:
    """Have a person confirm, where there is a terminal.

    Raises:
        Refused: there is none, or they do not.
    """
    import sys

    from gastown.cli.molecules import check_molecule

    check_molecule(session, identifier)
    said = f"Delete every step of {identifier}?"
    terminal = sys.stdin.isatty() and sys.stderr.isatty() and not session.wants_json
    if not terminal or not click.confirm(said, default=False, err=True):
        raise Refused(
            f"{identifier} was not burnt", hint=f"bd mol burn {identifier} --force"
        )  # fmt: skip
