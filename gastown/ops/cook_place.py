"""Where a formula is cooked: the worktree one stands in, or one that is made for it.

A worktree that was made for a run goes when the run is done and left nothing in it: no change, no
new file, no commit that only it holds. Otherwise it stays, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, NotFound, Refused
from gastown.store import locks
from gastown.store.formulas import worktree_root
from gastown.store.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.town import Town

LOCK_REASON = "a formula is cooked here: gt removes it when nothing is left in it"


@dataclass(frozen=True)
class Kitchen:
    """A worktree to cook in. `spare`: it was made for this."""

    tree: Path
    rig: str | None
    spare: bool = False

    def name(self, root: Path) -> str:
        """The worktree as records say it: relative to the town if it is inside."""
        inside = self.tree.is_relative_to(root)
        return self.tree.relative_to(root).as_posix() if inside else str(self.tree)

    def head(self) -> str | None:
        """The commit that is checked out, or None where there is none yet."""
        return Git(self.tree).oid("HEAD")


def kitchen_at(town: Town, here: Path, rig: str | None) -> Kitchen | None:
    """The worktree that contains a place, or None.

    Raises:
        Refused: it is the town's own ledger.
    """
    root = town.layout.root
    tree = worktree_root(here, root)
    if tree is None:
        return None
    if tree == town.layout.hq:
        raise Refused(
            "hq is the town's ledger: no formula runs there",
            hint="cd into a project's worktree, or add --rig RIG",
        )
    return Kitchen(tree, rig)


def spare_kitchen(town: Town, rig: str, name: str) -> Kitchen:
    """A fresh worktree at a rig's target, on no branch.

    Raises:
        NotFound: there is no such rig, or it has no commits.
        GitFailed: git cannot add it.
    """
    record = town.read().rig(rig)
    git = Git(town.layout.repository(rig), bare=True)
    commit = git.oid(record.target)
    if commit is None:
        raise NotFound(f"rig {rig} has no branch {record.branch}", hint=f"gt rig list --rig {rig}")
    tree = town.layout.gate_tree(rig, name)
    tree.parent.mkdir(parents=True, exist_ok=True)
    with locks.hold(town.layout.rig_lock(rig, "registry"), what=f"rig {rig}"):
        git.run("worktree", "add", "--detach", "--no-checkout", "--lock", "--reason", LOCK_REASON,
                str(tree), commit)  # fmt: skip
    Git(tree).run("read-tree", "--reset", "-u", "HEAD")
    return Kitchen(tree, rig, spare=True)


def leave(town: Town, kitchen: Kitchen) -> str | None:
    """Remove a spare worktree with nothing left in it, or say what is."""
    if not kitchen.spare or kitchen.rig is None:
        return None
    git = Git(kitchen.tree)
    if git.run("status", "--porcelain", "-z", "--untracked-files=normal").stdout:
        return "files that are not committed"
    head = git.oid("HEAD")
    held = git.text("for-each-ref", "--count=1", "--contains", head or "HEAD")
    if not held:
        return f"commits that no branch or tag holds ({(head or '')[:12]})"
    repository = Git(town.layout.repository(kitchen.rig), bare=True)
    with locks.hold(town.layout.rig_lock(kitchen.rig, "registry"), what=f"rig {kitchen.rig}"):
        repository.run("worktree", "unlock", str(kitchen.tree), accept=(0, 128))
        try:
            repository.run("worktree", "remove", str(kitchen.tree))
        except GitFailed as failure:
            return failure.stderr.strip() or "something that git would not remove"
    return None
