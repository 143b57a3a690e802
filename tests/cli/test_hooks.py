"""gt hooks list, repair: what is broken is named, mended from what is there, and mended once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.soundness import history


def record(desk: Desk) -> Path:
    """The file of toast's record in hq."""
    return desk.root / "hq" / "hooks" / "mp" / "toast.json"


def admin(tree: Path) -> Path:
    """The worktree's folder in the repository."""
    return Path(git(tree, "rev-parse", "--absolute-git-dir"))


def remove_worktree(desk: Desk, tree: Path) -> None:
    shutil.rmtree(tree)


def empty_worktree(desk: Desk, tree: Path) -> None:
    shutil.rmtree(tree)
    tree.mkdir()


def delete_branch(desk: Desk, tree: Path) -> None:
    branch = git(tree, "symbolic-ref", "HEAD")
    git(desk.root / "mp" / "repo.git", "update-ref", "-d", branch)


def delete_git_file(desk: Desk, tree: Path) -> None:
    (tree / ".git").unlink()


def delete_registration(desk: Desk, tree: Path) -> None:
    shutil.rmtree(admin(tree))


def delete_registration_and_worktree(desk: Desk, tree: Path) -> None:
    shutil.rmtree(admin(tree))
    shutil.rmtree(tree)


def delete_branch_and_worktree(desk: Desk, tree: Path) -> None:
    delete_branch(desk, tree)
    shutil.rmtree(tree)


def misdirect_registration(desk: Desk, tree: Path) -> None:
    (admin(tree) / "gitdir").write_text("/somewhere/else/.git\n")


def damage_record(desk: Desk, tree: Path) -> None:
    record(desk).write_text("{")


def damage_record_for_good(desk: Desk, tree: Path) -> None:
    record(desk).write_text("{")
    commit_all(desk.root / "hq", "oops")


def delete_record(desk: Desk, tree: Path) -> None:
    record(desk).unlink()


def delete_record_for_good(desk: Desk, tree: Path) -> None:
    record(desk).unlink()
    commit_all(desk.root / "hq", "oops")


