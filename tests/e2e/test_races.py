"""Many processes at once: one winner where there can be one, no lost write anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.children import REPOSITORY
from tests.support.desk import Desk
from tests.support.pauses import pause_before
from tests.support.people import git, write
from tests.support.queue import requests, times_moved
from tests.support.soundness import assert_sound, subjects
from tests.support.waiting import until

CROWD, ACTS = 8, 16


def hooks_of(desk: Desk) -> list[Any]:
    """Every live polecat's hook, as `gt hooks list` sees it; none is broken."""
    found = desk.gt("hooks", "list", "--json").data["hooks"]
    return [hook for hook in found if hook["role"] == "polecat"]


def assert_paired(desk: Desk) -> None:
    """Fail unless beads and hooks point at each other, and every hook has its branch."""
    bare = desk.root / "mp" / "repo.git"
    held = {hook["bead"]: hook["id"] for hook in hooks_of(desk) if hook["bead"]}
    assert len(held) == sum(hook["bead"] is not None for hook in hooks_of(desk))
    for bead in desk.bd("list", "--all", "-n", "0", "--json").json:
        if bead["id"] in held:
            assert bead["status"] in ("hooked", "in_progress")
            assert bead["assignee"] == held[bead["id"]]
        else:
            assert bead["status"] not in ("hooked", "in_progress")
    for hook in hooks_of(desk):
        git(bare, "rev-parse", "--verify", f"refs/heads/{hook['branch']}")
        assert (desk.root / hook["path"]).is_dir()
    trees = list((desk.root / "mp" / "polecats").glob("[!.]*"))
    assert len(trees) == len(hooks_of(desk))
    assert git(bare, "fsck", "--no-dangling") == ""


def test_ten_slings_of_one_bead(desk: Desk) -> None:
    """One wins; nine are told who has it, with status 4; there is one worktree and one convoy."""
    bead = desk.bead()
    said = desk.together(*[("gt", "sling", bead, "mp", "--no-start")] * 10)
    assert sorted(one.status for one in said) == [0, *[4] * 9]
    for one in said:
        assert one.status == 0 or f"{bead} is on the hook of mp/toast" in one.err
    assert [hook["bead"] for hook in hooks_of(desk)] == [bead]
    assert len(desk.gt("convoy", "list", "--json").data) == 1
    slung = [subject for subject in subjects(desk.town) if subject.startswith("sling")]
    assert slung == [f"sling {bead} to mp/toast"]
    assert_paired(desk)


def test_ten_slings_of_ten_beads(desk: Desk) -> None:
    """Ten names, ten worktrees, ten branches; no write is lost."""
    beads = [desk.bead(f"bead {number}") for number in range(10)]
    said = desk.together(*[("gt", "sling", bead, "mp", "--no-start") for bead in beads])
    assert [one.status for one in said] == [0] * 10, said
    hooks = hooks_of(desk)
    assert {hook["bead"] for hook in hooks} == set(beads)
    assert len({hook["path"] for hook in hooks}) == len({hook["branch"] for hook in hooks}) == 10
    assert sum(subject.startswith("sling") for subject in subjects(desk.town)) == 10
    assert_paired(desk)


def test_ten_beads_and_ten_writers_of_one_bead(desk: Desk) -> None:
    """Ten new ids; and ten notes on one bead, of which each is kept."""
    made = desk.together(*[("bd", "create", f"bead {number}", "--silent") for number in range(10)])
    ids = {one.out.strip() for one in made}
    assert len(ids) == len(desk.bd("list", "--json").json) == 10
    bead = ids.pop()
    desk.together(
        *[("bd", "update", bead, "--append-notes", f"note {number}") for number in range(10)]
    )
    notes = desk.shown(bead)["notes"].splitlines()
    assert sorted(notes) == [f"note {number}" for number in range(10)]


def results(desk: Desk) -> list[str]:
    """What the requests became; each is a commit that the target has."""
    found = [merge["result"] for merge in requests(desk)]
    for commit in found:
        git(desk.root / "mp" / "repo.git", "merge-base", "--is-ancestor", commit, "main")
    return found


def test_ten_times_done(desk: Desk) -> None:
    """Ten of one hook make one request; one each of ten hooks make ten; all of them land."""
    bead, tree = desk.sling("ten times")
    desk.work(tree)
    words = ("gt", "done")
    children = [desk.start(*words, at=tree) for _ in range(10)]
    said = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0] * 10, said
    assert [merge["bead"] for merge in requests(desk)] == [bead]
    slung = [desk.sling(f"bead {number}") for number in range(5)]
    for _, other in slung:
        desk.work(other)
    children = [desk.start(*words, at=other) for _, other in slung]
    said = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0] * 5, said
    assert len(requests(desk)) == 6
    desk.gt("refinery", "run")
    assert {merge["state"] for merge in requests(desk)} == {"merged"}
    assert len(set(results(desk))) == 6
    assert times_moved(desk) <= 6


