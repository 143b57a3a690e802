"""A town, opened: read it, or change it in transactions."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.settings import Settings
from gastown.errors import Busy, DiskTrouble, GitFailed, Unreadable
from gastown.ids import HUMAN, OID, ulid
from gastown.store import commits, faults, locks
from gastown.store.cache import Cache
from gastown.store.documents import hand_edits, read_settings
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import Git
from gastown.store.hq import Hq
from gastown.store.layout import LEDGER_REF, SETTINGS, Layout
from gastown.store.objects import Objects, blob_oid
from gastown.store.reader import Reader
from gastown.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HAND_EDIT = "hand edit"


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Edge:
    """What the outside world supplies: clock and randomness; tests supply their own."""

    clock: Callable[[], datetime] = utc_now
    entropy: Callable[[int], bytes] = os.urandom


class Town:
    """One town on this machine."""

    def __init__(self, root: Path, edge: Edge | None = None) -> None:
        self.layout = Layout(root)
        self.edge = edge or Edge()
        self.ledger = Git(self.layout.town_git, bare=True, sealed=True)
        self.hq = Hq(self.layout, self.ledger)
        self._cache: Cache | None = None
        self._reader: Reader | None = None
        self.repair_moved()

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
        if not OID.match(text):
            raise Unreadable(
                f"the ledger's ref {LEDGER_REF} is damaged",
                hint=f"the last line of .gt/town.git/logs/{LEDGER_REF} holds its last good value",
            )
        return text

    def read(self) -> Reader:
        """The town as it is now; heals hq on the way if a killed writer left it behind."""
        commit = self.commit()
        if self.hq.synced() != commit or not self.layout.hq.is_dir():
            self._try_to_heal()
            commit = self.commit()
        return self._reader_at(commit)

    def settings(self) -> Settings:
        """The settings as they lie; where hq does not show the ledger's commit, as committed.

        Raises:
            Unreadable: town.toml is missing or wrong.
        """
        commit = self.commit()
        data = read_or_none(self.layout.settings) if self.hq.shows(commit) else None
        if data is None:
            with Objects(self.ledger) as objects:
                found = objects.get(f"{commit}:{SETTINGS}")
            data = found[1] if found else b""
        return read_settings(data)

    @contextmanager
    def transaction(
        self, subject: str, *, actor: str, cause: str | None = None
    ) -> Iterator[Transaction]:
        """Hold the town's lock, read, decide, put; then one commit, or nothing on an exception.

        Args:
            subject: what was asked, in words; may be replaced through `Transaction.subject`.
            actor: who asks: `human`, `mayor` or RIG/AGENT.
            cause: the event or operation that led to it.

        Raises:
            Busy: another process holds the lock too long, or the ledger moved.
            DiskTrouble: nothing was committed.
        """
        with locks.hold(self.layout.locks / "town") as lock:
            base = self.commit()
            if self.hq.synced() != base or not self.layout.hq.is_dir():
                self.hq.heal(base)
            base = self._commit_hand_edits(base, lock)
            with Objects(self.ledger) as objects:
                tx = Transaction(subject, self._reader_at(base), objects, self.hq)
                yield tx
                if not tx.files:
                    return
                faults.reach("tx:before-commit")
                tx.check_not_edited()
            self._commit(base, tx.subject, tx.files, tx.moves, actor, cause, lock)

    def restore_files(self, paths: list[str]) -> None:
        """Bring files of hq back to their committed versions, whatever stands there now."""
        with locks.hold(self.layout.locks / "town"):
            self.hq.restore(self.commit(), paths)

    def close(self) -> None:
        """Let go of the cache's file."""
        if self._cache is not None:
            self._cache.close()
            self._cache = self._reader = None

    def repair_moved(self) -> None:
        """Mend the links between repositories and worktrees when the town's folder has moved."""
        place = self.layout.run / "place"
        here = os.fsencode(self.layout.root)
        known = read_or_none(place)
        if known == here or (known is None and not self.layout.hq.exists()):
            return
        with suppress(DiskTrouble), locks.hold(self.layout.locks / "town"):
            if known is not None:
                self._repair_links()
            write_atomically(place, here)

    def _repair_links(self) -> None:
        repositories = {self.layout.town_git: [self.layout.hq, self.layout.mayor]}
        for repository in self.layout.root.glob("*/repo.git"):
            rig = repository.parent
            repositories[repository] = [*rig.glob("crew/*"), *rig.glob("polecats/*")]
        for repository, trees in repositories.items():
            present = [str(tree) for tree in trees if (tree / ".git").is_file()]
            Git(repository, bare=True).run("worktree", "repair", *present, accept=(0, 1))

    def _reader_at(self, commit: str) -> Reader:
        if self._cache is None:
            self._cache = Cache(self.layout.cache)
        if self._cache.commit() != commit:
            self._cache.refresh(self.ledger, commit)
            self._reader = None
        if self._reader is None or self._reader.commit != commit:
            self._reader = Reader(self._cache, commit)
        return self._reader

    def _try_to_heal(self) -> None:
        """Readers heal when they can; that they cannot is no reason not to answer."""
        with suppress(Busy, DiskTrouble, GitFailed, OSError):
            with locks.hold(self.layout.locks / "town", wait_s=0.2):
                self.hq.heal(self.commit())

    def _commit_hand_edits(self, base: str, lock: int) -> str:
        if not self.hq.shows(base):
            return base  # what lies there is older, or of another branch: no edit of this commit
        edits = hand_edits(self.layout, self._reader_at(base).documents())
        if not edits:
            return base
        names = ", ".join(sorted(edits))
        return self._commit(base, f"{HAND_EDIT} of {names}", edits, [], HAND_EDIT, None, lock)

    def _commit(
        self,
        base: str,
        subject: str,
        files: dict[str, bytes | None],
        moves: list[str],
        actor: str,
        cause: str | None,
        lock: int,
    ) -> str:
        with disk_errors():
            who = self._signature(actor, files)
            new = commits.commit(
                self.ledger, parent=base, message=self._message(subject, moves, actor, cause),
                files=files, who=who, committer=who, pass_fds=(lock,),
            )  # fmt: skip
        with suppress(DiskTrouble, GitFailed):  # committed: what is left over is for the next heal
            self.hq.follow(base, new, files)
        faults.reach("tx:before-cache")
        if self._cache is not None:
            described = {
                path: None if data is None else (blob_oid(data), data)
                for path, data in files.items()
            }
            self._cache.advance(base, new, described)
        self._reader = None
        return new

    def _message(self, subject: str, moves: list[str], actor: str, cause: str | None) -> str:
        now = int(self.edge.clock().timestamp() * 1000)
        trailers = [f"Op: {ulid(now, self.edge.entropy(10))}", f"Actor: {_one_line(actor)}"]
        trailers += [f"Move: {_one_line(move)}" for move in moves]
        if cause is not None:
            trailers.append(f"Cause: {_one_line(cause)}")
        return f"{_one_line(subject)[:200]}\n\n" + "\n".join(trailers) + "\n"

    def _signature(self, actor: str, files: dict[str, bytes | None]) -> commits.Signature:
        seconds = int(self.edge.clock().timestamp())
        if actor in (HUMAN, HAND_EDIT):
            settings = self.settings() if SETTINGS not in files else Settings()
            return commits.Signature(settings.owner_name, settings.owner_email, seconds)
        rig, _, agent = actor.rpartition("/")
        return commits.Signature(actor, f"{agent}@{rig or 'town'}.gt", seconds)

    def _packed_ref(self) -> bytes:
        packed = read_or_none(self.layout.town_git / "packed-refs") or b""
        for line in packed.splitlines():
            if line.endswith(b" " + LEDGER_REF.encode()):
                return line.partition(b" ")[0]
        return b""


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, so that no value can forge a trailer."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
