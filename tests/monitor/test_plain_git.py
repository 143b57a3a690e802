"""With the monitor running, plain git is all that anybody has to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, write
from tests.support.waiting import until


def status_of(desk: Desk, bead: str) -> str:
    """A bead's status in the ledger."""
    return desk.town.read().bead(bead).state.value


def commit(tree: Path, message: str, files: dict[str, str] | None = None) -> str:
    """Commit as anybody does, with git hooks on; returns the commit."""
    write(tree, dict(files if files is not None else {f"{tree.name}.txt": f"{message}\n"}))
    git(tree, "add", "-A")
    git(tree, "commit", "--quiet", "-m", message)
    return git(tree, "rev-parse", "HEAD")


def crew(desk: Desk, name: str = "ada") -> Path:
    """A person's worktree."""
    desk.gt("crew", "add", name, "--rig", "mp")
    return desk.root / "mp" / "crew" / name


def landed(desk: Desk, bead: str) -> bool:
    """Whether the convoy of a bead has landed."""
    return any(bead in c.beads and c.state == "landed" for c in desk.town.read().convoys())


def gone(desk: Desk, tree: Path, rig: str = "mp") -> bool:
    """Whether a polecat's worktree was taken away, in the ledger and on disk."""
    hook = desk.hook(f"{rig}/{tree.name}")
    return hook.state == "archived" and not tree.exists()


def test_a_commit_in_a_polecats_worktree_starts_its_bead(monitor: Desk) -> None:
    """The bead is in progress, by that commit, and `gt agents` shows it."""
    bead, tree = monitor.sling()
    head = commit(tree, "a first step")
    until(lambda: status_of(monitor, bead) == "in_progress")
    [told] = [op for op in monitor.gt("log", bead, "--json").data if op["cause"]]
    assert (told["cause"], told["actor"]) == (head, "mp/toast")
    [agent] = [a for a in monitor.gt("agents", "--json").data if a["id"] == "mp/toast"]
    assert (agent["status"], agent["commit"]) == ("in_progress", "a first step")
    assert "in_progress" in monitor.gt("agents", "-v").out


def test_a_commit_in_a_crew_worktree_starts_its_bead(monitor: Desk) -> None:
    """Only what was committed after the assignment counts."""
    tree = crew(monitor)
    commit(tree, "long before\n\nBead-Status: done\n")
    bead = monitor.bead()
    monitor.gt("sling", bead, "mp/ada")
    assert status_of(monitor, bead) == "hooked"
    commit(tree, "for the bead", {"bead.txt": "x\n"})
    until(lambda: status_of(monitor, bead) == "in_progress")
    assert monitor.hook("mp/ada").state == "active"


def test_a_commit_that_says_done_hands_in_and_is_merged(monitor: Desk) -> None:
    """One git command, and the convoy lands."""
    bead, tree = monitor.sling()
    commit(tree, "all of it\n\nBead-Status: done")
    until(lambda: status_of(monitor, bead) == "closed", 20)
    assert monitor.on_target("toast.txt").startswith("all of it")
    assert landed(monitor, bead)
    until(lambda: gone(monitor, tree))


def test_done_waits_for_what_is_not_committed(monitor: Desk) -> None:
    """The agent and the person are told once; when the rest is gone it is handed in."""
    bead, tree = monitor.sling()
    (tree / "half.txt").write_text("half\n")
    write(tree, {"whole.txt": "whole\n"})
    git(tree, "add", "whole.txt")
    git(tree, "commit", "--quiet", "-m", "whole\n\nBead-Status: done")
    mail = lambda: [m for m in monitor.town.read().mail("human") if m.about == bead]  # noqa: E731
    until(mail)
    monitor.gt("daemon", "status")
    (tree / "half.txt").unlink()
    until(lambda: status_of(monitor, bead) == "closed", 20)
    assert [m.subject.partition(":")[0] for m in mail()].count("not handed in yet") == 1
    assert monitor.town.read().mail("mp/toast")


@pytest.mark.parametrize("how", ["merge", "ff", "squash", "rebase"])
def test_a_persons_merge_counts(monitor: Desk, how: str) -> None:
    """However the work got into the target, the bead is closed and the convoy lands."""
    bead, tree = monitor.sling()
    commit(tree, "one", {"one.txt": "1\n"})
    commit(tree, "two", {"two.txt": "2\n"})
    until(lambda: status_of(monitor, bead) == "in_progress")
    branch = git(tree, "rev-parse", "--abbrev-ref", "HEAD")
    ada = crew(monitor)
    git(ada, "switch", "--quiet", "main")
    if how != "ff":
        commit(ada, "meanwhile", {"other.txt": "x\n"})
    words = {
        "merge": [["merge", "--quiet", "--no-ff", "-m", "merge it", branch]],
        "ff": [["merge", "--quiet", "--ff-only", branch]],
        "squash": [["merge", "--quiet", "--squash", branch], ["commit", "--quiet", "-m", "sq"]],
        "rebase": [["cherry-pick", f"{branch}~2..{branch}"]],
    }[how]
    for line in words:
        git(ada, *line)
    until(lambda: status_of(monitor, bead) == "closed", 20)
    assert landed(monitor, bead)
    until(lambda: gone(monitor, tree))
    [merge] = monitor.town.read().merges()
    assert merge.state == "merged"


def test_a_push_into_the_rig_counts(monitor: Desk, tmp_path: Path) -> None:
    """A person merges in a clone of their own and pushes."""
    bead, tree = monitor.sling()
    commit(tree, "work")
    until(lambda: status_of(monitor, bead) == "in_progress")
    branch = git(tree, "rev-parse", "--abbrev-ref", "HEAD")
    git(tmp_path, "clone", "--quiet", str(monitor.root / "mp" / "repo.git"), "mine")
    mine = tmp_path / "mine"
    git(mine, "merge", "--quiet", "--no-ff", "-m", "merge it", f"origin/{branch}")
    git(mine, "push", "--quiet", "origin", "HEAD:main")
    until(lambda: status_of(monitor, bead) == "closed", 20)
    assert landed(monitor, bead)


def test_following_or_giving_up_is_not_taken_for_merged(monitor: Desk) -> None:
    """A branch that was brought to the target holds no work of its own."""
    ada = crew(monitor)
    git(ada, "switch", "--quiet", "main")
    commit(ada, "news")
    follows, tree = monitor.sling()
    git(tree, "merge", "--quiet", "--ff-only", "main")
    git(tree, "commit", "--quiet", "--allow-empty", "-m", "beginning")
    given_up, other = monitor.sling()
    commit(other, "an attempt")
    until(lambda: status_of(monitor, given_up) == "in_progress")
    git(other, "reset", "--quiet", "--hard", "main")
    commit(ada, "more news", {"more.txt": "x\n"})
    bead, third = monitor.sling()
    commit(third, "work")
    until(lambda: status_of(monitor, bead) == "in_progress")  # so the target was looked at, too
    assert status_of(monitor, given_up) == "in_progress"
    assert status_of(monitor, follows) in ("hooked", "in_progress")
    assert tree.exists()
    assert other.exists()


def test_a_deleted_branch_comes_back(monitor: Desk) -> None:
    """It is reported, restored where it was, and never taken for merged."""
    bead, tree = monitor.sling()
    head = commit(tree, "precious")
    until(lambda: status_of(monitor, bead) == "in_progress")
    branch = monitor.hook("mp/toast").full_branch
    bare = monitor.root / "mp" / "repo.git"
    git(bare, "update-ref", "-d", branch)
    until(lambda: git(bare, "rev-parse", "--quiet", "--verify", branch, check=False) == head, 15)
    until(lambda: [m for m in monitor.town.read().mail("human") if "mended" in m.subject])
    assert status_of(monitor, bead) == "in_progress"


def test_a_worktree_that_vanished_is_rebuilt(monitor: Desk) -> None:
    """With its last snapshot, within a round."""
    bead, tree = monitor.sling()
    commit(tree, "step")
    (tree / "draft.txt").write_text("not committed\n")
    refs = monitor.root / "mp" / "repo.git"
    wip = "refs/gt/wip/toast/1"
    until(lambda: git(refs, "rev-parse", "--quiet", "--verify", wip, check=False), 20)
    git(monitor.root, "-C", "/", "version")
    import shutil

    shutil.rmtree(tree)
    until(lambda: (tree / "draft.txt").exists(), 15)
    assert (tree / "draft.txt").read_text() == "not committed\n"
    until(lambda: [m for m in monitor.town.read().mail("human") if "mended" in m.subject])
    assert status_of(monitor, bead) == "in_progress"


def test_a_push_to_the_origin_counts(monitor: Desk, tmp_path: Path) -> None:
    """A person merges in a clone of their own, whose git hooks tell, and pushes to the origin."""
    origin = tmp_path / "origin.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "project"), str(origin))
    monitor.gt("rig", "add", "far", str(origin))
    bead, tree = monitor.sling("A bead", rig="far")
    commit(tree, "work")
    until(lambda: status_of(monitor, bead) == "in_progress")
    git(tmp_path, "clone", "--quiet", str(origin), "mine")
    mine = tmp_path / "mine"
    monitor.gt("githooks", "install", mine)
    branch = git(tree, "rev-parse", "--abbrev-ref", "HEAD")
    git(mine, "fetch", "--quiet", str(monitor.root / "far" / "repo.git"), branch)
    git(mine, "merge", "--quiet", "--no-ff", "-m", "merge it", "FETCH_HEAD")
    assert status_of(monitor, bead) == "in_progress"
    git(mine, "push", "--quiet", "origin", "HEAD")
    until(lambda: status_of(monitor, bead) == "closed", 20)
    until(lambda: gone(monitor, tree, "far"))
