"""What a merge request would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import MergeState
from gastown.errors import NotFound
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.store.town import Town

_MOST = 2_000_000
_NOTHING = "/dev/null"


@dataclass(frozen=True)
class Diff:
    """What a request would change, from where its branch left the target.

    Attributes:
        base: the commit that the branch and its target have in common; for what was merged, with
            the target as it was before.
        text: as git shows it.
        cut: there is more of it than is shown.
    """

    merge: str
    bead: str | None
    branch: str
    target: str
    base: str
    head: str
    text: str
    cut: bool = False


def diff_of(town: Town, merge: Merge, *, stat: bool = False) -> Diff:
    """What a request would change; no command of the repository's configuration is run for it.

    Args:
        stat: only the files, and how much of each.

    Raises:
        NotFound: its commit, or the target, is not there any more.
    """
    git = Worktrees(town.layout, merge.rig).git
    target = git.oid(f"refs/heads/{merge.target}")
    if merge.state is MergeState.MERGED:
        target = merge.base or git.oid(f"{merge.result}^1")
    if target is None or git.oid(merge.head) is None:
        lost = merge.target if target is None else merge.head[:12]
        raise NotFound(f"{lost} is not there any more", hint=f"gt mq show {merge.id}")
    found = git.run("merge-base", target, merge.head, accept=(0, 1))
    base = found.text if found.returncode == 0 else git.text("hash-object", "-t", "tree", _NOTHING)
    said = git.run(
        "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/",
        "--dst-prefix=b/", *(("--stat=100",) if stat else ()), base, merge.head, "--",
    ).stdout  # fmt: skip
    text = said[:_MOST].decode("utf-8", "replace")
    return Diff(merge.id, merge.bead, merge.branch, merge.target, base, merge.head, text,
                cut=len(said) > _MOST)  # fmt: skip
