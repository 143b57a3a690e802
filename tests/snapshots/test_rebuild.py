"""gt hooks repair: what comes back with a worktree that is gone, and where a lost branch was."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.snapshots.trees import captured, files, kinds, make_a_mess, placed
from tests.support.desk import Desk
from tests.support.people import git, make_project, write


def lose_branch(desk: Desk, tree: Path) -> None:
    """Delete the hook's branch, with its log."""
    git(desk.root / "mp" / "repo.git", "update-ref", "-d", git(tree, "symbolic-ref", "HEAD"))


def test_the_last_snapshot_comes_back_with_what_was_staged(desk: Desk) -> None:
    """Taken on the commit that the branch is at, it is all as it was: files and index."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    make_a_mess(tree)
    before = files(tree), git(tree, "status", "--porcelain")
    taken = str(captured(desk))
    shutil.rmtree(tree)
    assert f"with its last snapshot ({taken[:10]})" in desk.gt("hooks", "repair").out
    assert (files(tree), git(tree, "status", "--porcelain")) == before


def test_an_older_snapshot_that_was_committed_since(desk: Desk) -> None:
    """Where the branch has its work by now it is left out, and nothing is said of it."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    desk.work(tree, {"half.txt": "half\n", "more.txt": "more\n"})
    shutil.rmtree(tree)
    said = desk.gt("hooks", "repair").out
    assert "snapshot" not in said
    assert git(tree, "status", "--porcelain") == ""


def test_an_older_snapshot_that_was_not(desk: Desk) -> None:
    """Where it holds something that the branch lacks, its id is told, and restores it."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    taken = str(captured(desk))
    (tree / "half.txt").unlink()
    desk.work(tree, {"more.txt": "more\n"})
    shutil.rmtree(tree)
    said = desk.gt("hooks", "repair").out
    assert f"gt hooks restore mp/toast {taken[:10]}" in said
    assert not (tree / "half.txt").exists()
    desk.gt("hooks", "restore", "mp/toast", taken[:10])
    assert (tree / "half.txt").exists()


def test_what_was_staged_survives_without_any_snapshot(desk: Desk) -> None:
    """Found as a bug: `rm -rf` of a worktree, then repair, forgot what had been `git add`ed."""
    _, tree = desk.sling()
    write(tree, {"staged.txt": "staged\n"})
    git(tree, "add", "staged.txt")
    shutil.rmtree(tree)
    assert "with what was staged" in desk.gt("hooks", "repair").out
    assert (tree / "staged.txt").read_text() == "staged\n"
    assert git(tree, "diff", "--cached", "--name-only") == "staged.txt"
    assert kinds(desk) == [("rescue", "staged when the worktree was lost")]


def test_staged_after_the_last_snapshot(desk: Desk) -> None:
    """The snapshot comes back, since it has more; what was staged since is named and held."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    write(tree, {"later.txt": "later\n"})
    git(tree, "add", "later.txt")
    shutil.rmtree(tree)
    said = desk.gt("hooks", "repair").out
    assert (tree / "half.txt").exists()
    staged = said.partition("what was staged is in snapshot ")[2][:10]
    assert placed(desk, staged, "out")[b"later.txt"] == (b"later\n", False)


def test_lost_commits_outlive_the_worktrees_log(desk: Desk) -> None:
    """Found as a bug: making a worktree anew forgot the log of its HEAD, and what it knew."""
    _, tree = desk.sling()
    git(tree, "checkout", "--quiet", "--detach")
    desk.work(tree, {"one.txt": "1\n"}, "on no branch")
    git(tree, "checkout", "--quiet", desk.hook("mp/toast").branch)
    shutil.rmtree(tree)
    desk.gt("hooks", "repair")
    assert kinds(desk) == [("lost commit", "on no branch")]


def test_a_lost_branch_goes_back_to_where_it_was_last_seen(desk: Desk) -> None:
    """The held head is the proof; where the worktree knows of later commits, these count."""
    bead, tree = desk.sling()
    branch = f"refs/heads/polecat/toast/{bead}@1"
    seen = desk.work(tree, {"one.txt": "1\n"})
    captured(desk)
    lose_branch(desk, tree)
    assert "last seen at" in desk.gt("hooks", "repair").out
    assert git(tree, "rev-parse", branch) == seen
    later = desk.work(tree, {"two.txt": "2\n"})
    lose_branch(desk, tree)
    assert "the worktree's last commit" in desk.gt("hooks", "repair").out
    assert git(tree, "rev-parse", branch) == later
    captured(desk)
    lose_branch(desk, tree)
    shutil.rmtree(Path(git(tree, "rev-parse", "--absolute-git-dir")))
    shutil.rmtree(tree)
    assert "last seen at" in desk.gt("hooks", "repair").out
    assert git(tree, "rev-parse", "HEAD", branch).splitlines() == [later, later]


def test_submodules_of_a_lost_worktree(desk: Desk, tmp_path: Path) -> None:
    """Their repositories lie with the registration: they are moved aside before it is renewed."""
    make_project(tmp_path / "library")
    _, tree = desk.sling()
    git(tree, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(tmp_path / "library"), "sub")  # fmt: skip
    desk.work(tree, {"uses.txt": "it\n"})
    inside = desk.work(tree / "sub", {"lib.txt": "changed\n"})
    shutil.rmtree(tree)
    desk.gt("hooks", "repair")
    [modules] = (desk.root / ".gt" / "quarantine" / "mp-toast-1").glob("modules.*")
    assert git(modules / "sub", "cat-file", "-t", inside) == "commit"


def test_a_dry_run_says_the_same_and_does_nothing(desk: Desk) -> None:
    """Neither directory nor refs are there after it."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    shutil.rmtree(tree)
    refs = git(desk.root / "mp" / "repo.git", "for-each-ref")
    assert "with its last snapshot" in desk.gt("hooks", "repair", "--dry-run").out
    assert not tree.exists()
    assert git(desk.root / "mp" / "repo.git", "for-each-ref") == refs
