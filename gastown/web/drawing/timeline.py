"""Commits and snapshots on a line of time, oldest left: marks that lead to what each brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_WIDTH, _HEIGHT, _MARGIN, _LEAST = 940, 74, 20, 15


@dataclass(frozen=True)
class Mark:
    """Something on the line. `at`: seconds since 1970; `kind`: commit, snapshot, lost, rescue."""

    at: float
    kind: str
    text: str
    href: str
    shown: bool = False


def spread(times: Sequence[float], width: int, least: int) -> list[int]:
    """Places for moments, in their order: as far apart as in time, but no closer than `least`."""
    if not times:
        return []
    span = (times[-1] - times[0]) or 1.0
    room = max(width, least * (len(times) - 1))
    free = room - least * (len(times) - 1)
    return [round((at - times[0]) / span * free) + least * n for n, at in enumerate(times)]


def draw(marks: Sequence[Mark], label: str) -> Markup:
    """The line. `marks`: oldest first."""
    places = spread([one.at for one in marks], _WIDTH - 2 * _MARGIN, _LEAST)
    drawn = [(one, x + _MARGIN) for one, x in zip(marks, places, strict=True)]
    width = (places[-1] if places else 0) + 2 * _MARGIN
    return render("drawing/timeline.html", drawn=drawn, width=width, height=_HEIGHT, label=label)
