"""The spool: small files in which git hooks say that something happened; hints, never state.

A git hook writes a file into `tmp/` and renames it into `new/`. Whoever drains takes the files of
`new/` oldest first, looks at what they name, and removes a file when that look is done: a killed
drain looks once more. What is no event goes to `bad/` with the reason beside it.

An event is lines of a key and a value: `event` (the git hook's name), `gitdir`, and as far as they
are known `hook`, `generation`, `rig` and `ref NAME OLD NEW`.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store.files import disk_errors, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 1024
FOLDERS = ("tmp", "new", "bad")
_STALE_TMP_S = 3600.0


class BadEvent(ValueError):
    """A file in the spool is no event; the message says why."""


@dataclass(frozen=True)
class Event:
    """Something that a git hook saw.

    Attributes:
        name: the file's name in the spool.
        kind: which git hook wrote it.
        gitdir: the git folder of the worktree or repository it happened in.
        hook: whose worktree it is; None: a repository's, or a person's own clone.
        rig: the rig of a repository or clone.
        refs: names of the refs that moved, as far as they were told.
    """

    name: str
    kind: str
    gitdir: str
    hook: str | None = None
    generation: int | None = None
    rig: str | None = None
    refs: tuple[str, ...] = ()


class Spool:
    """The spool of one town."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.new = folder / "new"

    def make(self) -> None:
        """Make the folders that are missing, readable for their owner only."""
        with disk_errors():
            for name in FOLDERS:
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        try:
            with os.scandir(self.new) as entries:
                return next(entries, None) is None
        except OSError:
            return True

    def waiting(self) -> list[str]:
        """Names of the files that wait, oldest first."""
        found = []
        try:
            with os.scandir(self.new) as entries:
                for entry in entries:
                    try:
                        found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
                    except FileNotFoundError:
                        continue
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for _, name in sorted(found)]

    def read(self, name: str) -> Event | None:
        """One event; None: somebody else has taken it.

        Raises:
            BadEvent: it is none.
        """
        try:
            descriptor = os.open(
                self.new / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except FileNotFoundError:
            return None
        except OSError as error:  # a symbolic link, or not ours to read
            raise BadEvent(f"it cannot be opened: {error.strerror}") from None
        try:
            data = _content(descriptor)
        finally:
            os.close(descriptor)
        return parse(name, data)

    def done(self, name: str) -> None:
        """Remove an event whose consequences have been looked after."""
        try:
            (self.new / name).unlink(missing_ok=True)
        except (IsADirectoryError, PermissionError):
            self.reject(name, "it is a folder")

    def reject(self, name: str, reason: str) -> None:
        """Put a bad event aside, with the reason in a file beside it."""
        with disk_errors():
            target = self.folder / "bad" / f"{name}.{time.time_ns()}"
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.replace(self.new / name, target)
            except FileNotFoundError:
                return
            write_atomically(target.with_name(f"{target.name}.reason"), f"{reason}\n".encode())

    def sweep(self) -> None:
        """Remove what killed git hooks have left half written."""
        now = time.time()
        for file in (self.folder / "tmp").glob("*"):
            try:
                if now - file.lstat().st_mtime > _STALE_TMP_S:
                    file.unlink()
            except OSError:
                continue


def _content(descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise BadEvent("it is no regular file")
    if status.st_uid != os.getuid():
        raise BadEvent(f"it belongs to user {status.st_uid}")
    if status.st_size > MAX_BYTES:
        raise BadEvent(f"it has {status.st_size:,} bytes, the limit is {MAX_BYTES:,}")
    return os.read(descriptor, MAX_BYTES)


def parse(name: str, data: bytes) -> Event:
    """Read an event's text.

    Raises:
        BadEvent: it does not say what happened, or where.
    """
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as wrong:
        raise BadEvent(f"it is not UTF-8 at byte {wrong.start}") from None
    said: dict[str, str] = {}
    refs = []
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "ref":
            refs.append(value.partition(" ")[0])
        elif key and value:
            said[key] = value
    missing = [key for key in ("event", "gitdir") if key not in said]
    if missing:
        raise BadEvent(f"it does not say its {' and '.join(missing)}")
    generation = said.get("generation")
    if generation is not None and not (generation.isascii() and generation.isdigit()):
        raise BadEvent(f"its generation is {generation!r}")
    return Event(
        name, said["event"], said["gitdir"], said.get("hook"),
        int(generation) if generation else None, said.get("rig"), tuple(dict.fromkeys(refs)),
    )  # fmt: skip
