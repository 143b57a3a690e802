"""Questions about many beads at once, answered from the cache's tables.

Beads are chosen by their columns first; only the text of those that are shown is fetched and read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from gastown.domain.bead import Bead
from gastown.domain.waiting import NOT_WORK, Fanout, Wait, waited_for
from gastown.store.bead_filter import ORDERS, BeadFilter, Conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gastown.store.bead_filter import Order
    from gastown.store.cache import Cache

_CHUNK = 500
_ANYTHING = BeadFilter()
_PUT_OFF = """
put_off(id) AS (
  SELECT id FROM bead WHERE status='deferred'
  UNION SELECT id FROM bead WHERE deferred > :now AND +live=1
  UNION SELECT d.bead FROM dependency d JOIN put_off s ON d.target=s.id WHERE d.type='parent-child'
)"""
_FAMILY = """
family(id) AS (
  SELECT :root UNION SELECT bead FROM step WHERE root=:root
  UNION SELECT d.bead FROM dependency d JOIN family f ON d.target=f.id WHERE d.type='parent-child'
)"""
_ON_A_HOOK = """
NOT EXISTS(SELECT 1 FROM step s JOIN bead root ON root.id=s.root WHERE s.bead=b.id
           AND root.id<>b.id AND root.status IN ('hooked','in_progress')
           AND instr(root.assignee,'/')>0)"""
_GATED = """
EXISTS(SELECT 1 FROM dependency d JOIN bead g ON g.id=d.target
       WHERE d.bead=b.id AND g.type='gate' AND g.status='closed')"""
_LINE = """
WITH RECURSIVE line(id) AS (
  SELECT ? UNION SELECT d.target FROM dependency d JOIN line ON d.bead=line.id
   WHERE d.type='parent-child'
) """


class Edge(NamedTuple):
    """One dependency: `bead` depends on `target`."""

    bead: str
    target: str
    type: str


class Counts(NamedTuple):
    """How many beads a bead is blocked by and blocks, and how many comments it has."""

    dependencies: int
    dependents: int
    comments: int


class BeadReader:
    """The beads of the town at one commit."""

    def __init__(self, cache: Cache) -> None:
        self._ask = cache.ask

    def beads(
        self,
        *,
        rig: str | None = None,
        statuses: Sequence[str] = (),
        assignee: str | None = None,
        identifiers: Iterable[str] | None = None,
        limit: int | None = None,
    ) -> list[Bead]:
        """Beads that match every given condition, most urgent first, then newest first."""
        ids = None if identifiers is None else tuple(dict.fromkeys(identifiers))
        if ids is not None and len(ids) > _CHUNK and limit is None:
            found = self._fetched(ids)
            kept = [
                bead for bead in found
                if rig in (None, bead.rig) and assignee in (None, bead.assignee)
                and (not statuses or bead.state in statuses)
            ]  # fmt: skip
            return sorted(kept, key=lambda bead: (bead.priority, bead.id))
        wanted = BeadFilter(rig=rig, statuses=tuple(statuses), assignee=assignee, ids=ids)
        return self.select(wanted, limit=limit)

    def select(
        self, wanted: BeadFilter, *, now: float = 0, order: Order = "priority",
        reverse: bool = False, limit: int | None = None, skip: int = 0,
    ) -> list[Bead]:  # fmt: skip
        """Beads that match a filter.

        Args:
            now: the present, for what is overdue and for the order `hybrid`; seconds since 1970.
            skip: so many of the first ones are left out, in the order that is not reversed.
        """
        conditions = Conditions(now)
        conditions.matching(wanted)
        return self._chosen(conditions, order, reverse=reverse, limit=limit, skip=skip)

    def ready(
        self, now: float, *, rig: str | None = None, limit: int | None = None,
        in_progress: bool = False, wanted: BeadFilter = _ANYTHING, order: Order = "priority",
        reverse: bool = False, deferred: bool = False, root: str | None = None,
        below: str | None = None, gated: bool = False,
    ) -> list[Bead]:  # fmt: skip
        """Beads that can be started: open, not held back, not deferred beyond `now` (seconds).

        Beads that nobody starts (gates, messages, …) are left out, unless `wanted` names their
        type; the steps of a molecule that is on a hook are left out, unless `root` names it.

        Args:
            in_progress: also what is being worked on; `deferred`: also what is put off.
            root: only steps of this molecule; `below`: only descendants of this bead.
            gated: only what waited for a gate that is open now.
        """
        conditions, tables = _startable(
            now, rig, wanted, in_progress=in_progress, deferred=deferred, root=root, below=below,
            gated=gated,
        )  # fmt: skip
        before = f"WITH RECURSIVE {','.join(tables)}" if tables else ""
        return self._chosen(conditions, order, reverse=reverse, limit=limit, before=before)

    def held(self, wanted: BeadFilter, *, limit: int | None = None) -> list[Bead]:
        """Live beads that wait for others, or that somebody called blocked."""
        conditions = Conditions(0)
        conditions.add("b.live=1 AND (b.held=1 OR b.status='blocked')")
        conditions.matching(wanted)
        return self._chosen(conditions, "priority", limit=limit)

    def statuses(self, identifiers: Iterable[str]) -> dict[str, str]:
        """The status of each bead that exists."""
        return dict(self._in_chunks("SELECT id, status FROM bead WHERE id IN ({})", identifiers))

    def open_blockers(self, bead: Bead) -> tuple[str, ...]:
        """Ids of the beads that hold `bead` back: its own blockers, and its parents' ones."""
        rows = self._ask(
            f"{_LINE} SELECT DISTINCT t.id FROM dependency d JOIN line ON d.bead=line.id"
            " JOIN bead t ON t.id=d.target"
            " WHERE d.type IN ('blocks','conditional-blocks') AND t.released=0",
            (bead.id,),
        )
        waits = self._ask(
            f"{_LINE} SELECT d.bead, d.spawner, d.fanout FROM dependency d"
            " JOIN line ON d.bead=line.id WHERE d.spawner IS NOT NULL",
            (bead.id,),
        )
        found = {row[0] for row in rows}
        for waiter, spawner, fanout in waits:
            family = [child for child in self.children(spawner) if child.id != waiter]
            parent = next(iter(self.beads(identifiers=[spawner])), None)
            found.update(waited_for(Wait(spawner, Fanout(fanout)), parent, family))
        return tuple(sorted(found))

    def children(self, identifier: str) -> list[Bead]:
        """The children of a bead, by id."""
        rows = self._ask(
            "SELECT bead FROM dependency WHERE target=? AND type='parent-child'", (identifier,)
        )
        found = self._fetched(dict.fromkeys(row[0] for row in rows))
        return sorted(found, key=lambda bead: _natural(bead.id))

    def dependents(self, identifier: str) -> list[tuple[str, str]]:
        """Ids of beads that point at this one, with the dependency's type."""
        rows = self._ask(
            "SELECT bead, type FROM dependency WHERE target=? ORDER BY bead", (identifier,)
        )
        return [(row[0], row[1]) for row in rows]

    def edges(self, types: Iterable[str] = ()) -> list[Edge]:
        """Every dependency of the town, of these types or of all."""
        chosen = list(types)
        condition = f"WHERE type IN ({','.join('?' * len(chosen))})" if chosen else ""
        rows = self._ask(f"SELECT bead, target, type FROM dependency {condition}", chosen)
        return [Edge(*row) for row in rows]

    def counts(self, identifiers: Iterable[str]) -> dict[str, Counts]:
        """What surrounds beads, as upstream counts it: plain `blocks` dependencies only."""
        ids = list(identifiers)
        question = "SELECT {0}, count(*) FROM dependency WHERE type='blocks' AND {0} IN ({{}})"
        forth = dict(self._in_chunks(question.format("bead") + " GROUP BY bead", ids))
        back = dict(self._in_chunks(question.format("target") + " GROUP BY target", ids))
        comments = dict(
            self._in_chunks(
                "SELECT b.id, count(*) FROM bead b JOIN record r ON r.kind='comment'"
                " AND r.id > b.id || '/' AND r.id < b.id || '0' WHERE b.id IN ({}) GROUP BY b.id",
                ids,
            )
            if self._ask("SELECT 1 FROM record WHERE kind='comment' LIMIT 1")
            else ()
        )
        return {i: Counts(forth.get(i, 0), back.get(i, 0), comments.get(i, 0)) for i in ids}

    def parents(self, identifiers: Iterable[str]) -> dict[str, str]:
        """The parent of each bead that has one."""
        question = "SELECT bead, target FROM dependency WHERE type='parent-child' AND bead IN ({})"
        return dict(self._in_chunks(question, identifiers))

    def has_bead(self, identifier: str) -> bool:
        """Whether an id is taken, by case-folded comparison (some file systems fold)."""
        return bool(self._ask("SELECT 1 FROM bead WHERE lower(id)=lower(?)", (identifier,)))

    def highest_child(self, parent: str) -> int:
        """The highest number N of the ids PARENT.N, deleted ones included; 0: there is none."""
        rows = self._ask(
            "SELECT id FROM bead WHERE lower(id) > lower(?) AND lower(id) < lower(?)",
            (f"{parent}.", f"{parent}/"),
        )
        tails = (row[0][len(parent) + 1 :] for row in rows)
        return max((int(tail) for tail in tails if tail.isascii() and tail.isdigit()), default=0)

    def count_beads(self, rig: str | None = None) -> int:
        """How many beads there are, closed ones included."""
        if rig is None:
            return int(self._ask("SELECT count(*) FROM bead")[0][0])
        return int(self._ask("SELECT count(*) FROM bead WHERE rig=?", (rig,))[0][0])

    def status_counts(self, rig: str | None = None) -> dict[str, int]:
        """How many beads are in each status."""
        condition, values = ("WHERE rig=?", [rig]) if rig else ("", [])
        rows = self._ask(f"SELECT status, count(*) FROM bead {condition} GROUP BY status", values)
        return {row[0]: row[1] for row in rows}

    def count_ready(self, now: float, *, rig: str | None = None) -> int:
        """How many beads can be started."""
        conditions, tables = _startable(now, rig, _ANYTHING)
        question = f"WITH RECURSIVE {','.join(tables)} SELECT count(*) FROM bead b {conditions.sql}"
        return int(self._ask(question, conditions.values)[0][0])

    def count_held(self, rig: str | None = None) -> int:
        """How many live beads wait for others, or were called blocked."""
        rows = self._ask(
            "SELECT count(*) FROM bead WHERE live=1 AND (held=1 OR status='blocked')"
            " AND coalesce(:rig, rig)=rig",
            {"rig": rig},
        )
        return int(rows[0][0])

    def same_but_case(self, identifier: str) -> list[str]:
        """Other ids that differ from this one by upper and lower case alone."""
        rows = self._ask(
            "SELECT id FROM bead WHERE lower(id)=lower(?) AND id<>?", (identifier, identifier)
        )
        return [row[0] for row in rows]

    def tally(self, wanted: BeadFilter, by: str | None, now: float) -> list[tuple[Any, int]]:
        """How many beads match: in all (`by` is None), or by a column or by label."""
        conditions = Conditions(now)
        conditions.matching(wanted)
        if by is None:
            question = f"SELECT NULL, count(*) FROM bead b {conditions.sql}"
        elif by == "label":
            question = (
                "SELECT l.label, count(*) FROM bead b LEFT JOIN label l ON l.bead=b.id"
                f" {conditions.sql} GROUP BY l.label"
            )
        else:
            question = f"SELECT b.{by}, count(*) FROM bead b {conditions.sql} GROUP BY b.{by}"
        return [(row[0], row[1]) for row in self._ask(question, conditions.values)]

    def lead_time_s(self, rig: str | None = None) -> float | None:
        """The mean time from the making of a bead to its closing, in seconds."""
        condition, values = ("AND rig=?", [rig]) if rig else ("", [])
        rows = self._ask(
            f"SELECT avg(closed-created) FROM bead WHERE status='closed' {condition}", values
        )
        return None if rows[0][0] is None else float(rows[0][0])

    def _chosen(
        self, conditions: Conditions, order: Order, *, reverse: bool = False,
        limit: int | None = None, before: str = "", skip: int = 0,
    ) -> list[Bead]:  # fmt: skip
        bound = f"LIMIT {-1 if limit is None else int(limit)} OFFSET {int(skip)}"
        # The other way round is read backwards, so that every column of the order turns with it.
        question = f"{before} SELECT b.id FROM bead b {conditions.sql} ORDER BY {ORDERS[order]}"
        if reverse:
            ids = [row[0] for row in self._ask(question, conditions.values)][::-1]
            ids = ids if limit is None else ids[:limit]
        else:
            ids = [row[0] for row in self._ask(f"{question} {bound}", conditions.values)]
        return self._fetched(ids)

    def _fetched(self, identifiers: Iterable[str]) -> list[Bead]:
        """Beads in the order of their ids' naming."""
        ids = list(identifiers)
        rows = self._in_chunks(
            "SELECT id, data, rig FROM record WHERE kind='bead' AND id IN ({})", ids
        )
        found = {row[0]: _bead(row[1], row[2]) for row in rows}
        return [found[identifier] for identifier in ids if identifier in found]

    def _in_chunks(self, question: str, identifiers: Iterable[str]) -> Iterator[Any]:
        """The rows of a question about ids, which stand where it has `{}`."""
        ids = list(identifiers)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            yield from self._ask(question.format(",".join("?" * len(chunk))), chunk)


