"""All that is in a worktree at one moment, as trees in the object store; the worktree stays as is.

They are made with a private index, so any number of takers may work on one worktree at once. An
agent may write meanwhile: a file that vanishes midway is asked for again, one that can never be
read is named and left out. Ignored files stay out, and so do untracked ones that look like secrets;
of a repository inside the worktree only the name of its commit is taken.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.ids import is_oid
from gastown.store.files import disk_errors, read_or_none
from gastown.store.reflog import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gastown.store.git import Git

SECRETS = (
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "id_rsa*", "id_ed25519*", ".netrc", ".npmrc",
)  # fmt: skip
_EXCLUDED = [f":(exclude,glob)**/{pattern}" for pattern in SECRETS]
_STATES = {
    "rebase-merge": "rebase", "rebase-apply": "rebase", "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert", "BISECT_LOG": "bisect",
}  # fmt: skip
_NO_COMMIT = re.compile("^error: '(.+)' does not have a commit checked out$", re.MULTILINE)
_NOT_ADDED = re.compile(
    "^error: (?:unable to index file '(.+)'|(.+): can only add regular files.*)$", re.MULTILINE
)
_VANISHED = re.compile("^(?:fatal|error): .*: No such file or directory$", re.MULTILINE)
_NESTED = re.compile(rb"(?:\A|\0)160000 [0-9a-f]+ \d\t([^\0]*)")
_ATTEMPTS = 8
_LEFT_BEHIND_S = 86400.0
# What a person has set must not keep work out.
_SETTINGS = {"core.safecrlf": "false", "core.splitIndex": "false", "add.ignoreErrors": "false"}


@dataclass(frozen=True)
class Contents:
    """What was in a worktree.

    Attributes:
        head: the commit it stood on; where its branch was deleted, the last one known.
        head_tree, head_date: of that commit; the date in seconds.
        branch: the full name of its branch; None: detached.
        tree: the files.
        index_tree: what was staged; None: it has conflicts and no tree of its own.
        merging: the commits that were being merged.
        doing: another operation of git in progress, e.g. a rebase.
        left_out: untracked files that look like secrets, and files that cannot be read.
        nested: repositories inside the worktree; only their commit's name is in the tree.
    """

    head: str | None
    head_tree: str | None
    head_date: str
    branch: str | None
    tree: str
    index_tree: str | None
    merging: tuple[str, ...]
    doing: str | None
    left_out: tuple[str, ...]
    nested: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether the commit holds all there is."""
        return self.tree == self.head_tree == self.index_tree and not self.merging


def admin_of(git: Git) -> Path:
    """The worktree's own folder in its repository.

    Raises:
        GitFailed: it is no worktree.
    """
    return Path(git.text("rev-parse", "--absolute-git-dir"))


