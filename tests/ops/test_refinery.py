"""The refinery and people: what they merged, moved or left lying where a merge should go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.desk import SCRIPTS, Desk
from tests.support.pauses import pause_before
from tests.support.people import commit_all, git, write
from tests.support.queue import RED, assert_no_gate_trees, request
from tests.support.waiting import until


def crew_on_target(desk: Desk) -> Path:
    """A person's worktree with the target checked out."""
    desk.gt("crew", "add", "me")
    tree = desk.root / "mp" / "crew" / "me"
    git(tree, "switch", "--quiet", "main")
    return tree


def test_without_gates_it_merges(desk: Desk) -> None:
    """A rig without gates takes the work as it is, and says so."""
    bead, _ = desk.hand_in(files={"one.txt": "1\n"})
    assert "gates none" in desk.gt("refinery", "run").err
    assert desk.on_target("one.txt") == "1"
    desk.gt("mq", "log", bead, status=3)
    assert "empty" in desk.gt("refinery", "run").out


def test_nothing_is_said_before_it_is_true(desk: Desk, tmp_path: Path) -> None:
    """While gates run, the target is untouched and the bead is open: the gate itself looks."""
    before = desk.target()
    bead, _ = desk.hand_in()
    look = f"{SCRIPTS / 'bd'} show {bead} --json >{tmp_path}/bead"
    desk.gate(f"{look} && git rev-parse refs/heads/main HEAD >{tmp_path}/heads")
    desk.gt("refinery", "run")
    assert '"status": "in_progress"' in (tmp_path / "bead").read_text()
    target, tested = (tmp_path / "heads").read_text().split()
    assert (target, tested) == (before, desk.target())
    assert desk.shown(bead)["status"] == "closed"


def test_what_a_gate_commits_is_not_merged(desk: Desk) -> None:
    """A gate that changes and commits its throw-away worktree leaves nothing of that anywhere."""
    desk.gate(
        "echo 2 >one.txt; git add -A; git -c user.name=x -c user.email=x commit --quiet -m mess;"
        " git tag mess-was-here HEAD^"
    )
    desk.hand_in(files={"one.txt": "1\n"})
    desk.gt("refinery", "run")
    bare = desk.root / "mp" / "repo.git"
    assert desk.on_target("one.txt") == "1"
    assert git(bare, "tag") == "mess-was-here"
    assert "mess" not in git(bare, "log", "--format=%s", "main")
    assert_no_gate_trees(desk)


def test_what_a_passing_gate_left_running_is_ended(desk: Desk, tmp_path: Path) -> None:
    """A gate may not leave a process behind that works on in the next one's place."""
    pid = tmp_path / "pid"
    desk.gate(f"(sleep 300 & echo $! >{pid}; wait) & until [ -s {pid} ]; do :; done")
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run")
    assert request(desk, bead)["state"] == "merged"
    until(lambda: not Path(f"/proc/{int(pid.read_text())}").exists())


def test_a_history_of_its_own_does_not_stop_the_queue(desk: Desk) -> None:
    """Found as a bug: work that has nothing in common with the target failed the whole run."""
    bead, tree = desk.sling("odd")
    branch = git(tree, "symbolic-ref", "HEAD")
    alone = git(tree, "commit-tree", "-m", "alone", git(tree, "write-tree"))
    git(tree, "update-ref", branch, alone)
    desk.gt("done", at=tree)
    other, _ = desk.hand_in("even")
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["state"] == "conflicted"
    assert "nothing in common" in request(desk, bead)["reason"]
    assert desk.shown(other)["status"] == "closed"


def test_what_is_red_on_the_moved_target_does_not_land(desk: Desk, tmp_path: Path) -> None:
    """Green on the old target and red on the new one is red: it is never merged untested."""
    bare, start = desk.root / "mp" / "repo.git", desk.target()
    blob = git(bare, "hash-object", "-w", "--stdin", stdin="moved\n")
    tree = git(bare, "mktree", stdin=f"100644 blob {blob}\tmoved.txt\n")
    moved = git(bare, "commit-tree", "-p", start, "-m", "meanwhile", tree)
    desk.gate(
        f"git rev-parse --verify --quiet HEAD^2 || exit 0; git rev-parse HEAD^1 >>{tmp_path}/bases;"
        f" test ! -e moved.txt && git update-ref refs/heads/main {moved} {start}"
    )
    bead, _ = desk.hand_in()
    said = desk.gt("refinery", "run", status=1)
    assert "main moved meanwhile" in said.err
    assert (tmp_path / "bases").read_text().split() == [start, moved, moved]
    assert (request(desk, bead)["state"], request(desk, bead)["attempts"]) == ("failed", 2)
    assert desk.target() == moved


def test_work_that_a_person_merged_is_not_tested(desk: Desk) -> None:
    """What the target holds already is merged, whatever the gates say."""
    desk.gate(RED)
    bead, work = desk.hand_in()
    tree = crew_on_target(desk)
    branch = git(work, "symbolic-ref", "--short", "HEAD")
    git(tree, "merge", "--quiet", "--no-edit", branch)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert request(desk, bead)["attempts"] == 0


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_failed_work_that_a_person_merged_is_found(desk: Desk, how: str) -> None:
    """`convoy refresh` closes the bead of a red request that somebody merged all the same."""
    desk.gate(RED)
    bead, work = desk.hand_in()
    convoy = desk.gt("convoy", "create", "X", bead, "--json").data["id"]
    desk.gt("refinery", "run", status=1)
    tree = crew_on_target(desk)
    branch = git(work, "symbolic-ref", "--short", "HEAD")
    if how == "squash":
        git(tree, "merge", "--quiet", "--squash", branch)
        commit_all(tree, "all at once")
    else:
        git(tree, "merge", "--quiet", "--no-edit", branch)
    desk.gt("convoy", "refresh", convoy)
    assert desk.shown(bead)["status"] == "closed"
    assert desk.gt("convoy", "show", convoy, "--json").data["convoy"]["state"] == "landed"
    assert not work.exists()
    assert git(tree, "status", "--porcelain") == ""


def test_one_that_is_held_does_not_hold_others(desk: Desk) -> None:
    """A person's file in the way of one merge lets the others land."""
    tree = crew_on_target(desk)
    beads = [desk.hand_in(f"bead {number}", {f"{number}.txt": "x\n"})[0] for number in range(2)]
    write(tree, {"0.txt": "in the way of the first only\n"})
    desk.gt("refinery", "run", status=1)
    assert [request(desk, bead)["state"] for bead in beads] == ["queued", "merged"]


def test_no_retry_behind_an_agent_that_is_at_work(desk: Desk) -> None:
    """While the agent reworks, only its own `gt done` queues the request again."""
    desk.gate(RED)
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    desk.gt("sling", bead, "mp/toast", "--no-start")
    desk.work(tree, {"more.txt": "more\n"})
    assert "at work" in desk.gt("mq", "retry", request(desk, bead)["id"], status=4).err


def test_rework_may_end_without_code(desk: Desk) -> None:
    """Found as a bug: a failed request stayed in the queue for ever when no code was needed."""
    desk.gate(RED)
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    desk.gt("sling", bead, "mp/toast", "--no-start")
    git(tree, "reset", "--quiet", "--hard", "main")
    desk.gt("done", "--no-code", at=tree)
    assert desk.shown(bead)["status"] == "closed"
    assert request(desk, bead)["state"] == "withdrawn"
    assert "empty" in desk.gt("mq", "list").out


def test_an_unknown_rig(desk: Desk) -> None:
    """It is said, and the queue is left alone."""
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", "nope", status=3)
    assert request(desk, bead)["state"] == "queued"


def test_work_that_is_handed_in_while_a_merge_is_tried(desk: Desk, tmp_path: Path) -> None:
    """Found as a bug: the merge commit held the new work as a parent, and the old tree.

    Whoever hands in more between trial and test gets all of it tested and merged.
    """
    bead, tree = desk.hand_in(files={"one.txt": "1\n"})
    pause = pause_before(tmp_path / "pause", "merge-tree")
    child = desk.start("gt", "refinery", "run", env=pause.env)
    pause.wait()
    head = desk.work(tree, {"two.txt": "2\n"})
    desk.gt("done", at=tree)
    pause.go_on()
    out, err = child.communicate(timeout=30)
    assert child.returncode == 0, (out, err)
    assert request(desk, bead)["head"] == head
    assert desk.on_target("one.txt") == "1"
    assert desk.on_target("two.txt") == "2"
    assert git(desk.root / "mp" / "repo.git", "rev-parse", "main^2") == head


def test_work_that_is_taken_back_while_a_merge_is_tried(desk: Desk, tmp_path: Path) -> None:
    """It is not merged, and nobody is troubled with it."""
    bead, _ = desk.hand_in()
    before = desk.target()
    pause = pause_before(tmp_path / "pause", "merge-tree")
    child = desk.start("gt", "refinery", "run", env=pause.env)
    pause.wait()
    desk.gt("unsling", bead)
    pause.go_on()
    out, err = child.communicate(timeout=30)
    assert child.returncode == 0, (out, err)
    assert "queue is empty" in out
    assert request(desk, bead)["state"] == "withdrawn"
    assert desk.target() == before


def test_work_that_goes_on_while_it_is_tested(desk: Desk, tmp_path: Path) -> None:
    """While gates run `gt done` is refused; what is committed then stays on its branch."""
    os.mkfifo(tmp_path / "go")
    desk.gate(f"touch {tmp_path}/begun; read -r _ <{tmp_path}/go")
    bead, tree = desk.hand_in(files={"one.txt": "1\n"})
    child = desk.start("gt", "refinery", "run")
    until((tmp_path / "begun").exists)
    late = desk.work(tree, {"two.txt": "2\n"})
    write(tree, {"half.txt": "half\n"})
    assert "not committed" in desk.gt("done", at=tree, status=1).err
    (tree / "half.txt").unlink()
    assert "being tested" in desk.gt("done", at=tree, status=4).err
    write(tree, {"half.txt": "half\n"})
    (tmp_path / "go").write_text("go\n")
    assert child.wait(30) == 0
    child.communicate()
    bare = desk.root / "mp" / "repo.git"
    assert desk.on_target("one.txt") == "1"
    assert git(bare, "rev-parse", f"polecat/toast/{bead}@1") == late
    assert git(bare, "show", "refs/gt/rescue/toast/1:half.txt") == "half"
