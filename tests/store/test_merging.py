"""Merges are tried without a checkout, proven by content, and moved by compare-and-swap."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.errors import GitFailed, Refused
from gastown.store import merging
from tests.support.children import finish, python
from tests.support.environment import Traps
from tests.support.people import git, write
from tests.support.rigs import Rig

ODD = ["with space.txt", "ünï.txt", "new\nline.txt", 'qu"ote.txt', "-x", "deep/er.txt"]
MAIN = "refs/heads/main"


@pytest.fixture
def tree(rig: Rig) -> Path:
    """The worktree of a hook."""
    return rig.worktree()


def on_target(rig: Rig, **files: str) -> str:
    """Commit files on the target, as somebody else's landed work; returns the commit."""
    other = rig.worktree("other")
    git(other, "checkout", "--quiet", "--detach", MAIN)
    head = rig.commit_on(other, "somebody's", **files)
    merging.move_target(rig.git, MAIN, git(other, "rev-parse", MAIN), head)
    return head


def squash(rig: Rig, head: str, message: str = "squashed") -> str:
    """Land a branch as one commit of its content on the target; returns that commit."""
    target = str(rig.git.oid(MAIN))
    trial = merging.try_merge(rig.git, target, head)
    assert trial.tree is not None
    oid = merging.commit_merge(rig.git, trial.tree, (target,), message, ("Ada", "a@b"))
    merging.move_target(rig.git, MAIN, target, oid)
    return oid


def test_a_clean_merge_gives_a_tree(rig: Rig, tree: Path, any_gitconfig: Traps | None) -> None:
    """Two sides that fit give the tree of both; nothing is checked out or moved."""
    head = rig.commit_on(tree, mine_txt="mine\n")
    target = on_target(rig, theirs_txt="theirs\n")
    trial = merging.try_merge(rig.git, target, head)
    assert trial.conflicts == ()
    assert trial.tree is not None
    names = git(rig.trees.repository, "ls-tree", "--name-only", trial.tree).splitlines()
    assert {"mine.txt", "theirs.txt"} <= set(names)
    assert rig.git.oid(MAIN) == target


def test_conflicts_are_named(rig: Rig, tree: Path) -> None:
    """Every file that conflicts is named, whatever it is called, and once."""
    write(tree, dict.fromkeys(ODD, "mine\n"))
    head = rig.commit_on(tree, README_md="mine\n")
    other = rig.worktree("other")
    git(other, "checkout", "--quiet", "--detach", MAIN)
    write(other, dict.fromkeys(ODD, "theirs\n"))
    target = rig.commit_on(other, README_md="theirs\n", fine_txt="f\n")
    trial = merging.try_merge(rig.git, target, head)
    assert trial.tree is None
    assert sorted(trial.conflicts) == sorted([*ODD, "README.md"])


def test_a_file_against_a_folder(rig: Rig, tree: Path) -> None:
    """One side's file where the other has a folder is a conflict, not a failure."""
    head = rig.commit_on(tree, thing="file\n")
    other = rig.worktree("other")
    git(other, "checkout", "--quiet", "--detach", MAIN)
    write(other, {"thing/inside.txt": "folder\n"})
    target = rig.commit_on(other)
    trial = merging.try_merge(rig.git, target, head)
    assert trial.tree is None
    assert trial.conflicts


def test_what_cannot_be_tried_is_an_error(rig: Rig) -> None:
    """A commit that does not exist is neither clean nor a conflict."""
    with pytest.raises(GitFailed):
        merging.try_merge(rig.git, rig.base, "1" * 40)


