"""Formulas, and the molecules that were poured of them, with their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.step import STEP
from gastown.ops.formula_files import list_formulas, show_formula
from gastown.views.molecule_lists import molecules
from gastown.views.molecules import molecule_view, source_of
from gastown.web.actions.formulas import home_of, library_of
from gastown.web.asked import asked
from gastown.web.drawing.graph import Node, draw
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.activity import happened_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.ops.formula_files import Listed, Shown
    from gastown.views.molecules import MoleculeView
    from gastown.web.look import Look

_FRESH_S = 20
_MOLECULES = "molecules"


def page(look: Look) -> Page:
    """All of them, one formula, or (`/formulas/molecules/ID`) one molecule."""
    if not look.rest:
        return Page("Formulas", (
            Panel("molecules", "Molecules", lambda: _molecules(look)),
            Panel("gates", "Gates", lambda: _gates(look)),
            Panel("formulas", "Formulas", lambda: _formulas(look)),
        ))  # fmt: skip
    crumbs = (("Formulas", "/formulas"),)
    if look.rest[0] == _MOLECULES and len(look.rest) == 2:
        view = molecule_view(source_of(look.town, look.rest[1]), look.rest[1])
        return Page(view.root.title, (
            Panel("molecule", view.root.id, lambda: _molecule(look, view)),
            Panel("steps", "What waits for what", lambda: _graph(look, view)),
            happened_panel(look, view.root.id, *(step.bead.id for step in view.steps)),
        ), crumbs)  # fmt: skip
    found = _shown(look, look.name)
    shown = Panel(
        "formula", "Formula", lambda: render("formulas/formula.html", look=look, one=found)
    )
    return Page(look.name, (shown,), crumbs)


def _molecules(look: Look) -> Markup:
    every = bool(look.query.get("all"))
    views = molecules(look.town.read(), every=every)
    return render("formulas/molecules.html", look=look, views=views, every=every)


def _gates(look: Look) -> Markup:
    return render("formulas/gates.html", look=look, gates=look.town.read().gates())


def _bucket(look: Look) -> tuple[object, ...]:
    return (look.status.root, look.status.commit, int(look.now.timestamp()) // _FRESH_S)


def _formulas(look: Look) -> Markup:
    if look.past is not None:
        return render("formulas/past.html", look=look)
    library = library_of(look.town, home_of(look.host.env.get("HOME")))
    found: list[Listed] = asked(("formulas", *_bucket(look)), lambda: list_formulas(library))
    return render("formulas/formulas.html", look=look, found=found)


def _shown(look: Look, name: str) -> Shown:
    library = library_of(look.town, home_of(look.host.env.get("HOME")))
    return asked(("formula", name, *_bucket(look)), lambda: show_formula(library, name))


def _molecule(look: Look, view: MoleculeView) -> Markup:
    return render(
        "formulas/molecule.html", look=look, view=view,
        moves={step.id: STEP.possible(step.state) for step in view.steps},
    )  # fmt: skip


def _graph(look: Look, view: MoleculeView) -> Markup:
    nodes = [Node(step.bead.id, step.title, step.bead.state.value,
                  look.url(f"/beads/{step.bead.id}")) for step in view.steps]  # fmt: skip
    named = {step.id: step.bead.id for step in view.steps}
    edges = [(named[need], step.bead.id) for step in view.steps for need in step.needs
             if need in named]  # fmt: skip
    return draw(nodes, edges, f"The steps of {view.root.title}")


SECTION = Section("formulas", "Formulas", "f", page)
