"""bd mol: tracked instances of formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import LazyGroup, complete_bead, complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound

if TYPE_CHECKING:
    from gastown.domain.formulas.recipe import Recipe
    from gastown.views.molecules import MoleculeView

_HERE = "gastown.cli.molecules"
_COMMANDS = {
    "pour": f"{_HERE}:pour",
    "list": f"{_HERE}:list_",
    "show": f"{_HERE}:show",
    "current": f"{_HERE}:current",
    "progress": f"{_HERE}:progress",
    "ready": f"{_HERE}:ready",
    "stale": f"{_HERE}:stale",
    "step": "gastown.cli.steps:step",
    "trust": "gastown.cli.steps:trust",
    "bond": "gastown.cli.molecule_ends:bond",
    "squash": "gastown.cli.molecule_ends:squash",
    "burn": "gastown.cli.molecule_ends:burn",
    "wisp": "gastown.cli.wisps:wisp",
}
vars_option = click.option(
    "--var", "variables", multiple=True, metavar="NAME=VALUE",
    help="Give a variable its value; may be repeated.",
)  # fmt: skip
yes_option = click.option("-y", "--yes", is_flag=True, help="Trust the formula's commands.")
rig_option = click.option(
    "--rig", shell_complete=complete_rig, help="The rig; by default where you are."
)
_ID = click.argument("identifier", metavar="ID", shell_complete=complete_bead)


@click.group(
    cls=LazyGroup, lazy=_COMMANDS,
    aliases={"ls": "list", "spawn": "pour", "status": "progress", "instantiate": "pour"},
)  # fmt: skip
def mol() -> None:
    """Formulas that are being worked: one issue for each step.

    A molecule is a root issue with an issue for each step. Closing a step's issue does the step;
    bd show, bd close and bd update work on them like on any other.
    """


def recipe_for(
    session: Session, name: str, variables: tuple[str, ...], rig: str, *, yes: bool,
    only_looking: bool = False,
) -> Recipe:  # fmt: skip
    """A formula, resolved; where it has commands, a trusted one; its `rig`'s are looked at, too.

    Raises:
        NotFound: there is no formula of that name.
        Refused: its text was not accepted on this machine.
    """
    from gastown.cli.formula_options import pairs, resolved_recipe, trusted_recipe

    if only_looking:
        return resolved_recipe(session, name, pairs(variables), rig=rig)
    return trusted_recipe(session, name, pairs(variables), yes=yes, rig=rig)


def rig_of(session: Session, named: str | None) -> str:
    """The rig that a molecule is poured in."""
    from gastown.ops.beads import rig_for

    return rig_for(
        session.town.read(), named=named, identifier=None, parent=None,
        standing_in=session.place.rig,
    )  # fmt: skip


@click.command()
@click.argument("formula")
@vars_option
@rig_option
@click.option("-a", "--assignee", help="Who works it; for the root.")
@click.option("--attach", metavar="ISSUE", shell_complete=complete_bead,
              help="Make this issue the root: the steps become its children.")  # fmt: skip
@click.option("--attach-type", type=click.Choice(["parallel", "sequential", "conditional"]),
              default="parallel", show_default=True,
              help="Whether the steps wait for the open children it has.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be made.")
@yes_option
@json_option
@pass_session
def pour(
    session: Session, formula: str, variables: tuple[str, ...], rig: str | None,
    assignee: str | None, attach: str | None, attach_type: str, dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """Make issues of a formula: a root, and one for each step.

    All of it is one commit. Commands are not run: an agent runs them when the molecule is slung.
    """
    from gastown.ops import molecules
    from gastown.render import molecules as render

    home = session.town.read().bead(attach).rig if attach else rig_of(session, rig)
    recipe = recipe_for(session, formula, variables, home, yes=yes, only_looking=dry_run)
    order = molecules.Order(
        home, assignee=assignee, attach=attach, attach_type=attach_type
    )  # fmt: skip
    result = molecules.pour(
        session.town, recipe, order, actor=session.actor, dry_run=dry_run
    )  # fmt: skip
    session.show_plain(result, render.poured, render.poured_shape(result))


@click.command(name="list")
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@rig_option
@json_option
@pass_session
def list_(session: Session, every: bool, rig: str | None) -> None:
    """Molecules that are being worked, newest first."""
    from gastown.render import molecules as render
    from gastown.views.molecule_lists import molecules

    wanted = session.home(rig)
    found = [
        view for view in molecules(session.town.read(), every=every)
        if wanted in (None, view.molecule.rig)
    ]  # fmt: skip
    session.show_plain(found, render.listed, render.listed_shape(found))


@click.command()
@_ID
@click.option("--parallel", is_flag=True, help="Which steps can be worked side by side.")
@json_option
@pass_session
def show(session: Session, identifier: str, parallel: bool) -> None:
    """A molecule in full, with its variables and steps.

    ID is the root's, or that of a step.
    """
    from gastown.render import molecules as render
    from gastown.views.molecule_lists import layers

    view = _view(session, identifier)
    groups = layers(view) if parallel else None
    session.show_plain(
        view, lambda found: render.shown(found, groups), render.shown_shape(view, groups)
    )


@click.command()
@click.argument("identifier", required=False, metavar="[ID]", shell_complete=complete_bead)
@click.option("--for", "agent", metavar="RIG/AGENT", help="What this agent works on.")
@json_option
@pass_session
def current(session: Session, identifier: str | None, agent: str | None) -> None:
    """Where the work is, step by step.

    Each step is done, current, ready, blocked or pending. Without ID: the molecule on one's own
    hook, and outside of hooks all that are being worked.
    """
    from gastown.render import molecules as render
    from gastown.views.molecule_lists import molecules

    if identifier is not None:
        found = [_view(session, identifier)]
    else:
        whose = agent or session.place.agent
        found = molecules(session.town.read())
        if whose is not None and whose != "mayor":
            found = [view for view in found if _is_of(session, view, whose)]
    session.show_plain(found, render.current, render.current_shape(found))


def _is_of(session: Session, view: MoleculeView, agent: str) -> bool:
    """Whether somebody works a molecule: on their hook, or assigned to them."""
    hook = session.town.read().hook(agent) if "/" in agent else None
    held = hook.bead if hook is not None else None
    return view.root.assignee == agent or held in (view.root.id, *view.molecule.beads)


def _view(session: Session, identifier: str) -> MoleculeView:
    from gastown.views.molecules import molecule_view, source_of

    return molecule_view(source_of(session.town, identifier), identifier)


@click.command()
@_ID
@json_option
@pass_session
def progress(session: Session, identifier: str) -> None:
    """How far a molecule is, and how fast it goes."""
    from gastown.render import molecules as render
    from gastown.views.molecule_lists import progress as view

    found = view(_view(session, identifier), session.town.edge.clock())
    session.show_plain(found, render.progress, render.progress_shape(found))


@click.command()
@click.option("--gated", is_flag=True, help="Only where a gate has opened the way.")
@json_option
@pass_session
def ready(session: Session, gated: bool) -> None:
    """Steps of molecules that can be started now."""
    from gastown.render import molecules as render
    from gastown.views import molecule_lists as views

    reader = session.town.read()
    if gated:
        found = views.gated(reader)
        session.show_plain(found, render.gated, render.gated_shape(found))
        return
    steps = [(view, step) for view in views.molecules(reader) for step in view.ready]
    shape = [
        {"molecule_id": view.root.id, "molecule_title": view.root.title,
         "ready_step": step.bead.shown()}
        for view, step in steps
    ]  # fmt: skip
    session.show_plain(steps, render.ready, {"molecules": shape, "count": len(shape)})


@click.command()
@json_option
@pass_session
def stale(session: Session) -> None:
    """Molecules whose steps are all done, but not the root."""
    from gastown.render import molecules as render
    from gastown.views.molecule_lists import stale as view

    found = view(session.town.read())
    session.show_plain(found, render.stale, render.stale_shape(found))


def check_molecule(session: Session, identifier: str) -> None:
    """Fail where no molecule has this root.

    Raises:
        NotFound: none has.
    """
    from gastown.views.molecules import source_of

    if source_of(session.town, identifier).find("molecule", identifier) is None:
        raise NotFound(f"no molecule {identifier!r}", hint="bd mol list shows all")
