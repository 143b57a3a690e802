"""Convoys: how far each is, what keeps it, and how its beads depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.convoy import ConvoyState
from gastown.views.convoys import convoy_list, convoy_view, pick
from gastown.views.stranded import stranded
from gastown.web.asked import asked
from gastown.web.drawing.graph import Node, draw
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.activity import happened_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from gastown.domain.health import Health
    from gastown.views.convoys import ConvoyView
    from gastown.views.status import Status
    from gastown.views.stranded import Stranded
    from gastown.web.look import Look

_MOST_NODES = 80


def page(look: Look) -> Page:
    """All convoys, or (`/convoys/ID`) one."""
    if look.rest:
        return _convoy_page(look)
    every = bool(look.query.get("all"))
    return Page("Convoys", (Panel("convoys", "Convoys" if every else "Under way",
                                  lambda: _list(look, every=every)),))  # fmt: skip


def _list(look: Look, *, every: bool) -> Markup:
    views = convoy_list(look.town.read(), every=True) if every else look.status.convoys
    return render("convoys/list.html", look=look, views=views, every=every,
                  stranded=_stranded(look))  # fmt: skip


def _healths(look: Look) -> Mapping[str, Health]:
    return {one.id: one.health for one in look.status.agents if one.health is not None}


def _stranded(look: Look) -> Mapping[str, Stranded]:
    """The convoys that do not get on by themselves; of the past nobody can tell."""
    if look.past is not None:
        return {}
    helped = look.status.watch.monitor and look.town.settings().recovery.enabled
    status = look.status
    found: list[Stranded] = asked(
        ("stranded", status.root, status.commit, status.watch.looked_at, helped),
        lambda: stranded(look.town.read(), _healths(look), look.now, helped=helped),
    )
    return {one.convoy: one for one in found}


def _convoy_page(look: Look) -> Page:
    reader = look.town.read()
    view = convoy_view(reader, pick(reader, look.name), healths=_healths(look))
    stuck = _stranded(look).get(view.convoy.id)
    return Page(
        view.convoy.title,
        (
            Panel("convoy", view.convoy.id,
                  lambda: render("convoys/convoy.html", look=look, view=view, stuck=stuck,
                                 is_open=view.convoy.state is ConvoyState.OPEN)),
            Panel("graph", "What waits for what", lambda: _graph(look, view)),
            Panel("members", "Its beads",
                  lambda: render("convoys/members.html", look=look, view=view),
                  note=f"{view.completed} of {view.total} closed"),
            happened_panel(look, view.convoy.id, *view.convoy.beads),
        ),
        crumbs=(("Convoys", "/convoys"),),
    )  # fmt: skip


def _graph(look: Look, view: ConvoyView) -> Markup:
    """Its beads, and what they wait for though it is not among them."""
    members = view.members[:_MOST_NODES]
    reader = look.town.read()
    mine = {bead.id: bead for bead in reader.beads(identifiers=[one.id for one in members])}
    edges = [
        (blocker, bead.id) for bead in mine.values() for blocker in bead.depends_on()
    ]  # fmt: skip
    outside = reader.beads(identifiers=sorted({a for a, _ in edges} - set(mine)))
    nodes = [
        Node(one.id, one.title or "there is no such bead", one.status or "unknown",
             look.url(f"/beads/{one.id}"))
        for one in members
    ]  # fmt: skip
    nodes += [Node(one.id, one.title, one.state.value, look.url(f"/beads/{one.id}"), outside=True)
              for one in outside]  # fmt: skip
    left_out = len(view.members) - len(members)
    picture = draw(nodes, edges, f"The beads of {view.convoy.title} and what they wait for")
    return render("convoys/graph.html", look=look, picture=picture, edges=edges, nodes=nodes,
                  left_out=left_out)  # fmt: skip


def _count(status: Status) -> int:
    return len(status.convoys)


SECTION = Section("convoys", "Convoys", "c", page, count=_count)
