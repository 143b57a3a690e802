"""Agents at work: both runners, what they show, how they end, and waiting for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import RED
from tests.support.waiting import until

STEPS = """Do this:

```sh
echo made-by-hand >made.txt
```
"""


@pytest.fixture(params=["process", "tmux"])
def runner(request: pytest.FixtureRequest, desk: Desk) -> str:
    """Both ways to hold a session."""
    if request.param == "tmux" and shutil.which("tmux") is None:
        pytest.skip("tmux is not installed, so its runner is not tested")
    desk.gt("config", "set", "town.runner", request.param)
    return str(request.param)


def session(desk: Desk, agent: str = "mp/toast") -> str:
    """What `gt agents` says of an agent's session."""
    told = desk.gt("agents", "--all", "--json").data
    return str(next(entry["session"] for entry in told if entry["id"] == agent))


def test_the_whole_way_of_one_bead(desk: Desk, runner: str) -> None:
    """Slung, worked by the embedded agent, handed in, merged, landed, told: with both runners."""
    desk.gate("grep made-by-hand made.txt")
    bead = desk.bead("Make it", "-d", STEPS)
    convoy = desk.gt("convoy", "create", "X", bead, "--human", "--json").data["id"]
    said = desk.run("gt", "sling", bead, "mp")
    assert "agent started (shell)" in said.out
    until(lambda: session(desk) == "exited 0")
    peeked = desk.gt("peek", "mp/toast").out
    assert "echo made-by-hand" in peeked
    assert "queued as" in peeked
    desk.gt("refinery", "run")
    assert desk.on_target("made.txt") == "made-by-hand"
    form = "--format=%an|%s|%(trailers:key=Bead,valueonly)"
    log = git(desk.root / "mp" / "repo.git", "log", "-1", form, "main^2")
    assert log.strip().startswith(f"mp/toast|{bead}: echo made-by-hand")
    assert bead in log.split("|")[2]
    assert desk.gt("convoy", "show", convoy, "--json").data["convoy"]["state"] == "landed"
    assert "echo made-by-hand" in desk.gt("peek", "mp/toast").out


def test_peek_while_it_works_and_afterwards(desk: Desk, tmp_path: Path, runner: str) -> None:
    """The last lines are there while the agent lives, when it has ended and when it is gone."""
    gate = tmp_path / "gate"
    desk.gt("config", "agent", "set", "fake",
            f"sh -c 'echo first; printf \"\\033[31mred\\033[0m\\n\"; until test -e {gate}; do :; "
            "sleep 0.05; done; echo last; exit 3'")  # fmt: skip
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "fake")
    until(lambda: "red" in desk.gt("peek", "mp/toast").out)
    assert session(desk) == "running"
    assert "\x1b" not in desk.gt("peek", "mp/toast").out
    gate.touch()
    until(lambda: session(desk) == "exited 3")
    assert desk.gt("peek", "mp/toast").out.splitlines()[-1] == "last"
    assert desk.gt("peek", "mp/toast", "1").out == "last\n"
    desk.gt("unsling", bead)
    assert "last" in desk.gt("peek", "mp/toast").out
    desk.gt("peek", "mp/nobody", status=3)


def test_unsling_ends_the_agent_with_all_it_started(
    desk: Desk, tmp_path: Path, runner: str
) -> None:
    """The agent and its children are gone; processes that are not ours are not touched."""
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    desk.gt("config", "agent", "set", "fake",
            f"sh -c 'sleep 60 & echo $! >{tmp_path}/child; wait'")  # fmt: skip
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "fake")
    until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text())
    child = int((tmp_path / "child").read_text())
    desk.gt("unsling", bead)
    until(lambda: not Path(f"/proc/{child}").exists()
          or "Z (zombie)" in Path(f"/proc/{child}/status").read_text())  # fmt: skip
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_other_tmux_servers_are_not_touched(desk: Desk, tmp_path: Path) -> None:
    """The town has a server of its own: the person's sees nothing of it and lives on."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    mine = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "mine")]
    subprocess.run([*mine, "new-session", "-d", "-s", "mp--toast", "sleep 60"], check=True)
    try:
        desk.gt("config", "set", "town.runner", "tmux")
        desk.gt("config", "agent", "set", "fake", "sh -c 'exec sleep 60'")
        bead = desk.bead("#(touch pwned) #{pid}")
        desk.gt("sling", bead, "mp", "--agent", "fake")
        assert session(desk) == "running"
        desk.gt("unsling", bead)
        listed = subprocess.run([*mine, "list-sessions", "-F", "#{session_name}"], check=True,
                                capture_output=True, text=True).stdout  # fmt: skip
        assert listed == "mp--toast\n"
        assert not list(desk.root.parent.rglob("pwned"))
    finally:
        subprocess.run([*mine, "kill-server"], check=True)


def test_without_tmux_agents_run_as_processes(desk: Desk, tmp_path: Path) -> None:
    """`auto` needs no tmux; `tmux` without it is refused with a sentence after the assignment."""
    (tmp_path / "bin").mkdir()
    for tool in ("git", "sh", "env", "rm", "mv", "sleep", "true", "uname", "cat"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    path = {"PATH": str(tmp_path / "bin")}
    desk.gt("config", "set", "town.runner", "auto")
    desk.gt("config", "agent", "set", "fake", "true")
    bead = desk.bead()
    desk.run("gt", "sling", bead, "mp", "--agent", "fake", env=path)
    until(lambda: session(desk) == "exited 0")
    desk.gt("config", "set", "town.runner", "tmux")
    other = desk.bead()
    said = desk.run("gt", "sling", other, "mp", "--agent", "fake", env=path, status=1)
    assert "install tmux" in said.err


# gt sling --wait


def test_wait_ends_with_0_when_all_is_merged(desk: Desk) -> None:
    """--wait waits for the agents, merges, and says what landed."""
    beads = [desk.bead(f"bead {n}", "-d", f"```sh\necho {n} >{n}.txt\n```") for n in range(3)]
    said = desk.run("gt", "sling", *beads, "mp", "--wait")
    assert said.out.count("is merged into main") == 3
    assert "landed" in said.out
    assert {desk.shown(bead)["status"] for bead in beads} == {"closed"}


@pytest.mark.parametrize("how", ["agent fails", "agent leaves", "gate is red"])
def test_wait_ends_with_1_when_something_is_not(desk: Desk, how: str) -> None:
    """An agent that fails or leaves without `gt done`, or a red gate: status 1, and it is named."""
    steps = "false" if how == "agent fails" else "echo x >x"
    bead = desk.bead("x", "-d", f"```sh\n{steps}\n```")
    desk.gt("config", "agent", "set", "leaver", "true")
    desk.gate(RED if how == "gate is red" else "true")
    words = ("--agent", "leaver") if how == "agent leaves" else ()
    said = desk.run("gt", "sling", bead, "mp", "--wait", *words, status=1)
    if how == "gate is red":
        assert "gate test ended with status 1" in said.out
    else:
        assert "ended without" in said.out
        assert "gt peek mp/toast" in said.out
    assert desk.shown(bead)["status"] != "closed"


def test_wait_for_a_person_does_not_wait(desk: Desk) -> None:
    """Slung to a crew member without an agent there is nobody to wait for; it says so."""
    desk.gt("crew", "add", "me")
    said = desk.run("gt", "sling", desk.bead(), "mp/me", "--wait", status=1, timeout=30)
    assert "no agent" in said.out + said.err


def test_two_who_wait_do_not_get_in_each_others_way(desk: Desk) -> None:
    """Two `--wait` at once on one rig: one refinery works, both end with 0."""
    desk.gate("sleep 0.5")
    beads = [desk.bead(f"bead {n}", "-d", f"```sh\necho {n} >{n}.txt\n```") for n in range(2)]
    answers = desk.together(*[("gt", "sling", bead, "mp", "--wait") for bead in beads])
    assert [said.status for said in answers] == [0, 0], answers
    assert {desk.shown(bead)["status"] for bead in beads} == {"closed"}


def test_wait_in_json_is_one_document(desk: Desk) -> None:
    """With --json only the outcome is on stdout."""
    bead = desk.bead("x", "-d", "```sh\necho x >x\n```")
    told = desk.run("gt", "sling", bead, "mp", "--wait", "--json").data
    assert told["closed"] == [bead]
    assert told["unfinished"] == []