BREAKAGES: list[Callable[[Desk, Path], None]] = [
    remove_worktree, empty_worktree, delete_branch, delete_git_file, delete_registration,
    delete_registration_and_worktree, delete_branch_and_worktree, misdirect_registration,
    damage_record, damage_record_for_good, delete_record, delete_record_for_good,
]  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda f: f.__name__)
def test_what_is_broken_is_named_and_mended_once(
    desk: Desk, breakage: Callable[[Desk, Path], None]
) -> None:
    """List ends with 1 and names it; repair mends it; its second run has nothing to do.

    The commits are the same afterwards, and the work goes all the way to the target.
    """
    bead, tree = desk.sling("Work", "-d", "text")
    commit = desk.work(tree, {"done.txt": "done\n"})
    assert desk.gt("hooks", "list", "--json").data["broken"] == 0
    breakage(desk, tree)

    told = desk.gt("hooks", "list", "--json", status=1).data
    [broken] = [hook for hook in told["hooks"] if hook["trouble"]]
    assert broken["id"] == "mp/toast"
    listed = desk.gt("hooks", "list", status=1).out
    assert "BROKEN" in listed
    assert "gt hooks repair" in listed

    before = history(desk.town)
    dry = desk.gt("hooks", "repair", "--dry-run").out
    assert "mp/toast" in dry
    assert history(desk.town) == before
    desk.gt("hooks", "list", status=1)

    assert "✓ mp/toast" in desk.gt("hooks", "repair").out
    assert desk.gt("hooks", "list", "--json").data["broken"] == 0
    before = history(desk.town)
    assert "in order" in desk.gt("hooks", "repair").out
    assert history(desk.town) == before

    assert git(tree, "rev-parse", "HEAD") == commit
    assert git(tree, "symbolic-ref", "HEAD") == f"refs/heads/polecat/toast/{bead}@1"
    assert git(tree, "status", "--porcelain") == ""
    assert desk.gt("hook", at=tree).out.startswith(bead)
    desk.work(tree, {"more.txt": "more\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.on_target("done.txt") == "done"
    assert desk.on_target("more.txt") == "more"
    assert not tree.exists()
    listed = git(desk.root / "mp" / "repo.git", "worktree", "list", "--porcelain")
    assert "toast" not in listed


@pytest.mark.parametrize(
    "breakage", [delete_git_file, delete_registration, delete_branch, misdirect_registration],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_files_are_not_touched_by_repair(
    desk: Desk, breakage: Callable[[Desk, Path], None]
) -> None:
    """Changed, new and removed files in a worktree are as they were after its links are mended."""
    _, tree = desk.sling()
    desk.work(tree)
    write(tree, {"README.md": "half\n", "new.txt": "new\n"})
    (tree / "src" / "a.txt").unlink()
    before = git(tree, "status", "--porcelain")
    breakage(desk, tree)
    desk.gt("hooks", "repair")
    assert git(tree, "status", "--porcelain") == before
    assert (tree / "README.md").read_text() == "half\n"


def test_staged_changes_outlive_a_lost_git_file(desk: Desk) -> None:
    """When only the `.git` file is gone the index is still there and stays."""
    _, tree = desk.sling()
    write(tree, {"README.md": "staged\n"})
    git(tree, "add", "README.md")
    (tree / ".git").unlink()
    desk.gt("hooks", "repair")
    assert git(tree, "diff", "--cached", "--name-only") == "README.md"


def test_a_lost_worktree_comes_back_with_its_last_snapshot(desk: Desk) -> None:
    """Where a snapshot was taken on the branch's commit, its files come back, too."""
    from gastown.store import snapshot

    _, tree = desk.sling()
    desk.work(tree)
    write(tree, {"half.txt": "half\n"})
    snapshot.take(tree, snapshot.wip_ref("toast", 1), "settled")
    shutil.rmtree(tree)
    assert "snapshot" in desk.gt("hooks", "repair").out
    assert (tree / "half.txt").read_text() == "half\n"


def test_another_branch_is_the_agents_own_business(desk: Desk) -> None:
    """A worktree on another branch is listed with the way back, and not switched by us."""
    bead, tree = desk.sling()
    git(tree, "switch", "--quiet", "-c", "mine")
    assert "another branch" in desk.gt("hooks", "list", status=1).out
    said = desk.gt("hooks", "repair", status=1)
    assert f"switch polecat/toast/{bead}@1" in said.out
    assert git(tree, "symbolic-ref", "--short", "HEAD") == "mine"
    git(tree, "switch", "--quiet", f"polecat/toast/{bead}@1")
    desk.gt("hooks", "list")


def test_one_that_cannot_be_mended_does_not_hold_the_others(desk: Desk) -> None:
    """What needs a person is named; everything else is mended in the same run."""
    _, first = desk.sling()
    _, second = desk.sling()
    shutil.rmtree(first)
    write(first.parent, {"toast": "a file in the way\n"})
    shutil.rmtree(second)
    said = desk.gt("hooks", "repair", status=1)
    assert "mp/toast" in said.out
    assert "✓ mp/nux" in said.out
    assert second.is_dir()
    (first.parent / "toast").unlink()
    desk.gt("hooks", "repair")
    desk.gt("hooks", "list")


def test_the_mayors_hook_is_one_as_well(desk: Desk) -> None:
    """The mayor's worktree is listed, rebuilt and keeps its commits."""
    commit = desk.work(desk.root / "mayor", {"plan.md": "plan\n"})
    shutil.rmtree(desk.root / "mayor")
    assert "mayor" in desk.gt("hooks", "list", status=1).out
    desk.gt("hooks", "repair")
    assert git(desk.root / "mayor", "rev-parse", "HEAD") == commit


def test_a_deleted_hq_comes_back(desk: Desk) -> None:
    """`rm -rf hq` loses nothing: the next command brings the committed files back."""
    bead, tree = desk.sling()
    shutil.rmtree(desk.root / "hq")
    assert bead in desk.gt("hook", at=tree).out
    desk.gt("hooks", "repair")
    assert git(desk.root / "hq", "status", "--porcelain") == ""
    assert desk.gt("hooks", "list", "--json").data["broken"] == 0


def test_lists_filter(desk: Desk) -> None:
    """By rig, and archived ones with --all."""
    bead, _ = desk.sling()
    desk.gt("unsling", bead)
    assert "mp/toast" not in desk.gt("hooks", "list").out
    assert "mp/toast" in desk.gt("hooks", "list", "--all").out
    assert desk.gt("hooks", "list", "--rig", "mp", "--json").data["hooks"] == []
    desk.gt("hooks", "list", "--rig", "nope", status=3)


def test_damage_by_hand_is_set_aside(desk: Desk) -> None:
    """What stood in a damaged record is kept in the quarantine."""
    desk.sling()
    record(desk).write_text("half of a re")
    desk.gt("hooks", "repair")
    kept = [file.read_text() for file in (desk.root / ".gt" / "quarantine").iterdir()]
    assert kept == ["half of a re"]
