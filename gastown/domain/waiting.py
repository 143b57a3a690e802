"""What a dependency means: which hold a bead back, and until when.

- `blocks`, and `conditional-blocks` as upstream since 1.0 reads it: until the target is closed.
- `waits-for`: for the children of a spawner (named by the metadata, else the target).
  `all-children`: until none of them is open; `any-children`: until one of them is closed, and while
  the spawner is open and has none.
- `parent-child`: a child waits for what its parent waits for, at any depth; an open parent itself
  holds nobody back.
- All others only tell of each other. A target that is not in the town holds nobody back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from gastown.domain.bead import Bead, BeadState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.record import Json

BLOCKS = frozenset({"blocks", "conditional-blocks"})
WAITS_FOR = "waits-for"
FAMILY = frozenset({"parent-child"})
RELEASED = frozenset({BeadState.CLOSED, BeadState.TOMBSTONE, BeadState.PINNED})
"""A bead in one of these states holds nobody back."""

NOT_WORK = frozenset("merge-request gate molecule message agent role rig convoy event slot".split())
"""Types of beads that nobody starts."""


class Fanout(StrEnum):
    """How many of a spawner's children are waited for."""

    ALL = "all-children"
    ANY = "any-children"


class Wait(NamedTuple):
    """What a `waits-for` dependency waits for."""

    spawner: str
    fanout: Fanout


def wait_of(dependency: Mapping[str, Json]) -> Wait | None:
    """What a dependency waits for, if it is a `waits-for`; odd metadata means all children."""
    if dependency.get("type") != WAITS_FOR:
        return None
    told = dependency.get("metadata")
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            told = None
    values = told if isinstance(told, Mapping) else {}
    spawner = values.get("spawner_id")
    fanout = Fanout.ANY if values.get("gate") == Fanout.ANY else Fanout.ALL
    target = str(dependency.get("depends_on_id", ""))
    return Wait(spawner if isinstance(spawner, str) and spawner else target, fanout)


def waited_for(wait: Wait, spawner: Bead | None, children: Iterable[Bead]) -> list[str]:
    """Ids of the beads that keep a wait from ending; none: it is over."""
    family = list(children)
    live = sorted(child.id for child in family if child.state not in RELEASED)
    if wait.fanout is Fanout.ALL:
        return live
    if any(child.state is BeadState.CLOSED for child in family):
        return []
    if not family and spawner is not None and spawner.state not in RELEASED:
        return [spawner.id]
    return live


def held_back_by(
    bead: Bead, find: Callable[[str], Bead | None], children: Callable[[str], Iterable[Bead]]
) -> tuple[str, ...]:
    """Ids of the beads that hold one back: what it waits for, and what its parents wait for.

    Args:
        find: a bead by its id, or None; `children`: those of a bead.
    """
    line: dict[str, Bead] = {}
    todo = [bead]
    while todo:
        one = todo.pop()
        if one.id not in line:
            line[one.id] = one
            todo += filter(None, map(find, one.depends_on(FAMILY)))
    found: set[str] = set()
    for one in line.values():
        targets = filter(None, map(find, one.depends_on(BLOCKS)))
        found |= {target.id for target in targets if target.state not in RELEASED}
        for wait in filter(None, map(wait_of, one.dependencies)):
            family = [child for child in children(wait.spawner) if child.id != one.id]
            found.update(waited_for(wait, find(wait.spawner), family))
    return tuple(sorted(found))
