"""Bringing what a commit or a snapshot holds back to where files are: a worktree, or any folder.

In a worktree nothing is overwritten that is not held: git is given what was there as the state to
start from, and refuses where a file has changed since; ignored files and secrets in the way stop
it, too. Meanwhile the index is locked, so that no agent's git comes between.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Busy, GitFailed, Refused
from gastown.store import faults
from gastown.store.contents import Contents, admin_of, look, private_index
from gastown.store.files import disk_errors, write_atomically
from gastown.store.git import Git
from gastown.store.objects import changes
from gastown.store.stale import set_aside_if_stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gastown.store.history import Told

_ATTEMPTS = 3
_STALE = ("not uptodate", "would be overwritten", "would be removed")


@dataclass(frozen=True)
class Laid:
    """What came into a worktree. `merging`: a merge that was in progress is so again."""

    files: int
    merging: bool


def into_worktree(
    worktree: Path, told: Told, *, hold: Callable[[Git, Contents], None],
    move: Callable[[], str | None], quarantine: Path,
) -> Laid:  # fmt: skip
    """Make a worktree's files and its index what a snapshot or commit holds.

    Args:
        hold: is given what is there now, and holds it.
        move: moves branch and HEAD, and returns the commit that HEAD is at then. The index becomes
            the recorded one if that is the one it belongs to.
        quarantine: where a dead git's lock goes.

    Raises:
        Refused: files that no snapshot holds are in the way, or somebody goes on writing.
        Busy: somebody's git holds the index.
    """
    git = Git(worktree)
    admin = admin_of(git)
    with _index_locked(admin, worktree, quarantine) as lock:
        for _ in range(_ATTEMPTS):
            with private_index(admin) as extra:
                now = look(git, admin, extra)
                check_way(git, now.tree, told.tree)
                hold(git, now)
                head = move()
                faults.reach("restore:moved")
                if not _switch(git, now.tree, told.tree, extra):
                    continue
                laid = _index(git, told, head, extra)
                faults.reach("restore:files")
                with disk_errors():
                    shutil.copy2(extra["GIT_INDEX_FILE"], lock)
                    os.replace(lock, admin / "index")
                if laid:
                    _begin_merge(admin, told)
                return Laid(len(changes(git, now.tree, told.tree)), laid)
    raise Refused(
        f"files in {worktree} change all the time", hint="stop the agent first: gt hooks suspend"
    )


def into_folder(git: Git, commit: str, folder: Path) -> int:
    """Put the files of a commit into a new or empty folder, as git would check them out.

    All of them are there, or none; returns how many. The folder belongs to no repository.

    Raises:
        Refused: something is there already.
        GitFailed, DiskTrouble: they could not be written.
    """
    check_empty(folder)
    with disk_errors():
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        (work / "tree").mkdir()
        extra = {"GIT_INDEX_FILE": str(work / "index"), "GIT_WORK_TREE": str(work / "tree")}
        git.run("read-tree", f"{commit}^{{tree}}", extra=extra)
        git.run("checkout-index", "--all", "--quiet", extra=extra)
        listed = git.run("ls-files", "-z", extra=extra).stdout
        with disk_errors():
            check_empty(folder)
            (work / "tree").rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return listed.count(b"\0")


def check_empty(folder: Path) -> None:
    """Check that a folder can be made, or is there and empty.

    Raises:
        Refused: something is there.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir() or any(folder.iterdir()):
        raise Refused(f"{folder} is there already", hint="give a new or an empty folder: --to PATH")


def check_way(git: Git, old: str, new: str) -> None:
    """Check that nothing that is not in the tree `old` is where `new` has files.

    Raises:
        Refused: some are; ignored files, secrets or repositories.
    """
    differing = changes(git, old, new)
    going = {change.path for change in differing if change.new is None}
    coming = [change.path for change in differing if change.old is None and change.new is not None]
    blocked = [path for path in coming if _is_blocked(git.place, path, going)]
    if blocked:
        more = f" and {len(blocked) - 5} more" if len(blocked) > 5 else ""
        raise Refused(
            f"no snapshot holds what is in the way in {git.place}: {', '.join(blocked[:5])}{more}",
            hint="move it aside, or bring the files elsewhere: --to PATH",
        )


def _is_blocked(root: Path, path: str, going: set[str]) -> bool:
    parts = path.split("/")
    for end in range(1, len(parts)):
        above = "/".join(parts[:end])
        place = root / above
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            return above not in going
    place = root / path
    if place.is_dir() and not place.is_symlink():
        inside = (found for found in place.rglob("*") if found.is_symlink() or not found.is_dir())
        return any(str(found.relative_to(root)) not in going for found in inside)
    return os.path.lexists(place)


@contextmanager
def _index_locked(admin: Path, worktree: Path, quarantine: Path) -> Iterator[Path]:
    lock = admin / "index.lock"
    if lock.exists():
        set_aside_if_stale(lock, worktree, quarantine)
    try:
        with disk_errors():
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    except FileExistsError:
        raise Busy(
            f"a git command is at work in {worktree} ({lock} is there)",
            hint="wait for it to finish and try again",
        ) from None
    try:
        yield lock
    finally:
        with suppress(FileNotFoundError):
            lock.unlink()


def _switch(git: Git, old: str, new: str, extra: dict[str, str]) -> bool:
    """Change the files from one tree to the other; False: some were changed meanwhile."""
    try:
        git.run("read-tree", "-m", "-u", old, new, extra=extra)
    except GitFailed as failure:
        if not any(word in failure.stderr for word in _STALE):
            raise
        return False
    return True


def _index(git: Git, told: Told, head: str | None, extra: dict[str, str]) -> bool:
    """Make the private index what is to be staged; True: a merge goes on with it."""
    if head is None or head != told.head:
        git.run("read-tree", "-i", "-m", head or told.tree, extra=extra)
        return False
    if len(told.merging) == 1 and told.has_conflicts:
        base = git.run("merge-base", head, told.merging[0], accept=(0, 1)).text
        trees = (base or git.run("mktree", stdin=b"").text, head, told.merging[0])
        git.run("read-tree", "-i", "-m", head, extra=extra)
        git.run("read-tree", "-i", "-m", "--aggressive", *trees, extra=extra)
        git.run("update-index", "-q", "--refresh", extra=extra, accept=(0, 1))
        return True
    git.run("read-tree", "-i", "-m", told.index or head, extra=extra)
    return len(told.merging) == 1


def _begin_merge(admin: Path, told: Told) -> None:
    other = told.merging[0]
    message = f"Merge commit '{other[:12]}'\n".encode()
    for name, data in (("MERGE_MSG", message), ("MERGE_MODE", b""),
                       ("MERGE_HEAD", f"{other}\n".encode())):  # fmt: skip
        write_atomically(admin / name, data, mode=0o644)