@contextmanager
def private_index(admin: Path) -> Iterator[dict[str, str]]:
    """The variables with which git uses a copy of the worktree's index, which is gone after."""
    home = admin / "gt"
    with disk_errors():
        home.mkdir(exist_ok=True)
        _sweep(home)
        folder = Path(tempfile.mkdtemp(prefix="index-", dir=home))
    try:
        with disk_errors(), suppress(FileNotFoundError):
            # With its time: by that git knows which files may have changed without showing it.
            shutil.copy2(admin / "index", folder / "index")
        yield {"GIT_INDEX_FILE": str(folder / "index"), **_as_variables()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def look(git: Git, admin: Path, extra: dict[str, str]) -> Contents:
    """Look at a worktree; the private index that `extra` names holds its files afterwards.

    Raises:
        GitFailed: the worktree cannot be read.
        DiskTrouble: the objects cannot be written.
    """
    head, head_tree, date, branch = head_of(git, admin)
    if not Path(extra["GIT_INDEX_FILE"]).exists() and head is not None:
        git.run("read-tree", head, extra=extra)
    index_tree = _index_tree(git, extra)
    # Also those files that somebody told git to take for unchanged.
    git.run("update-index", "-q", "--really-refresh", extra=extra, accept=(0, 1))
    missed = _add_all(git, extra)
    tree = git.text("write-tree", extra=extra)
    merging = (read_or_none(admin / "MERGE_HEAD") or b"").decode("ascii", "replace").split()
    folders = tuple(name for name in missed if (git.place / name).is_dir())
    return Contents(
        head, head_tree, date, branch, tree, index_tree, tuple(merging), doing(admin),
        left_out=(*_secrets(git), *(name for name in missed if name not in folders)),
        nested=(*repositories_inside(git, extra), *folders),
    )  # fmt: skip


def doing(admin: Path) -> str | None:
    """The operation of git that is in progress in a worktree, merges aside."""
    return next((word for name, word in _STATES.items() if (admin / name).exists()), None)


def is_secret(path: str) -> bool:
    """Whether a file's name says that it is a secret."""
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def repositories_inside(git: Git, extra: dict[str, str] | None = None) -> tuple[str, ...]:
    """Tracked repositories (submodules, too) that are really there."""
    listed = git.run("ls-files", "--stage", "-z", extra=extra).stdout
    names = (os.fsdecode(name) for name in _NESTED.findall(listed))
    return tuple(name for name in names if (git.place / name / ".git").exists())


def _as_variables() -> dict[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for number, (key, value) in enumerate(_SETTINGS.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _sweep(home: Path) -> None:
    """Remove the indexes of takers that were killed long ago."""
    for folder in home.glob("index-*"):
        with suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(folder, ignore_errors=True)


def head_of(git: Git, admin: Path) -> tuple[str | None, str | None, str, str | None]:
    """What a worktree stands on: commit, its tree, its date in seconds, the branch's full name.

    Where the branch was deleted the commit is the last one that the worktree's own log knows.
    """
    said = os.fsdecode(read_or_none(admin / "HEAD") or b"").strip()
    branch = said.removeprefix("ref: ") if said.startswith("ref: ") else None
    for revision in (branch or said, *(entry.new for entry in entries(admin, "HEAD")[-1:])):
        answer = git.run(
            "rev-list", "-1", "--no-commit-header", "--format=%H %T %ct", revision, "--",
            accept=(0, 128),
        )  # fmt: skip
        found = answer.text.split()
        if len(found) == 3 and is_oid(found[0]):
            return found[0], found[1], found[2], branch
    return None, None, "0", branch


def _index_tree(git: Git, extra: dict[str, str]) -> str | None:
    try:
        return git.text("write-tree", extra=extra)
    except GitFailed:  # conflicts; the files hold their markers
        if not git.run("ls-files", "--unmerged", extra=extra).stdout:
            raise
        return None


def _add_all(git: Git, extra: dict[str, str]) -> tuple[str, ...]:
    """Add all work to the private index; returns what cannot be added.

    Tracked files are work whatever they are called: only untracked ones are left out as secrets.
    """
    missed = _add(git, ("-u", "--", "."), extra)
    missed += _add(git, ("-A", "--", ".", *_EXCLUDED), extra)
    return tuple(dict.fromkeys(missed))


def _add(git: Git, words: Sequence[str], extra: dict[str, str]) -> list[str]:
    command = ("add", "--sparse", "--ignore-errors", *words)
    before: list[str] = []
    for _ in range(_ATTEMPTS):
        answer = git.run(*command, extra=extra, accept=(0, 1, 128))
        pairs = _NOT_ADDED.findall(answer.stderr)
        names = [*(one or other for one, other in pairs), *_NO_COMMIT.findall(answer.stderr)]
        there = [name for name in names if os.path.lexists(git.place / name)]
        if answer.returncode == 0 or (answer.returncode == 1 and there and there == before):
            return there  # asked twice: these cannot be read
        if not names and not _VANISHED.search(answer.stderr):
            break
        before = there
    git.run(*command, extra=extra)  # says what is wrong
    return []


def _secrets(git: Git) -> tuple[str, ...]:
    patterns = [f":(glob)**/{pattern}" for pattern in SECRETS]
    listed = git.run("ls-files", "--others", "--exclude-standard", "-z", "--", *patterns).stdout
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)
