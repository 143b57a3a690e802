"""gt hooks list and repair: what is broken is named, mended from what is left, and only once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gastown.store import snapshot
from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.queue import request
from tests.support.soundness import assert_sound, history
from tests.support.trees import listing

RECORD = "hooks/mp/toast.json"
WIP = {"half.txt": "half\n", "README.md": "# Half\n"}


@dataclass
class Scene:
    """A polecat with two commits and uncommitted work, and what is to become of them."""

    desk: Desk
    bead: str
    tree: Path
    head: str
    base: str
    branch: str
    dirt: dict[str, str] = field(default_factory=lambda: dict(WIP))

    @property
    def bare(self) -> Path:
        """The rig's repository."""
        return self.desk.root / "mp" / "repo.git"

    @property
    def record(self) -> Path:
        """The hook's record in hq."""
        return self.desk.root / "hq" / RECORD

    @property
    def admin(self) -> Path:
        """The worktree's own folder in the repository."""
        return self.bare / "worktrees" / "toast"

    def snapshot(self) -> None:
        """Take a snapshot, as is done when an agent stops."""
        assert snapshot.take(self.tree, snapshot.wip_ref("toast", 1), "stopped")

    def files(self) -> dict[str, bytes | None]:
        """What lies in the worktree, besides git's own link."""
        return {name: data for name, data in listing(self.tree).items() if name != ".git"}


@pytest.fixture
def scene(desk: Desk) -> Scene:
    """The scene before the damage."""
    base = desk.target()
    bead, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    head = desk.work(tree, {"two.txt": "2\n", "src/deep.txt": "deep\n"})
    write(tree, WIP)
    branch = git(tree, "symbolic-ref", "HEAD")
    return Scene(desk, bead, tree, head, base, branch)


def lose_worktree_after_snapshot(scene: Scene) -> None:
    """The directory is gone, after a snapshot."""
    scene.snapshot()
    shutil.rmtree(scene.tree)


def lose_worktree_and_registration(scene: Scene) -> None:
    """`rm -rf` and `git worktree prune`, both by force; a snapshot is left."""
    scene.snapshot()
    shutil.rmtree(scene.tree)
    shutil.rmtree(scene.admin)


def empty_worktree(scene: Scene) -> None:
    """Somebody emptied the directory; a snapshot is left."""
    scene.snapshot()
    shutil.rmtree(scene.tree)
    scene.tree.mkdir()


def delete_branch_by_porcelain(scene: Scene) -> None:
    """`git branch -D` refuses while it is checked out, until somebody switches away and back."""
    short = scene.branch.removeprefix("refs/heads/")
    git(scene.tree, "switch", "--quiet", "--detach")
    git(scene.bare, "branch", "--quiet", "-D", short)
    git(scene.tree, "symbolic-ref", "HEAD", scene.branch)


def delete_branch_and_worktree(scene: Scene) -> None:
    """Only the snapshot knows the commit."""
    scene.snapshot()
    git(scene.bare, "update-ref", "-d", scene.branch)
    shutil.rmtree(scene.tree)
    shutil.rmtree(scene.admin)


def delete_link(scene: Scene) -> None:
    """The worktree's `.git` file is gone."""
    (scene.tree / ".git").unlink()


def garble_link(scene: Scene) -> None:
    """The worktree's `.git` file leads nowhere."""
    (scene.tree / ".git").write_text("gitdir: /nowhere\n")


def delete_registration(scene: Scene) -> None:
    """The folder in the repository is gone, and HEAD and index with it."""
    shutil.rmtree(scene.admin)


def garble_record(scene: Scene) -> None:
    """A half-written file, not committed."""
    scene.record.write_text('{"id": "mp/to')


DAMAGES: dict[str, Callable[[Scene], None]] = {
    name: damage
    for damage in (
        lose_worktree_after_snapshot, lose_worktree_and_registration, empty_worktree,
        delete_branch_by_porcelain, delete_branch_and_worktree, delete_link, garble_link,
        delete_registration, garble_record,
    )
    for name in [damage.__name__]
}  # fmt: skip


