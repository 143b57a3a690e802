"""Files that git ignores and a worktree needs all the same: `.worktreeinclude` names them.

The file lies in the project's root and holds patterns as `.gitignore` does (Claude Code and others
read it, too). What matches *and* is ignored by git is copied from the person's own checkout into a
new worktree: never over what is there, never through a link, never into what git would commit.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.store.files import disk_errors
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

NAME = ".worktreeinclude"
MAX_FILE = 100 << 20
MAX_TOTAL = 1 << 30


@dataclass(frozen=True)
class Included:
    """What was copied, and what was not, with the reason; paths relative to the worktree."""

    copied: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


def include(town: Town, hook: Hook) -> Included:
    """Copy what a worktree's `.worktreeinclude` names.

    Raises:
        DiskTrouble: the disk is full, or refuses.
        GitFailed: git could not be asked.
    """
    tree = town.layout.root / hook.path
    patterns = tree / NAME
    if not patterns.is_file() or patterns.is_symlink():
        return Included()
    source = source_of(town, hook.rig)
    if source is None:
        said = f"no checkout to copy from: gt config set rigs.{hook.rig}.include_from PATH"
        return Included(left=((NAME, said),))
    names = {name: _why_not(source, tree, name) for name in _named(source, patterns)}
    ignored = _ignored(tree, [name for name, why in names.items() if why is None])
    copied: list[str] = []
    left: list[tuple[str, str]] = []
    total = 0
    for name, why in names.items():
        size = _size(source / name)
        if why is None and name not in ignored:
            why = "git would commit it"
        if why is None and total + size > MAX_TOTAL:
            why = f"more than {MAX_TOTAL >> 20} MB in all"
        if why is not None:
            left.append((name, why))
        elif not os.path.lexists(tree / name) and _copy(source / name, tree / name):
            copied.append(name)
            total += size
    return Included(tuple(copied), tuple(left))


def drop_copies(town: Town, hook: Hook) -> None:
    """Remove from a worktree that is about to go what is still the same in the checkout.

    Otherwise each worktree would leave a copy of the person's secrets aside.
    """
    tree = town.layout.root / hook.path
    source = source_of(town, hook.rig)
    if source is None or not (tree / NAME).is_file() or (tree / NAME).is_symlink():
        return
    names = [name for name in _named(source, tree / NAME) if _why_not(source, tree, name) is None]
    for name in _ignored(tree, names):
        copy = tree / name
        if not copy.is_symlink() and copy.is_file() and _are_same(source / name, copy):
            copy.unlink()


def _are_same(one: Path, other: Path) -> bool:
    return _size(one) == _size(other) and filecmp.cmp(one, other, shallow=False)


def source_of(town: Town, rig: str) -> Path | None:
    """The checkout that files are copied from: a setting, else the path the rig was added from."""
    named = town.settings().rig(rig).include_from
    url = named or town.read().rig(rig).url
    path = Path(url).expanduser()
    return path if path.is_absolute() and (path / ".git").exists() else None


def _named(source: Path, patterns: Path) -> list[str]:
    """Untracked files of the checkout that match the patterns."""
    words = ("ls-files", "--others", "--ignored", f"--exclude-from={patterns}", "-z")
    return [name for name in _split(Git(source).run(*words).stdout) if name != NAME]


def _ignored(tree: Path, names: list[str]) -> set[str]:
    """Those of the names that git ignores in the new worktree."""
    if not names:
        return set()
    data = b"".join(os.fsencode(name) + b"\0" for name in names)
    words = ("check-ignore", "-z", "--stdin", "--no-index")
    return set(_split(Git(tree).run(*words, stdin=data, accept=(0, 1)).stdout))


def _split(data: bytes) -> Iterator[str]:
    return (os.fsdecode(name) for name in data.split(b"\0") if name)


def _why_not(source: Path, tree: Path, name: str) -> str | None:
    if not (source / name).is_file() or (source / name).is_symlink():
        return "it is no regular file"
    if _size(source / name) > MAX_FILE:
        return f"larger than {MAX_FILE >> 20} MB"
    for parent in (tree / name).parents:
        if parent == tree:
            return None
        if parent.is_symlink():
            return "its folder is a link"
    return "it lies outside"


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0


def _copy(source: Path, target: Path) -> bool:
    """Copy a file that only its owner may read until it has the mode of the first.

    False: it vanished, or became a link, since it was found.
    """
    with disk_errors():
        try:
            reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                return False
            raise
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(reading, "rb") as old, os.fdopen(os.open(target, flags, 0o600), "wb") as new:
            shutil.copyfileobj(old, new)
            os.fchmod(new.fileno(), os.fstat(old.fileno()).st_mode & 0o777)
    return True
