"""The mayor: started, attached to, let go of, stopped, asked."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.records import Session
from tests.sessions.conftest import PROMPT, Client, wanted_by_monitor
from tests.support.desk import SCRIPTS, Desk, host
from tests.support.waiting import until

A = "aaaa1111-0000-4000-8000-000000000001"
LONG_AGO_S = 1000.0


class Terminal:
    """A terminal in which somebody has typed `gt WORDS`."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor
        self.shown = ""

    def shows(self, text: str) -> bool:
        """Whether `text` has come on the screen by now."""
        while select.select([self._descriptor], [], [], 0)[0]:
            try:
                data = os.read(self._descriptor, 1 << 16)
            except OSError:
                break
            if not data:
                break
            self.shown += data.decode(errors="replace")
        return text in self.shown

    def types(self, text: str) -> None:
        """Press these keys."""
        os.write(self._descriptor, text.encode())

    def is_over(self) -> bool:
        """Whether the command has ended."""
        self.shows("")
        return os.waitpid(self._pid, os.WNOHANG)[0] != 0


@contextmanager
def typed(desk: Desk, *words: str) -> Iterator[Terminal]:
    """Type `gt WORDS` in a terminal of its own."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(desk.root)
        os.environ["TERM"] = "xterm"
        os.execv(SCRIPTS / "gt", ["gt", *words])
    try:
        yield Terminal(pid, descriptor)
    finally:
        os.close(descriptor)


@pytest.fixture
def mayor(in_tmux: Desk, fake: Client) -> Desk:
    """A town whose mayor runs with the script and has named its conversation."""
    in_tmux.gt("config", "set", "roles.mayor", "fake")
    in_tmux.gt("mayor", "start")
    until(lambda: PROMPT in in_tmux.gt("peek", "mayor").out)
    fake.converse("mayor", A)
    return in_tmux


def session(desk: Desk) -> Session:
    """The mayor's latest session."""
    found = sessions_of(desk.town, host()).get("mayor")
    assert found is not None
    return found


def tell(desk: Desk, text: str, shown: str) -> None:
    """Type a line into the mayor's session, and wait for what it shows then."""
    server = sessions_of(desk.town, host()).tmux
    assert server is not None
    [pane] = server.panes()
    server.paste(pane.pane_id, text)
    server.press_enter(pane.pane_id)
    until(lambda: shown in desk.gt("peek", "mayor").out)


def hang(desk: Desk) -> None:
    """The client works on something, and never says a word again."""
    tell(desk, "hang", "(esc to interrupt)")


def says(desk: Desk, word: str, ago_s: float = LONG_AGO_S) -> None:
    """The client's hook has said `word` that long ago, and nothing has moved since."""
    folder = agent_folder(desk.town.layout.agents, "mayor")
    folder.state.write_text(f"{word}\n")
    then = time.time() - ago_s
    thread = folder.thread()
    assert thread is not None
    for file in (folder.state, Path(session(desk).log), Path(thread.transcript or "")):
        os.utime(file, (then, then))


