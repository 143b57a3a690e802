"""The worktrees of the town: which there are, and how much of the disk each of them takes.

Sizes are of the blocks that a disk has given away, and a file with several names counts once,
where it is met first.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.ids import TOWN_RIG
from gastown.store.git import Git
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

_BLOCK = 512
_REGENERABLE = frozenset(
    "node_modules .venv venv target build dist out __pycache__ .tox .nox .mypy_cache .ruff_cache"
    " .pytest_cache .gradle .next .nuxt .parcel-cache .turbo .svelte-kit .cache bazel-out"
    " .hypothesis htmlcov coverage .eggs _build .dart_tool Pods DerivedData".split()
)
"""Names of ignored folders that a build or an installation makes again."""


@dataclass(frozen=True)
class Worktree:
    """One registered worktree.

    Attributes:
        path: relative to the town's root, where it is in the town.
        kind: polecat, crew, mayor, hq, refinery, or `other`: a person's own.
        branch: None: on no branch.
        hook, state, bead: of the hook whose worktree it is.
        is_there: whether its folder is.
    """

    path: str
    rig: str
    kind: str
    branch: str | None
    head: str
    hook: str | None
    state: str | None
    bead: str | None
    is_there: bool


@dataclass(frozen=True)
class Ignored:
    """A file or folder that git ignores. `regenerable`: its name says that it is made again."""

    path: str
    size: int
    regenerable: bool


@dataclass(frozen=True)
class Usage:
    """What one place takes of the disk, in bytes.

    Attributes:
        kind: as of a worktree, or `repository`.
        files: what git knows or would know; of a repository: its objects and all else.
        ignored: what git ignores; `largest`: the biggest of it, `regenerable` its part that is.
        reclaim: the command that frees what is regenerable; None: there is nothing.
        trouble: why git could not tell what is ignored.
    """

    path: str
    rig: str
    kind: str
    hook: str | None
    state: str | None
    total: int
    files: int
    ignored: int
    regenerable: int
    largest: tuple[Ignored, ...] = ()
    reclaim: str | None = None
    trouble: str | None = None


@dataclass(frozen=True)
class DiskUse:
    """What all places take, the biggest first."""

    places: tuple[Usage, ...]
    total: int
    regenerable: int


_MOST = 5


def worktrees(town: Town, rig: str | None = None) -> tuple[Worktree, ...]:
    """The registered worktrees of all repositories of the town, or of one rig."""
    return tuple(tree for name in _repositories(town, rig) for tree in _of_repository(town, name))


def disk_use(town: Town, rig: str | None = None) -> DiskUse:
    """What worktrees and repositories take of the disk."""
    seen: set[tuple[int, int]] = set()
    found = [_of_worktree(town, tree, seen) for tree in worktrees(town, rig) if tree.is_there]
    for name in _repositories(town, rig):
        repository = Worktrees(town.layout, name).repository
        size = measure(repository, seen)
        path = _short(town, repository)
        found.append(Usage(path, name, "repository", None, None, size, size, 0, 0))
    found.sort(key=lambda one: (-one.total, one.path))
    return DiskUse(
        tuple(found), sum(one.total for one in found), sum(one.regenerable for one in found)
    )


def measure(
    place: Path, seen: set[tuple[int, int]], left_out: frozenset[tuple[int, int]] = frozenset()
) -> int:
    """The bytes that a file, or a folder with all that is in it, takes; links are not followed.

    Args:
        seen: files with several names that were counted already; those met here are added.
        left_out: files and folders in it that do not count.
    """
    try:
        status = place.lstat()
    except OSError:
        return 0
    size = _counted(status, seen)
    waiting = [os.fspath(place)] if stat.S_ISDIR(status.st_mode) else []
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if (status.st_dev, status.st_ino) in left_out:
                        continue
                    size += _counted(status, seen)
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(entry.path)
        except OSError:
            continue  # it went while we looked, or is not ours to see
    return size


def _counted(status: os.stat_result, seen: set[tuple[int, int]]) -> int:
    if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            return 0
        seen.add(identity)
    return status.st_blocks * _BLOCK


def _repositories(town: Town, rig: str | None) -> list[str]:
    return [rig] if rig is not None else [TOWN_RIG, *(one.id for one in town.read().rigs())]


def _of_repository(town: Town, rig: str) -> Iterator[Worktree]:
    git = Worktrees(town.layout, rig).git
    if not git.place.is_dir():
        return
    hooks = {town.layout.root / hook.path: hook for hook in town.read().hooks()}
    said = os.fsdecode(git.run("worktree", "list", "--porcelain", "-z").stdout)
    for entry in said.split("\0\0"):
        lines = (line.partition(" ") for line in entry.strip("\0").split("\0"))
        told = {key: value for key, _, value in lines}
        if "worktree" not in told or "bare" in told:
            continue
        path = Path(told["worktree"])
        hook = hooks.get(path)
        branch = told.get("branch", "").removeprefix("refs/heads/") or None
        yield Worktree(
            _short(town, path), rig, _kind(town, rig, path, hook), branch, told.get("HEAD", ""),
            hook.id if hook else None, hook.state.value if hook else None,
            hook.bead if hook else None, path.is_dir(),
        )  # fmt: skip


def _kind(town: Town, rig: str, path: Path, hook: Hook | None) -> str:
    if hook is not None:
        return hook.role.value
    if path == town.layout.hq:
        return "hq"
    return "refinery" if path.is_relative_to(town.layout.rig(rig) / "refinery") else "other"


def _of_worktree(town: Town, tree: Worktree, seen: set[tuple[int, int]]) -> Usage:
    path = town.layout.root / tree.path
    names, trouble = _ignored(path)
    entries = [Ignored(name.rstrip("/"), measure(path / name, seen), _is_regenerable(name))
               for name in names]  # fmt: skip
    known = frozenset(one for name in names if (one := _identity(path / name)) is not None)
    files = measure(path, seen, known)
    entries.sort(key=lambda one: (-one.size, one.path))
    ignored = sum(one.size for one in entries)
    spare = [one for one in entries if one.regenerable]
    return Usage(
        tree.path, tree.rig, tree.kind, tree.hook, tree.state, files + ignored, files, ignored,
        sum(one.size for one in spare), tuple(entries[:_MOST]), _reclaim(path, tree, spare),
        trouble,
    )  # fmt: skip


def _ignored(path: Path) -> tuple[list[str], str | None]:
    """What git ignores in a worktree, whole folders as one."""
    try:
        said = Git(path).run("status", "--porcelain", "-z", "--ignored=matching", "--no-renames",
                             "--untracked-files=normal")  # fmt: skip
    except GitFailed as failure:
        return [], failure.message
    entries = os.fsdecode(said.stdout).split("\0")
    return [entry[3:] for entry in entries if entry.startswith("!! ")], None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_regenerable(name: str) -> bool:
    return name.endswith("/") and name.rstrip("/").rpartition("/")[2] in _REGENERABLE


def _reclaim(path: Path, tree: Worktree, spare: list[Ignored]) -> str | None:
    """The command that frees what is made again; of a refinery's slot: nothing to be typed."""
    if not spare or tree.kind in ("refinery", "hq"):
        return None
    return shlex.join(["git", "-C", str(path), "--literal-pathspecs", "clean", "-fdX", "--",
                       *(one.path for one in spare)])  # fmt: skip


def _short(town: Town, path: Path) -> str:
    root = town.layout.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