def test_the_commit_of_a_merge(rig: Rig, tree: Path, any_gitconfig: Traps | None) -> None:
    """It has both parents, the author's name and the refinery's, and nothing is signed."""
    head = rig.commit_on(tree, mine_txt="m\n")
    trial = merging.try_merge(rig.git, rig.base, head)
    assert trial.tree is not None
    oid = merging.commit_merge(
        rig.git, trial.tree, (rig.base, head), "-m merge\n\nwith\0out\n".replace("\0", ""),
        ("Ada <x>", "ada@example.org"),
    )  # fmt: skip
    shown = git(rig.trees.repository, "show", "-s", "--format=%P%n%an%n%cn%n%s", oid)
    parents, author, committer, subject = shown.splitlines()
    assert parents.split() == [rig.base, head]
    assert (author, committer, subject) == ("Ada x", "Gas Town refinery", "-m merge")
    assert any_gitconfig is None or "gpg" not in any_gitconfig.sprung()


class TestContains:
    """Whether the target holds the work: an error never means yes."""

    def test_by_ancestry(self, rig: Rig, tree: Path) -> None:
        """A merged branch is contained; an unmerged one is not; an empty one is."""
        assert merging.contains(rig.git, MAIN, rig.base)
        head = rig.commit_on(tree, mine_txt="m\n")
        assert not merging.contains(rig.git, MAIN, head)
        merging.move_target(rig.git, MAIN, rig.base, head)
        assert merging.contains(rig.git, MAIN, head)

    def test_as_a_squash(self, rig: Rig, tree: Path) -> None:
        """Several commits that landed as one are contained, also after others changed the same."""
        rig.commit_on(tree, mine_txt="one\n")
        head = rig.commit_on(tree, mine_txt="two\n", src_txt="s\n")
        squash(rig, head)
        assert merging.contains(rig.git, MAIN, head)
        on_target(rig, mine_txt="changed since\n")
        assert merging.contains(rig.git, MAIN, head)

    def test_a_squash_that_left_something_out(self, rig: Rig, tree: Path) -> None:
        """A part of the work is not the work."""
        head = rig.commit_on(tree, mine_txt="m\n", more_txt="more\n")
        on_target(rig, mine_txt="m\n")
        assert not merging.contains(rig.git, MAIN, head)

    def test_a_squash_with_a_small_edit(self, rig: Rig, tree: Path) -> None:
        """Content that was changed while landing is not proven to be the same work."""
        head = rig.commit_on(tree, mine_txt="mine\n")
        on_target(rig, mine_txt="mine, edited\n")
        assert not merging.contains(rig.git, MAIN, head)

    def test_more_work_after_the_squash(self, rig: Rig, tree: Path) -> None:
        """What was committed after the branch landed is not contained."""
        squash(rig, rig.commit_on(tree, mine_txt="m\n"))
        head = rig.commit_on(tree, later_txt="l\n")
        assert not merging.contains(rig.git, MAIN, head)

    @pytest.mark.parametrize("head", ["1" * 40, "refs/heads/none", "--all", "", "HEAD:README.md"])
    def test_an_error_is_a_no(self, rig: Rig, head: str) -> None:
        """A commit that is missing, or no commit, is not contained."""
        assert not merging.contains(rig.git, MAIN, head)
        assert not merging.contains(rig.git, head, rig.base)

    def test_unrelated_histories(self, rig: Rig, tree: Path) -> None:
        """Two histories without a common commit do not contain each other."""
        git(tree, "checkout", "--quiet", "--orphan", "island")
        head = rig.commit_on(tree, "island")
        assert not merging.contains(rig.git, MAIN, head)


