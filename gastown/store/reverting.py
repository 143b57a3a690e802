"""A commit that takes a merged change out of a branch again, made in the object store only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.store.merging import Trial, try_merge

if TYPE_CHECKING:
    from gastown.store.git import Git

_NOBODY = {
    "GIT_AUTHOR_NAME": "trial", "GIT_AUTHOR_EMAIL": "refinery@town.gt",
    "GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_NAME": "trial",
    "GIT_COMMITTER_EMAIL": "refinery@town.gt", "GIT_COMMITTER_DATE": "@0 +0000",
}  # fmt: skip


def without_change(git: Git, tip: str, before: str, after: str) -> Trial:
    """The tree of `tip` without what came between `before` and `after`, which is part of it.

    What `git revert` does, for one commit or many: the three-way merge of `tip` and `before`, with
    `after` as their base. git 2.39 cannot be given a base, so it finds it as the parent of a commit
    of `before`'s tree.

    Raises:
        GitFailed: one of them is no commit.
    """
    tree = git.text("rev-parse", "--verify", f"{before}^{{tree}}")
    undone = git.run("commit-tree", "-p", after, "-m", "trial", tree, extra=_NOBODY).text
    return try_merge(git, tip, undone)


def commit_on(git: Git, tree: str, parent: str, message: str, who: tuple[str, str]) -> str:
    """A commit of a tree on top of another; nothing points at it yet."""
    extra = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER")
             for part, value in zip(("NAME", "EMAIL"), who, strict=True)}  # fmt: skip
    answer = git.run("commit-tree", "-p", parent, "-F", "-", tree, stdin=message.encode(),
                     extra=extra)  # fmt: skip
    return answer.text
