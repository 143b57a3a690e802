"""Refs read from their files, without a git process: for those who look often.

What is read here is a hint of the moment, as everything about a repository that others write to;
whoever moves a ref names the value that was read, and git compares.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gastown.ids import is_oid
from gastown.store.files import read_or_none

if TYPE_CHECKING:
    from pathlib import Path


class Refs:
    """The refs of one bare repository; remembers its packed ones as long as they do not change."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._packed: dict[str, str] = {}
        self._packed_stamp: tuple[int, int, int] | None = None

    def oid(self, name: str) -> str | None:
        """The object that a full ref name stands for, or None where there is no such ref."""
        data = read_or_none_or_folder(self._repository / name)
        if data is None:
            data = self._packed_refs().get(name, "").encode() or None
        if data is not None:
            text = data.decode("ascii", "replace").strip()
            return text if is_oid(text) else self._asked(name)
        if (self._repository / "reftable").is_dir():
            return self._asked(name)
        return None

    def below(self, prefix: str) -> dict[str, str]:
        """Every ref below `prefix` (it ends with a slash), by its full name, and its object."""
        if (self._repository / "reftable").is_dir():
            return self._asked_below(prefix)
        names = {name for name in self._packed_refs() if name.startswith(prefix)}
        for folder, _, files in os.walk(self._repository / prefix):
            within = os.path.relpath(folder, self._repository)
            names |= {f"{within}/{file}" for file in files if not file.endswith(".lock")}
        found = {name: self.oid(name) for name in sorted(names)}
        return {name: oid for name, oid in found.items() if oid is not None}

    def _asked_below(self, prefix: str) -> dict[str, str]:
        from gastown.store.git import Git

        said = Git(self._repository, bare=True).text(
            "for-each-ref", "--format=%(refname) %(objectname)", prefix
        )
        pairs = (line.partition(" ") for line in said.splitlines())
        return {name: oid for name, _, oid in pairs}

    def _asked(self, name: str) -> str | None:
        from gastown.store.git import Git  # those who only look need no git

        return Git(self._repository, bare=True).oid(name)

    def _packed_refs(self) -> dict[str, str]:
        file = self._repository / "packed-refs"
        try:
            status = os.stat(file)
        except FileNotFoundError:
            return {}
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp != self._packed_stamp:
            lines = (read_or_none(file) or b"").decode("utf-8", "surrogateescape").splitlines()
            pairs = (line.partition(" ") for line in lines if line[:1] not in ("#", "^"))
            self._packed = {name: oid for oid, _, name in pairs}
            self._packed_stamp = stamp
        return self._packed


def read_or_none_or_folder(file: Path) -> bytes | None:
    """A file's content; None where there is none, or a folder (`a` may be one for `a/b`)."""
    try:
        return read_or_none(file)
    except IsADirectoryError:
        return None
