"""The page that stays open: needs, agents, convoys, rigs, what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.web.look import Page, Panel, Section
from gastown.web.sections.needs import needs_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from gastown.web.look import Look

_LATEST = 12


def page(look: Look) -> Page:
    """The town at a glance."""
    status = look.status
    working = sum(agent.condition.value == "working" for agent in status.agents)
    latest = look.picture.events[-_LATEST:][::-1]
    return Page(
        status.name,
        (
            *(_first_steps(look) if not status.rigs else ()),
            needs_panel(look),
            Panel(
                "agents", "Agents", lambda: render("overview/agents.html", look=look),
                note=f"{working} of {len(status.agents)} working" if look.past is None else "",
            ),
            Panel("convoys", "Convoys", lambda: render("overview/convoys.html", look=look),
                  wide=False),
            Panel("rigs", "Rigs", lambda: render("overview/rigs.html", look=look), wide=False),
            Panel("activity", "Activity",
                  lambda: render("overview/activity.html", look=look, events=latest)),
        ),
    )  # fmt: skip


def _first_steps(look: Look) -> tuple[Panel, ...]:
    """Of a town that is still empty."""
    return (
        Panel("first-steps", "First steps",
              lambda: render("overview/first_steps.html", look=look,
                             default=look.town.settings().default_agent)),
    )  # fmt: skip


SECTION = Section("overview", "Overview", "o", page)
