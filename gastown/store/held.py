"""Which beads are held back: kept in the cache, so that nobody has to walk the graph to ask.

`bead.held` is 1 where `domain/waiting.py` says that a bead waits for something. After a change only
the beads that it can reach are looked at again: those that wait for it, those that wait for the
children of its parents, and the descendants of all of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_MANY = 400
_BLOCKS = "('blocks','conditional-blocks')"
# A dependency `d` that holds its bead back now.
_OPEN_CHILD = (
    "EXISTS(SELECT 1 FROM dependency c JOIN bead k ON k.id=c.bead"
    " WHERE c.target=d.spawner AND c.type='parent-child' AND c.bead<>d.bead AND {})"
)
HOLDS = f"""(
  (d.type IN {_BLOCKS}
    AND EXISTS(SELECT 1 FROM bead t WHERE t.id=d.target AND t.released=0))
  OR (d.fanout='all-children' AND {_OPEN_CHILD.format("k.released=0")})
  OR (d.fanout='any-children' AND NOT {_OPEN_CHILD.format("k.status='closed'")}
    AND ({_OPEN_CHILD.format("k.released=0")}
      OR (NOT {_OPEN_CHILD.format("1")}
        AND EXISTS(SELECT 1 FROM bead t WHERE t.id=d.spawner AND t.released=0)))))"""
_ALL = f"""
WITH RECURSIVE stuck(id) AS (
  SELECT d.bead FROM dependency d
   WHERE d.type IN ('blocks','conditional-blocks','waits-for') AND {HOLDS}
  UNION
  SELECT d.bead FROM dependency d JOIN stuck s ON d.target=s.id WHERE d.type='parent-child'
)
UPDATE bead SET held=1 WHERE id IN stuck"""
_HELD_ITSELF = f"SELECT 1 FROM dependency d WHERE d.bead=? AND {HOLDS} LIMIT 1"


class Changed:
    """What was changed of the graph since it was last settled."""

    def __init__(self) -> None:
        self.everything = False
        self._before: dict[str, tuple[object, ...] | None] = {}
        self._held: dict[str, bool] = {}
        self._parents: set[str] = set()

    def note(self, connection: sqlite3.Connection, bead: str) -> bool:
        """Before a bead is changed: remember how it stood; returns whether it was held."""
        if self.everything:
            return False
        if bead not in self._before:
            self._before[bead] = _standing(connection, bead)
            self._parents.update(_parents(connection, bead))
            row = connection.execute("SELECT held FROM bead WHERE id=?", (bead,)).fetchone()
            self._held[bead] = bool(row and row[0])
        return self._held[bead]

    def settle(self, connection: sqlite3.Connection) -> None:
        """Bring `held` in step with what the beads and their dependencies say now."""
        if not self.everything and len(self._before) <= _MANY:
            moved = {b for b, was in self._before.items() if _standing(connection, b) != was}
            for bead in moved:
                self._parents.update(_parents(connection, bead))
            reached = _reached(connection, moved, self._parents) if moved else set()
            if reached is not None:
                _settle(connection, reached)
                return
        connection.execute("UPDATE bead SET held=0 WHERE held=1")
        connection.execute(_ALL)


def _standing(connection: sqlite3.Connection, bead: str) -> tuple[object, ...] | None:
    """All that others' being held depends on."""
    row = connection.execute("SELECT status FROM bead WHERE id=?", (bead,)).fetchone()
    if row is None:
        return None
    edges = connection.execute(
        "SELECT target, type, spawner, fanout FROM dependency WHERE bead=?", (bead,)
    ).fetchall()
    return (row[0], *sorted(edges, key=repr))


def _parents(connection: sqlite3.Connection, bead: str) -> list[str]:
    question = "SELECT target FROM dependency WHERE bead=? AND type='parent-child'"
    return [row[0] for row in connection.execute(question, (bead,))]


def _children(connection: sqlite3.Connection, bead: str) -> list[str]:
    question = "SELECT bead FROM dependency WHERE target=? AND type='parent-child'"
    return [row[0] for row in connection.execute(question, (bead,))]


def _reached(
    connection: sqlite3.Connection, moved: set[str], parents: Iterable[str]
) -> set[str] | None:
    """The beads whose being held a change may change; None: too many to look at one by one."""
    todo = list(moved)
    for bead in moved:
        question = f"SELECT bead FROM dependency WHERE target=? AND type IN {_BLOCKS}"
        todo += [row[0] for row in connection.execute(question, (bead,))]
    for spawner in {*moved, *parents}:
        rows = connection.execute("SELECT bead FROM dependency WHERE spawner=?", (spawner,))
        todo += [row[0] for row in rows]
    found: set[str] = set()
    while todo:
        bead = todo.pop()
        if bead not in found:
            found.add(bead)
            todo += _children(connection, bead)
        if len(found) > _MANY * 5:
            return None
    return found


def _settle(connection: sqlite3.Connection, reached: set[str]) -> None:
    todo = [bead for bead in reached if _is_held(connection, bead, reached)]
    held: set[str] = set()
    while todo:
        bead = todo.pop()
        if bead not in held:
            held.add(bead)
            todo += [child for child in _children(connection, bead) if child in reached]
    connection.executemany(
        "UPDATE bead SET held=? WHERE id=?", [(bead in held, bead) for bead in sorted(reached)]
    )


def _is_held(connection: sqlite3.Connection, bead: str, reached: set[str]) -> bool:
    """Held by itself, or by a parent that no change has reached."""
    if connection.execute(_HELD_ITSELF, (bead,)).fetchone():
        return True
    beyond = [parent for parent in _parents(connection, bead) if parent not in reached]
    return any(
        connection.execute("SELECT 1 FROM bead WHERE id=? AND held=1", (parent,)).fetchone()
        for parent in beyond
    )
