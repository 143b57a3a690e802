"""Snapshots: all that is in a worktree, committed to a ref of its own, touching nothing.

A snapshot is a commit whose tree is the worktree (tracked and untracked files), with HEAD as its
first parent. Where the index differs from HEAD a commit of it is a parent, too, and in the middle
of a merge so is what is being merged; trailers (`Head:`, `Index:`, `Merge-Head:`) say which is
which. It is made with a private index. Ignored files stay out, and so do untracked files that look
like secrets.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from gastown.errors import GitFailed
from gastown.store.files import read_or_none
from gastown.store.git import Git

SECRETS = (
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "id_rsa*", "id_ed25519*", ".netrc", ".npmrc",
)  # fmt: skip
_EXCLUDED = [f":(exclude,glob)**/{pattern}" for pattern in SECRETS]
_NESTED = re.compile("^warning: adding embedded git repository: (.+)$", re.MULTILINE)
_NESTED_EMPTY = re.compile("^error: '(.+)' does not have a commit checked out$", re.MULTILINE)
_IDENTITY = {
    "GIT_AUTHOR_NAME": "gastown",
    "GIT_AUTHOR_EMAIL": "snapshot@town.gt",
    "GIT_COMMITTER_NAME": "gastown",
    "GIT_COMMITTER_EMAIL": "snapshot@town.gt",
}


@dataclass(frozen=True)
class Snapshot:
    """One snapshot that was made.

    Attributes:
        left_out: untracked files that look like secrets.
        nested: repositories inside the worktree; only their commit's name is in the snapshot.
    """

    ref: str
    oid: str
    left_out: tuple[str, ...]
    nested: tuple[str, ...]


def wip_ref(agent: str, generation: int) -> str:
    """Where snapshots of a live hook are held."""
    return f"refs/gt/wip/{agent}/{generation}"


def rescue_ref(agent: str, generation: int) -> str:
    """Where the last state of a removed worktree is held."""
    return f"refs/gt/rescue/{agent}/{generation}"


def take(worktree: Path, ref: str, message: str) -> Snapshot | None:
    """Snapshot a worktree to `ref`; None: it equals its HEAD, so there is nothing to hold.

    Earlier snapshots stay in the ref's reflog.

    Raises:
        GitFailed: the worktree cannot be read; nothing was written to `ref`.
    """
    git = Git(worktree)
    head = git.text("rev-parse", "--verify", "HEAD^{commit}")
    admin = Path(git.text("rev-parse", "--absolute-git-dir"))
    private = admin / "gt" / f"snapshot-index.{os.getpid()}"
    private.parent.mkdir(exist_ok=True)
    extra = {"GIT_INDEX_FILE": str(private)}
    try:
        if (admin / "index").exists():
            shutil.copyfile(admin / "index", private)
        index_tree = _index_tree(git, head, extra)
        nested = _add_all(git, extra)
        tree = git.text("write-tree", extra=extra)
    finally:
        private.unlink(missing_ok=True)
    head_tree = git.text("rev-parse", f"{head}^{{tree}}")
    merging = (read_or_none(admin / "MERGE_HEAD") or b"").decode("ascii", "replace").split()
    if tree == head_tree == index_tree and not merging:
        return None
    parents = ["-p", head]
    trailers = [f"Head: {head}"]
    if index_tree != head_tree:
        index = _commit(git, index_tree, ["-p", head], f"index of: {message}")
        parents += ["-p", index]
        trailers.append(f"Index: {index}")
    for other in merging:
        parents += ["-p", other]
        trailers.append(f"Merge-Head: {other}")
    oid = _commit(git, tree, parents, "\n".join([message, "", *trailers]))
    git.run("update-ref", "--create-reflog", "-m", message, ref, oid)
    return Snapshot(ref, oid, _left_out(git), nested)


def restore(worktree: Path, commit: str) -> None:
    """Bring every file of a worktree to `commit`'s, without moving its branch or its index."""
    Git(worktree).run("restore", f"--source={commit}", "--worktree", "--no-overlay", "--", ".")


def not_held(worktree: Path) -> tuple[str, ...]:
    """What a worktree holds that no snapshot does: secrets, ignored ones too, and repositories."""
    listed = Git(worktree).run("ls-files", "--others", "-z").stdout
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return tuple(name for name in names if name.endswith("/") or _is_secret(name))


def _is_secret(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def _add_all(git: Git, extra: dict[str, str]) -> tuple[str, ...]:
    """Add all work to the private index; returns the nested repositories, which cannot be added.

    Tracked files are work whatever they are called: only untracked ones are left out as secrets.
    """
    git.run("add", "-u", "--", ".", extra=extra)
    everything = ("-A", "--", ".", *_EXCLUDED)
    added = git.run("add", "--ignore-errors", *everything, extra=extra, accept=(0, 1))
    empty = _NESTED_EMPTY.findall(added.stderr)
    if len(re.findall("^(?:error|fatal): ", added.stderr, re.MULTILINE)) != len(empty):
        git.run("add", *everything, extra=extra)  # says what is wrong
    return (*_NESTED.findall(added.stderr), *empty)


def _index_tree(git: Git, head: str, extra: dict[str, str]) -> str:
    try:
        return git.text("write-tree", extra=extra)
    except GitFailed:  # a merge in progress has no tree of its own; the files hold its markers
        return git.text("rev-parse", f"{head}^{{tree}}")


def _commit(git: Git, tree: str, parents: list[str], message: str) -> str:
    return git.text("commit-tree", *parents, "-m", message, tree, extra=_IDENTITY)


def _left_out(git: Git) -> tuple[str, ...]:
    patterns = [f":(glob)**/{pattern}" for pattern in SECRETS]
    listed = git.run("ls-files", "--others", "--exclude-standard", "-z", "--", *patterns).stdout
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)
