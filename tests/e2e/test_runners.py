"""What agents get from the town, and what they do not: words, world, locks, and an own life."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from gastown.store import locks
from tests.support.desk import SCRIPTS, Desk
from tests.support.environment import DROPPED
from tests.support.people import git
from tests.support.waiting import until

TELLS = """\
import json, os, subprocess, sys
run = lambda *words: subprocess.run(words, capture_output=True, text=True)
told = {"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(),
        "fds": [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                if os.path.exists(f"/proc/self/fd/{n}")],
        "hook": json.loads(run("gt", "hook", "--json").stdout),
        "log": run("git", "-C", "../../../hq", "log", "-1", "--format=%s").stdout}
with open(sys.argv[1] + ".tmp", "w") as file:
    json.dump(told, file)
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
import time
time.sleep(300)
"""
RUNNERS = ["process", pytest.param("tmux", marks=pytest.mark.skipif(
    shutil.which("tmux") is None, reason="there is no tmux here"))]  # fmt: skip


@pytest.fixture(params=RUNNERS)
def runner(request: pytest.FixtureRequest, desk: Desk) -> str:
    """Both ways to hold a session."""
    desk.gt("config", "set", "town.runner", str(request.param))
    return str(request.param)


def session(desk: Desk) -> str:
    """What `gt agents` says of the first agent's session."""
    return str(desk.gt("agents", "--json").data[-1]["session"])


def test_what_an_agent_is_given(desk: Desk, tmp_path: Path, runner: str) -> None:
    """Its words as a shell splits them, the caller's world without the caller's place, no locks."""
    script, told = tmp_path / "tells.py", tmp_path / "to ld"
    script.write_text(TELLS)
    words = ("two words", "", "$HOME", "a'b", "*", "ä→😀", "#{pane_id}", "%1", "-x", "\\", ";")
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in (str(told), *words))
    desk.gt("config", "agent", "set", "fake", f'"{SCRIPTS}/python3" {script} {quoted}')
    bead = desk.bead("Look around")
    mine = {"MINE": "two\nlines", "EMPTY": "", "GIT_DIR": "/nowhere", "GT_ROLE": "mayor",
            "GIT_AUTHOR_NAME": "somebody", "CLAUDECODE": "1"}  # fmt: skip
    desk.run("gt", "sling", bead, "mp", "--agent", "fake", env=mine)
    until(told.exists)
    saw = json.loads(told.read_text())
    tree = desk.root / "mp" / "polecats" / "toast"
    assert saw["argv"] == [str(told), *words]
    assert saw["cwd"] == str(tree)
    env = saw["env"]
    assert (env["MINE"], env["EMPTY"]) == ("two\nlines", "")
    assert (env["GT_ROLE"], env["GT_RIG"], env["GT_AGENT"]) == ("mp/toast", "mp", "toast")
    assert env["GIT_AUTHOR_NAME"] == env["BD_ACTOR"] == "mp/toast"
    assert env["HOME"] == os.environ["HOME"]
    assert not {"GIT_DIR", "GT_FAULT", "GT_TOWN", "CLAUDECODE"} & env.keys()
    ours = {"GT_ROLE", "GT_RIG", "GT_AGENT", "GT_BRANCH", "BD_ACTOR", "GT_PORT_BASE",
            "GIT_CEILING_DIRECTORIES"}  # fmt: skip
    ours |= {f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    assert {name for name in env if name.startswith(DROPPED)} == ours
    assert saw["hook"]["data"]["bead"]["id"] == bead
    assert saw["log"].strip() == f"sling {bead} to mp/toast"
    assert not [name for name in saw["fds"] if ".gt" in name and ".log" not in name]
    for lock in desk.town.layout.locks.iterdir():
        assert not locks.is_held(lock)


def test_a_session_outlives_the_terminal_it_was_started_in(desk: Desk, runner: str) -> None:
    """The whole group of processes that typed `gt sling` is killed; the agent works on."""
    desk.gt("config", "agent", "set", "fake", "sh -c 'echo begun; exec sleep 300'")
    bead = desk.bead()
    shell = subprocess.Popen(
        ["sh", "-c", f'"{SCRIPTS}/gt" sling {bead} mp --agent fake; echo slung; sleep 300'],
        cwd=desk.root, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert shell.stdout is not None
    assert any(line == "slung\n" for line in shell.stdout)
    for number in (signal.SIGHUP, signal.SIGKILL):
        os.killpg(shell.pid, number)
    shell.wait(10)
    shell.stdout.close()
    assert session(desk) == "running"
    until(lambda: "begun" in desk.gt("peek", "mp/toast").out)
    desk.gt("unsling", bead)


def test_an_agent_that_cannot_be_started_is_said(desk: Desk, runner: str) -> None:
    """A program that is not there is an agent that ended, and its log says why."""
    desk.gt("config", "agent", "set", "fake", "no-such-program --at all")
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "fake", status=None)
    until(lambda: session(desk) != "running")
    assert session(desk) == "exited 127"
    assert "no-such-program" in desk.gt("peek", "mp/toast").out
    desk.gt("sling", bead, "mp", "--no-start")
    assert desk.shown(bead)["assignee"] == "mp/nux"


def test_both_runners_do_the_same(desk: Desk, runner: str) -> None:
    """The embedded agent, waited for: the same commits by the same author, whoever holds it."""
    bead = desk.bead("Make it", "-d", "```sh\necho 1 >one.txt\necho 2 >two.txt\n```")
    said = desk.run("gt", "sling", bead, "mp", "--wait")
    assert f"{bead} is merged into main" in said.out
    bare = desk.root / "mp" / "repo.git"
    assert git(bare, "log", "--format=%an %s", "main^1..main^2").splitlines() == [
        f"mp/toast {bead}: echo 2 >two.txt", f"mp/toast {bead}: echo 1 >one.txt",
    ]  # fmt: skip
    assert git(bare, "ls-tree", "--name-only", "main").splitlines()[-2:] == ["src", "two.txt"]
    assert "all commands ran" in desk.gt("peek", "mp/toast").out