class TestMoveTarget:
    """The target moves by compare-and-swap, and nobody's checkout is left behind it."""

    def test_a_moved_target_is_noticed(self, rig: Rig, tree: Path) -> None:
        """Where the target stands elsewhere it is not moved."""
        head = rig.commit_on(tree, mine_txt="m\n")
        theirs = on_target(rig, theirs_txt="t\n")
        with pytest.raises(merging.TargetMoved):
            merging.move_target(rig.git, MAIN, rig.base, head)
        assert rig.git.oid(MAIN) == theirs

    def test_a_clean_checkout_follows(self, rig: Rig, tree: Path) -> None:
        """A worktree on the target gets the new files, and its next commit undoes nothing."""
        head = rig.commit_on(tree, mine_txt="m\n")
        write(tree, {"gone.txt": "g\n"})
        crew = rig.worktree("crew", branch="main")
        write(crew, {"untracked.txt": "u\n"})
        assert merging.checked_out(rig.git, MAIN) == [crew]
        merging.move_target(rig.git, MAIN, rig.base, head)
        assert (crew / "mine.txt").read_text() == "m\n"
        assert git(crew, "status", "--porcelain") == "?? untracked.txt"
        assert git(crew, "rev-parse", "HEAD") == head

    @pytest.mark.parametrize("dirt", ["changed", "staged", "deleted"])
    def test_a_dirty_checkout_refuses(self, rig: Rig, tree: Path, dirt: str) -> None:
        """Where somebody has changes on the target, nothing moves, and the person is named."""
        head = rig.commit_on(tree, mine_txt="m\n")
        crew = rig.worktree("crew", branch="main")
        write(crew, {"README.md": "mine\n"})
        if dirt == "staged":
            git(crew, "add", "README.md")
        elif dirt == "deleted":
            (crew / "README.md").unlink()
        before = git(crew, "status", "--porcelain")
        with pytest.raises(Refused, match="polecats/crew has main checked out with changes"):
            merging.move_target(rig.git, MAIN, rig.base, head)
        assert rig.git.oid(MAIN) == rig.base
        assert git(crew, "status", "--porcelain") == before

    def test_an_untracked_file_in_the_way_refuses(self, rig: Rig, tree: Path) -> None:
        """Found as a bug: the ref moved, the checkout did not: its next commit undid it."""
        head = rig.commit_on(tree, mine_txt="m\n")
        crew = rig.worktree("crew", branch="main")
        write(crew, {"mine.txt": "the person's own\n"})
        with pytest.raises(Refused, match="which cannot follow"):
            merging.move_target(rig.git, MAIN, rig.base, head)
        assert rig.git.oid(MAIN) == rig.base
        assert (crew / "mine.txt").read_text() == "the person's own\n"
        assert git(crew, "status", "--porcelain") == "?? mine.txt"

    @pytest.mark.parametrize("dirt", [False, True], ids=["clean", "dirty"])
    def test_killed_between_the_ref_and_a_checkout(self, rig: Rig, tree: Path, dirt: bool) -> None:
        """A checkout that was left behind catches up, unless somebody has worked in it since."""
        head = rig.commit_on(tree, mine_txt="m\n")
        crew = rig.worktree("crew", branch="main")
        child = python(
            """
            from gastown.store import merging
            from gastown.store.git import Git
            faults.arm("target:moved:kill")
            repository = Git(town.layout.repository("mp"), bare=True)
            merging.move_target(repository, "refs/heads/main", sys.argv[2], sys.argv[3])
            """,
            str(rig.town.layout.root), rig.base, head,
        )  # fmt: skip
        finish(child, status=-9)
        assert rig.git.oid(MAIN) == head
        if dirt:
            write(crew, {"README.md": "mine\n"})
        merging.catch_up(rig.git, MAIN, rig.base)
        assert (crew / "mine.txt").exists() is not dirt
        assert dirt or git(crew, "status", "--porcelain") == ""
        assert not dirt or (crew / "README.md").read_text() == "mine\n"

    def test_other_checkouts_are_left_alone(self, rig: Rig, tree: Path) -> None:
        """Detached worktrees and other branches do not move with the target."""
        head = rig.commit_on(tree, mine_txt="m\n")
        crew = rig.worktree("crew")
        git(crew, "checkout", "--quiet", "--detach", MAIN)
        merging.move_target(rig.git, MAIN, rig.base, head)
        assert git(crew, "rev-parse", "HEAD") == rig.base
        assert merging.checked_out(rig.git, MAIN) == []
