"""Reading blobs, trees and differences from a repository."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self

from gastown.errors import GitFailed
from gastown.store.git import ZERO, Git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

_NESTED = "160000"  # the mode of a nested repository's commit in a tree


def blob_oid(data: bytes) -> str:
    """The object name that git gives this content (SHA-1 repositories)."""
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Change:
    """One path that differs between two commits; None: not there."""

    path: str
    old: str | None
    new: str | None


def changes(git: Git, old: str, new: str) -> list[Change]:
    """What differs between two commits."""
    answer = git.run("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", old, new, "--")
    return list(_parse_raw(answer.stdout))


def tree(git: Git, commit: str) -> Iterator[Change]:
    """Every file of a commit, as a change from nothing."""
    for entry in git.run("ls-tree", "-r", "-z", "--full-tree", commit).stdout.split(b"\0"):
        if entry:
            head, _, path = entry.partition(b"\t")
            _, kind, oid = head.decode().split(" ")
            if kind == "blob":  # a nested repository is none of ours
                yield Change(path.decode("utf-8", "surrogateescape"), None, oid)


def _parse_raw(output: bytes) -> Iterator[Change]:
    fields = output.split(b"\0")
    for head, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old, new, _ = head.decode().lstrip(":").split(" ")
        yield Change(
            path.decode("utf-8", "surrogateescape"),
            None if old == ZERO or old_mode == _NESTED else old,
            None if new == ZERO or new_mode == _NESTED else new,
        )


class Objects:
    """A `git cat-file --batch` child that answers many questions; started by the first one."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._pipe(self._child.stdin).close()
            self._pipe(self._child.stdout).close()
            self._child.wait()
            self._child = None

    def get(self, name: str) -> tuple[str, bytes] | None:
        """Object name and content of what `name` (an oid, or COMMIT:PATH) stands for, or None.

        Raises:
            GitFailed: git stopped answering.
        """
        if "\n" in name:
            return None
        child = self._started()
        self._pipe(child.stdin).write(name.encode("utf-8", "surrogateescape") + b"\n")
        self._pipe(child.stdin).flush()
        return self._answer(self._pipe(child.stdout))

    def get_many(self, oids: Iterable[str]) -> Iterator[bytes]:
        """The contents of blobs, in order; all of them must exist."""
        names = list(oids)
        if not names:
            return
        data = "".join(f"{oid}\n" for oid in names).encode()
        rest = memoryview(self._git.run("cat-file", "--batch", "--buffer", stdin=data).stdout)
        for oid in names:
            end = bytes(rest[:200]).index(b"\n")
            head = bytes(rest[:end]).split(b" ")
            if len(head) != 3:
                raise GitFailed(f"object {oid} is missing in {self._git.place}")
            size = int(head[2])
            yield bytes(rest[end + 1 : end + 1 + size])
            rest = rest[end + size + 2 :]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(
                self._git.argv("cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=self._git.environment(),
            )
        return self._child

    def _answer(self, stdout: IO[bytes]) -> tuple[str, bytes] | None:
        head = stdout.readline().split(b" ")
        if head[-1] == b"missing\n" or head[-1] == b"ambiguous\n":
            return None
        if len(head) != 3:
            raise GitFailed(f"git cat-file stopped answering in {self._git.place}")
        data = stdout.read(int(head[2]))
        stdout.read(1)
        return head[0].decode(), data

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe
