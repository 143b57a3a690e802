"""How far a branch has come since its bead was put on the hook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gastown.domain.hook import Hook
from gastown.store.progress import Progress, changes_something, progress
from tests.support.people import git
from tests.support.rigs import Rig


def seen(rig: Rig, hook: Hook) -> Progress:
    """The progress of a hook's branch as it is."""
    return progress(rig.git, hook, git(rig.trees.path(hook), "rev-parse", "HEAD"))


def commit(tree: Path, message: str, name: str = "work") -> str:
    """Commit a file with a message."""
    (tree / name).write_text(message)
    git(tree, "add", "-A")
    git(tree, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", message)
    return git(tree, "rev-parse", "HEAD")


def test_nothing_yet(rig: Rig) -> None:
    """A branch that stands where it started has come nowhere."""
    tree = rig.worktree()
    assert seen(rig, rig.hook()) == Progress(git(tree, "rev-parse", "HEAD"))


def test_commits_count_from_the_assignment(rig: Rig) -> None:
    """What was there before the bead came is not for the bead."""
    tree = rig.worktree()
    start = commit(tree, "before\n\nBead-Status: done\n", "one")
    hook = replace(rig.hook(), start=start)
    assert seen(rig, hook).commits == 0
    commit(tree, "mine", "two")
    found = seen(rig, hook)
    assert (found.subject, found.commits, found.unmerged) == ("mine", 1, 1)
    assert not found.done
    git(tree, "reset", "--quiet", "--hard", "HEAD~2")
    assert seen(rig, hook).commits == 0


def test_only_the_tip_says_that_it_is_done(rig: Rig) -> None:
    """A later commit takes the word back."""
    tree = rig.worktree()
    commit(tree, "all of it\n\nBead: mp-abc\nBead-Status: Done\n")
    assert seen(rig, rig.hook()).done
    assert seen(rig, rig.hook()).named
    commit(tree, "one more thing", "more")
    assert not seen(rig, rig.hook()).done


def test_the_word_of_another_bead_does_not_count(rig: Rig) -> None:
    """A commit that was picked from elsewhere brings its trailers along."""
    tree = rig.worktree()
    commit(tree, "picked\n\nBead: mp-other\nBead-Status: done\n")
    found = seen(rig, rig.hook())
    assert not found.done
    assert not found.named


def test_following_the_target_is_no_work(rig: Rig) -> None:
    """A branch that was only brought up to date holds nothing of its own."""
    other = rig.worktree("other")
    theirs = commit(other, "theirs\n\nBead: mp-theirs\n")
    git(rig.trees.repository, "update-ref", "refs/heads/main", theirs)
    tree = rig.worktree()
    git(tree, "-c", "core.hooksPath=/dev/null", "merge", "--quiet", "--ff-only", "main")
    found = seen(rig, rig.hook())
    assert (found.commits, found.unmerged, found.named) == (1, 0, False)


def test_an_empty_commit_changes_nothing(rig: Rig) -> None:
    """Work that leaves the tree as it was must not be taken for merged."""
    tree = rig.worktree()
    git(tree, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "-m", "x")
    head = git(tree, "rev-parse", "HEAD")
    assert not changes_something(rig.git, rig.hook(), head)
    assert changes_something(rig.git, rig.hook(), commit(tree, "real"))


def test_odd_messages(rig: Rig) -> None:
    """Trailers are found beside empty lines, control characters and long texts."""
    tree = rig.worktree()
    commit(tree, "a\x01b\x1f\n\nText: with\n\x02control\n\nBead: mp-abc\nBead-Status: done\n")
    assert seen(rig, rig.hook()).done
    commit(tree, "x\n\n" + "long line " * 5000 + "\n\nBead: mp-abc\n", "long")
    assert seen(rig, rig.hook()).named
