"""The fixed table of everything that can be done from the dashboard, by name."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gastown.web.actions import (
    agents,
    beads,
    convoys,
    formulas,
    hooks,
    mail,
    queue,
    settings,
    setup,
    town,
)

if TYPE_CHECKING:
    from gastown.web.doing import Action

_AREAS = (agents, beads, convoys, hooks, queue, mail, formulas, settings, town, setup)
ACTIONS: dict[str, Action] = {
    action.name: action for action in chain.from_iterable(area.ACTIONS for area in _AREAS)
}
"""In the order in which the palette shows them."""
