"""A town, opened: read it here; what changes it (`store/operation.py`) is imported when needed.

Reading is what agents and people do all the time, so this module imports no more than it takes to
answer from a warm cache: no git process, no subprocess module, no lifecycle machinery.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from gastown.errors import Busy, DiskTrouble, GitFailed, Unreadable
from gastown.ids import is_oid
from gastown.store.cache import Cache
from gastown.store.files import read_or_none
from gastown.store.layout import LEDGER_REF, SETTINGS, Layout
from gastown.store.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gastown.domain.settings import Settings
    from gastown.store.git import Git
    from gastown.store.hq import Hq
    from gastown.store.transaction import Transaction


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


class Edge:
    """What the outside world supplies: clock and randomness; tests supply their own."""

    __slots__ = ("clock", "entropy")

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.clock = clock
        self.entropy = entropy


class Town:
    """One town on this machine.

    Attributes:
        is_past: whether it is looked back at (`store.past.Past`).
    """

    is_past = False

    def __init__(self, root: Path, edge: Edge | None = None) -> None:
        self.layout = Layout(root)
        self.edge = edge or Edge()
        self._cache: Cache | None = None
        self._reader: Reader | None = None
        if self._has_moved():
            from gastown.store.moved import repair_links

            repair_links(self)

    @property
    def is_fork(self) -> bool:
        """Whether plans are tried on it: a town without worktrees, agents and monitor."""
        return self.layout.origin is not None

    @property
    def is_on_paper(self) -> bool:
        """Whether only its records count, as in the past and in a fork: nothing of it is real."""
        return self.is_past or self.is_fork

    @cached_property
    def ledger(self) -> Git:
        """The repository behind hq."""
        from gastown.store.git import Git

        return Git(self.layout.town_git, bare=True, sealed=True)

    @cached_property
    def hq(self) -> Hq:
        """The worktree of the ledger."""
        from gastown.store.hq import Hq

        return Hq(self.layout, self.ledger)

    def now(self) -> str:
        """The time as records store it: RFC 3339, UTC, microseconds."""
        return self.edge.clock().astimezone(UTC).isoformat(timespec="microseconds").replace(
            "+00:00", "Z"
        )  # fmt: skip

    def commit(self) -> str:
        """The ledger's commit, from the ref's file and without a git process.

        Raises:
            Unreadable: the ref is missing or damaged.
        """
        raw = read_or_none(self.layout.town_git / LEDGER_REF)
        if raw is None:
            raw = self._packed_ref()
        text = raw.decode("ascii", "replace").strip()
        if not is_oid(text):
            raise Unreadable(
                f"the ledger's ref {LEDGER_REF} is damaged",
                hint=f"the last line of .gt/town.git/logs/{LEDGER_REF} holds its last good value",
            )
        return text

    def read(self) -> Reader:
        """The town as it is now; heals hq on the way if a killed writer left it behind."""
        commit = self.commit()
        if self.synced() != commit or not self.layout.hq.is_dir():
            self._try_to_heal()
            commit = self.commit()
        return self.at(commit)

    def at(self, commit: str) -> Reader:
        """The town as it was at a commit of the ledger."""
        if self._cache is None:
            self._cache = Cache(self.layout.cache)
        if self._reader is None or self._reader.commit != commit:
            self._cache.show(lambda: self.ledger, commit)
            self._reader = Reader(self._cache, commit)
        return self._reader

    def synced(self) -> str | None:
        """The commit that hq's files were last brought to."""
        data = read_or_none(self.layout.synced)
        return data.decode("ascii", "replace").strip() or None if data else None

    def settings(self) -> Settings:
        """The settings as they lie; where hq does not show the ledger's commit, as committed.

        Raises:
            Unreadable: town.toml is missing or wrong.
        """
        from gastown.store.documents import read_settings

        commit = self.commit()
        data = read_or_none(self.layout.settings) if self.hq.shows(commit) else None
        if data is None:
            from gastown.store.objects import Objects

            with Objects(self.ledger) as objects:
                found = objects.get(f"{commit}:{SETTINGS}")
            data = found[1] if found else b""
        return read_settings(data)

    def transaction(
        self, subject: str, *, actor: str, cause: str | None = None
    ) -> AbstractContextManager[Transaction]:
        """Hold the town's lock, read, decide, put; then one commit, or nothing on an exception.

        Args:
            subject: what was asked, in words; may be replaced through `Transaction.subject`.
            actor: who asks: `human`, `mayor` or RIG/AGENT.
            cause: the event or operation that led to it.

        Raises:
            Busy: another process holds the lock too long, or the ledger moved.
            DiskTrouble: nothing was committed.
        """
        from gastown.store.operation import transaction

        return transaction(self, subject, actor=actor, cause=cause)

    def restore_files(self, paths: list[str]) -> None:
        """Bring files of hq back to their committed versions, whatever stands there now."""
        with self.lock():
            self.hq.restore(self.commit(), paths)

    def close(self) -> None:
        """Let go of the cache's file."""
        if self._cache is not None:
            self._cache.close()
            self._cache = self._reader = None

    def lock(self, wait_s: float | None = None) -> AbstractContextManager[int]:
        """The town's kernel lock; yields its descriptor. `wait_s`: patience in seconds.

        Raises:
            Busy: another process holds it too long.
        """
        from gastown.store.locks import WAIT_S, hold

        return hold(self.layout.locks / "town", wait_s=WAIT_S if wait_s is None else wait_s)

    def advance(self, old: str, new: str, files: Mapping[str, tuple[str, bytes] | None]) -> None:
        """After our own commit: keep the cache warm (path → blob and content, None: removed)."""
        if self._cache is not None:
            self._cache.advance(old, new, files)
        self._reader = None

    def _has_moved(self) -> bool:
        known = read_or_none(self.layout.place)
        if known is None:
            return self.layout.hq.exists()
        return known != os.fsencode(self.layout.root)

    def _try_to_heal(self) -> None:
        """Readers heal when they can; that they cannot is no reason not to answer."""
        with suppress(Busy, DiskTrouble, GitFailed, OSError), self.lock(wait_s=0.2):
            commit = self.commit()
            if self.synced() != commit or not self.layout.hq.is_dir():  # nobody was quicker
                self.hq.heal(commit)

    def _packed_ref(self) -> bytes:
        packed = read_or_none(self.layout.town_git / "packed-refs") or b""
        for line in packed.splitlines():
            if line.endswith(b" " + LEDGER_REF.encode()):
                return line.partition(b" ")[0]
        return b""
