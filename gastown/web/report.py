"""A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere.

It is read where no dashboard is, so it has a style of its own, and its own policy, by which a
browser loads nothing for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from gastown import __version__
from gastown.ops.reporting import MARK
from gastown.web.drawing.lanes import lanes
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.views.costs import CostLine
    from gastown.views.report import Report


@dataclass(frozen=True)
class Row:
    """An agent: what it had, how long it worked, and what it used.

    Attributes:
        worked_s: in seconds; None: it had nothing on its hook.
        line: its tokens; None: they are not known, and `why`.
    """

    name: str
    beads: tuple[str, ...]
    worked_s: float | None
    line: CostLine | None
    why: str = ""


def page(found: Report) -> str:
    """The file."""
    style = (resources.files("gastown.web") / "templates/report/style.css").read_text("utf-8")
    days = [(day, list(events)) for day, events in groupby(found.events, lambda one: one.at[:10])]
    what = f"{len(found.lanes)} agents and the issues on their hooks, over time"
    return str(render(
        "report/page.html", found=found, days=days, agents=list(_rows(found)),
        mark=Markup(MARK), style=Markup(style),  # noqa: S704  (both are ours)
        picture=lanes(found.lanes, *_window(found), what),
        has_money=found.costs.sum.money is not None, version=__version__,
    ))  # fmt: skip


def _window(found: Report) -> tuple[float, float]:
    """The part of the period in which somebody had something on their hook."""
    spans = [span for lane in found.lanes for span in lane.spans]
    edges = [edge for span in spans for one in span.stretches for edge in (one.start, one.end)]
    begin = max(found.begin, min(edges, default=found.begin))
    end = min(found.end, max(edges, default=found.end))
    return begin, max(end, begin + 1)


def _rows(found: Report) -> Iterator[Row]:
    lines = {line.name: line for line in found.costs.lines}
    unknown = {one.agent: one.why for one in found.costs.unknown}
    had = {lane.agent: lane for lane in found.lanes}
    for name in dict.fromkeys([*had, *lines]):
        lane = had.get(name)
        beads = tuple(dict.fromkeys(span.bead for span in lane.spans)) if lane else ()
        why = unknown.get(name) or (
            "asks no model" if name in found.costs.tokenless else "no session is known"
        )
        yield Row(name, beads, lane.worked_s if lane else None, lines.get(name), why)
