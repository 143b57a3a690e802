"""Snapshots: all that is in a worktree, committed to a ref of its own, touching nothing.

A snapshot is a commit whose tree is the worktree (tracked and untracked files), with HEAD as its
first parent. Where the index differs from HEAD a commit of it is a parent, too, and in the middle
of a merge so is what is being merged. Trailers say which is which: `Head:`, `Branch:`, `Index:`
(a commit, or "unmerged"), `Merge-Head:`, `Doing:`; `Left-Out:` and `Nested:` name what is not in
it. Earlier snapshots stay in the ref's log.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store.contents import (
    Contents,
    admin_of,
    head_of,
    is_secret,
    look,
    private_index,
    repositories_inside,
)
from gastown.store.git import Git

if TYPE_CHECKING:
    from pathlib import Path

MAIL = "snapshot@town.gt"
UNMERGED = "unmerged"
_MOST_NAMES = 100
IDENTITY = {f"GIT_{who}_NAME": "gastown" for who in ("AUTHOR", "COMMITTER")} | {
    f"GIT_{who}_EMAIL": MAIL for who in ("AUTHOR", "COMMITTER")
}


@dataclass(frozen=True)
class Snapshot:
    """One snapshot that was made.

    Attributes:
        left_out: untracked files that look like secrets, and what could not be read.
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


def head_ref(agent: str, generation: int) -> str:
    """Where the commits that a hook's branch has been at are held."""
    return f"refs/gt/head/{agent}/{generation}"


def take(worktree: Path, ref: str, message: str, *, anew: bool = True) -> Snapshot | None:
    """Snapshot a worktree to `ref`; None: it equals its HEAD, so there is nothing to hold.

    Args:
        message: why, in one line.
        anew: also where the ref's newest snapshot is the same; otherwise that is None as well.

    Raises:
        GitFailed: the worktree cannot be read; nothing was written to `ref`.
    """
    git = Git(worktree)
    admin = admin_of(git)
    with private_index(admin) as extra:
        contents = look(git, admin, extra)
    return put(git, contents, ref, message, anew=anew)


def put(git: Git, contents: Contents, ref: str, message: str, *, anew: bool) -> Snapshot | None:
    """What `take` does with what was seen in a worktree."""
    if contents.is_clean:
        return None
    oid = commit(git, contents, message, unless=None if anew else ref)
    if oid is None:
        return None
    git.run("update-ref", "--create-reflog", "-m", message, ref, oid, extra=IDENTITY)
    return Snapshot(ref, oid, contents.left_out, contents.nested)


def take_index(git: Git, admin: Path, ref: str, message: str, known: list[str]) -> str | None:
    """Snapshot only what is staged, where the worktree itself is lost.

    Args:
        known: commits; where one of them has the very same files there is nothing to hold.

    Returns:
        The snapshot; None: there is nothing staged that is not held, or the index is not whole.
    """
    if not (admin / "index").exists():
        return None
    with private_index(admin) as extra:
        staged = git.run("write-tree", extra=extra, accept=(0, 128))
    head, head_tree, date, branch = head_of(git, admin)
    if staged.returncode or head is None or staged.text == head_tree:
        return None
    if any(git.text("rev-parse", f"{oid}^{{tree}}") == staged.text for oid in known):
        return None
    contents = Contents(head, head_tree, date, branch, staged.text, staged.text, (), None, (), ())
    taken = put(git, contents, ref, message, anew=False)
    return taken.oid if taken is not None else git.oid(ref)


def commit(git: Git, contents: Contents, message: str, *, unless: str | None = None) -> str | None:
    """Make the commit of what is in a worktree; None: that at the ref `unless` is the same."""
    index = _index_commit(git, contents)
    parents = [oid for oid in (contents.head, index, *contents.merging) if oid is not None]
    if unless is not None:
        format_ = "--format=%(tree) %(parent)"
        if git.text("for-each-ref", format_, unless).split() == [contents.tree, *parents]:
            return None
    lines = [message, "", *_trailers(contents, index)]
    return _commit(git, contents.tree, parents, "\n".join(lines))


def restore(worktree: Path, commit: str) -> None:
    """Bring every file of a worktree to `commit`'s, without moving its branch or its index."""
    Git(worktree).run("restore", f"--source={commit}", "--worktree", "--no-overlay", "--", ".")


def not_held(worktree: Path) -> tuple[str, ...]:
    """What a worktree holds that no snapshot does: secrets, ignored ones too, and repositories."""
    git = Git(worktree)
    listed = git.run("ls-files", "--others", "-z").stdout
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    found = [name for name in names if name.endswith("/") or is_secret(name)]
    return (*found, *repositories_inside(git))


def quick_state(worktree: Path) -> str | None:
    """A cheap fingerprint of HEAD and of everything uncommitted; None: it cannot be read.

    Equal twice means that nothing has changed in between.
    """
    try:
        said = Git(worktree).run(
            "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames",
            "--ignore-submodules=dirty",
        ).stdout  # fmt: skip
    except GitFailed:
        return None
    state = sha256(said)
    root = os.fsencode(worktree)
    for entry in said.split(b"\0"):
        path = _path_of(entry)
        if path is not None:
            state.update(_stamp(root + b"/" + path))
    return state.hexdigest()


def _path_of(entry: bytes) -> bytes | None:
    """The path that an entry of `git status --porcelain=v2` is about."""
    words = {b"1": 8, b"u": 10, b"?": 1}.get(entry[:1])
    return entry.split(b" ", words)[words] if words else None


def _stamp(path: bytes) -> bytes:
    try:
        status = os.lstat(path)
    except OSError:
        return b"gone\0"
    return f"{status.st_size} {status.st_mtime_ns} {status.st_mode}\0".encode()


def _index_commit(git: Git, contents: Contents) -> str | None:
    """The commit of what was staged, where that is not HEAD's; always the same for the same."""
    if contents.index_tree in (None, contents.head_tree):
        return None
    date = f"@{contents.head_date} +0000"
    parents = [contents.head] if contents.head else []
    extra = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    return _commit(git, str(contents.index_tree), parents, "what was staged", extra)


def _trailers(contents: Contents, index: str | None) -> list[str]:
    said: list[tuple[str, str | None]] = [
        ("Head", contents.head),
        ("Branch", contents.branch),
        ("Index", index or (UNMERGED if contents.index_tree is None else None)),
        *(("Merge-Head", other) for other in contents.merging),
        ("Doing", contents.doing),
        *(("Left-Out", name) for name in _names(contents.left_out)),
        *(("Nested", name) for name in _names(contents.nested)),
    ]
    return [f"{key}: {value}" for key, value in said if value is not None]


def _names(names: tuple[str, ...]) -> list[str]:
    """Names as they stand in trailers: odd ones as JSON strings, and not without end."""
    plain = [
        name if name.isascii() and name.isprintable() and name[:1] not in ('"', " ")
        and name == name.strip() else json.dumps(name)
        for name in names[:_MOST_NAMES]
    ]  # fmt: skip
    more = len(names) - _MOST_NAMES
    return plain + ([f"and {more} more"] if more > 0 else [])


def _commit(
    git: Git, tree: str, parents: list[str], message: str, extra: dict[str, str] | None = None
) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    data = message.encode("utf-8", "backslashreplace")
    who = {**IDENTITY, **(extra or {})}
    return git.run("commit-tree", *words, "-F", "-", tree, stdin=data, extra=who).text
