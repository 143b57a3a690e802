"""A refinery that is killed, again and again: the same end, and the target moves once."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from gastown.runtime.process import started_at
from gastown.store import locks
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import (
    RED,
    assert_green,
    assert_no_gate_trees,
    first_parents,
    letters,
    request,
    times_moved,
)
from tests.support.waiting import until

# In the order in which one transaction comes by; the first two happen before it counts.
WITHIN = (
    "tx:before-commit", "commit:before-import", "commit:after-import", "sync:before-restore",
    "sync:after-restore", "tx:before-cache",
)  # fmt: skip
GATE = "test -f one.txt"


def killed(desk: Desk, point: str) -> None:
    """Run the refinery and kill it at a point; wait until git, too, has let go."""
    desk.run("gt", "refinery", "run", env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    until(lambda: not locks.is_held(desk.town.layout.locks / "town"))


def handed_in(desk: Desk) -> tuple[str, str]:
    """Work on a convoy with a subscriber, queued; its bead, and where the target stands."""
    bead = desk.bead("Do it", "--rig", "mp")
    desk.gt("convoy", "create", "X", bead, "--human")
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    desk.work(Path(slung["path"]), {"one.txt": "1\n"})
    desk.gt("done", at=slung["path"])
    return bead, desk.target()


def assert_landed(desk: Desk, bead: str, before: str) -> None:
    """Fail unless all is as after a run that nobody killed, and happened once."""
    assert desk.shown(bead)["status"] == "closed"
    assert request(desk, bead)["state"] == "merged"
    assert request(desk, bead)["result"] == desk.target()
    assert desk.hook("mp/toast").state == "archived"
    assert desk.hook("mp/toast").bead is None
    assert not (desk.root / "mp" / "polecats" / "toast").exists()
    [convoy] = desk.gt("convoy", "list", "--all", "--json").data
    assert convoy["convoy"]["state"] == "landed"
    assert len(letters(desk, "convoy landed")) == 1
    assert len(first_parents(desk, before)) == times_moved(desk) == 1
    assert_green(desk, GATE, before)
    assert_no_gate_trees(desk)
    assert git(desk.root / "mp" / "repo.git", "fsck", "--no-dangling") == ""
    assert "in order" in desk.gt("hooks", "repair", "--dry-run").out


@pytest.mark.parametrize("point", WITHIN)
def test_killed_while_it_records_the_merge(desk: Desk, point: str) -> None:
    """The target is moved and a refinery died of it; the next one dies recording that."""
    desk.gate(GATE)
    bead, before = handed_in(desk)
    killed(desk, "refinery:moved")
    killed(desk, point)
    assert request(desk, bead)["state"] == ("testing" if point in WITHIN[:2] else "merged")
    desk.gt("refinery", "run")
    assert_landed(desk, bead, before)


def test_killed_while_it_takes_and_while_it_gives_back(desk: Desk) -> None:
    """Eleven refineries in a row die at every point of taking a request and of giving it back."""
    desk.gate(GATE)
    bead, before = handed_in(desk)
    for point in (*WITHIN[:3], *WITHIN[:2], "refinery:tested", *WITHIN[3:], "refinery:taken"):
        killed(desk, point)
        assert request(desk, bead)["state"] in ("queued", "testing")
        assert desk.target() == before
    desk.gt("refinery", "run")
    assert_landed(desk, bead, before)


def test_killed_while_it_records_a_red_gate(desk: Desk, tmp_path: Path) -> None:
    """Tested and found red, it dies before it says so: tested again, told once."""
    desk.gate(f"{RED} || {{ echo x >>{tmp_path}/runs; false; }}")
    bead, before = handed_in(desk)
    killed(desk, "refinery:tested")
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["state"] == "failed"
    assert (tmp_path / "runs").read_text() == "x\nx\n"
    assert len(letters(desk, "merge failed")) == 1
    assert desk.target() == before
    assert_no_gate_trees(desk)


@pytest.mark.parametrize("point", [WITHIN[0], WITHIN[2], WITHIN[4]])
def test_killed_while_it_records_a_conflict(desk: Desk, point: str) -> None:
    """Found out before any test: recorded and told once, and both sides stay."""
    first, _ = desk.hand_in("first", {"one.txt": "1\n"})
    bead, _ = desk.hand_in("second", {"one.txt": "2\n"})
    # The first one lands, and the second request is the next operation.
    desk.gt("unsling", first)
    git(desk.root / "mp" / "repo.git", "update-ref", "refs/heads/main",
        git(desk.root / "mp" / "repo.git", "rev-parse", f"polecat/toast/{first}@1"))  # fmt: skip
    before = desk.target()
    killed(desk, point)
    desk.gt("refinery", "run", status=int(point == WITHIN[0]))
    assert request(desk, bead)["state"] == "conflicted"
    assert len(letters(desk, "merge conflict")) == 1
    assert desk.target() == before


def test_killed_under_its_gate(desk: Desk, tmp_path: Path) -> None:
    """The gate itself kills its refinery and works on; the next run ends it before its own."""
    os.mkfifo(tmp_path / "go")
    desk.gate(
        f"{GATE} && {{ test -e {tmp_path}/first || {{ echo $$ >{tmp_path}/first;"
        f" kill -9 $PPID; read -r _ <{tmp_path}/go; echo late >late.txt; exit 1; }}; }}"
    )
    bead, before = handed_in(desk)
    desk.run("gt", "refinery", "run", status=-signal.SIGKILL)
    assert request(desk, bead)["state"] == "testing"
    desk.gt("refinery", "run")
    orphan = int((tmp_path / "first").read_text())
    assert not started_at(orphan) or Path(f"/proc/{orphan}/stat").read_text().split()[2] == "Z"
    assert_landed(desk, bead, before)


def test_a_gate_tree_that_a_killed_git_left(desk: Desk) -> None:
    """Found as a bug: git locks what it is about to add, and was asked once to override that."""
    desk.gate("true")
    bead, _ = desk.hand_in()
    bare = desk.root / "mp" / "repo.git"
    tree = desk.root / "mp" / "refinery" / f"mr-{bead}-1"
    git(bare, "worktree", "add", "--quiet", "--detach", "--lock", str(tree), "main")
    shutil.rmtree(tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert str(tree) not in git(bare, "worktree", "list")


def test_a_target_whose_lock_a_killed_git_left(desk: Desk) -> None:
    """Found as a bug: nobody could move the branch any more. A young lock is left alone."""
    desk.gate("true")
    bead, before = handed_in(desk)
    bare = desk.root / "mp" / "repo.git"
    git(bare, "config", "core.filesRefLockTimeout", "20")
    lock = bare / "refs" / "heads" / "main.lock"
    lock.touch()
    said = desk.gt("refinery", "run", status=1)
    assert "main.lock': File exists" in said.out
    assert request(desk, bead)["state"] == "queued"
    assert lock.exists()
    os.utime(lock, (1, 1))
    desk.gt("refinery", "run")
    assert_landed(desk, bead, before)
    assert list((desk.root / ".gt" / "quarantine").glob("main.lock.*"))
