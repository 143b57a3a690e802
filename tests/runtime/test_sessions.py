"""Sessions live on after their starter, are never doubled, and tell how they ended."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gastown.errors import Refused, Unreadable
from gastown.runtime.logs import log_tail
from gastown.runtime.process import ProcessId, identify, is_alive
from gastown.runtime.records import Runner, Session, file_name, read_session, write_session
from gastown.runtime.sessions import Liveness, Sessions, State
from gastown.runtime.tmux import SESSION_NAME, Tmux
from tests.support.waiting import until

from .conftest import Start
from .helpers import SHELL_ENV, names_in, number_in

SLEEP = ["/bin/sleep", "100"]


def sh(script: str) -> list[str]:
    """An agent that runs a shell script."""
    return ["/bin/sh", "-c", script]


def ended(sessions: Sessions, session: Session) -> Liveness:
    """What became of a session, once it no longer runs."""
    until(lambda: sessions.look(session).state is not State.RUNNING)
    return sessions.look(session)


def test_a_session_runs_is_recorded_and_ends(
    sessions: Sessions, start: Start, runner: Runner
) -> None:
    """From start to end: running, on record, then exited with its status."""
    session = start(runner=runner, argv=sh("until [ -e end ]; do sleep 0.01; done; exit 7"))
    assert sessions.look(session) == Liveness(State.RUNNING)
    assert sessions.get("myproject/toast") == session
    assert sessions.all().sessions == (session,)
    assert identify(session.process.pid) == session.process
    (Path(session.log).parent.parent / "end").touch()
    assert ended(sessions, session) == Liveness(State.EXITED, 7)


def test_output_reaches_log_and_peek(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """All that a session prints is in its log, and can be looked at, alive and afterwards."""
    script = "echo first; echo ünï >&2; until [ -e end ]; do sleep 0.01; done; echo last"
    session = start(runner=runner, argv=sh(script))
    until(lambda: sessions.peek(session, 10) == "first\nünï\n")
    assert sessions.peek(session, 1) == "ünï\n"
    (tmp_path / "end").touch()
    assert ended(sessions, session) == Liveness(State.EXITED, 0)
    until(lambda: sessions.peek(session, 2) == "ünï\nlast\n")
    until(lambda: log_tail(Path(session.log), 10) == "first\nünï\nlast\n")
    assert Path(session.log).stat().st_mode & 0o777 == 0o600


def test_environment_and_directory(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """The agent has the environment that was given, and in tmux its terminal's besides."""
    place = tmp_path / "it's #{pane_id} %H"
    place.mkdir()
    env = {"PATH": "/usr/bin:/bin", "NOTE": "#(touch X)\n'$HOME'"}
    session = start(runner=runner, argv=sh("pwd >out; env -0 >>out"), cwd=place, env=env)
    assert ended(sessions, session) == Liveness(State.EXITED, 0)
    directory, _, printed = (place / "out").read_text().partition("\n")
    assert directory == str(place)
    found = dict(pair.split("=", 1) for pair in printed.split("\0")[:-1])
    of_the_terminal = {"TERM", "TMUX", "TMUX_PANE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"}
    extra = set(found) - set(env) - {"PWD", "_", "SHLVL"}
    assert {name: found[name] for name in env} == env
    assert extra <= (of_the_terminal if runner is Runner.TMUX else set())
    if runner is Runner.TMUX:
        assert found["TERM"] == "screen-256color"
    assert names_in(place) == ["out"]


def test_a_second_start_is_refused(sessions: Sessions, start: Start, runner: Runner) -> None:
    """As long as a session runs there is no other of its id; afterwards there may be."""
    first = start(runner=runner, argv=SLEEP)
    with pytest.raises(Refused, match="myproject/toast runs already") as refused:
        start(runner=Runner.PROCESS, argv=SLEEP)
    assert refused.value.hint == "stop it first"
    assert sessions.get(first.id) == first
    assert sessions.stop(first)
    second = start(runner=runner, argv=SLEEP, generation=2)
    assert sessions.look(second).state is State.RUNNING
    assert sessions.look(first).state is not State.RUNNING


def test_stop_ends_the_group_and_is_recorded(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """Stopping ends what the agent started, too; stopping again does no harm."""
    session = start(runner=runner, argv=sh("sleep 100 & echo $! >pid; wait"))
    child = identify(number_in(tmp_path / "pid"))
    assert child is not None
    assert sessions.stop(session)
    assert not is_alive(child)
    assert sessions.look(session) == Liveness(State.EXITED, 128 + signal.SIGTERM)
    assert sessions.stop(session)


def test_a_killed_session_is_gone(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """A group that is killed with -9 leaves no status: gone, not exited."""
    session = start(runner=runner, argv=sh("echo $$ >pid; exec sleep 100"))
    number_in(tmp_path / "pid")
    os.killpg(session.process.pid, signal.SIGKILL)
    assert ended(sessions, session) == Liveness(State.GONE)


def test_an_agent_that_is_killed_alone_has_exited(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """When only the agent is killed, the launcher lives to tell the signal."""
    session = start(runner=runner, argv=sh("echo $$ >pid; exec sleep 100"))
    os.kill(number_in(tmp_path / "pid"), signal.SIGKILL)
    assert ended(sessions, session) == Liveness(State.EXITED, 128 + signal.SIGKILL)


def test_an_agent_whose_launcher_is_killed_is_running(
    sessions: Sessions, start: Start, tmp_path: Path
) -> None:
    """Nobody may start a second agent beside one that merely lost its parent."""
    session = start(runner=Runner.PROCESS, argv=sh("echo $$ >pid; exec sleep 100"))
    agent = identify(number_in(tmp_path / "pid"))
    assert agent is not None
    os.kill(session.process.pid, signal.SIGKILL)
    until(lambda: not is_alive(session.process))
    assert sessions.look(session) == Liveness(State.RUNNING)
    with pytest.raises(Refused):
        start(runner=Runner.PROCESS, argv=SLEEP)
    other_boot = replace(session, process=replace(session.process, started="other boot:1"))
    assert sessions.look(other_boot) == Liveness(State.GONE)
    assert sessions.stop(session)
    assert not is_alive(agent)
    assert sessions.look(session) == Liveness(State.GONE)


def test_a_session_of_an_earlier_boot_is_gone(
    sessions: Sessions, start: Start, runner: Runner
) -> None:
    """After a reboot the number in the record may be anybody's; the session is gone."""
    session = start(runner=runner, argv=SLEEP)
    earlier = replace(session, process=replace(session.process, started="other boot:1"))
    assert sessions.look(earlier) == Liveness(State.GONE)
    assert sessions.stop(earlier)
    assert sessions.look(session).state is State.RUNNING


def test_a_killed_tmux_server_leaves_sessions_gone(
    sessions: Sessions, start: Start, tmux: Tmux, tmp_path: Path
) -> None:
    """When the server dies its agents are gone, and can be started anew."""
    session = start(runner=Runner.TMUX, argv=sh("echo here; echo $$ >pid; exec sleep 100"))
    number_in(tmp_path / "pid")
    until(lambda: sessions.peek(session, 5) == "here\n")
    tmux.kill_server()
    assert ended(sessions, session) == Liveness(State.GONE)
    assert sessions.peek(session, 5) == "here\n", "the log is still there"
    again = start(runner=Runner.TMUX, argv=SLEEP)
    assert sessions.look(again).state is State.RUNNING


def test_an_agent_that_outlives_its_terminal_is_running(
    sessions: Sessions, start: Start, tmux: Tmux, tmp_path: Path
) -> None:
    """An agent that ignores the hang-up still works, so nobody may start another."""
    session = start(runner=Runner.TMUX, argv=sh("trap '' HUP; echo $$ >pid; exec sleep 100"))
    number_in(tmp_path / "pid")
    tmux.kill_server()
    until(lambda: tmux.panes() == [])
    assert sessions.look(session) == Liveness(State.RUNNING)
    with pytest.raises(Refused):
        start(runner=Runner.TMUX, argv=SLEEP)
    assert sessions.stop(session)
    assert sessions.look(session) == Liveness(State.GONE)


def test_names_that_begin_alike(sessions: Sessions, start: Start, runner: Runner) -> None:
    """Stopping and forgetting `s` leaves `s1` alone."""
    long = start(runner=runner, argv=SLEEP, session_id="rig/s1")
    short = start(runner=runner, argv=SLEEP, session_id="rig/s")
    assert sessions.stop(short)
    sessions.forget("rig/s")
    assert sessions.look(long).state is State.RUNNING
    assert sessions.all().sessions == (long,)


def test_peek_shows_the_agents_pane_only(sessions: Sessions, start: Start, tmux: Tmux) -> None:
    """A person may open other windows in a session; a peek still shows the agent."""
    session = start(runner=Runner.TMUX, argv=sh("echo agent; exec sleep 100"))
    tmux._run("new-window", "-t", f"={session.tmux_session}:", "/bin/sleep", "99")
    until(lambda: sessions.peek(session, 5) == "agent\n")


def test_forgetting(sessions: Sessions, start: Start, runner: Runner, tmp_path: Path) -> None:
    """A running session is not forgotten; of an ended one only the log remains."""
    session = start(runner=runner, argv=sh("echo out; exec sleep 100"))
    with pytest.raises(Refused, match="runs already"):
        sessions.forget(session.id)
    until(lambda: Path(session.log).read_text())
    sessions.stop(session)
    sessions.forget(session.id)
    assert sessions.get(session.id) is None
    assert names_in(tmp_path / "sessions") == [".lock"]
    assert sessions.tmux is None or not sessions.tmux.has("myproject--toast")
    assert log_tail(Path(session.log), 5) == "out\n"
    sessions.forget(session.id)


def test_a_session_outlives_its_starter(sessions: Sessions, runner: Runner, tmp_path: Path) -> None:
    """A short-lived command starts a session, which goes on when the command is over."""
    tmux = sessions.tmux
    server = (
        f"Tmux({tmux.binary!r}, Path({str(tmux.socket)!r}), {dict(tmux.env)!r})" if tmux else None
    )
    program = (
        "from pathlib import Path; from gastown.runtime.sessions import Sessions\n"
        "from gastown.runtime.records import Runner; from gastown.runtime.tmux import Tmux\n"
        f"Sessions(Path('sessions').absolute(), Path('log').absolute(), {server}).start(\n"
        "    session_id='rig/a', generation=1, runtime='shell', cwd=Path.cwd(), now='now',\n"
        f"    env={{}}, runner=Runner({runner.value!r}),\n"
        "    argv=['/bin/sh', '-c', 'until [ -e end ]; do sleep 0.01; done; echo late; exit 5'])"
    )
    env = {**SHELL_ENV, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, env=env, check=True
    )
    session = sessions.get("rig/a")
    assert session is not None
    assert sessions.look(session).state is State.RUNNING
    (tmp_path / "end").touch()
    assert ended(sessions, session) == Liveness(State.EXITED, 5)
    until(lambda: log_tail(Path(session.log), 1) == "late\n")


def test_a_session_inherits_no_lock(start: Start, runner: Runner, tmp_path: Path) -> None:
    """Whoever starts a session while holding a lock can give the lock back."""
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        start(runner=runner, argv=SLEEP)
    with (tmp_path / "lock").open("w") as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_tmux_session_that_nobody_recorded_is_replaced(
    sessions: Sessions, start: Start, tmux: Tmux, tmp_path: Path
) -> None:
    """A starter that was killed before it wrote its record leaves no second agent behind."""
    orphan = start(runner=Runner.TMUX, argv=sh("trap '' HUP; echo $$ >pid; exec sleep 100"))
    number_in(tmp_path / "pid")
    (tmp_path / "sessions" / "myproject--toast.json").unlink()
    session = start(runner=Runner.TMUX, argv=SLEEP)
    assert not is_alive(orphan.process)
    assert [pane.pid for pane in tmux.panes()] == [session.process.pid]


def test_a_record_that_cannot_be_written_means_no_agent(
    sessions: Sessions, start: Start, runner: Runner, tmp_path: Path
) -> None:
    """If the start fails at its record, nothing runs and nothing is left in tmux."""
    (tmp_path / "sessions" / "myproject--toast.json.tmp").mkdir(parents=True)
    with pytest.raises(OSError):  # noqa: PT011
        start(runner=runner, argv=sh("echo ran >ran; exec sleep 100"))
    assert sessions.all().sessions == ()
    assert not (tmp_path / "sessions" / "myproject--toast.launch").exists()
    assert sessions.tmux is None or sessions.tmux.panes() == []
    assert runner is Runner.TMUX or not (tmp_path / "ran").exists()


def test_no_tmux_is_a_refusal(make_sessions: Callable[[Path], Sessions], tmp_path: Path) -> None:
    """Without tmux a tmux session is refused with a way out; plain processes work."""
    without = replace(make_sessions(tmp_path), tmux=None)
    with pytest.raises(Refused, match="no tmux") as refused:
        without.start(
            session_id="a",
            generation=1,
            runtime="shell",
            runner=Runner.TMUX,
            argv=SLEEP,
            cwd=tmp_path,
            env={},
            now="now",
        )
    assert refused.value.hint
    assert without.get("a") is None
    assert names_in(tmp_path / "sessions") == [".lock"]


def test_a_broken_record_is_loud_but_alone(
    sessions: Sessions, start: Start, tmp_path: Path
) -> None:
    """A record that cannot be read stops its own id from starting, and hides no other."""
    good = start(runner=Runner.PROCESS, argv=SLEEP, session_id="rig/good")
    broken = tmp_path / "sessions" / "rig--broken.json"
    for content in (b"", b"{", b"[]", b'{"id": 1}', b"\xff", b"[" * 100_000):
        broken.write_bytes(content)
        with pytest.raises(Unreadable, match="rig--broken"):
            sessions.get("rig/broken")
        with pytest.raises(Unreadable):
            start(runner=Runner.PROCESS, argv=SLEEP, session_id="rig/broken")
        roster = sessions.all()
        assert (roster.sessions, len(roster.unreadable)) == ((good,), 1)
    assert broken.exists()


def test_records_survive_writing_and_reading(tmp_path: Path) -> None:
    """Every field comes back as it was, also bytes that are no text; others cannot read it."""
    session = Session(
        id="rig/é",
        generation=3,
        runtime="shell",
        runner=Runner.TMUX,
        process=ProcessId(7, "boot:8"),
        tmux_session="rig--x",
        log="/log/\udcff",
        exit_file="/exit",
        started_at="2026-01-05T10:00:00Z",
        argv=("a", "\udcfe", "☕\n"),
    )
    write_session(tmp_path / "s.json", session)
    write_session(tmp_path / "s.json", session)
    assert read_session(tmp_path / "s.json") == session
    assert (tmp_path / "s.json").stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path) == ["s.json"]
    assert read_session(tmp_path / "none.json") is None


ids = st.one_of(st.text("ab-/_.:~A", max_size=6), st.text())


@given(ids, ids)
@example("a--b/c", "a/b--c")
@example("a-/b", "a/-b")
@example("a/b", "A/b")
@example("", "session")
def test_file_names_are_safe_and_never_shared(one: str, two: str) -> None:
    """Every id has a name that files and tmux accept, and no two ids have the same."""
    assert SESSION_NAME.match(file_name(one))
    assert len(file_name(one)) <= 200
    assert (file_name(one).casefold() == file_name(two).casefold()) == (one == two)


def test_file_names_are_readable() -> None:
    """Ordinary ids can be recognised in a file's name."""
    assert file_name("myproject/toast") == "myproject--toast"
    assert file_name("mayor") == "mayor"
    assert file_name("My Rig/ü").startswith("my-rig~")


def test_log_tails(tmp_path: Path) -> None:
    """The tail of a log is plain text: without colours, titles and cursor moves."""
    log = tmp_path / "log"
    assert log_tail(log, 5) == ""
    log.write_bytes(b"")
    assert log_tail(log, 5) == ""
    log.write_bytes(
        b"one\r\n\x1b[31mtwo\x1b[0m "
        b"\x1b]0;title\x07\x1b]8;;x\x1b\\link\x1bPdata\x1b\\\x07\n\xff\tend\n\n"
    )
    assert log_tail(log, 9) == "one\ntwo link\n\ufffd\tend\n"
    assert log_tail(log, 1) == "\ufffd\tend\n"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert log_tail(log, 2) == "line 99998\nline 99999\n"
