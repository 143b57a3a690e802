"""What can be done with formulas and molecules: poured, slung, stepped, squashed, burnt, gates.

A formula's commands run only where a person has trusted its text on this machine; pouring one runs
nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.step import STEP
from gastown.errors import UsageTrouble
from gastown.ops import bead_gates, formulas, molecule_ends, molecules, sling_formula
from gastown.render import formulas as formula_words
from gastown.render import molecule_ends as end_words
from gastown.render import molecules as words
from gastown.store.formulas import Library
from gastown.views.molecule_lists import molecules as open_molecules
from gastown.web import choices
from gastown.web.doing import Action, Done, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.formulas.recipe import Recipe
    from gastown.store.town import Town
    from gastown.web.doing import Doing


def home_of(host_home: str | None) -> Path:
    """The person's home, where formulas of theirs may be."""
    return Path(host_home or "~").expanduser()


def library_of(town: Town, home: Path) -> Library:
    """The formulas of the town, of the person, and those that come with gt."""
    return Library(town.layout.hq, town.layout.hq, home)


def _recipe(doing: Doing) -> Recipe:
    town, variables = doing.town, {}
    for line in doing.raw("variables").splitlines():
        name, equals, value = line.partition("=")
        if not equals:
            raise UsageTrouble(f"{line!r} is no NAME=VALUE", hint="one in each line")
        variables[name.strip()] = value
    return formulas.load_recipe(
        town, doing.need("formula"), variables, here=town.layout.hq,
        home=home_of(doing.host.env.get("HOME")), rig=doing.need("rig"),
    )  # fmt: skip


def _pour(doing: Doing) -> Done:
    recipe = _recipe(doing)
    if recipe.has_commands:
        formulas.check_trusted(doing.town, recipe)
    made = molecules.pour(
        doing.town, recipe, molecules.Order(doing.need("rig")), actor=doing.actor, dry_run=False
    )
    return Done(words.poured(made), to="/formulas")


def _sling(doing: Doing) -> Done:
    recipe = _recipe(doing)
    if recipe.has_commands:
        formulas.check_trusted(doing.town, recipe)
    manner = sling_formula.Manner(doing.host, doing.get("runtime") or None, start=True, force=False)
    done = sling_formula.sling_formula(
        doing.town, recipe, doing.need("rig"), on=doing.get("on") or None, manner=manner,
        actor=doing.actor,
    )  # fmt: skip
    return Done(words.slung_formula(done), to="/formulas")


def _trust(doing: Doing) -> str:
    library = library_of(doing.town, home_of(doing.host.env.get("HOME")))
    found = formulas.trust_text(doing.town, library, doing.need("formula"), actor=doing.actor)
    return formula_words.trusted(found)


def _step(doing: Doing) -> str:
    found = molecules.move_step(
        doing.town, doing.need("bead"), doing.need("move"), reason=doing.get("reason") or None,
        actor=doing.actor,
    )  # fmt: skip
    return words.stepped(found)


def _squash(doing: Doing) -> Done:
    done = molecule_ends.squash(
        doing.town, doing.need("molecule"), summary=doing.need("summary"), actor=doing.actor
    )
    return Done(end_words.squashed(done), to="/formulas")


def _burn(doing: Doing) -> Done:
    done = molecule_ends.burn(doing.town, doing.need("molecule"), actor=doing.actor)
    return Done(end_words.burnt(done), to="/formulas")


def _open_gate(doing: Doing) -> str:
    found = bead_gates.resolve(
        doing.town, doing.need("gate"), reason=doing.get("reason") or None, actor=doing.actor
    )
    return end_words.resolved(found)


def _molecules(town: Town) -> Iterable[tuple[str, str]]:
    return [(one.root.id, f"{one.root.id} {one.root.title}")
            for one in open_molecules(town.read())]  # fmt: skip


def _gates(town: Town) -> Iterable[tuple[str, str]]:
    return [(one.id, f"{one.id} {one.title}") for one in town.read().gates()]


_FORMULA = Field("formula", "Formula", required=True)
_RIG = Field("rig", "Rig", "choice", required=True, choices=choices.rigs)
_VARIABLES = Field("variables", "Variables", "area", hint="NAME=VALUE, one in each line")
_MOLECULE = Field("molecule", "Molecule", "choice", required=True, choices=_molecules)
_MOVES = tuple(dict.fromkeys(move.trigger for move in STEP.moves
                             if move.trigger not in ("release", "reopen")))  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("formula.pour", "Pour a formula", "Make beads of it: a root, and one for each step.",
           _pour, (_FORMULA, _RIG, _VARIABLES)),
    Action("formula.sling", "Sling a formula", "Pour it, and give it to agents.", _sling,
           (_FORMULA, _RIG, _VARIABLES, Field("on", "On the bead"),
            Field("runtime", "Agent command"))),
    Action("formula.trust", "Trust a formula", "Let its commands run on this machine, as its text"
           " is now.", _trust, (_FORMULA,),
           destroys="Its commands may run on this machine, with your rights. Read them first."),
    Action("step.move", "Move a step", "Start, finish, fail, skip a step, or try it again.", _step,
           (Field("bead", "Step", required=True),
            Field("move", "Move", "choice", required=True, choices=lambda _: _MOVES),
            Field("reason", "Why")), in_palette=False),
    Action("molecule.squash", "Squash", "Put one closed bead with a summary in its place.",
           _squash, (_MOLECULE, Field("summary", "Summary", "area", required=True)),
           destroys="Its steps are deleted; the summary stays. git -C hq revert brings them back."),
    Action("molecule.burn", "Burn", "Give a molecule up, without a summary.", _burn, (_MOLECULE,),
           destroys="The molecule and its steps are deleted. git -C hq revert brings them back."),
    Action("bead-gate.open", "Open a gate", "Let go on what waits for a person, or for anything"
           " else.", _open_gate,
           (Field("gate", "Gate", "choice", required=True, choices=_gates),
            Field("reason", "Why"))),
)  # fmt: skip
