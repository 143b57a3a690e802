"""gt hooks restore into the worktree: whatever was done to it, what was held comes back."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.snapshots.trees import captured, files, kinds, log, make_a_mess
from tests.support.desk import Desk
from tests.support.environment import Traps
from tests.support.people import git, write

BRANCH = "refs/heads/polecat/toast/"


def reset_hard(tree: Path) -> None:
    git(tree, "reset", "--quiet", "--hard", "HEAD~1")
    git(tree, "clean", "-fdxq")


def clean(tree: Path) -> None:
    git(tree, "clean", "-fdxq")
    git(tree, "checkout", "--quiet", "--", ".")


def remove(tree: Path) -> None:
    shutil.rmtree(tree)


def remove_with_branch(tree: Path) -> None:
    branch = git(tree, "symbolic-ref", "HEAD")
    git(tree, "update-ref", "-d", branch)
    shutil.rmtree(tree)


def checkout_back(tree: Path) -> None:
    git(tree, "stash", "--quiet", "--include-untracked")
    git(tree, "checkout", "--quiet", "-B", git(tree, "branch", "--show-current"), "HEAD~1")


def detach(tree: Path) -> None:
    git(tree, "stash", "--quiet", "--include-untracked")
    git(tree, "checkout", "--quiet", "--detach", "HEAD~1")


def overwrite(tree: Path) -> None:
    for path in tree.rglob("*.txt"):
        path.write_text("overwritten\n")


DISASTERS = [
    reset_hard, clean, remove, remove_with_branch, checkout_back, detach, overwrite,
]  # fmt: skip


@pytest.mark.parametrize("disaster", DISASTERS, ids=lambda f: f.__name__)
def test_after_a_disaster_every_byte_is_back(desk: Desk, disaster: Callable[[Path], None]) -> None:
    """Files, what was staged, the branch: all as it was when the last snapshot was taken."""
    bead, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"}, "one")
    tip = desk.work(tree, {"two.txt": "2\n"}, "two")
    make_a_mess(tree)
    before = files(tree), git(tree, "ls-files", "--stage"), git(tree, "status", "--porcelain")
    assert captured(desk) is not None
    disaster(tree)
    desk.gt("hooks", "restore", "mp/toast")
    after = files(tree), git(tree, "ls-files", "--stage"), git(tree, "status", "--porcelain")
    assert after == before
    assert git(tree, "rev-parse", "HEAD", f"{BRANCH}{bead}@1").splitlines() == [tip, tip]
    assert git(tree, "symbolic-ref", "HEAD") == f"{BRANCH}{bead}@1"
    desk.gt("hooks", "list")


def test_what_was_there_before_can_be_had_back(desk: Desk) -> None:
    """Restoring is taken back by restoring what it held first."""
    _, tree = desk.sling()
    write(tree, {"old.txt": "old\n"})
    old = captured(desk)
    (tree / "old.txt").unlink()
    write(tree, {"new.txt": "new\n", "README.md": "new\n"})
    now = files(tree)
    said = desk.gt("hooks", "restore", "mp/toast", "--json").data
    assert said["id"] == str(old)[:10]
    assert (tree / "old.txt").exists()
    assert not (tree / "new.txt").exists()
    desk.gt("hooks", "restore", "mp/toast", said["before"][:8])
    assert files(tree) == now
    assert [why for _, why in kinds(desk)] == ["before restore", "before restore", "settled"]
    desk.gt("hooks", "restore", "mp/toast")
    assert files(tree) != now, "by default it is the snapshot that was not made by restoring"


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    """It says what would become of files and branch, and neither moves nor holds anything."""
    bead, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    reset_hard(tree)
    before = files(tree), log(desk), git(tree, "rev-parse", "HEAD")
    said = desk.gt("hooks", "restore", "mp/toast", "--dry-run")
    assert "2 files would change" in said.out
    assert f"{bead}@1 would go" in said.out
    assert (files(tree), log(desk), git(tree, "rev-parse", "HEAD")) == before


def test_newer_commits_stay(desk: Desk) -> None:
    """A branch with commits that the snapshot lacks is not moved; the files are changes then."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    git(tree, "add", "--all")
    tip = desk.work(tree, {"half.txt": "whole\n"})
    said = desk.gt("hooks", "restore", "mp/toast")
    assert f"stays at {tip[:10]}" in said.out
    assert git(tree, "rev-parse", "HEAD") == tip
    assert git(tree, "status", "--porcelain") == " M half.txt"
    assert (tree / "half.txt").read_text() == "half\n"


def test_a_lost_commit_is_restored_by_its_id(desk: Desk) -> None:
    """After `git reset --hard` the branch goes forward again to the commit that was lost."""
    _, tree = desk.sling()
    lost = desk.work(tree, {"one.txt": "1\n"}, "precious")
    reset_hard(tree)
    assert ("lost commit", "precious") in kinds(desk)
    desk.gt("hooks", "restore", "mp/toast", lost[:8])
    assert git(tree, "rev-parse", "HEAD") == lost
    assert git(tree, "status", "--porcelain") == ""
    assert kinds(desk) == [("commit", "precious")]


