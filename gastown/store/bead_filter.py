"""Which beads: conditions that a person names, as conditions of the cache's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.bead_query import Compare, Node

Order = Literal[
    "priority", "hybrid", "oldest", "created", "updated", "closed", "status", "id", "title", "type",
    "assignee",
]  # fmt: skip
ORDERS: dict[Order, str] = {
    "priority": "b.priority, b.created DESC, b.id",
    "hybrid": "coalesce(b.created, 0) < :now - 172800,"
    " CASE WHEN b.created >= :now - 172800 THEN b.priority END, b.created, b.id",
    "oldest": "b.created, b.id",
    "created": "b.created DESC, b.id",
    "updated": "b.updated DESC, b.id",
    "closed": "b.closed DESC, b.id",
    "status": "b.status, b.priority, b.id",
    "id": "b.id",
    "title": "lower(b.title), b.id",
    "type": "b.type, b.priority, b.id",
    "assignee": "b.assignee IS NULL, b.assignee, b.priority, b.id",
}
_TEXTS = frozenset({"description", "notes", "design", "acceptance", "text"})
_TIMES = {"created": "created", "updated": "updated", "closed": "closed", "due": "due",
          "defer": "deferred"}  # fmt: skip


_DATA = "(SELECT r.data FROM record r WHERE r.kind='bead' AND r.id=b.id)"
_LABELLED = "EXISTS(SELECT 1 FROM label l WHERE l.bead=b.id AND l.label{})"
_CHILD = (
    "EXISTS(SELECT 1 FROM dependency p WHERE p.bead=b.id AND p.target=? AND p.type='parent-child')"
)


class BeadFilter(NamedTuple):  # made in a tenth of the time of a dataclass
    """What a bead must be; every condition that is given must hold.

    Attributes:
        live: only beads that are neither closed nor deleted; False: only those that are not.
        labels: all of them; `labels_any`: at least one.
        parent: a child of this bead.
        text: in its id, title, description, notes, design or acceptance; case does not matter.
        between: for created, updated, closed, due: later than the first, earlier than the second.
        query: an expression, see `domain/bead_query.py`.
    """

    rig: str | None = None
    statuses: tuple[str, ...] = ()
    live: bool | None = None
    tombstones: bool = True
    types: tuple[str, ...] = ()
    without_types: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    priority_min: int | None = None
    priority_max: int | None = None
    assignee: str | None = None
    unassigned: bool = False
    labels: tuple[str, ...] = ()
    labels_any: tuple[str, ...] = ()
    without_labels: bool = False
    ids: tuple[str, ...] | None = None
    parent: str | None = None
    mol_type: str | None = None
    title: str | None = None
    text: str | None = None
    overdue: bool = False
    between: tuple[tuple[str, float | None, float | None], ...] = ()
    query: Node | None = None


class Conditions:
    """SQL conditions on `bead b` with their values; `:now` is there for all of them."""

    def __init__(self, now: float) -> None:
        self.values: dict[str, Any] = {"now": now}
        self.terms: list[str] = []

    def add(self, term: str, *values: Any) -> None:
        """One more condition; each `?` in it stands for one value."""
        self.terms.append(self._named(term, values))

    def matching(self, wanted: BeadFilter) -> None:
        """All conditions of a filter."""
        self._columns(wanted)
        self._sets(wanted)
        self._times(wanted)
        if wanted.query is not None:
            self.terms.append(self._node(wanted.query))

    @property
    def sql(self) -> str:
        """The WHERE clause."""
        return f"WHERE {' AND '.join(self.terms)}" if self.terms else ""

    def _named(self, term: str, values: Sequence[Any]) -> str:
        pieces = term.split("?")
        out = pieces[0]
        for value, piece in zip(values, pieces[1:], strict=True):
            name = f"v{len(self.values)}"
            self.values[name] = value
            out += f":{name}{piece}"
        return out

    def _columns(self, wanted: BeadFilter) -> None:
        for term, value in (
            ("b.rig=?", wanted.rig), ("b.live=?", wanted.live), ("b.assignee=?", wanted.assignee),
            ("b.priority>=?", wanted.priority_min), ("b.priority<=?", wanted.priority_max),
            ("b.mol_type=?", wanted.mol_type),
        ):  # fmt: skip
            if value is not None:
                self.add(term, value)
        if not wanted.tombstones:
            self.add("b.status<>'tombstone'")
        if wanted.unassigned:
            self.add("b.assignee IS NULL")
        if wanted.title is not None:
            self.add("contains(b.title, ?)", wanted.title)
        if wanted.text is not None:
            self.add(f"says({_DATA}, 'text', ?)", wanted.text)

    def _sets(self, wanted: BeadFilter) -> None:
        for column, chosen in (
            ("b.status", wanted.statuses or None), ("b.type", wanted.types or None),
            ("b.priority", wanted.priorities or None), ("b.id", wanted.ids),
        ):  # fmt: skip
            if chosen is not None:
                self.add(f"{column} IN ({_marks(chosen)})", *chosen)
        if wanted.without_types:
            self.add(f"b.type NOT IN ({_marks(wanted.without_types)})", *wanted.without_types)
        for label in wanted.labels:
            self.add(_LABELLED.format("=?"), label)
        if wanted.labels_any:
            self.add(_LABELLED.format(f" IN ({_marks(wanted.labels_any)})"), *wanted.labels_any)
        if wanted.without_labels:
            self.add("NOT EXISTS(SELECT 1 FROM label l WHERE l.bead=b.id)")
        if wanted.parent is not None:
            self.add(_CHILD, wanted.parent)

    def _times(self, wanted: BeadFilter) -> None:
        if wanted.overdue:
            self.add("b.due < :now AND b.live=1")
        for name, after, before in wanted.between:
            if after is not None:
                self.add(f"b.{_TIMES[name]} > ?", after)
            if before is not None:
                self.add(f"b.{_TIMES[name]} < ?", before)

    def _node(self, node: Node) -> str:
        from gastown.domain.bead_query import And, Not, Or

        if isinstance(node, Not):
            return f"NOT {self._node(node.inner)}"
        if isinstance(node, And | Or):
            word = " AND " if isinstance(node, And) else " OR "
            return f"({word.join(self._node(part) for part in node.parts)})"
        return f"coalesce({self._compare(node)}, 0)"

    def _compare(self, node: Compare) -> str:
        name, sign, value = node.field, node.sign, node.value
        if value is None:
            return self._absent(name, sign)
        if name == "label":
            return self._negated(sign, _LABELLED.format("=?"), value)
        if name == "parent":
            return self._negated(sign, _CHILD, value)
        if name in _TEXTS:
            whole = "=" if sign in ("=", "!=") else ""
            return self._negated(sign, f"says({_DATA}, '{whole}{name}', ?)", value)
        column = f"b.{_TIMES.get(name, name)}"
        if sign == "~":
            return self._named(f"contains({column}, ?)", (value,))
        if sign == "!=":
            return self._named(f"{column} IS NOT ?", (value,))
        return self._named(f"{column} {sign} ?", (value,))

    def _absent(self, name: str, sign: str) -> str:
        if name == "label":
            there = "EXISTS(SELECT 1 FROM label l WHERE l.bead=b.id)"
        elif name == "parent":
            there = "EXISTS(SELECT 1 FROM dependency p WHERE p.bead=b.id AND p.type='parent-child')"
        elif name in _TEXTS:
            there = f"says({_DATA}, '{name}', '')"
        else:
            there = f"b.{_TIMES.get(name, name)} IS NOT NULL"
        return f"NOT {there}" if sign == "=" else there

    def _negated(self, sign: str, term: str, value: object) -> str:
        found = self._named(term, (value,))
        return f"NOT {found}" if sign == "!=" else found


def _marks(chosen: Sequence[Any]) -> str:
    return ",".join("?" * len(chosen))
