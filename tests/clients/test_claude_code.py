"""The real Claude Code client as a polecat, against a scripted server: from sling to landing."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.tmux import available
from tests.support.desk import Desk, host
from tests.support.messages_api import OUTPUT_TOKENS, Bash, Hold, MessagesApi, Say, Step
from tests.support.people import git
from tests.support.waiting import until

_LONG_S = 60


def work(file: str = "hello.txt") -> list[Step]:
    """What a polecat does that knows its work: look, edit, commit, hand in."""
    return [
        Bash("gt hook"),
        Bash(f"echo hello | tee {file}"),
        Bash(f"git add {file} && git commit -q -m 'Say hello'"),
        Bash("gt done"),
        Say("The work is handed in."),
    ]


def texts(body: dict[str, object]) -> str:
    """All that a request says to the model."""
    return json.dumps(body)


@pytest.fixture
def monitored(claude: Desk) -> Iterator[Desk]:
    """The town with its monitor, and agents in tmux."""
    if available(os.environ) is None:
        pytest.skip("NOT TESTED: Claude Code in tmux, because tmux is missing")
    claude.gt("config", "set", "town.runner", "tmux")
    claude.run("gt", "up")
    yield claude
    claude.run("gt", "down")


def test_without_a_terminal_from_sling_to_landing(claude: Desk, api: MessagesApi) -> None:
    """Primed by its hook, worked, committed, handed in, merged; the convoy landed, nothing lost."""
    bead = claude.bead("Say hello", "--acceptance", "hello.txt says hello", "--rig", "mp")
    api.script(bead, work())
    claude.gt("convoy", "create", "Greetings", bead)
    claude.run("gt", "sling", bead, "mp", "--agent", "claude", "--wait", timeout=_LONG_S)
    assert claude.on_target("hello.txt") == "hello"
    assert claude.shown(bead)["status"] == "closed"
    assert not claude.gt("convoy", "list", "--json").data
    first = texts(api.seen(bead)[0])
    assert "hello.txt says hello" in first  # the acceptance criteria came with the prime
    assert "begin with the work on your hook" in first
    [noted] = claude.town.read().conversations()
    assert noted.bead == bead
    assert noted.runtime == "claude"


def test_what_it_was_refused_it_is_told(claude: Desk, api: MessagesApi) -> None:
    """A command that would leave the hook is refused by the guard, and the model reads why."""
    bead = claude.bead("Wander off", "--rig", "mp")
    hq = claude.root / "hq"
    api.script(bead, [Bash(f"git -C {hq} commit --allow-empty -m mine"), *work()])
    before = git(hq, "rev-list", "--count", "HEAD", "--author=polecat")
    claude.run("gt", "sling", bead, "mp", "--agent", "claude", "--wait", timeout=_LONG_S)
    refused = texts(api.seen(bead)[1])
    assert "is_error" in refused
    assert "your worktree" in refused or "your hook" in refused
    assert git(hq, "rev-list", "--count", "HEAD", "--author=polecat") == before
    assert claude.shown(bead)["status"] == "closed"


def test_the_persons_own_settings_and_hooks_go_on(
    claude: Desk, api: MessagesApi, project: Path
) -> None:
    """Hooks of the user and of the project run as well; no byte of their files is changed."""
    mine = Path(os.environ["HOME"]) / ".claude" / "settings.json"
    mine.parent.mkdir(exist_ok=True)
    trace = claude.root.parent / "trace"
    hook = {"type": "command", "command": f"echo mine >> {trace}", "timeout": 7}
    mine.write_text(json.dumps({"env": {"X": "1"}, "hooks": {"Stop": [{"hooks": [hook]}]}}))
    theirs = project / ".claude" / "settings.json"
    theirs.parent.mkdir()
    hook = {"type": "command", "command": f"echo project >> {trace}"}
    theirs.write_text(json.dumps({"hooks": {"SessionStart": [{"hooks": [hook]}]}}))
    claude.work(project, {}, "settings of the project")
    before = mine.read_bytes()
    bead = claude.bead("Say hello", "--rig", "mp")
    api.script(bead, work())
    claude.run("gt", "sling", bead, "mp", "--agent", "claude", "--wait", timeout=_LONG_S)
    assert set(trace.read_text().split()) == {"mine", "project"}
    assert mine.read_bytes() == before
    assert json.loads(claude.on_target(".claude/settings.json"))["hooks"].keys() == {"SessionStart"}
    assert claude.shown(bead)["status"] == "closed"


def test_a_turn_that_ends_too_early_is_asked_once(claude: Desk, api: MessagesApi) -> None:
    """Claude says it is finished; it is told what its hook still holds, and goes on."""
    bead = claude.bead("Say hello", "--rig", "mp")
    api.script(bead, [Say("I think that is all."), *work()])
    claude.run("gt", "sling", bead, "mp", "--agent", "claude", "--wait", timeout=_LONG_S)
    assert f"Your hook still holds {bead}" in texts(api.seen(bead)[1])
    assert claude.shown(bead)["status"] == "closed"


def test_killed_in_the_middle_it_goes_on_with_its_conversation(
    monitored: Desk, api: MessagesApi
) -> None:
    """In tmux: kill -9 between two steps, a snapshot, then the same thread and the landing."""
    desk = monitored
    bead = desk.bead("Say hello", "--rig", "mp")
    hold = Hold()
    steps = work()
    api.script(bead, [*steps[:2], hold, *steps[2:]])
    desk.gt("convoy", "create", "Greetings", bead)
    [slung] = desk.gt("sling", bead, "mp", "--agent", "claude", "--json").data
    agent = slung["hook"]["id"]
    until(hold.reached.is_set, _LONG_S)
    tree = Path(slung["path"])
    assert (tree / "hello.txt").read_text() == "hello\n"
    thread = agent_folder(desk.town.layout.agents, agent).thread()
    session = sessions_of(desk.town, host()).get(agent)
    assert thread is not None
    assert thread.transcript is not None
    assert session is not None
    written = Path(thread.transcript)
    until(lambda: '"content":"hello' in written.read_text())  # it writes with some delay
    os.killpg(session.process.pid, signal.SIGKILL)
    hold.go.set()
    until(lambda: "crashed" in desk.gt("hooks", "log", agent).out, _LONG_S)
    before = len(api.seen(bead))
    desk.run("gt", "session", "restart", agent)
    until(lambda: desk.shown(bead)["status"] == "closed", _LONG_S)
    assert desk.on_target("hello.txt") == "hello"
    resumed = texts(api.seen(bead)[before])
    assert "your session was interrupted" in resumed
    assert "echo hello | tee hello.txt" in resumed  # its own former steps are still in its context
    assert len({one.id for one in desk.town.read().conversations(agent)}) == 1
    until(lambda: not desk.gt("convoy", "list", "--json").data, _LONG_S)


def test_its_end_and_what_it_used_are_noted(monitored: Desk, api: MessagesApi) -> None:
    """When the merged polecat is gone its conversation has ended, with the tokens it counted."""
    desk = monitored
    bead = desk.bead("Say hello", "--rig", "mp")
    api.script(bead, work())
    [slung] = desk.gt("sling", bead, "mp", "--agent", "claude", "--json").data
    agent = slung["hook"]["id"]
    until(lambda: desk.shown(bead)["status"] == "closed", _LONG_S)
    until(lambda: desk.town.read().conversations(agent)[0].state == "ended", _LONG_S)
    [noted] = desk.town.read().conversations(agent)
    [row] = noted.usage
    assert row["output"] == len(work()) * OUTPUT_TOKENS or row["turns"] < len(work())
    assert not agent_folder(desk.town.layout.agents, agent).asked.exists()


def test_a_nudge_reaches_an_idle_client(monitored: Desk, api: MessagesApi) -> None:
    """The doorbell is a fixed line; what it is about comes through the client's own hook, once."""
    desk = monitored
    bead = desk.bead("Say hello", "--rig", "mp")
    api.script(bead, [Say("Shall it be green or blue?"), Say("I wait."), *work()])
    [slung] = desk.gt("sling", bead, "mp", "--agent", "claude", "--json").data
    agent = slung["hook"]["id"]
    folder = agent_folder(desk.town.layout.agents, agent)

    def rests() -> bool:
        said = folder.said()
        return said is not None and said.activity == "idle" and len(api.seen(bead)) == 2

    until(rests, _LONG_S)
    desk.gt("nudge", agent, "Make it *green*, please")
    until(lambda: desk.shown(bead)["status"] == "closed", _LONG_S)
    told = texts(api.seen(bead)[2])
    assert told.count("Make it *green*, please") == 1
    assert sum("Make it *green*" in texts(body["messages"][-1]) for body in api.seen(bead)) <= 1
