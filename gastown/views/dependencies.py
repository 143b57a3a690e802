"""The graph of dependencies: trees, circles, layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gastown.domain.bead import BLOCKING, BeadState
from gastown.domain.waiting import WAITS_FOR
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gastown.domain.bead import Bead
    from gastown.store.bead_reader import Edge
    from gastown.store.reader import Reader

Direction = Literal["down", "up", "both"]
MAX_DEPTH = 50
_LOCKING = BLOCKING | {"parent-child"}


@dataclass(frozen=True)
class Node:
    """A bead in a tree of dependencies.

    Attributes:
        bead: None where it is not in this town.
        type: of the dependency that leads to it; `up`: it depends on its parent in the tree.
        truncated: more would follow, but the tree is cut at this depth.
        again: it stands elsewhere in the tree, with what follows it.
    """

    id: str
    bead: Bead | None
    depth: int
    parent: str | None = None
    type: str | None = None
    up: bool = False
    truncated: bool = False
    again: bool = False


@dataclass(frozen=True)
class Graph:
    """Beads in layers: those of one layer wait only for those of earlier ones.

    Attributes:
        edges: the dependencies between them that hold beads back, and those of parents.
    """

    root: Bead | None
    layers: tuple[tuple[Bead, ...], ...]
    edges: tuple[Edge, ...]

    @property
    def beads(self) -> list[Bead]:
        """All of them, layer by layer."""
        return [bead for layer in self.layers for bead in layer]


def tree(
    reader: Reader, identifier: str, *, direction: Direction = "down", max_depth: int = MAX_DEPTH,
    types: Iterable[str] = (),
) -> list[Node]:  # fmt: skip
    """A bead and what it depends on (down), what depends on it (up), or both, depth first.

    Raises:
        NotFound: there is no such bead.
        UsageTrouble: the depth is less than one.
    """
    if max_depth < 1:
        raise UsageTrouble(f"a depth of {max_depth} shows nothing", hint="--max-depth 1 or more")
    root = reader.bead(identifier)
    edges = reader.edges(types)
    found = [Node(identifier, root, 0)]
    for up in {"down": (False,), "up": (True,), "both": (False, True)}[direction]:
        found += _below(identifier, _neighbours(edges, up), up, max_depth)
    known = {bead.id: bead for bead in reader.beads(identifiers={node.id for node in found})}
    return [
        Node(n.id, known.get(n.id), n.depth, n.parent, n.type, n.up, n.truncated, n.again)
        for n in found
    ]


def cycles(reader: Reader) -> list[list[Bead]]:
    """The circles in which beads wait for each other, each from its first id on."""
    edges = [edge for edge in reader.edges(_LOCKING) if edge.target]
    forth: dict[str, list[str]] = {}
    for edge in edges:
        forth.setdefault(edge.bead, []).append(edge.target)
    circles = [_circle(group, forth) for group in _knots(forth)]
    known = {bead.id: bead for bead in reader.beads(identifiers={i for c in circles for i in c})}
    return [[known[name] for name in circle if name in known] for circle in sorted(circles)]


def graph(reader: Reader, beads: list[Bead], root: Bead | None = None) -> Graph:
    """The layers of some beads; circles come last, in one layer."""
    known = {bead.id: bead for bead in beads}
    edges = [e for e in reader.edges(_LOCKING) if e.bead in known and e.target in known]
    waits = _waits(known, edges)
    layers: list[tuple[Bead, ...]] = []
    left = dict(known)
    while left:
        free = [name for name in left if not waits[name].intersection(left)] or list(left)
        layers.append(tuple(left.pop(name) for name in free))
    return Graph(root, tuple(layers), tuple(sorted(edges)))


def connected(reader: Reader, identifier: str) -> list[Bead]:
    """A bead and all that it is linked with by dependencies that hold back, or as a family."""
    sides: dict[str, set[str]] = {}
    for edge in reader.edges(_LOCKING):
        sides.setdefault(edge.bead, set()).add(edge.target)
        sides.setdefault(edge.target, set()).add(edge.bead)
    found: set[str] = set()
    todo = [reader.bead(identifier).id]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += sides.get(name, ())
    return reader.beads(identifiers=sorted(found))


def linked(reader: Reader, rig: str | None, *, every: bool = False) -> list[Bead]:
    """The beads that depend on something or are depended upon; `every`: closed ones, too."""
    names = {name for edge in reader.edges(_LOCKING) for name in (edge.bead, edge.target)}
    found = reader.beads(identifiers=sorted(names))
    return [
        bead for bead in found
        if rig in (None, bead.rig) and (bead.is_live or (every and bead.state is BeadState.CLOSED))
    ]  # fmt: skip


def _waits(known: Mapping[str, Bead], edges: Iterable[Edge]) -> dict[str, set[str]]:
    """What each bead waits for, its ancestors' waits among them; closed beads hold nobody."""
    own: dict[str, set[str]] = {name: set() for name in known}
    family: dict[str, list[str]] = {}
    for edge in edges:
        if edge.type == "parent-child":
            family.setdefault(edge.target, []).append(edge.bead)
    for edge in edges:
        if edge.type in BLOCKING:
            spawned = family.get(edge.target, []) if edge.type == WAITS_FOR else []
            names = spawned or [edge.target]
            own[edge.bead].update(name for name in names if known[name].is_live)
    waits = {name: set(others) for name, others in own.items()}
    for ancestor, others in own.items():
        todo, seen = list(family.get(ancestor, ())) if others else [], {ancestor}
        while todo:
            child = todo.pop()
            if child not in seen:
                seen.add(child)
                waits[child].update(others - {child})
                todo += family.get(child, ())
    return waits