def assert_whole(scene: Scene) -> None:
    """Fail unless commits, branch, files, index and record are as before the damage."""
    assert git(scene.tree, "symbolic-ref", "HEAD") == scene.branch
    assert git(scene.bare, "rev-parse", scene.branch) == scene.head
    assert git(scene.tree, "rev-parse", "HEAD") == scene.head
    for name, content in {"one.txt": "1\n", "src/deep.txt": "deep\n", **scene.dirt}.items():
        assert (scene.tree / name).read_text() == content
    changed = sorted(line[3:] for line in git(scene.tree, "status", "--porcelain").splitlines())
    assert changed == sorted(scene.dirt)
    assert (Path(git(scene.tree, "rev-parse", "--absolute-git-dir")) / "locked").exists()
    assert git(scene.bare, "worktree", "list", "--porcelain").count(f"{scene.tree}\n") == 1
    assert scene.desk.gt("hook", at=scene.tree).out.startswith(scene.bead)
    hook = scene.desk.hook("mp/toast")
    assert (hook.state, hook.bead, hook.base) == ("active", scene.bead, scene.base)
    assert_sound(scene.desk.town)


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_named_shown_mended_and_then_gone(scene: Scene, damage: str) -> None:
    """It is listed with status 1, a dry run changes nothing, repair mends, once is enough."""
    desk = scene.desk
    DAMAGES[damage](scene)
    said = desk.gt("hooks", "list", status=1)
    assert "mp/toast" in said.out
    assert "BROKEN" in said.out
    assert "gt hooks repair" in said.out
    before, commits = listing(desk.root), history(desk.town)
    said = desk.gt("hooks", "repair", "--dry-run")
    assert "· mp/toast" in said.out
    assert listing(desk.root) == before
    assert history(desk.town) == commits
    said = desk.gt("hooks", "repair")
    assert "✓ mp/toast" in said.out
    assert_whole(scene)
    desk.gt("hooks", "list")
    mended = listing(desk.root)
    assert "in order" in desk.gt("hooks", "repair").out
    assert listing(desk.root) == mended
    # And the work goes on to its end.
    commit_all(scene.tree, "the rest")
    desk.gt("done", at=scene.tree)
    desk.gt("refinery", "run")
    assert desk.shown(scene.bead)["status"] == "closed"
    assert desk.on_target("two.txt") == "2"


def test_repair_says_what_it_is_made_of(scene: Scene) -> None:
    """JSON tells trouble and outcome; a branch nobody remembers begins at its base again."""
    git(scene.bare, "update-ref", "-d", scene.branch)
    shutil.rmtree(scene.tree)
    shutil.rmtree(scene.admin)
    [branch, tree] = scene.desk.gt("hooks", "repair", "--json").data
    assert branch["trouble"] == "its branch is missing"
    assert "the commit it started from" in branch["outcome"]
    assert tree["trouble"] == "its worktree is gone"
    assert git(scene.tree, "rev-parse", "HEAD") == scene.base


def test_an_old_snapshot_does_not_overwrite_newer_commits(scene: Scene) -> None:
    """A snapshot from before the last commit is left in its ref, and is not put over it."""
    scene.snapshot()
    scene.head = scene.desk.work(scene.tree, {"half.txt": "whole\n", "README.md": "# New\n"})
    shutil.rmtree(scene.tree)
    assert "with its last snapshot" not in scene.desk.gt("hooks", "repair").out
    assert (scene.tree / "half.txt").read_text() == "whole\n"
    assert git(scene.tree, "status", "--porcelain") == ""
    assert git(scene.bare, "show", "refs/gt/wip/toast/1:half.txt") == "half"


def test_repair_from_within_the_broken_hook(scene: Scene) -> None:
    """The agent who is told to tell the person may find the person standing right there."""
    garble_record(scene)
    commit_all(scene.desk.root / "hq", "oops")
    scene.desk.gt("hooks", "repair", at=scene.tree)
    assert_whole(scene)


def test_the_good_hooks_are_worked_on_meanwhile(scene: Scene) -> None:
    """Found as a bug: the name of a wreck was given out again, so nothing could be slung."""
    garble_record(scene)
    commit_all(scene.desk.root / "hq", "oops")
    other, tree = scene.desk.sling("other")
    assert tree != scene.tree
    scene.desk.work(tree)
    scene.desk.gt("done", at=tree)
    scene.desk.gt("refinery", "run")
    assert scene.desk.shown(other)["status"] == "closed"
    scene.desk.gt("hooks", "repair")
    assert_whole(scene)


def test_an_archived_hook_with_a_worktree(desk: Desk) -> None:
    """Whoever archived it was killed before the worktree went: named, rescued, removed."""
    bead, tree = desk.hand_in()
    write(tree, {"late.txt": "late\n"})
    desk.run("gt", "unsling", bead, env={"GT_FAULT": "tx:before-cache:kill"}, status=-9)
    assert desk.hook("mp/toast").state == "archived"
    assert tree.is_dir()
    said = desk.gt("hooks", "list", status=1)
    assert "archived but its worktree is there" in said.out
    assert desk.gt("hooks", "list", "--rig", "mp", "--json", status=1).data["hooks"]
    before = listing(desk.root)
    assert "archived" in desk.gt("hooks", "repair", "--dry-run").out
    assert listing(desk.root) == before
    said = desk.gt("hooks", "repair")
    assert "refs/gt/rescue/toast/1" in said.out
    assert not tree.exists()
    bare = desk.root / "mp" / "repo.git"
    assert git(bare, "show", "refs/gt/rescue/toast/1:late.txt") == "late"
    assert request(desk, bead)["state"] == "withdrawn"
    desk.gt("hooks", "list")
    assert "in order" in desk.gt("hooks", "repair").out
