"""What needs the person: questions with their words, escalations, requests to be reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.telling import failures
from gastown.errors import NotFound
from gastown.views.needs import Kind
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.activity import happened_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.views.needs import Need
    from gastown.views.status import Status
    from gastown.web.look import Look

_PLACES = {
    Kind.ASKING: "/agents/{}", Kind.CRASH_LOOP: "/agents/{}", Kind.ESCALATION: "/needs/{}",
    Kind.REVIEW: "/queue/{}", Kind.MERGE: "/queue/{}", Kind.DISPATCH: "/beads/{}",
}  # fmt: skip


def page(look: Look) -> Page:
    """Everything that waits for the person; of `/needs/ID`: one escalation."""
    if look.rest:
        return _escalation_page(look)
    return Page("Needs you", (needs_panel(look), problems_panel(look), _escalations_panel(look)))


def needs_panel(look: Look) -> Panel:
    """What waits for the person, the gravest first."""
    number = len(look.status.needs)
    return Panel("needs", "Needs you", lambda: _needs(look), note=str(number) if number else "")


def problems_panel(look: Look) -> Panel:
    """What is stuck, whether or not the town helps itself."""
    number = len(look.picture.problems)
    return Panel(
        "problems", "Problems", lambda: render("problems.html", look=look),
        note=str(number) if number else "",
    )  # fmt: skip


def _escalations_panel(look: Look) -> Panel:
    every = bool(look.query.get("all"))
    rows = look.town.read().escalations(live=not every)
    return Panel(
        "escalations", "Escalations",
        lambda: render("needs/escalations.html", look=look, rows=rows, every=every),
        note=str(len(rows)) if rows else "",
    )  # fmt: skip


def _escalation_page(look: Look) -> Page:
    found = look.town.read().find("escalation", look.name)
    if found is None:
        raise NotFound(f"no escalation {look.name!r}", hint="gt escalate list --all")
    failed = list(failures(found).values())
    return Page(
        found.title,
        (
            Panel("escalation", found.id,
                  lambda: render("needs/escalation.html", look=look, one=found, failed=failed)),
            happened_panel(look, found.id),
        ),
        crumbs=(("Needs you", "/needs"),),
    )  # fmt: skip


def place_of(need: Need) -> str | None:
    """Where a thing that needs the person is shown."""
    place = _PLACES.get(need.kind)
    return place.format(need.subject) if place is not None else None


def _needs(look: Look) -> Markup:
    rows = [(need, place_of(need)) for need in look.status.needs]
    return render("needs.html", look=look, rows=rows, Kind=Kind)


def _count(status: Status) -> int:
    return len(status.needs)


SECTION = Section("needs", "Needs you", "n", page, count=_count, urgent=True)