def _neighbours(edges: Iterable[Edge], up: bool) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for edge in edges:
        here, there = (edge.target, edge.bead) if up else (edge.bead, edge.target)
        found.setdefault(here, []).append((there, edge.type))
    return {name: sorted(set(others)) for name, others in found.items()}


def _below(
    root: str, sides: Mapping[str, list[tuple[str, str]]], up: bool, max_depth: int
) -> Iterator[Node]:
    seen = {root}
    todo = [(name, kind, 1, root) for name, kind in reversed(sides.get(root, []))]
    while todo:
        name, kind, depth, parent = todo.pop()
        again = name in seen
        seen.add(name)
        further = [] if again else sides.get(name, [])
        cut = bool(further) and depth >= max_depth
        yield Node(name, None, depth, parent, kind, up, cut, again)
        if not cut:
            todo += [(other, k, depth + 1, name) for other, k in reversed(further)]


def _knots(forth: Mapping[str, list[str]]) -> list[list[str]]:
    """The groups of beads that all reach each other, and beads that reach themselves."""
    back: dict[str, list[str]] = {}
    for name, others in forth.items():
        for other in others:
            back.setdefault(other, []).append(name)
    seen: set[str] = set()
    found = []
    for start in reversed(_finished(forth)):
        group = []
        todo = [start]
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                group.append(name)
                todo += back.get(name, ())
        if len(group) > 1 or start in forth.get(start, ()):
            found.append(sorted(group))
    return [group for group in found if group]


def _finished(forth: Mapping[str, list[str]]) -> list[str]:
    """All beads, each after those that can be reached from it first."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(forth):
        todo = [(start, False)]
        while todo:
            name, is_done = todo.pop()
            if is_done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo += [(other, False) for other in forth.get(name, ())]
    return order


def _circle(group: list[str], forth: Mapping[str, list[str]]) -> list[str]:
    """A shortest circle through the first bead of a group."""
    first, members = group[0], set(group)
    before: dict[str, str] = {}
    todo = [first]
    for name in todo:
        for other in sorted(set(forth.get(name, ()))):
            if other == first:
                circle = [name]
                while circle[-1] != first:
                    circle.append(before[circle[-1]])
                return circle[::-1]
            if other in members and other not in before:
                before[other] = name
                todo.append(other)
    return group
