"""Trying and making merges without a checkout, and moving a target by compare-and-swap."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gastown.errors import GitFailed, Refused
from gastown.ids import is_oid
from gastown.store import faults
from gastown.store.git import Git

_LOOK_BACK = 50
_FURTHEST = 500
_MANY_PATHS = 200
REFINERY_MAIL = "refinery@town.gt"


class TargetMoved(Exception):
    """The target no longer stands where it was read."""


class TargetHeld(Refused):
    """A worktree at `place` has the target checked out and cannot follow it."""

    def __init__(self, place: Path, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.place = place


@dataclass(frozen=True)
class Trial:
    """What merging would give: a tree, or the paths that conflict."""

    tree: str | None
    conflicts: tuple[str, ...] = ()


def try_merge(git: Git, target: str, head: str) -> Trial:
    """Merge two commits in the object store only.

    Raises:
        GitFailed: one of them is no commit, or they have nothing in common.
    """
    answer = git.run(
        "merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", target, head,
        accept=(0, 1),
    )  # fmt: skip
    tree, *names = answer.stdout.split(b"\0")
    if not is_oid(tree.decode().strip()):  # git 2.39 ends with 1, as for a conflict
        raise GitFailed(f"git merge-tree cannot merge {head[:12]}", stderr=answer.stderr)
    if answer.returncode == 0:
        return Trial(tree.decode().strip())
    return Trial(None, tuple(dict.fromkeys(os.fsdecode(name) for name in names if name)))


def commit_merge(
    git: Git, tree: str, parents: tuple[str, ...], message: str, author: tuple[str, str]
) -> str:
    """Make the commit of a merge; nothing points at it yet."""
    who = {
        "GIT_AUTHOR_NAME": author[0],
        "GIT_AUTHOR_EMAIL": author[1],
        "GIT_COMMITTER_NAME": "Gas Town refinery",
        "GIT_COMMITTER_EMAIL": REFINERY_MAIL,
    }
    words = [word for parent in parents for word in ("-p", parent)]
    answer = git.run("commit-tree", *words, "-F", "-", tree, stdin=message.encode(), extra=who)
    return answer.text


def contains(git: Git, target: str, head: str, *, since: str | None = None) -> bool:
    """Whether the target holds a branch's work: by ancestry, or as a squash.

    A squash (or a rebase) is recognised when merging the branch into some recent commit of the
    target changes nothing; the refinery's merge commits are none, their work is an ancestor. Any
    error in finding out means no.

    Args:
        since: a commit of the target up to which no squash was found before.
    """
    try:
        if git.holds("merge-base", "--is-ancestor", head, target):
            return True
        base = git.text("merge-base", head, target)
        known = [f"^{since}"] if since is not None and git.oid(since) is not None else []
        span = [f"{base}..{target}", *known]
        found = _candidates(git, span, ())
        if len(found) >= _LOOK_BACK:  # what it was squashed into has touched its files
            paths = _changed(git, base, head)
            found += _candidates(git, span, paths) if 0 < len(paths) <= _MANY_PATHS else []
        return any(_adds_nothing(git, commit, head) for commit in dict.fromkeys(found))
    except GitFailed:
        return False


def _candidates(git: Git, span: list[str], paths: tuple[str, ...]) -> list[str]:
    """The latest commits that may be a squash: the refinery's own merge commits are none."""
    recent = git.text(
        "log", "--first-parent", f"-n{_FURTHEST}", "--format=%H %P %ce", *span, "--", *paths,
        extra={"GIT_LITERAL_PATHSPECS": "1"},
    )  # fmt: skip
    found = [
        line.partition(" ")[0] for line in recent.splitlines()
        if not (line.count(" ") > 2 and line.endswith(f" {REFINERY_MAIL}"))
    ]  # fmt: skip
    return found[:_LOOK_BACK]


def _changed(git: Git, base: str, head: str) -> tuple[str, ...]:
    names = git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, head, "--").stdout
    return tuple(os.fsdecode(name) for name in names.split(b"\0") if name)


def move_target(git: Git, ref: str, old: str, new: str) -> None:
    """Move the target from `old` to `new`; worktrees that have it checked out follow when clean.

    The caller holds the rig's `target` lock.

    Raises:
        TargetMoved: the target stands elsewhere.
        TargetHeld: a worktree with uncommitted changes, or with untracked files where the merge
            brings files, has the target checked out.
    """
    holders = check_followers(git, ref, old, new)
    try:
        git.run("update-ref", "-m", "gt: merged", ref, new, old)
    except GitFailed as failure:
        if git.oid(ref) != old:
            raise TargetMoved(ref) from failure
        git.run("update-ref", "-m", "gt: merged", ref, new, old)
    faults.reach("target:moved")
    for holder in holders:
        Git(holder).run("read-tree", "-u", "-m", old, new)


def check_followers(git: Git, ref: str, old: str, new: str) -> list[Path]:
    """The worktrees that have the target checked out, all of which can follow it.

    Raises:
        TargetHeld: one of them cannot.
    """
    holders = checked_out(git, ref)
    for holder in holders:
        if Git(holder).run("status", "--porcelain", "-z", "--untracked-files=no").stdout:
            raise TargetHeld(
                holder,
                f"{holder} has {ref.removeprefix('refs/heads/')} checked out with changes",
                hint="commit or stash them there, or switch to another branch; then try again",
            )
        _check_can_follow(holder, old, new)
    return holders


def catch_up(git: Git, ref: str, old: str) -> None:
    """Bring worktrees that a killed `move_target` left at `old` to where the target stands.

    Only those that are exactly at `old`: their next commit would undo what the target got.
    """
    new = git.oid(ref)
    for holder in checked_out(git, ref):
        tree = Git(holder)
        behind = tree.holds("diff-index", "--cached", "--quiet", old)
        if new is not None and behind and tree.holds("diff-files", "--quiet"):
            tree.run("read-tree", "-u", "-m", old, new)


def checked_out(git: Git, ref: str) -> list[Path]:
    """The worktrees that have `ref` checked out."""
    found: list[Path] = []
    place: Path | None = None
    for field in git.run("worktree", "list", "--porcelain", "-z").stdout.split(b"\0"):
        if field.startswith(b"worktree "):
            place = Path(os.fsdecode(field.removeprefix(b"worktree ")))
        elif field == b"branch " + ref.encode() and place is not None and place.is_dir():
            found.append(place)
    return found


def _check_can_follow(holder: Path, old: str, new: str) -> None:
    try:
        Git(holder).run("read-tree", "--dry-run", "-u", "-m", old, new)
    except GitFailed as failure:
        raise TargetHeld(
            holder,
            f"the target is checked out in {holder}, which cannot follow: {failure.stderr}",
            hint="move these files aside there, or switch to another branch; then try again",
        ) from failure


def _adds_nothing(git: Git, commit: str, head: str) -> bool:
    trial = try_merge(git, commit, head)
    return trial.tree is not None and trial.tree == git.text("rev-parse", f"{commit}^{{tree}}")
