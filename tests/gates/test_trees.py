"""Warm worktrees: a move costs the difference, and nothing a gate did is there for the next one."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gastown.runtime.process import identify, is_alive
from gastown.store import locks
from tests.support.desk import Desk
from tests.support.gates import commit_of, gate, gated, runs, set_up, slot
from tests.support.people import git
from tests.support.queue import assert_no_gate_trees
from tests.support.trees import listing
from tests.support.waiting import until


def inode(path: Path) -> tuple[int, int]:
    """Which file it is, and when it was written."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def test_a_move_costs_the_difference(desk: Desk, project: Path) -> None:
    """What two commits have in common is not written again; the rest is as in the second one."""
    first = gated(desk, gate("true"))
    tree = slot(desk)
    kept, changed = inode(tree / "src/a.txt"), inode(tree / "README.md")
    commit = commit_of(desk, project, {"README.md": "new\n", "more/x.txt": "x\n", "ü b.txt": "u\n"})
    second = gated(desk, gate("cat README.md more/x.txt; git status --porcelain"), commit=commit)
    assert second.results[0].output == "new\nx\n"
    assert inode(tree / "src/a.txt") == kept
    assert inode(tree / "README.md") != changed
    gated(desk, gate("ls more"), commit=first.commit)
    assert sorted(path.name for path in tree.iterdir()) == [".git", "README.md", "src"]
    assert_no_gate_trees(desk)


# What a gate does; each of them must leave no trace for the next.
DEEDS = {
    "changed": "echo mess >README.md; echo mess >>src/a.txt",
    "same size and time": "printf 'b\\n' >new; touch -r src/a.txt new; mv new src/a.txt",
    "removed": "mv README.md gone; mv src src2",
    "untracked and ignored": "echo '*.o' >.gitignore; touch x.o src/y.o; mkdir -p d/e; : >d/e/f",
    "empty folder": "mkdir -p left/over",
    "staged": "echo mess >src/a.txt; git add -A",
    "committed": "echo mess >src/a.txt; git -c user.name=x -c user.email=x@x commit -qam mess",
    "another branch": "git switch -q -c theirs",
    "assumed unchanged": "git update-index --assume-unchanged README.md; echo mess >README.md",
    "skipped": "git update-index --skip-worktree README.md; echo mess >README.md",
    "sparse": "git sparse-checkout set --no-cone /README.md",
    "no index": "echo mess >README.md; git rm -rq --cached .",
    "a file for a folder": "mv src old; echo mess >src",
    "a folder for a file": "mv README.md old; mkdir README.md; echo mess >README.md/x",
    "a link out of it": "mv src old; ln -s /tmp src",
    "nested repository": "git init -q inner; echo mess >inner/x",
    "read-only": "mkdir ro; echo mess >ro/x; chmod 500 ro; chmod 400 README.md",
    "its mode": "chmod +x README.md",
    "the link to git": "echo 'gitdir: /nowhere' >.git",
    "no link to git": "mv .git git.old",
    "a merge in progress": "cp .git x; git rev-parse HEAD >$(git rev-parse --git-dir)/MERGE_HEAD",
    "locked index": ": >$(git rev-parse --git-dir)/index.lock",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_next_gate_sees_nothing_of_it(desk: Desk, deed: str) -> None:
    """Whatever a gate does to its worktree, the next one has exactly the commit's files."""
    gated(desk, gate("git ls-files -s; git status --porcelain --ignored", "before"))
    clean = listing(slot(desk))
    assert gated(desk, gate(DEEDS[deed], "mess")).passed, deed
    look = gate("git ls-files -vs; git status --porcelain --ignored; git symbolic-ref -q HEAD", "x")
    found = gated(desk, look).results[0]
    assert found.output == "".join(
        f"H {line}\n" for line in git(slot(desk), "ls-files", "-s").splitlines()
    )
    assert listing(slot(desk)) == clean
    assert_no_gate_trees(desk)


def test_a_populated_submodule_is_thrown_away(desk: Desk, project: Path) -> None:
    """Submodules are not filled in; what a gate filled in is gone for the next one."""
    git(project, "update-index", "--add", "--cacheinfo", f"160000,{desk.target()},sub")
    git(project, "commit", "--quiet", "--no-verify", "-m", "a submodule")
    git(desk.root / "mp" / "repo.git", "fetch", "--quiet", str(project), "HEAD")
    commit = git(project, "rev-parse", "HEAD")
    said = gated(desk, gate("ls -A sub; git init -q sub; echo mess >sub/x"), commit=commit)
    assert said.results[0].output == ""
    again = gated(desk, gate("ls -A sub", "look"), commit=commit)
    assert (again.passed, again.results[0].output) == (True, "")


@pytest.mark.parametrize(
    ("leader", "other_slot"), [("lives", False), ("is dead", False), ("lives", True)]
)
def test_a_killed_run_leaves_nothing_going(
    desk: Desk, tmp_path: Path, leader: str, other_slot: bool
) -> None:
    """The next run ends what a killed one had started, and begins with a new worktree."""
    desk.gate(f"sleep 300 & echo $$ $! >{tmp_path}/pids; echo mess >README.md; wait")
    head, pids = desk.target(), tmp_path / "pids"
    child = desk.start("gt", "gates", "run", head, "--rig", "mp", "--alone")
    until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    shell, left = (identify(int(pid)) for pid in pids.read_text().split())
    assert shell is not None
    assert left is not None
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=20)
    if leader == "is dead":
        os.kill(shell.pid, signal.SIGKILL)
        until(lambda: not is_alive(shell))
    assert is_alive(left)
    old = inode(slot(desk, "agent-0") / "src/a.txt")
    desk.gate("cat README.md")
    if other_slot:  # the refinery's own run ends it, too
        gated(desk, gate("true"))
        assert not is_alive(left)
    said = desk.gt("gates", "run", head, "--rig", "mp", "--alone", "--json").data
    assert said["results"][0]["output"] == "# A project\n"
    assert not is_alive(shell)
    assert not is_alive(left)
    assert inode(slot(desk, "agent-0") / "src/a.txt") != old
    assert_no_gate_trees(desk)


