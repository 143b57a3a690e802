"""Questions about the town as it was at one commit of the ledger, answered from the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.errors import NotFound, Unreadable
from gastown.store.codec import decode
from gastown.store.layout import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gastown.domain.bead import Bead
    from gastown.domain.convoy import Convoy, ConvoyState
    from gastown.domain.hook import Hook
    from gastown.domain.mail import Mail
    from gastown.domain.merge import Merge
    from gastown.domain.rig import Rig
    from gastown.store.cache import Cache

# Open dependencies of these types hold a bead back (upstream v1: conditional ones count as plain).
_HOLDS = "('blocks','conditional-blocks','waits-for')"
_NOT_READY_TYPES = (
    "('merge-request','gate','molecule','message','agent','role','rig','convoy','event')"
)
_BLOCKED = f"""
WITH RECURSIVE stuck(id) AS (
  SELECT DISTINCT d.bead FROM dependency d JOIN bead t ON t.id = d.target
   WHERE d.type IN {_HOLDS} AND t.status NOT IN ('closed','tombstone','pinned')
  UNION
  SELECT d.bead FROM dependency d JOIN stuck s ON d.target = s.id WHERE d.type = 'parent-child'
)
"""


@dataclass(frozen=True)
class Broken:
    """A file of the ledger that cannot be read as a record."""

    path: str
    error: str


class Reader:
    """The town at `commit`."""

    def __init__(self, cache: Cache, commit: str) -> None:
        self._ask = cache.ask
        self.commit = commit

    def find(self, kind: str, identifier: str) -> Any:
        """The record of that kind and id, or None.

        Raises:
            Unreadable: its file is in the ledger but cannot be read.
        """
        rows = self._ask("SELECT data, rig FROM record WHERE kind=? AND id=?", (kind, identifier))
        if rows:
            return decode(kind, rows[0][0], rig=rows[0][1])
        for broken in self.broken():
            name = broken.path.partition("/")[2].removesuffix(".json")
            if kind_of(broken.path) == kind and identifier in (name, name.rpartition("/")[2]):
                raise Unreadable(
                    f"{broken.path} at commit {self.commit[:12]} is unreadable: {broken.error}",
                    hint=f"git -C hq log -- {broken.path} shows its earlier versions",
                )
        return None

    def path_of(self, kind: str, identifier: str) -> str | None:
        """Where a record lives in hq."""
        rows = self._ask("SELECT path FROM record WHERE kind=? AND id=?", (kind, identifier))
        return rows[0][0] if rows else None

    def bead(self, identifier: str) -> Bead:
        """One bead.

        Raises:
            NotFound: there is none; the hint tells how to create it.
        """
        found: Bead | None = self.find("bead", identifier)
        if found is None:
            raise no_bead(identifier)
        return found

    def hook(self, identifier: str) -> Hook | None:
        """One hook, or None."""
        found: Hook | None = self.find("hook", identifier)
        return found

    def rig(self, name: str) -> Rig:
        """One rig.

        Raises:
            NotFound: there is none; the hint names those there are.
        """
        found: Rig | None = self.find("rig", name)
        if found is None:
            known = ", ".join(rig.id for rig in self.rigs())
            hint = f"rigs here: {known}" if known else "add one: gt rig add NAME URL"
            raise NotFound(f"no rig {name!r}", hint=hint)
        return found

    def rigs(self) -> list[Rig]:
        """All rigs, by name."""
        return self._all("rig")

    def hooks(self, *, rig: str | None = None, live: bool = True) -> list[Hook]:
        """Hooks, by id; `live`: only those that still have a worktree."""
        found = [h for h in self._all("hook") if rig is None or h.rig == rig]
        return [h for h in found if h.is_live] if live else found

    def convoys(self, state: ConvoyState | None = None) -> list[Convoy]:
        """Convoys, newest first."""
        found = self._all("convoy", state)
        return sorted(found, key=lambda convoy: (convoy.created_at, convoy.id), reverse=True)

    def merges(self, *, rig: str | None = None, states: Sequence[str] = ()) -> list[Merge]:
        """Merge requests, oldest first."""
        found = [m for m in self._all("merge") if rig is None or m.rig == rig]
        return sorted(
            (m for m in found if not states or m.state in states),
            key=lambda merge: (merge.created_at, merge.id),
        )

    def mail(self, address: str | None = None) -> list[Mail]:
        """Messages, oldest first; of one mailbox or of all."""
        found = [m for m in self._all("mail") if address is None or m.to == address]
        return sorted(found, key=lambda mail: (mail.sent_at, mail.id))

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
        where: list[str] = []
        values: list[Any] = []
        for column, value in (("b.rig", rig), ("b.assignee", assignee)):
            if value is not None:
                where.append(f"{column}=?")
                values.append(value)
        for column, wanted in (("b.status", statuses or None), ("b.id", identifiers)):
            if wanted is not None:
                chosen = list(wanted)
                where.append(f"{column} IN ({','.join('?' * len(chosen))})")
                values += chosen
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        return self._beads("", condition, values, limit)

    def ready(
        self, now: float, *, rig: str | None = None, limit: int | None = None,
        in_progress: bool = False,
    ) -> list[Bead]:  # fmt: skip
        """Beads that can be started: open, not held back, not deferred beyond `now` (seconds)."""
        statuses = "('open','in_progress')" if in_progress else "('open')"
        condition = (
            f"WHERE b.status IN {statuses} AND b.hidden=0 AND b.type NOT IN {_NOT_READY_TYPES}"
            " AND (b.deferred IS NULL OR b.deferred <= ?) AND b.id NOT IN stuck"
        )
        values: list[Any] = [now]
        if rig is not None:
            condition += " AND b.rig=?"
            values.append(rig)
        return self._beads(_BLOCKED, condition, values, limit)

    def statuses(self, identifiers: Iterable[str]) -> dict[str, str]:
        """The status of each bead that exists."""
        chosen = list(identifiers)
        rows = self._ask(
            f"SELECT id, status FROM bead WHERE id IN ({','.join('?' * len(chosen))})", chosen
        )
        return {row[0]: row[1] for row in rows}

    def open_blockers(self, bead: Bead) -> tuple[str, ...]:
        """Ids of the beads that hold `bead` back: its own blockers, and its parents' ones."""
        rows = self._ask(
            "WITH RECURSIVE line(id) AS (SELECT ? UNION SELECT d.target FROM dependency d"
            " JOIN line ON d.bead = line.id WHERE d.type='parent-child')"
            " SELECT DISTINCT t.id FROM dependency d JOIN line ON d.bead = line.id"
            f" JOIN bead t ON t.id = d.target WHERE d.type IN {_HOLDS}"
            " AND t.status NOT IN ('closed','tombstone','pinned') ORDER BY t.id",
            (bead.id,),
        )
        return tuple(row[0] for row in rows)

    def dependents(self, identifier: str) -> list[tuple[str, str]]:
        """Ids of beads that point at this one, with the dependency's type."""
        rows = self._ask(
            "SELECT bead, type FROM dependency WHERE target=? ORDER BY bead", (identifier,)
        )
        return [(row[0], row[1]) for row in rows]

    def has_bead(self, identifier: str) -> bool:
        """Whether an id is taken, by case-folded comparison (some file systems fold)."""
        return bool(self._ask("SELECT 1 FROM bead WHERE lower(id)=lower(?)", (identifier,)))

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

    def documents(self) -> dict[str, str]:
        """Settings, directives and formulas: path and blob."""
        return {row[0]: row[1] for row in self._ask("SELECT path, oid FROM document")}

    def broken(self) -> list[Broken]:
        """Files that cannot be read as records."""
        rows = self._ask("SELECT path, error FROM broken ORDER BY path")
        return [Broken(*row) for row in rows]

    def _beads(
        self, before: str, condition: str, values: Sequence[Any], limit: int | None
    ) -> list[Bead]:
        order = "ORDER BY b.priority, b.created DESC, b.id"
        bound = "" if limit is None else f"LIMIT {int(limit)}"
        # Choose first, then fetch: the records' text must not go through the sorting.
        rows = self._ask(
            f"{before} SELECT r.data, b.rig FROM (SELECT b.id, b.rig, b.priority, b.created"
            f" FROM bead b {condition} {order} {bound}) b"
            f" JOIN record r ON r.kind='bead' AND r.id=b.id {order}",
            values,
        )
        found: list[Any] = [decode("bead", row[0], rig=row[1]) for row in rows]
        return found

    def _all(self, kind: str, state: str | None = None) -> list[Any]:
        condition = "" if state is None else " AND state=?"
        values = (kind,) if state is None else (kind, state)
        rows = self._ask(f"SELECT data FROM record WHERE kind=?{condition} ORDER BY id", values)
        return [decode(kind, row[0]) for row in rows]


def no_bead(identifier: str) -> NotFound:
    """The error for an id that no bead has."""
    return NotFound(
        f"no bead {identifier!r}",
        hint=f'bd list shows all; make it with: bd create "TITLE" --id {identifier} --rig RIG',
    )