def test_three_refineries(desk: Desk) -> None:
    """Whoever comes first works; every bead is merged once."""
    beads = [desk.hand_in(f"bead {number}")[0] for number in range(4)]
    said = desk.together(*[("gt", "refinery", "run")] * 3)
    assert {one.status for one in said} <= {0, 75}
    desk.gt("refinery", "run")
    assert [desk.shown(bead)["status"] for bead in beads] == ["closed"] * 4
    assert len(set(results(desk))) == 4
    assert times_moved(desk) <= 4


def test_a_name_is_given_out_while_its_place_is_cleared(desk: Desk, tmp_path: Path) -> None:
    """Found as a bug: whoever got the name of a polecat on its way out met it in the doorway."""
    bead, tree = desk.sling("old")
    write(tree, {"half.txt": "half\n"})
    other = desk.bead("new")
    pause = pause_before(tmp_path / "pause", "worktree remove")
    leaving = desk.start("gt", "unsling", bead, env=pause.env)
    pause.wait()
    coming = desk.start("gt", "sling", other, "mp", "--no-start")
    until(lambda: desk.shown(other)["status"] == "hooked")
    pause.go_on()
    for child in (leaving, coming):
        out, err = child.communicate(timeout=30)
        assert child.returncode == 0, (out, err)
    assert desk.gt("hook", at=tree).out.startswith(other)
    assert not (tree / "half.txt").exists()
    assert git(desk.root / "mp" / "repo.git", "show", "refs/gt/rescue/toast/1:half.txt") == "half"
    assert_paired(desk)


def test_work_is_taken_back_while_its_place_is_made(desk: Desk, tmp_path: Path) -> None:
    """The one who takes it back waits until the worktree is there, and takes it away."""
    bead = desk.bead()
    pause = pause_before(tmp_path / "pause", "worktree add")
    coming = desk.start("gt", "sling", bead, "mp", "--no-start", env=pause.env)
    pause.wait()
    leaving = desk.start("gt", "unsling", bead)
    until(lambda: desk.shown(bead)["status"] == "open")
    pause.go_on()
    for child in (coming, leaving):
        out, err = child.communicate(timeout=30)
        assert child.returncode == 0, (out, err)
    assert not (desk.root / "mp" / "polecats" / "toast").exists()
    assert_paired(desk)


def test_repair_waits_for_whoever_makes_a_place(desk: Desk, tmp_path: Path) -> None:
    """A worktree that is just being made is not broken when its turn comes."""
    bead = desk.bead()
    pause = pause_before(tmp_path / "pause", "worktree add")
    coming = desk.start("gt", "sling", bead, "mp", "--no-start", env=pause.env)
    pause.wait()
    repairing = desk.start("gt", "hooks", "repair")
    until(lambda: repairing.poll() is not None or waits_for_lock(repairing.pid))
    pause.go_on()
    for child in (coming, repairing):
        out, err = child.communicate(timeout=30)
        assert child.returncode == 0, (out, err)
    assert "in order" in out
    assert_paired(desk)


def waits_for_lock(pid: int) -> bool:
    """Whether a process has the lock of the place open."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        return any(str(fd.readlink()).endswith("mp.place.toast") for fd in folder.iterdir())
    except OSError:
        return False


@pytest.mark.parametrize("seed", [1])
def test_a_crowd(desk: Desk, seed: int) -> None:
    """Eight processes type at random: nothing crashes, nothing is lost, and all of it fits."""
    for number in range(4):
        desk.bead(f"first {number}")
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.crowd", str(desk.root),
             str(seed * CROWD + number), str(ACTS)],
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(CROWD)
    ]  # fmt: skip
    answers = [(child.communicate(timeout=100), child.returncode) for child in children]
    commits: set[str] = set()
    for (out, err), status in answers:
        assert status == 0, err
        told = json.loads(out)
        commits.update(told["commits"])
        for line, ended, said in told["said"]:
            busy = line.startswith("gt refinery run") and ended == 75
            assert ended in (0, 1, 3, 4) or busy, (line, ended, said)
            # Git's troubles are ours: nobody who types may see them.
            assert " failed in /" not in said, (line, said)
    assert list(desk.town.layout.logs.glob("bug-*")) == []
    assert_sound(desk.town)
    assert_paired(desk)
    bare = desk.root / "mp" / "repo.git"
    held = set(git(bare, "rev-list", "--all").split())
    assert commits <= held, "a commit of an agent is held by no ref"
    closed = [merge for merge in requests(desk) if merge["state"] == "merged"]
    for merge in closed:
        git(bare, "merge-base", "--is-ancestor", merge["head"], "main")
    assert times_moved(desk) <= len(closed)
    assert "in order" in desk.gt("hooks", "repair").out