def started(desk: Desk, ago_s: float) -> None:
    """The mayor's session was started that long ago."""
    file = desk.town.layout.run / "sessions" / "mayor.json"
    record = json.loads(file.read_text())
    record["started_at"] = (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat()
    file.write_text(json.dumps(record))


def test_without_an_ai_client_the_mayor_is_a_shell_of_the_persons(in_tmux: Desk) -> None:
    """`gt mayor attach` as it comes: the prime is printed, how to get an AI, then a shell."""
    with typed(in_tmux, "mayor", "attach") as terminal:
        until(lambda: terminal.shows("No AI client is the mayor here"))
        terminal.types("echo in $(basename $PWD)-${GT_ROLE}\n")
        until(lambda: terminal.shows("in mayor-mayor"))
        assert in_tmux.gt("mayor", "status", "--json").data["attached"]
        terminal.types("\x02d")
        until(terminal.is_over)
    found = in_tmux.gt("mayor", "status", "--json").data
    assert (found["running"], found["attached"], found["runtime"]) == (True, [], "shell")
    assert "cannot" not in in_tmux.gt("mayor", "status").out
    assert "no model to ask" in in_tmux.gt("mayor", "ask", "Why?", status=1).err


def test_attached_and_let_go_a_healthy_mayor_runs_on(mayor: Desk) -> None:
    """`detach` ends the person's `attach`; the mayor's process is the same as before."""
    before = session(mayor)
    with typed(mayor, "mayor", "attach") as terminal:
        until(lambda: mayor.gt("mayor", "status", "--json").data["attached"])
        said = mayor.gt("mayor", "detach", "--json").data
        assert len(said["clients"]) == 1
        until(terminal.is_over)
    assert session(mayor) == before
    assert mayor.gt("mayor", "detach", "--json").data == {**said, "clients": []}


def test_silence_alone_is_no_evidence(mayor: Desk) -> None:
    """Who is idle, waits for the person, or has worked for a short time only, is never stopped."""
    before = session(mayor)
    for word, ago_s in (("idle", 9999), ("started", 9999), ("waiting", 9999), ("working", 800)):
        says(mayor, word, ago_s)
        assert mayor.gt("mayor", "detach", "--json").data["running"] is True, word
    hang(mayor)
    says(mayor, "working", 800)
    assert mayor.gt("mayor", "detach", "--json").data["running"] is True
    assert session(mayor) == before


def test_interrupted_by_the_person_it_is_idle(mayor: Desk) -> None:
    """Esc ends a turn without a word of the client's: its screen shows the prompt again."""
    before = session(mayor)
    says(mayor, "working")
    found = mayor.gt("mayor", "status", "--json").data
    assert (found["state"], found["why"]) == ("ready", None)
    assert mayor.gt("mayor", "detach", "--json").data["running"] is True
    assert session(mayor) == before


@pytest.mark.parametrize(("silent_s", "runs"), [(500, False), (400, True)])
def test_a_screen_without_a_sign_is_evidence_only_of_the_start(
    in_tmux: Desk, tmp_path: Path, silent_s: float, runs: bool
) -> None:
    """A menu, or a line half typed, hides the prompt of one that was up; it is not ended."""
    program = tmp_path / "odd"
    program.write_text("#!/bin/sh\nprintf '* half a line'\nread -r line\n")
    program.chmod(0o755)
    in_tmux.gt("config", "agent", "set", "odd", str(program), "--ready", "> Type")
    in_tmux.gt("mayor", "start", "--agent", "odd")
    until(lambda: "half a line" in in_tmux.gt("peek", "mayor").out)
    log = Path(session(in_tmux).log)
    started(in_tmux, 520)
    os.utime(log, (time.time() - silent_s,) * 2)
    said = in_tmux.gt("mayor", "detach", "--json").data
    assert said["running"] is runs
    assert runs or said["why"].startswith("it never came as far as a prompt")


def test_a_sign_of_life_is_enough(mayor: Desk) -> None:
    """It says it works since long: a transcript that grew, or a command that runs, is life."""
    hang(mayor)
    says(mayor, "working")
    thread = agent_folder(mayor.town.layout.agents, "mayor").thread()
    assert thread is not None
    os.utime(Path(thread.transcript or ""))
    assert mayor.gt("mayor", "detach", "--json").data["running"] is True
    says(mayor, "working")
    tell(mayor, "run a command", "running a command")
    says(mayor, "working")
    assert mayor.gt("mayor", "detach", "--json").data["running"] is True


def test_one_that_does_not_answer_is_stopped_and_attach_resumes_it(
    mayor: Desk, fake: Client
) -> None:
    """It has said that it works, and nothing moved for minutes: the pair is a restart."""
    hang(mayor)
    says(mayor, "working")
    assert "it does not answer" in mayor.gt("mayor", "status").out
    said = mayor.gt("mayor", "detach")
    assert "the mayor was stopped: it says that it works, and has given no sign" in said.out
    assert mayor.gt("mayor", "status", "--json", status=1).data["conversation"] == A
    found = mayor.gt("mayor", "attach", "--json").data
    assert found["begun"]["resumed"] == A
    until(lambda: f"--resume|{A}|" in fake.last_start)


def test_one_whose_process_is_gone_is_resumed_by_attach(mayor: Desk) -> None:
    """Killed: `detach` says that it does not run, `attach` starts it with its conversation."""
    os.killpg(session(mayor).process.pid, signal.SIGKILL)
    until(lambda: not mayor.gt("mayor", "status", "--json", status=None).data["running"])
    assert "does not run" in mayor.gt("mayor", "detach").out
    assert mayor.town.read().conversations("mayor")[0].how == "killed"
    assert mayor.gt("mayor", "attach", "--json").data["begun"]["resumed"] == A


def test_restart_goes_on_and_fresh_begins_anew(mayor: Desk, fake: Client) -> None:
    """A stop keeps the conversation; the monitor does not start a stopped mayor."""
    assert mayor.gt("mayor", "restart", "--json").data["resumed"] == A
    assert mayor.gt("mayor", "restart", "--fresh", "--json").data["resumed"] is None
    assert mayor.gt("mayor", "start", status=1).err.startswith("gt: mayor runs already")
    said = mayor.gt("mayor", "attach", "--agent", "shell", status=1)
    assert "gt mayor restart --agent shell" in said.err
    mayor.gt("mayor", "stop")
    assert wanted_by_monitor(mayor) == []
    assert mayor.hook("mayor").runtime == "fake"


def test_down_and_up_bring_it_back_only_if_it_ran(mayor: Desk) -> None:
    """A mayor that was stopped before stays so."""
    mayor.run("gt", "down")
    assert mayor.gt("mayor", "status", "--json", status=1).data["running"] is False
    assert "the town is down" in mayor.gt("mayor", "attach", status=1).err
    mayor.run("gt", "up")
    assert mayor.gt("mayor", "status", "--json").data["running"] is True
    mayor.gt("mayor", "stop")
    mayor.run("gt", "down")
    mayor.run("gt", "up")
    assert mayor.gt("mayor", "status", "--json", status=1).data["running"] is False


def test_a_client_that_cannot_start_is_named(in_tmux: Desk) -> None:
    """It is not installed: attach says what it said and what to do, with status 1."""
    in_tmux.gt("config", "agent", "set", "lost", "/nowhere/claude")
    said = in_tmux.gt("mayor", "attach", "--agent", "lost", status=1)
    assert "does not run" in said.out
    assert "it could not be run" in said.out
    assert "/nowhere/claude" in said.out


def test_one_question_without_attaching(mayor: Desk, fake: Client) -> None:
    """Its conversation is asked in a copy; its session and its thread stay as they are."""
    before = session(mayor)
    said = mayor.gt("mayor", "ask", "What is\nnext?")
    assert said.out == f"in {mayor.root.resolve()}/mayor\nthe answer\n"
    assert f"{A}.jsonl|--fork-session|" in fake.calls
    assert session(mayor) == before
    thread = agent_folder(mayor.town.layout.agents, "mayor").thread()
    assert thread is not None
    assert thread.conversation == A
    said = mayor.gt("mayor", "ask", "fail", "--json", status=7)
    assert said.data["complaint"] == "no such thing"


def test_a_question_before_there_is_a_conversation(desk: Desk, fake: Client) -> None:
    """A new one begins that is told to read `gt prime`; it becomes nobody's conversation."""
    desk.gt("config", "set", "roles.mayor", "fake")
    assert "the answer" in desk.gt("mayor", "ask", "What is next?").out
    assert "Run `gt prime`" in fake.calls
    assert desk.town.read().conversations() == []
    assert desk.gt("mayor", "status", "--json", status=1).data["conversation"] is None


def test_the_agent_command_that_was_named_stays(mayor: Desk, fake: Client) -> None:
    """It outlives a stop, a town that is down, and is asked; new settings outvote it."""
    mayor.gt("config", "set", "roles.mayor", "shell")
    assert mayor.gt("mayor", "restart", "--agent", "fake", "--json").data["resumed"] == A
    until(lambda: PROMPT in mayor.gt("peek", "mayor").out)
    assert mayor.gt("mayor", "ask", "What is next?").out.endswith("the answer\n")
    mayor.gt("mayor", "stop")
    assert mayor.gt("mayor", "status", "--json", status=1).data["runtime"] == "fake"
    begun = mayor.gt("mayor", "attach", "--json").data["begun"]
    assert (begun["runtime"], begun["resumed"]) == ("fake", A)
    mayor.run("gt", "down")
    mayor.run("gt", "up")
    assert mayor.gt("mayor", "status", "--json").data["runtime"] == "fake"
    mayor.gt("config", "agent", "set", "other", "sh -c 'exec sleep 60'")
    mayor.gt("config", "set", "roles.mayor", "other")
    assert mayor.gt("mayor", "restart", "--json").data["runtime"] == "other"
    assert mayor.gt("mayor", "status", "--json").data["conversation"] is None
    [one] = mayor.gt("session", "list", "--json").data["running"]
    assert (one["agent"], one["conversation"]) == ("mayor", None)


def test_a_refused_start_changes_nothing(mayor: Desk) -> None:
    """It runs already, with another agent command: which one that is stays on record."""
    said = mayor.gt("mayor", "start", "--agent", "shell", status=1)
    assert "gt mayor restart --agent shell" in said.err
    assert mayor.hook("mayor").runtime == "fake"
    mayor.gt("mayor", "stop")
    assert mayor.gt("mayor", "start", "--json").data["runtime"] == "fake"