@pytest.mark.parametrize("conflict", [True, False])
def test_a_merge_in_progress_goes_on(desk: Desk, conflict: bool) -> None:
    """Half-merged files come back with the merge: conflicts are marked, its commit has both."""
    _, tree = desk.sling()
    desk.work(tree, {"README.md": "ours\n"})
    ours = git(tree, "rev-parse", "HEAD")
    name = "README.md" if conflict else "other.txt"
    git(tree, "switch", "--quiet", "--create", "side", "HEAD~1")
    theirs = desk.work(tree, {name: "theirs\n", "third.txt": "3\n"})
    git(tree, "switch", "--quiet", "-")
    git(tree, "merge", "--no-commit", "--no-ff", "side", check=False)
    before = files(tree)
    captured(desk)
    git(tree, "merge", "--abort")
    said = desk.gt("hooks", "restore", "mp/toast").out
    assert f"the merge of {theirs[:10]} is in progress again" in said
    assert files(tree) == before
    assert bool(git(tree, "ls-files", "--unmerged")) is conflict
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--no-edit")
    assert git(tree, "log", "-1", "--format=%P").split() == [ours, theirs]


def test_in_the_middle_of_a_rebase(desk: Desk) -> None:
    """What git is doing is not torn apart: it is refused with the way out, which works."""
    _, tree = desk.sling()
    desk.work(tree, {"README.md": "one\n"}, "one")
    desk.work(tree, {"README.md": "two\n"}, "two")
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    git(tree, "-c", "sequence.editor=sed -i -e 1s/pick/edit/", "rebase", "--quiet", "-i", "HEAD~2")
    assert git(tree, "status").startswith("interactive rebase in progress")
    write(tree, {"more.txt": "more\n"})
    middle = captured(desk)
    assert middle is not None
    assert "in the middle of a rebase" in desk.gt("hooks", "log", "mp/toast").out
    said = desk.gt("hooks", "restore", "mp/toast", status=1)
    assert "in the middle of a rebase" in said.err
    git(tree, "rebase", "--quit")
    said = desk.gt("hooks", "restore", "mp/toast", middle[:9])
    assert "not taken up again" in said.out
    assert (tree / "more.txt").exists()
    assert git(tree, "log", "-1", "--format=%s") == "two"


def test_ignored_files_in_the_way_are_not_overwritten(desk: Desk) -> None:
    """Found as a bug of git's own `read-tree -u`: what no snapshot holds stops it."""
    _, tree = desk.sling()
    write(tree, {"build/out": "tracked\n", "plain": "p\n"})
    captured(desk)
    shutil.rmtree(tree / "build")
    (tree / "plain").unlink()
    write(tree, {".gitignore": "build\nplain\n", "build/out": "mine\n", "plain/x": "mine\n"})
    before = files(tree)
    for words in ((), ("--dry-run",)):
        said = desk.gt("hooks", "restore", "mp/toast", *words, status=1)
        assert "build/out" in said.err
        assert "plain" in said.err
        assert "--to" in said.err
    assert files(tree) == before


def test_somebodys_git_is_waited_for(desk: Desk) -> None:
    """While a git command holds the index nothing is done; the lock is not taken away from it."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    lock = Path(git(tree, "rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()
    (tree / "half.txt").unlink()
    assert "a git command is at work" in desk.gt("hooks", "restore", "mp/toast", status=75).err
    assert lock.exists()
    lock.unlink()
    desk.gt("hooks", "restore", "mp/toast")
    assert (tree / "half.txt").exists()


@pytest.mark.parametrize("point", ["restore:moved", "restore:files"])
def test_killed_halfway_it_is_done_by_the_next(desk: Desk, point: str) -> None:
    """A killed restore has lost nothing, and the next one ends where it wanted to."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    make_a_mess(tree)
    want = files(tree)
    kept = str(captured(desk))
    reset_hard(tree)
    write(tree, {"present.txt": "now\n"})
    words = ("gt", "hooks", "restore", "mp/toast", kept)
    desk.run(*words, env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    lock = Path(git(tree, "rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.unlink()  # set aside by itself when it is ten seconds old
    desk.gt(*words[1:])
    assert files(tree) == want
    assert any(entry["subject"] == "before restore" for entry in log(desk))


def remove_traces(traps: Traps) -> None:
    """Forget what the person's own commands ran."""
    for trap in traps.folder.iterdir():
        trap.unlink()


def test_hostile_settings_change_nothing(desk: Desk, hostile_gitconfig: Traps) -> None:
    """Odd git settings of the person neither run anything nor change what comes back."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    make_a_mess(tree)
    before = files(tree)
    remove_traces(hostile_gitconfig)
    captured(desk)
    desk.gt("hooks", "log", "mp/toast")
    patch = desk.gt("hooks", "diff", "mp/toast").out
    assert "+++ b/README.md" in patch
    remove(tree)
    desk.gt("hooks", "restore", "mp/toast")
    assert files(tree) == before
    bead = desk.hook("mp/toast").bead
    desk.gt("unsling", bead)
    desk.gt("rescue", "list")
    desk.gt("rescue", "restore", "mp/toast@1")
    assert files(desk.root / "mp-toast-1") == before
    assert hostile_gitconfig.sprung() == []


def test_what_cannot_be_restored_is_said(desk: Desk) -> None:
    """Unknown ids, too short ones, nothing held: each with what to do instead."""
    desk.sling()
    assert "ever held" in desk.gt("hooks", "restore", "mp/toast", status=3).err
    assert "gt hooks log" in desk.gt("hooks", "restore", "mp/toast", "beef", status=3).err
    desk.gt("hooks", "restore", "mp/toast", "abc", status=2)
    desk.gt("hooks", "restore", "mp/toast", "--output=x", status=2)
    desk.gt("hooks", "restore", "mp/nobody", status=3)
    desk.gt("hooks", "restore", "nonsense", status=2)