def _startable(
    now: float, rig: str | None, wanted: BeadFilter, *, in_progress: bool = False,
    deferred: bool = False, root: str | None = None, below: str | None = None, gated: bool = False,
) -> tuple[Conditions, list[str]]:  # fmt: skip
    """The conditions of `ready`, and the tables that they name."""
    conditions = Conditions(now)
    conditions.add("b.held=0 AND b.live=1 AND b.hidden=0")
    statuses = ["open", *(["in_progress"] if in_progress else []),
                *(["deferred"] if deferred else [])]  # fmt: skip
    conditions.add(f"b.status IN ({','.join('?' * len(statuses))})", *statuses)
    if rig is not None:
        conditions.add("b.rig=?", rig)
    if not wanted.types:
        excluded = sorted(NOT_WORK)
        conditions.add(f"b.type NOT IN ({','.join('?' * len(excluded))})", *excluded)
    conditions.matching(wanted)
    tables = []
    if not deferred:
        conditions.add("b.id NOT IN put_off AND (b.deferred IS NULL OR b.deferred<=:now)")
        tables.append(_PUT_OFF)
    if root is None:
        conditions.add(_ON_A_HOOK)
    if root is not None or below is not None:
        conditions.values["root"] = root or below
        conditions.add("b.id IN family AND b.id<>:root")
        tables.append(_FAMILY)
    if gated:
        conditions.add(_GATED)
    return conditions, tables


def _bead(data: bytes, rig: str) -> Bead:
    """A bead from the cache: its text was read strictly when it came in."""
    values = json.loads(data)
    values.pop("schema", None)
    return Bead(values, rig)


def _natural(identifier: str) -> tuple[str, list[tuple[int, str]]]:
    """Children in the order of their numbers: x.2 before x.10."""
    head, *tail = identifier.split(".")
    return head, [(int(part), "") if part.isdecimal() else (1 << 62, part) for part in tail]
