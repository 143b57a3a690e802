"""The tables of the cache, and what each record puts into them.

`record` holds every record's text; the others hold what questions about many records ask of them,
so that answering needs no text but that of the records which are shown.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import Bead
from gastown.domain.waiting import RELEASED, wait_of

if TYPE_CHECKING:
    import sqlite3

    from gastown.store.layout import AnyRecord

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE record(path TEXT PRIMARY KEY, kind TEXT, id TEXT, state TEXT, rig TEXT, oid TEXT,
                    data BLOB);
CREATE INDEX record_id ON record(kind, id);
CREATE INDEX record_state ON record(kind, state);
CREATE TABLE bead(id TEXT PRIMARY KEY, rig TEXT, status TEXT, priority INTEGER, type TEXT,
                  title TEXT, assignee TEXT, mol_type TEXT, created REAL, updated REAL,
                  closed REAL, due REAL, deferred REAL, live INTEGER, released INTEGER,
                  hidden INTEGER, held INTEGER) WITHOUT ROWID;
CREATE INDEX bead_status ON bead(status, priority);
CREATE INDEX bead_order ON bead(live, priority, created DESC, id);
CREATE INDEX bead_free ON bead(held, live, priority, created DESC, id);
CREATE INDEX bead_deferred ON bead(deferred) WHERE deferred IS NOT NULL;
CREATE INDEX bead_folded ON bead(lower(id));
CREATE TABLE dependency(bead TEXT, target TEXT, type TEXT, spawner TEXT, fanout TEXT);
CREATE INDEX dependency_bead ON dependency(bead);
CREATE INDEX dependency_target ON dependency(target, type);
CREATE INDEX dependency_spawner ON dependency(spawner) WHERE spawner IS NOT NULL;
CREATE TABLE label(bead TEXT, label TEXT, PRIMARY KEY(bead, label)) WITHOUT ROWID;
CREATE INDEX label_name ON label(label, bead);
CREATE TABLE step(bead TEXT, root TEXT, PRIMARY KEY(bead, root)) WITHOUT ROWID;
CREATE INDEX step_root ON step(root);
CREATE TABLE document(path TEXT PRIMARY KEY, oid TEXT) WITHOUT ROWID;
CREATE TABLE broken(path TEXT PRIMARY KEY, oid TEXT, error TEXT) WITHOUT ROWID;
"""
_SEARCHED = ("id", "title", "description", "notes", "design", "acceptance_criteria")
_LONG = {"acceptance": "acceptance_criteria"}
NAMES = ("record", "bead", "dependency", "label", "step", "document", "broken")


def add(connection: sqlite3.Connection, record: AnyRecord, *, held: bool = False) -> None:
    """Put a record's rows into the tables besides `record`."""
    if isinstance(record, Bead):
        _add_bead(connection, record, held)
    elif record.KIND == "molecule":
        steps = {str(step.get("bead")) for step in getattr(record, "steps", ())}
        connection.executemany(
            "INSERT OR REPLACE INTO step VALUES(?,?)", [(bead, record.id) for bead in steps]
        )


def remove(connection: sqlite3.Connection, kind: str, identifier: str) -> None:
    """Take a record's rows out of the tables besides `record`."""
    if kind == "bead":
        connection.execute("DELETE FROM bead WHERE id=?", (identifier,))
        connection.execute("DELETE FROM dependency WHERE bead=?", (identifier,))
        connection.execute("DELETE FROM label WHERE bead=?", (identifier,))
    elif kind == "molecule":
        connection.execute("DELETE FROM step WHERE root=?", (identifier,))


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that look into texts; case does not matter to them."""
    connection.create_function("contains", 2, _contains, deterministic=True)
    connection.create_function("says", 3, _says, deterministic=True)


def _contains(text: str | None, needle: str) -> bool:
    return text is not None and needle.casefold() in text.casefold()


def _says(data: bytes | None, where: str, needle: str) -> bool:
    """Whether a bead's text has `needle` in it (with `=` before the key: is it, as it stands).

    An empty needle asks whether there is any text.
    """
    if data is None:
        return False
    if data.isascii() and _is_plain(needle) and needle.lower().encode() not in data.lower():
        return False  # so it is not in the file at all, and reading it can be saved
    values = json.loads(data)
    keys = _SEARCHED if where == "text" else (_LONG.get(where.lstrip("="), where.lstrip("=")),)
    texts = [value for key in keys if isinstance(value := values.get(key), str) and value]
    if where.startswith("="):
        return needle in texts
    folded = needle.casefold()
    return any(folded in text.casefold() for text in texts)


def _is_plain(needle: str) -> bool:
    """Whether JSON writes it as it is, so that the file can be asked before it is read."""
    return needle.isascii() and needle.isprintable() and not {'"', "\\"}.intersection(needle)


def moment(text: object) -> float | None:
    """Seconds since 1970 of an RFC 3339 timestamp, or None."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _add_bead(connection: sqlite3.Connection, bead: Bead, held: bool) -> None:
    data = bead.data
    state = bead.state
    connection.execute(
        "INSERT OR REPLACE INTO bead VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            bead.id, bead.rig, state, bead.priority, bead.issue_type, bead.title, bead.assignee,
            _text(data.get("mol_type")), moment(data.get("created_at")),
            moment(data.get("updated_at")), moment(data.get("closed_at")),
            moment(data.get("due_at")), moment(data.get("defer_until")), bead.is_live,
            state in RELEASED, _is_hidden(bead), held,
        ),
    )  # fmt: skip
    if bead.data.get("dependencies"):
        connection.executemany(
            "INSERT INTO dependency VALUES(?,?,?,?,?)",
            [_edge(bead.id, item) for item in bead.dependencies],
        )
    if bead.data.get("labels"):
        connection.executemany(
            "INSERT OR IGNORE INTO label VALUES(?,?)", [(bead.id, label) for label in bead.labels]
        )


def _edge(bead: str, item: Any) -> tuple[str, str, str, str | None, str | None]:
    wait = wait_of(item)
    spawner, fanout = (wait.spawner, wait.fanout.value) if wait else (None, None)
    target, kind = str(item.get("depends_on_id", "")), str(item.get("type", "blocks"))
    return bead, target, kind, spawner, fanout


def _is_hidden(bead: Bead) -> bool:
    """Upstream's marks for beads that nobody starts: wisps, pinned ones and templates."""
    marks = ("ephemeral", "wisp", "pinned", "is_template")
    return any(bead.data.get(mark) for mark in marks) or "-wisp-" in bead.id


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
