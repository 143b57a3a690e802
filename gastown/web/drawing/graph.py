"""A graph of beads as SVG: boxes with their status, arrows to what waits for them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.web.drawing.layers import Bend, Layers, Slot, layered, way_of
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 190, 58
_BEND, _GAP, _BETWEEN, _EDGE = 12, 18, 64, 10
_LONGEST = 24

SYMBOLS = {
    "open": "○", "hooked": "◔", "in_progress": "●", "blocked": "▲", "deferred": "◷",
    "pinned": "◆", "closed": "✓", "tombstone": "✗",
}  # fmt: skip
"""What stands for a bead's status, beside its word."""


@dataclass(frozen=True)
class Node:
    """A box. `outside`: not one of those the picture is of; `href`: where it leads."""

    id: str
    title: str
    status: str
    href: str
    outside: bool = False


@dataclass(frozen=True)
class Point:
    """A place in the picture, in pixels from the top left."""

    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    """Where everything is. `lines`: a path of SVG for each edge, and whether it is circular."""

    places: Mapping[str, Point]
    lines: tuple[tuple[str, bool], ...]
    width: int
    height: int


def place(layers: Layers) -> Picture:
    """Give every box its place and every edge its way."""
    tall = [sum(_height(slot) + _GAP for slot in layer) - _GAP for layer in layers.slots]
    height = max(tall, default=0)
    places: dict[Slot, Point] = {}
    for number, layer in enumerate(layers.slots):
        y = _EDGE + (height - tall[number]) // 2
        x = _EDGE + number * (WIDTH + _BETWEEN)
        for slot in layer:
            places[slot] = Point(x, y)
            y += _height(slot) + _GAP
    ranks = {s: n for n, layer in enumerate(layers.slots) for s in layer if isinstance(s, str)}
    lines = []
    for number, edge in enumerate(layers.edges):
        way = way_of(number, edge, ranks)
        lines.append((_path(way, places, back=edge.circular), edge.circular))
    width = len(layers.slots) * (WIDTH + _BETWEEN) - _BETWEEN + 2 * _EDGE
    boxes = {slot: point for slot, point in places.items() if isinstance(slot, str)}
    return Picture(boxes, tuple(lines), max(width, 1), height + 2 * _EDGE)


def _height(slot: Slot) -> int:
    return _BEND if isinstance(slot, Bend) else HEIGHT


def _path(way: Sequence[Slot], places: Mapping[Slot, Point], *, back: bool) -> str:
    """A smooth line from the right side of the first to the left side of the last."""
    start, end = places[way[0]], places[way[-1]]
    points = [Point(start.x + WIDTH, start.y + HEIGHT // 2)]
    for bend in way[1:-1]:
        at = places[bend]
        points += [Point(at.x, at.y + _BEND // 2), Point(at.x + WIDTH, at.y + _BEND // 2)]
    points.append(Point(end.x, end.y + HEIGHT // 2))
    if back:
        points.reverse()
    parts = [f"M{points[0].x} {points[0].y}"]
    for one, other in itertools.pairwise(points):
        middle = (one.x + other.x) // 2
        parts.append(f"C{middle} {one.y} {middle} {other.y} {other.x} {other.y}")
    return " ".join(parts)


def draw(nodes: Sequence[Node], edges: Sequence[tuple[str, str]], label: str) -> Markup:
    """The picture of a graph.

    Args:
        edges: what comes before, and what waits for it.
        label: what the picture shows, for those who do not see it.
    """
    picture = place(layered([node.id for node in nodes], edges))
    boxes = [(node, picture.places[node.id], _short(node.title)) for node in nodes]
    return render(
        "drawing/graph.html", boxes=boxes, picture=picture, label=label, symbols=SYMBOLS,
        box_width=WIDTH, box_height=HEIGHT,
    )  # fmt: skip


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