def test_only_what_the_killed_run_started_is_ended(desk: Desk) -> None:
    """A process that has the number of one of ours by now is left alone; so is another town's."""
    gated(desk, gate("true"))
    me = identify(os.getpid())
    assert me is not None
    marker = desk.root / ".gt" / "run" / "gates" / "mp" / "0" / "running.json"
    tree = str(slot(desk))
    odd: tuple[Any, ...] = (
        {"tree": tree, "processes": [[me.pid, "another time"]]},
        {"tree": "/another/town", "processes": [[me.pid, me.started]]},
        {"tree": tree, "processes": "x"},
        [],
    )
    for said in odd:
        marker.write_text(json.dumps(said))
        assert gated(desk, gate("true", "again"), fresh=True).passed
        assert not marker.exists()


@pytest.mark.parametrize("point", ["gates:cleaned", "gates:ready"])
def test_killed_while_it_makes_the_tree_ready(desk: Desk, point: str) -> None:
    """Half a checkout is never taken for a whole one."""
    desk.gate("git status --porcelain --ignored; ls")
    words = ("gates", "run", desk.target(), "--rig", "mp", "--alone")
    desk.run("gt", *words, env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    said = desk.gt(*words, "--json").data
    assert said["results"][0]["output"] == "README.md\nsrc\n"
    assert_no_gate_trees(desk)


def test_a_full_disk_is_said_and_mended(desk: Desk) -> None:
    """A disk that is full while the tree is filled fails the command, not the commit."""
    desk.gate("true")
    words = ("gates", "run", desk.target(), "--rig", "mp", "--alone")
    desk.run("gt", *words, env={"GT_FAULT": "gates:cleaned:enospc"}, status=74)
    assert "green" in desk.gt(*words).out


def test_slots_exclude_each_other(desk: Desk) -> None:
    """Who asks takes the first free slot of those for asking; the refinery's own is not touched."""
    desk.gate("basename $PWD")
    lock = desk.town.layout.rig_lock
    words = ("gates", "run", desk.target(), "--rig", "mp", "--alone", "--again", "--json")
    seen = []
    with locks.hold(lock("mp", "slot-0")), locks.hold(lock("mp", "refinery")):
        seen.append(desk.run("gt", *words).data["results"][0]["output"])
        with locks.hold(lock("mp", "slot-agent-0")):
            seen.append(desk.run("gt", *words).data["results"][0]["output"])
    assert seen == ["slot-agent-0\n", "slot-agent-1\n"]


@pytest.mark.parametrize("files", ["are there", "are gone"])
def test_trees_of_earlier_versions_are_removed(desk: Desk, files: str) -> None:
    """A throw-away worktree that an older refinery left is gone, and forgotten by git."""
    old = desk.root / "mp" / "refinery" / "mr-mp-1-1"
    git(desk.root / "mp" / "repo.git", "worktree", "add", "--quiet", "--detach", "--lock", str(old))
    if files == "are gone":
        shutil.rmtree(old)
    gated(desk, gate("true"))
    assert_no_gate_trees(desk)


# The cache of the setup

SETUP = """
[rigs.mp.gate_setup]
command = "echo x >>{count}; mkdir -p 'w/c [1]'; cat lock.txt >'w/c [1]/made'; touch w/rubbish"
key = ["lock.txt"]
cache = ["w/c [1]"]
"""


def test_the_cache_lives_as_long_as_its_key(desk: Desk, project: Path, tmp_path: Path) -> None:
    """It is kept across commits, dropped with another key file, and made again when it is lost."""
    set_up(desk, SETUP.format(count=tmp_path / "n"))
    look = gate("cat 'w/c [1]/made'; ls w; touch w/more 'w/c [1]/kept'; ls 'w/c [1]' >&2")
    one = commit_of(desk, project, {"lock.txt": "1\n"})
    two = commit_of(desk, project, {"other.txt": "2\n", "w/tracked": "t\n"})
    three = commit_of(desk, project, {"lock.txt": "3\n"})
    said = [gated(desk, look, commit=c).results[0].output for c in (one, two, three)]
    assert said == [
        "1\nc [1]\nrubbish\nkept\nmade\n",
        "1\nc [1]\ntracked\nkept\nmade\n",
        "3\nc [1]\nrubbish\ntracked\nkept\nmade\n",
    ]
    assert runs(tmp_path / "n") == 2
    gated(desk, gate("mv 'w/c [1]' w/elsewhere", "lose"), commit=three)
    gated(desk, gate("cat 'w/c [1]/made'", "find"), commit=three)
    assert runs(tmp_path / "n") == 3


def test_a_cache_that_was_cut_off_is_dropped(desk: Desk, tmp_path: Path) -> None:
    """A gate that is ended in the middle may have spoilt it."""
    set_up(desk, SETUP.format(count=tmp_path / "n").replace("cat lock.txt", "echo"))
    assert not gated(desk, gate("sleep 300", timeout_s=1)).passed
    assert gated(desk, gate("true", "next")).passed
    assert runs(tmp_path / "n") == 2


def test_a_red_setup_is_a_red_commit(desk: Desk, tmp_path: Path) -> None:
    """No gate runs, the setup is what was red, its log is there, and it is tried again."""
    set_up(desk, f'[rigs.mp.gate_setup]\ncommand = "echo no >&2; echo x >>{tmp_path}/n; exit 3"')
    for _ in range(2):
        said = gated(desk, gate("true"), batch="b")
        assert said.red is not None
        assert (said.red.gate.name, said.red.output) == ("setup", "no\n")
        assert (said.passed, said.missing) == (False, ("test",))
        assert "status 3" in said.red.reason
    assert runs(tmp_path / "n") == 2
    log = desk.root / ".gt" / "log" / "gates" / "a-test" / "setup.log"
    assert log.read_text().count("# gate setup\nno\n") == 2
