"""Putting work on top of a commit, in the object store only, and proving that it is there.

The tree of a stacked commit is always that of the trial merge of the two, whatever the style: what
is tested does not depend on how it is written down. A rebase that cannot be had without a conflict,
or that ends at another tree, is written down as a merge commit instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import Proof, Style
from gastown.errors import GitFailed
from gastown.store.merging import REFINERY_MAIL, commit_merge, try_merge

if TYPE_CHECKING:
    from gastown.store.git import Git

_COMMITTER = {"GIT_COMMITTER_NAME": "Gas Town refinery", "GIT_COMMITTER_EMAIL": REFINERY_MAIL}
# The same commits whenever the same is tried: nothing points at them, and nothing prunes them.
_NOBODY = {
    "GIT_AUTHOR_NAME": "trial", "GIT_AUTHOR_EMAIL": REFINERY_MAIL, "GIT_AUTHOR_DATE": "@0 +0000",
    **_COMMITTER, "GIT_COMMITTER_DATE": "@0 +0000",
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """Work that is put on top of others'.

    Attributes:
        head: its last commit.
        message: of a merge or squash commit, with its trailers.
        author: name and mail address for such a commit.
    """

    head: str
    message: str
    author: tuple[str, str]


@dataclass(frozen=True)
class Stacked:
    """A commit that holds the tip and the work.

    Attributes:
        style: how the work became commits, really.
        why: why that is not as it was asked for.
    """

    commit: str
    tree: str
    style: Style
    why: str | None = None


@dataclass(frozen=True)
class Conflict:
    """The two do not merge. `paths`: where; none: they have nothing in common."""

    paths: tuple[str, ...]


class _CannotReplay(Exception):
    """The commits cannot be put on the tip one by one; the argument says why."""


def stack(git: Git, tip: str, layer: Layer, style: Style) -> Stacked | Conflict:
    """Put work on top of a commit.

    MERGE gives a merge commit of both. SQUASH gives one commit. REBASE gives the commits of the
    branch, without its merges and without what is empty; they keep author, date and message, and
    where the branch begins at the tip they are just the branch's own. Where the tip holds the work
    already, SQUASH and REBASE give the tip.

    Raises:
        GitFailed: one of the two is no commit.
    """
    if not git.holds("merge-base", tip, layer.head):
        return Conflict(())
    trial = try_merge(git, tip, layer.head)
    if trial.tree is None:
        return Conflict(trial.conflicts)
    if style is Style.MERGE:
        return _merge(git, tip, layer, trial.tree)
    if trial.tree == git.text("rev-parse", f"{tip}^{{tree}}"):
        return Stacked(tip, trial.tree, style)
    if style is Style.SQUASH:
        message = _with_authors(git, tip, layer)
        commit = commit_merge(git, trial.tree, (tip,), message, layer.author)
        return Stacked(commit, trial.tree, style)
    try:
        return Stacked(_replay(git, tip, layer.head, trial.tree), trial.tree, style)
    except (_CannotReplay, GitFailed) as trouble:
        return _merge(git, tip, layer, trial.tree, f"it could not be rebased: {trouble}")


def prove(git: Git, target: str, head: str, result: str) -> Proof | None:
    """How it is known that a target holds work, which became `result`; None: it is not known."""
    try:
        if git.holds("merge-base", "--is-ancestor", head, target):
            return Proof.ANCESTRY
        if not git.holds("merge-base", "--is-ancestor", result, target):
            return None
        tree = try_merge(git, result, head).tree
        same = tree is not None and tree == git.text("rev-parse", f"{result}^{{tree}}")
        return Proof.TREE if same else None
    except GitFailed:
        return None


def _merge(git: Git, tip: str, layer: Layer, tree: str, why: str | None = None) -> Stacked:
    commit = commit_merge(git, tree, (tip, layer.head), layer.message, layer.author)
    return Stacked(commit, tree, Style.MERGE, why)


def _with_authors(git: Git, tip: str, layer: Layer) -> str:
    """The message of a squash, which names everyone whose commits are in it."""
    found = git.run(
        "log", "-z", "--reverse", "--no-merges", "--no-show-signature", "--format=%an%x00%ae",
        layer.head, "--not", tip, "--",
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    fields = found.split("\0")
    authors = dict.fromkeys(zip(fields[::2], fields[1::2], strict=False))
    lines = [
        f"Co-authored-by: {name} <{mail}>\n" for name, mail in authors
        if name and mail and (name, mail) != layer.author
    ]  # fmt: skip
    return layer.message.rstrip("\n") + "\n" + "".join(lines)


def _replay(git: Git, tip: str, head: str, tree: str) -> str:
    commits = git.text(
        "rev-list", "--reverse", "--topo-order", "--no-merges", "--parents", head, "--not", tip,
        "--",
    ).splitlines()  # fmt: skip
    if _is_continued_by(git, tip, head):
        return head
    at, standing = tip, git.text("rev-parse", f"{tip}^{{tree}}")
    for line in commits:
        commit, *parents = line.split()
        if not parents:
            raise _CannotReplay("it brings a history of its own")
        wanted = _picked(git, standing, commit, parents[0])
        if wanted != standing:
            at, standing = _like(git, commit, wanted, at), wanted
    if standing != tree:
        raise _CannotReplay("its commits one by one give another result than the merge")
    return at


def _is_continued_by(git: Git, tip: str, head: str) -> bool:
    """Whether a branch begins at the tip and goes straight on."""
    if not git.holds("merge-base", "--is-ancestor", tip, head):
        return False
    return not git.text("rev-list", "--merges", "--max-count=1", head, "--not", tip, "--")


def _picked(git: Git, standing: str, commit: str, parent: str) -> str:
    """The tree that a commit's own change makes of another tree."""
    before, after = (git.text("rev-parse", f"{one}^{{tree}}") for one in (parent, commit))
    if before == standing:
        return after
    # git 2.38 merges no trees: three commits that say from where to where.
    base = git.text("commit-tree", "-m", "base", before, extra=_NOBODY)
    ours, theirs = (
        git.text("commit-tree", "-p", base, "-m", side, tree, extra=_NOBODY)
        for side, tree in (("ours", standing), ("theirs", after))
    )
    merged = try_merge(git, ours, theirs)
    if merged.tree is None:
        raise _CannotReplay(
            f"commit {commit[:12]} by itself conflicts in {', '.join(merged.conflicts[:5])}"
        )
    return merged.tree


def _like(git: Git, commit: str, tree: str, parent: str) -> str:
    """A commit with the author, date, encoding and message of another, byte by byte."""
    head, _, message = git.run("cat-file", "commit", commit).stdout.partition(b"\n\n")
    lines = head.split(b"\n")
    author = next(line for line in lines if line.startswith(b"author "))
    encoding = [line for line in lines if line.startswith(b"encoding ")]
    who = git.text("var", "GIT_COMMITTER_IDENT", extra=_COMMITTER).encode()
    text = b"\n".join([
        b"tree " + tree.encode(), b"parent " + parent.encode(), author, b"committer " + who,
        *encoding, b"", message,
    ])  # fmt: skip
    return git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=text).text
