"""Where the nodes of a graph are drawn: in layers from left to right, edges with few crossings.

After Sugiyama: edges that close a circle are set aside, each node stands right of all that it waits
for, edges over several layers get bends of their own there, and each layer is put into the order of
its neighbours' means, to and fro. The same graph always gives the same picture.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SWEEPS = 6


@dataclass(frozen=True)
class Bend:
    """Where an edge passes through a layer."""

    edge: int
    layer: int


Slot = str | Bend


@dataclass(frozen=True)
class Edge:
    """From what comes before to what comes after. `circular`: drawn against that order."""

    before: str
    after: str
    circular: bool = False


@dataclass(frozen=True)
class Layers:
    """A graph in layers. `slots`: each layer from top to bottom; `edges`: without doubles."""

    slots: tuple[tuple[Slot, ...], ...]
    edges: tuple[Edge, ...]

    def layer_of(self, node: str) -> int:
        """The layer a node is in."""
        return next(place for place, layer in enumerate(self.slots) if node in layer)


def layered(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> Layers:
    """Put a graph into layers; edges are pairs of what comes before and what comes after.

    Edges to what is no node, from a node to itself, and doubles are left out.
    """
    known = dict.fromkeys(nodes)
    pairs = [
        (a, b) for a, b in dict.fromkeys(edges) if a != b and a in known and b in known
    ]  # fmt: skip
    circular = _closing(tuple(known), pairs)
    found = tuple(Edge(a, b, circular=(a, b) in circular) for a, b in pairs)
    ranks = _ranks(tuple(known), [(e.before, e.after) for e in found if not e.circular])
    layers: list[list[Slot]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node in known:
        layers[ranks[node]].append(node)
    for number, edge in enumerate(found):
        low, high = sorted((ranks[edge.before], ranks[edge.after]))
        for layer in range(low + 1, high):
            layers[layer].append(Bend(number, layer))
    return Layers(tuple(tuple(layer) for layer in _ordered(layers, found, ranks)), found)


def _closing(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The edges that close a circle, as a walk from every node meets them."""
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for before, after in edges:
        following[before].append(after)
    closing: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in nodes:
        if start in done:
            continue
        way = {start: None}
        stack = [(start, iter(following[start]))]
        while stack:
            node, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                way.pop(node)
                done.add(node)
            elif step in way:
                closing.add((node, step))
            elif step not in done:
                way[step] = None
                stack.append((step, iter(following[step])))
    return closing


def _ranks(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many stand before each node, on the longest way there."""
    ranks = dict.fromkeys(nodes, 0)
    waiting = dict.fromkeys(nodes, 0)
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for before, after in edges:
        following[before].append(after)
        waiting[after] += 1
    ready = [node for node in nodes if not waiting[node]]
    while ready:
        node = ready.pop()
        for after in following[node]:
            ranks[after] = max(ranks[after], ranks[node] + 1)
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return ranks


def _ordered(
    layers: list[list[Slot]], edges: Sequence[Edge], ranks: Mapping[str, int]
) -> list[list[Slot]]:
    """Every layer in the order of its neighbours' means."""
    left, right = _neighbours(edges, ranks)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        order = range(1, len(layers)) if forth else range(len(layers) - 2, -1, -1)
        for place in order:
            fixed = {slot: n for n, slot in enumerate(layers[place - 1 if forth else place + 1])}
            near = left if forth else right
            now = {slot: float(n) for n, slot in enumerate(layers[place])}

            def mean(
                slot: Slot, near: Mapping[Slot, list[Slot]] = near,
                fixed: Mapping[Slot, int] = fixed, now: Mapping[Slot, float] = now,
            ) -> float:  # fmt: skip
                found = [fixed[one] for one in near.get(slot, ()) if one in fixed]
                return sum(found) / len(found) if found else now[slot]

            layers[place].sort(key=mean)
    return layers


def _neighbours(
    edges: Sequence[Edge], ranks: Mapping[str, int]
) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    """What stands beside each slot in the layer before, and in the layer after."""
    left: dict[Slot, list[Slot]] = {}
    right: dict[Slot, list[Slot]] = {}
    for number, edge in enumerate(edges):
        way = way_of(number, edge, ranks)
        for one, other in itertools.pairwise(way):
            right.setdefault(one, []).append(other)
            left.setdefault(other, []).append(one)
    return left, right


def way_of(number: int, edge: Edge, ranks: Mapping[str, int]) -> list[Slot]:
    """The slots that an edge passes, from left to right."""
    ends = sorted((edge.before, edge.after), key=lambda node: ranks[node])
    low, high = (ranks[node] for node in ends)
    return [ends[0], *(Bend(number, layer) for layer in range(low + 1, high)), ends[1]]
