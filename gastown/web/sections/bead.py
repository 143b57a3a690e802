"""Everything about one bead: its text, what surrounds it, its requests, its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead import BEAD, Bead
from gastown.domain.step import metadata_of
from gastown.views.beads import bead_view
from gastown.views.feed import event_of
from gastown.views.history import operations
from gastown.web.asked import asked
from gastown.web.drawing import lifecycle
from gastown.web.drawing.graph import Node, draw
from gastown.web.look import Page, Panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.views.beads import BeadView
    from gastown.views.feed import Event
    from gastown.web.look import Look

_TEXTS = (
    ("description", "Description"), ("design", "Design"),
    ("acceptance_criteria", "Done when"), ("notes", "Notes"),
)  # fmt: skip
_HISTORY = 200


def bead_page(look: Look) -> Page:
    """The page of a bead."""
    view = bead_view(look.town.read(), look.name)
    bead = view.bead
    panels = [
        Panel("bead", bead.id, lambda: _facts(look, view)),
        Panel("texts", "What it says", lambda: _texts(look, view)),
        Panel("around", "What surrounds it", lambda: _around(look, view)),
        Panel("comments", "Comments",
              lambda: render("beads/comments.html", look=look, view=view),
              note=str(len(view.comments)) if view.comments else ""),
        Panel("history", "History", lambda: _history(look, bead)),
    ]  # fmt: skip
    return Page(bead.title, tuple(panels), crumbs=(("Beads", "/beads"),))


def _facts(look: Look, view: BeadView) -> Markup:
    bead = view.bead
    reader = look.town.read()
    merges = reader.merges_of(bead.id, bead.rig)
    hook = next((one for one in reader.hooks() if one.bead == bead.id), None)
    return render(
        "beads/facts.html", look=look, bead=bead, view=view, merges=merges, hook=hook,
        may=BEAD.possible(bead.state), metadata=metadata_of(bead),
    )  # fmt: skip


def _texts(look: Look, view: BeadView) -> Markup:
    data = view.bead.data
    found = [(title, str(data[key])) for key, title in _TEXTS if data.get(key)]
    return render("beads/texts.html", look=look, bead=view.bead, texts=found)


def _around(look: Look, view: BeadView) -> Markup:
    """What it waits for, and what waits for it, as a picture and as lists."""
    mine = view.bead
    around = {link.id: link.bead for link in (*view.dependencies, *view.dependents)
              if link.bead is not None}  # fmt: skip
    nodes = [_node(look, mine), *(_node(look, one, outside=True) for one in around.values())]
    edges = [(link.id, mine.id) for link in view.dependencies if link.type in _HOLDING]
    edges += [(mine.id, link.id) for link in view.dependents if link.type in _HOLDING]
    edges += [(mine.id, link.id) for link in view.children]
    picture = draw(nodes, edges, f"What surrounds {mine.id}") if edges else ""
    return render("beads/around.html", look=look, view=view, picture=picture, holding=_HOLDING)


_HOLDING = ("blocks", "conditional-blocks", "waits-for")


def _node(look: Look, bead: Bead, *, outside: bool = False) -> Node:
    return Node(bead.id, bead.title, bead.state.value, look.url(f"/beads/{bead.id}"),
                outside=outside)  # fmt: skip


def _history(look: Look, bead: Bead) -> Markup:
    town, commit = look.town, look.status.commit
    reader = town.read()
    path = reader.path_of("bead", bead.id) or ""
    prefixes = {rig.prefix: rig.id for rig in reader.rigs()}

    def ask() -> tuple[Event, ...]:
        found = operations(town.ledger, commit, limit=_HISTORY, paths=(path,))
        return tuple(event_of(one, prefixes) for one in found)

    key = ("history", look.status.root, bead.id, bead.state, str(bead.data.get("updated_at")))
    events = asked(key, ask)
    moves = [(move, one.at, one.commit, one.actor) for one in reversed(events)
             for move in one.moves]  # fmt: skip
    steps = lifecycle.steps_of(moves, "bead", bead.id)
    drawn = lifecycle.draw(BEAD, bead.state.value, steps, whole=False)
    return render("beads/history.html", look=look, bead=bead, events=events, drawn=drawn)
