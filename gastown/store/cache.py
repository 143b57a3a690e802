"""A disposable SQLite copy of one commit of the ledger, so that reading needs no git process.

It is keyed by the commit, refreshed by `diff-tree`, rebuilt when anything is odd (another schema,
another boot of the machine after an unclean end, a damaged file), kept in memory where the disk
cannot be written, and never a source of writes: transactions read what they change from git.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.domain.record import BadRecord
from gastown.errors import Unreadable
from gastown.store import cache_rows
from gastown.store.codec import decode
from gastown.store.held import Changed
from gastown.store.layout import OF_A_RIG, is_document, kind_of, record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gastown.store.git import Git
    from gastown.store.objects import Change

_ATTEMPTS = 5
_MANY = 2000
_PATIENCE_MS = 20_000
FORMAT = "4"


class Cache:
    """The cache of one town; open it, `refresh` it to a commit, then query `connection`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.connection = self._open()

    def commit(self) -> str | None:
        """The ledger's commit that the cache holds, or None."""
        row = self.connection.execute("SELECT value FROM meta WHERE key='commit'").fetchone()
        return row[0] if row else None

    def show(self, ledger: Callable[[], Git], commit: str) -> None:
        """Answer from exactly `commit` from now on, whatever other processes do to the file.

        The write-ahead log gives every reader its own picture; it stands until the next `show`,
        `refresh` or `advance`, and keeps nobody from writing. `ledger` is asked for only when the
        cache is cold.
        """
        for _ in range(_ATTEMPTS):
            self._release()
            self.connection.execute("BEGIN")
            if self.commit() == commit:
                return
            self.refresh(ledger(), commit)
        self.connection.close()  # others keep moving it: a copy of one's own
        self.connection = self._open(":memory:")
        self.refresh(ledger(), commit)

    def ask(
        self, question: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """The rows that answer a query.

        Raises:
            Unreadable: the file is damaged; it is gone now, and the next command makes a new one.
        """
        try:
            return self.connection.execute(question, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._discard()
            raise Unreadable(
                f"the cache of the ledger was damaged ({error}) and has been removed",
                hint="nothing is lost: run the command again",
            ) from error

    def refresh(self, git: Git, commit: str) -> None:
        """Bring the cache to `commit`: by the difference where it can, else from scratch."""
        self._release()
        try:
            self._refresh(git, commit)
        except sqlite3.DatabaseError as error:
            writable = "readonly" not in str(error)
            if writable and "locked" not in str(error):
                self._discard()
            self.connection.close()
            self.connection = self._open(None if writable else ":memory:")
            try:
                self._refresh(git, commit)
            except sqlite3.DatabaseError:  # a full or failing disk
                self.connection.close()
                self.connection = self._open(":memory:")
                self._refresh(git, commit)

    def advance(self, old: str, new: str, files: Mapping[str, tuple[str, bytes] | None]) -> None:
        """After our own commit: apply what it changed (path → oid and content, None: removed).

        Only a saving: without it the next reader asks `diff-tree`.
        """
        self._release()
        with suppress(sqlite3.DatabaseError):
            self.connection.execute("BEGIN IMMEDIATE")
            if self.commit() == old:
                changed = Changed()
                for path in files:
                    self._remove(path, changed)
                for path, content in files.items():
                    if content is not None:
                        self._add(path, *content, changed)
                changed.settle(self.connection)
                self._stamp(new)
            self.connection.execute("COMMIT")
            self._fold()
        self._release()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _release(self) -> None:
        """Let go of the picture that `show` holds, or of a transaction that failed."""
        if self.connection.in_transaction:
            self.connection.rollback()

    def _refresh(self, git: Git, commit: str) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            have = self.commit()
            if have != commit:
                from gastown.store.objects import changes, tree

                differing: Iterable[Change]
                changed = Changed()
                if have is not None and git.oid(have) is not None:
                    differing = changes(git, have, commit)
                else:
                    self._clear()
                    changed.everything = True
                    differing = tree(git, commit)
                self._apply(git, list(differing), changed)
                self._stamp(commit)
            self.connection.execute("COMMIT")
            self._fold()
        except BaseException:
            self.connection.rollback()  # unless SQLite has done so itself
            raise

    def _fold(self) -> None:
        """Bring the write-ahead log into the file, unless somebody is reading from it.

        Commands end without closing, and the first one after them reads the whole log again.
        """
        self.connection.execute("PRAGMA busy_timeout=0")
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")

    def _apply(self, git: Git, differing: list[Change], changed: Changed) -> None:
        from gastown.store.objects import Objects

        wanted = [c for c in differing if c.new and kind_of(c.path)]
        contents = dict(
            zip(
                (c.path for c in wanted),
                Objects(git).get_many(c.new for c in wanted if c.new),
                strict=True,
            )
        )
        changed.everything = changed.everything or len(wanted) > _MANY
        for change in differing:
            if change.old is not None:
                self._remove(_key(change.path), changed)
        for change in differing:
            if change.new is not None:
                data = contents.get(change.path, b"")
                self._add(_key(change.path), change.new, data, changed)
        changed.settle(self.connection)

    def _add(self, path: str, oid: str, data: bytes, changed: Changed) -> None:
        kind = kind_of(path)
        if kind is None:
            if is_document(path):
                self.connection.execute("INSERT OR REPLACE INTO document VALUES(?,?)", (path, oid))
            return
        rig = path.split("/")[1] if kind in (*OF_A_RIG, "hook", "merge") else ""
        try:
            record = decode(kind, data, rig=rig)
            if record_path(record) != path:
                raise BadRecord(f"{kind} {record.id} belongs in {record_path(record)}")
        except BadRecord as wrong:
            broken = (path, oid, _key(str(wrong)))
            self.connection.execute("INSERT OR REPLACE INTO broken VALUES(?,?,?)", broken)
            return
        self.connection.execute(
            "INSERT OR REPLACE INTO record VALUES(?,?,?,?,?,?,?)",
            (path, kind, record.id, record.stage, rig, oid, data),
        )
        held = changed.note(self.connection, record.id) if kind == "bead" else False
        cache_rows.add(self.connection, record, held=held)

    def _remove(self, path: str, changed: Changed) -> None:
        row = self.connection.execute(
            "SELECT kind, id FROM record WHERE path=?", (path,)
        ).fetchone()
        if row:
            if row[0] == "bead":
                changed.note(self.connection, row[1])
            cache_rows.remove(self.connection, *row)
        for table in ("record", "document", "broken"):
            self.connection.execute(f"DELETE FROM {table} WHERE path=?", (path,))

    def _clear(self) -> None:
        for table in cache_rows.NAMES:
            self.connection.execute(f"DELETE FROM {table}")

    def _stamp(self, commit: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES('commit',?)", (commit,))

    def _open(self, where: str | None = None) -> sqlite3.Connection:
        try:
            if where is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            return _prepared(where or str(self._file))
        except (sqlite3.DatabaseError, OSError):
            self._discard()
        try:
            return _prepared(where or str(self._file))
        except (sqlite3.DatabaseError, OSError):
            return _prepared(":memory:")

    def _discard(self) -> None:
        for ending in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)


def _prepared(where: str) -> sqlite3.Connection:
    """Open a database with our tables in it, emptied if it is not of this format and boot."""
    connection = sqlite3.connect(where, timeout=_PATIENCE_MS / 1000, isolation_level=None)
    # Without fsync a crash of the *machine* may leave it stale: `boot` makes the next one rebuild.
    connection.execute("PRAGMA synchronous=OFF")
    cache_rows.teach(connection)
    with suppress(sqlite3.OperationalError):  # not on a disk that cannot be written
        connection.execute("PRAGMA journal_mode=WAL")
    stamp = json.dumps([FORMAT, _boot_id()])
    with suppress(sqlite3.OperationalError):
        row = connection.execute("SELECT value FROM meta WHERE key='stamp'").fetchone()
        if row and row[0] == stamp:
            return connection
    connection.execute("BEGIN IMMEDIATE")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
    for (table,) in tables:
        connection.execute(f"DROP TABLE {table}")
    for statement in cache_rows.TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES('stamp',?)", (stamp,))
    connection.execute("COMMIT")
    return connection


def _key(path: str) -> str:
    """A path as SQLite can hold it: bytes that are no UTF-8 (a person's commit) are escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"
