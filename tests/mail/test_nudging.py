"""gt nudge and gt broadcast: a durable text, and the doorbell; the monitor rings for mail, too."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gastown.monitor import ringing
from gastown.monitor.ringing import Ringing
from gastown.ops.monitor import log_file
from gastown.ops.nudging import BEING_RUNG, bell_lock
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.journal import Journal
from gastown.runtime.tmux import available
from tests.support.desk import Desk, host
from tests.support.waiting import until

CLIENT = Path(__file__).parent / "fake_client.py"
SIGN = "\u276f"
UNHEARD = "You have mail: run `gt mail check --inject`."


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A town whose agents run in tmux: `hooked` clients have hooks, `plain` ones have none."""
    if available(dict(os.environ)) is None:
        pytest.skip("tmux is not installed, so no doorbell is tested")
    desk.gt("config", "set", "town.runner", "tmux")
    for name, words in (("hooked", "hooks"), ("plain", "ghost")):
        (desk.root.parent / name).mkdir()
        command = f"{sys.executable} -S {CLIENT} {desk.root.parent / name} {words}"
        like = ("--like", "claude") if name == "hooked" else ("--prompt", "none")
        desk.gt("config", "agent", "set", name, command, "--ready", SIGN, *like)
    return desk


def hire(desk: Desk, runtime: str) -> str:
    """Start an agent that has come as far as its prompt, some time ago; who it is."""
    bead = desk.bead(f"For {runtime}", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", runtime, "--json").data
    agent = str(slung["hook"]["id"] if isinstance(slung["hook"], dict) else slung["hook"])
    until(lambda: "for help" in desk.gt("peek", agent).out)
    if runtime == "hooked":
        rest(desk, agent)
    return agent


def rest(desk: Desk, agent: str) -> None:
    """The agent's turn is over, since a minute."""
    state = agent_folder(desk.town.layout.agents, agent).state
    state.write_text("idle\n")
    os.utime(state, (time.time() - 60,) * 2)


def told(desk: Desk, runtime: str) -> list[str]:
    """The prompts that the client of an agent command was given."""
    file = desk.root.parent / runtime / "told"
    return file.read_text().splitlines() if file.exists() else []


def draft(desk: Desk, agent: str) -> str:
    """What stands in the input line of an agent's client."""
    return desk.gt("peek", agent).out.rpartition(SIGN)[2].partition("\n")[0].strip()


def calls(desk: Desk, *words: str, at: Path | str = "") -> dict[str, tuple[str, bool]]:
    """For each agent, what came of the doorbell, and whether a text is queued."""
    found: list[dict[str, Any]] = desk.gt(*words, "--json", at=at).data["agents"]
    return {one["agent"]: (one["heard"], one["message"] is not None) for one in found}


def test_a_nudge_is_durable_and_rings(office: Desk) -> None:
    """The text is in the mailbox, never in the terminal; the line fits what the client can."""
    text = "\x1b[31mStop; #(touch x) $(id)\nnow"
    for runtime, line in (("hooked", "You have mail."), ("plain", UNHEARD)):
        agent = hire(office, runtime)
        assert calls(office, "nudge", agent, text) == {agent: ("rang", True)}
        until(lambda runtime=runtime, line=line: told(office, runtime) == [line])
        [mail] = office.town.read().unread(agent)
        assert (mail.kind, mail.body, mail.sender) == ("nudge", text, "human")
        said = office.gt("mail", "check", "--inject", at=office.hook(agent).path).out
        assert "Nudge" in said
        assert "> now" in said
        assert "\x1b" not in said


def test_without_a_text_it_only_rings(office: Desk) -> None:
    """Nothing is queued, the line says to look at the hook; without a session nothing happens."""
    agent = hire(office, "hooked")
    commit = office.town.commit()
    assert calls(office, "nudge", agent) == {agent: ("rang", False)}
    until(lambda: told(office, "hooked") == ["Look at your hook: run `gt hook`."])
    assert calls(office, "nudge", "mayor") == {"mayor": ("not running", False)}
    assert office.town.commit() == commit


def test_each_agent_is_reported(office: Desk) -> None:
    """Rung, at work, not there, at a draft: in words, with what follows, and the text is kept."""
    ready, busy, typing = (hire(office, "hooked") for _ in range(3))
    agent_folder(office.town.layout.agents, busy).state.write_text("working\n")
    tmux = sessions_of(office.town, host()).tmux
    assert tmux is not None
    session = sessions_of(office.town, host()).get(typing)
    assert session is not None
    tmux._run("send-keys", "-t", f"={session.tmux_session}:", "-l", "my draft")
    until(lambda: "my draft" in office.gt("peek", typing).out)
    said = office.gt("nudge", "--all", "Hello").out
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert "delivered" in lines[ready]
    assert "queued" in lines[busy]
    assert "it is working; it is told at its next prompt" in lines[busy]
    assert "a person is at it: something is typed into its input line" in lines[typing]
    assert "no session" in lines["mayor"]
    assert all(len(office.town.read().unread(one)) == 1 for one in lines)
    assert calls(office, "nudge", "@mp", "x", at=office.hook(ready).path).keys() == {busy, typing}


def test_a_broadcast_is_for_those_who_run(office: Desk, tmp_path: Path) -> None:
    """Of all rigs or of one; without anybody it says how to leave a message."""
    assert "gt nudge @all" in office.gt("broadcast", "Hello", status=1).err
    agent = hire(office, "hooked")
    assert calls(office, "broadcast", "Hello") == {agent: ("rang", True)}
    rest(office, agent)
    assert calls(office, "broadcast", "Hello", "--rig", "mp") == {agent: ("rang", True)}
    office.gt("broadcast", "Hello", at=office.hook(agent).path, status=1)
    office.gt("broadcast", "x", "--rig", "none", status=3)
    assert office.town.read().mail("mayor") == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["human", "x"], 1), (["nobody", "x"], 3), (["mayor", " "], 2), ([], 2),
        (["mayor", "x" * 5000], 1), (["--all", "a", "b"], 2),
    ],
)  # fmt: skip
def test_what_is_refused(desk: Desk, words: list[str], status: int) -> None:
    """The person, strangers, empty and long texts; nothing is queued."""
    commit = desk.town.commit()
    desk.gt("nudge", *words, status=status)
    assert desk.town.commit() == commit


