"""The sections of the dashboard, in the order of the navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.web.sections import (
    activity,
    agents,
    beads,
    convoys,
    costs,
    formulas,
    hooks,
    mail,
    monitor,
    needs,
    overview,
    queue,
    settings,
)

if TYPE_CHECKING:
    from gastown.web.look import Section

_ORDER = (
    overview, needs, agents, convoys, hooks, queue, beads, mail, formulas, activity, costs,
    settings, monitor,
)  # fmt: skip
SECTIONS: dict[str, Section] = {one.SECTION.name: one.SECTION for one in _ORDER}
