"""Removals: whatever is in a worktree when it goes, not a line of it is lost."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from gastown.ops.retire import retire
from tests.snapshots.trees import captured, files, kinds, log, make_a_mess, placed, reflog
from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write

RESCUE = "refs/gt/rescue/toast/1"


def kept(desk: Desk) -> Path:
    """Where what no snapshot may hold of toast's first life is."""
    return desk.root / ".gt" / "quarantine" / "mp-toast-1"


def test_commits_that_only_the_worktree_knew(desk: Desk) -> None:
    """Found as a bug: what was reset away or made with a detached HEAD went with the worktree."""
    bead, tree = desk.sling()
    lost = desk.work(tree, {"one.txt": "1\n"}, "reset away")
    git(tree, "reset", "--quiet", "--hard", "HEAD~1")
    git(tree, "checkout", "--quiet", "--detach")
    desk.work(tree, {"two.txt": "2\n"}, "on no branch")
    loose = desk.work(tree, {"three.txt": "3\n"}, "on no branch either")
    desk.gt("unsling", bead)
    assert not tree.exists()
    assert {lost, loose} <= set(reflog(desk, "refs/gt/head/toast/1"))
    assert set(kinds(desk)) == {
        ("lost commit", "reset away"), ("lost commit", "on no branch"),
        ("lost commit", "on no branch either"),
    }  # fmt: skip
    assert placed(desk, loose, "out")[b"three.txt"] == (b"3\n", False)


def test_commits_in_a_submodule(desk: Desk, tmp_path: Path) -> None:
    """Found as a bug: a submodule's own commits and changes were deleted with the worktree."""
    make_project(tmp_path / "library", {"lib.txt": "lib\n"})
    bead, tree = desk.sling()
    git(tree, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(tmp_path / "library"), "lib/sub")  # fmt: skip
    desk.work(tree, {"uses.txt": "it\n"})
    inside = commit_all(tree / "lib" / "sub", "only here")
    write(tree / "lib" / "sub", {"half.txt": "half\n"})
    captured(desk)
    assert log(desk)[0]["nested"] == ["lib/sub"]
    said = desk.gt("unsling", bead).out
    assert "set aside in .gt/quarantine: lib/sub" in said
    moved = kept(desk) / "lib" / "sub"
    assert git(moved, "rev-parse", "HEAD") == inside
    assert git(moved, "status", "--porcelain") == "?? half.txt"
    assert desk.gt("rescue", "list", "--json").data[0]["set_aside"] == ["lib/sub/"]


def test_files_that_cannot_be_held_are_moved_aside(desk: Desk) -> None:
    """Secrets, ignored or not, repositories inside: on this disk still, under the same names."""
    bead, tree = desk.sling()
    write(tree, {".gitignore": "*.key\n", "a.key": "k\n", "deep/.env": "e\n", "half.txt": "h\n"})
    make_project(tree / "vendor" / "thing")
    desk.gt("unsling", bead)
    assert (kept(desk) / "a.key").read_text() == "k\n"
    assert (kept(desk) / "deep" / ".env").read_text() == "e\n"
    assert git(kept(desk) / "vendor" / "thing", "log", "--format=%s") == "first"
    [entry] = desk.gt("rescue", "list", "--json").data
    assert entry["set_aside"] == ["a.key", "deep/.env", "vendor/thing/"]
    assert entry["folder"] == str(kept(desk))


def test_a_removal_that_was_killed_halfway(desk: Desk) -> None:
    """Found as a bug: the rest of a worktree that was half deleted took the place of its rescue."""
    bead, tree = desk.sling()
    make_a_mess(tree)
    want = files(tree)
    words = ("gt", "unsling", bead)
    desk.run(*words, env={"GT_FAULT": "retire:rescued:kill"}, status=-signal.SIGKILL)
    rescued = reflog(desk, RESCUE)
    shutil.rmtree(tree / "src")
    (tree / "blob.bin").unlink()
    assert "its changes are in" in desk.gt("hooks", "repair").out
    assert not tree.exists()
    assert reflog(desk, RESCUE) == rescued
    desk.gt("rescue", "restore", "mp/toast@1")
    assert files(desk.root / "mp-toast-1") == want


def test_what_was_written_after_a_killed_removal(desk: Desk) -> None:
    """New work beside what is left is rescued, too, and the first rescue stays to be had."""
    bead, tree = desk.sling()
    write(tree, {"half.txt": "half\n", "gone.txt": "gone\n"})
    words = ("gt", "unsling", bead)
    desk.run(*words, env={"GT_FAULT": "retire:rescued:kill"}, status=-signal.SIGKILL)
    (tree / "gone.txt").unlink()
    write(tree, {"late.txt": "late\n"})
    desk.gt("hooks", "repair")
    newest, first = reflog(desk, RESCUE)
    assert b"late.txt" in placed(desk, newest, "newest")
    assert b"gone.txt" in placed(desk, first, "first")
    ids = [entry["id"] for entry in desk.gt("rescue", "list", "--json").data]
    assert sorted(ids) == sorted(["mp/toast@1", first[:10]])
    desk.gt("rescue", "restore", first[:10], "--to", "again")
    assert (desk.root / "again" / "gone.txt").exists()


def test_twice_is_once(desk: Desk) -> None:
    """Of a worktree that is gone already the same is told: where its changes are."""
    bead, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    hook = desk.hook("mp/toast")
    desk.gt("unsling", bead)
    assert len(reflog(desk, RESCUE)) == 1
    desk.gt("sling", bead, "mp/toast", "--no-start")
    assert retire(desk.town, hook).rescue == RESCUE
    assert tree.is_dir()