def test_agents_without_a_terminal_get_it_in_their_mailbox(desk: Desk) -> None:
    """A plain process is never typed to."""
    desk.gt("config", "agent", "set", "sleeper", "sleep 100", "--ready", SIGN)
    bead = desk.bead("Sleep", "--rig", "mp")
    desk.gt("sling", bead, "mp", "--agent", "sleeper")
    assert calls(desk, "nudge", "toast", "x") == {"mp/toast": ("no terminal", True)}
    assert "told when it looks" in desk.gt("nudge", "toast", "x").out


def test_only_one_rings_at_a_time(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds somebody else at the bell queues the text and leaves the bell alone."""
    monkeypatch.setattr("gastown.ops.nudging._WAIT_S", 0.1)
    agent = hire(office, "hooked")
    held, done = threading.Event(), threading.Event()

    def another() -> None:
        with bell_lock(office.town, agent, wait_s=0):
            held.set()
            done.wait(30)

    thread = threading.Thread(target=another)
    thread.start()
    try:
        assert held.wait(10)
        said = office.gt("nudge", agent, "x").out
    finally:
        done.set()
        thread.join()
    assert BEING_RUNG in said
    assert told(office, "hooked") == []
    assert len(office.town.read().unread(agent)) == 1
    office.gt("nudge", agent, "y")
    until(lambda: told(office, "hooked") == ["You have mail."])


@pytest.fixture
def monitored(office: Desk) -> Iterator[Desk]:
    """The office, with the monitor running."""
    office.run("gt", "daemon", "start")
    yield office
    office.run("gt", "daemon", "stop")
    assert "bug" not in log_file(office.town).read_text()


def test_the_monitor_rings_once_for_what_came(monitored: Desk) -> None:
    """An idle agent with mail is called once, again for later mail, and never without any."""
    agents = {runtime: hire(monitored, runtime) for runtime in ("hooked", "plain")}
    lines = {"hooked": "You have mail.", "plain": UNHEARD}
    for times in (1, 2):
        for runtime, agent in agents.items():
            monitored.gt("mail", "send", agent, "-s", "News", "-m", "x" * times)
            until(lambda r=runtime, t=times: told(monitored, r) == [lines[r]] * t)
            monitored.gt("mail", "check", "--inject", at=monitored.hook(agent).path)
        rest(monitored, agents["hooked"])
    rang = [line for line in log_file(monitored.town).read_text().splitlines() if " rang " in line]
    assert len(rang) == 4
    monitored.gt("mail", "send", "mayor", "human", "-s", "Not for agents that run")


class Jobs(list[str]):
    """Jobs that are done at once, with the town of a desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def submit(self, worker: str, key: str, job: Any) -> bool:
        """Do it."""
        self.append(key)
        job(self._desk.town)
        return True


def test_when_a_doorbell_is_due(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not without mail, not at work, once for the same mail, again after ten minutes."""
    agent = hire(office, "hooked")
    jobs = Jobs(office)
    town = office.town
    bells = Ringing(town.layout, host(), Journal(log_file(town), town.now), jobs.submit)
    session = sessions_of(town, host()).get(agent)
    hook = office.hook(agent)
    look = lambda: bells.look([(hook, session)])  # type: ignore[list-item]  # noqa: E731
    state = agent_folder(town.layout.agents, agent).state
    look()
    assert jobs == []
    office.gt("mail", "send", agent, "-s", "News")
    state.write_text("working\n")
    look()
    assert jobs == []
    for _ in range(3):
        rest(office, agent)
        look()
    assert (jobs, told(office, "hooked")) == ([f"ring {agent}"], ["You have mail."])
    monkeypatch.setattr(ringing, "AGAIN_S", -1.0)
    rest(office, agent)
    look()
    assert told(office, "hooked") == ["You have mail."] * 2
    office.gt("mail", "check", "--inject", at=hook.path)
    rest(office, agent)
    look()
    assert len(jobs) == 2


def test_a_nudge_is_not_rung_again_by_the_monitor(office: Desk) -> None:
    """What `gt nudge` has rung for needs no second doorbell."""
    agent = hire(office, "hooked")
    office.gt("nudge", agent, "Hello")
    rest(office, agent)
    jobs, town = Jobs(office), office.town
    bells = Ringing(town.layout, host(), Journal(log_file(town), town.now), jobs.submit)
    bells.look([(office.hook(agent), sessions_of(town, host()).get(agent))])  # type: ignore[list-item]
    assert (jobs, told(office, "hooked")) == ([], ["You have mail."])


def test_a_doorbell_that_is_in_the_way_is_put_off(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a draft nothing is rung, and not tried at once again; later it is."""
    agent = hire(office, "hooked")
    jobs, town = Jobs(office), office.town
    bells = Ringing(town.layout, host(), Journal(log_file(town), town.now), jobs.submit)
    sessions, hook = sessions_of(town, host()), office.hook(agent)
    session = sessions.get(agent)
    assert session is not None
    assert sessions.tmux is not None
    where = f"={session.tmux_session}:"
    sessions.tmux._run("send-keys", "-t", where, "-l", "d")
    until(lambda: draft(office, agent) == "d")
    office.gt("mail", "send", agent, "-s", "News")
    for _ in range(2):
        bells.look([(hook, session)])
    assert (len(jobs), told(office, "hooked")) == (1, [])
    sessions.tmux._run("send-keys", "-t", where, "-l", "\x7f")
    until(lambda: draft(office, agent) == "")
    later = time.monotonic() + 20
    monkeypatch.setattr(time, "monotonic", lambda: later)
    bells.look([(hook, session)])
    assert len(jobs) == 2
