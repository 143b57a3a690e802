"""tmux takes our data as it is, finds the session that was meant, and shields its sessions."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import stat
import tempfile
from pathlib import Path

import pytest

from gastown.errors import Refused
from gastown.runtime.process import identify, is_alive
from gastown.runtime.tmux import Pane, Tmux, TmuxError, available, socket_path
from tests.support.waiting import until

from .helpers import SHELL_ENV, names_in, number_in


def begin(tmux: Tmux, name: str, *argv: str, cwd: Path, log: Path | None = None) -> Pane:
    """Start a session of ordinary size; by default it only sleeps."""
    argv = argv or ("/bin/sleep", "100")
    return tmux.start(name, argv, cwd=cwd, log=log or cwd / "log", width=80, height=20)


def test_no_server_is_an_empty_server(tmux: Tmux) -> None:
    """Before the first session there is nothing to list, find, show or kill."""
    assert tmux.panes() == []
    assert not tmux.has("s")
    assert tmux.capture("s", 10) is None
    tmux.kill("s")
    tmux.kill_server()


def test_version_and_place(tmux: Tmux) -> None:
    """The version is a plain word, and tmux is found on the given path only."""
    assert tmux.version()[0].isalnum()
    assert available(SHELL_ENV) == tmux.binary
    assert available({"PATH": "/nonexistent"}) is None


def test_a_session_and_its_end(tmux: Tmux, tmp_path: Path) -> None:
    """A program runs detached, its output is shown and logged, its end is told."""
    script = f"echo héllo ☕; stty size; echo $$ >{tmp_path}/pid; read x; exit 3"
    started = begin(tmux, "s", "/bin/sh", "-c", script, cwd=tmp_path)
    assert started == Pane("%0", "s", number_in(tmp_path / "pid"), dead=False, dead_status=None)
    assert tmux.panes() == [started]
    tmux._run("send-keys", "-t", "=s:", "Enter")
    until(lambda: tmux.panes()[0].dead)
    assert (tmux.capture("s", 50) or "").startswith("héllo ☕\n20 80\n")
    assert tmux.capture("s", 50) == tmux.capture("%0", 50)
    until(lambda: "héllo ☕\n20 80\n" in (tmp_path / "log").read_text())


def test_a_very_short_program_leaves_everything(tmux: Tmux, tmp_path: Path) -> None:
    """Screen and log are there even if the program is over in a moment."""
    for number in range(10):
        script = f"echo word{number}; sleep 0.02"  # tmux may lose what is followed by the end
        begin(tmux, f"s{number}", "/bin/sh", "-c", script, cwd=tmp_path)
    until(lambda: [pane.dead for pane in tmux.panes()] == [True] * 10)
    assert tmux.capture("s7", 50) == "word7\n"
    until(lambda: sorted((tmp_path / "log").read_text().split()) == [f"word{n}" for n in range(10)])


def test_capture_gives_the_last_lines(tmux: Tmux, tmp_path: Path) -> None:
    """More lines than the screen holds come from the history; trailing empty ones are left out."""
    script = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; done; echo; sleep 100"
    begin(tmux, "s", "/bin/sh", "-c", script, cwd=tmp_path)
    until(lambda: "line 60" in (tmux.capture("s", 100) or ""))
    assert tmux.capture("s", 2) == "line 59\nline 60\n"
    assert tmux.capture("s", 100) == "".join(f"line {n}\n" for n in range(1, 61))


def test_names_are_exact(tmux: Tmux, tmp_path: Path) -> None:
    """`s` never means `s1`, whether asked for, shown or killed."""
    begin(tmux, "s1", cwd=tmp_path)
    assert not tmux.has("s")
    assert tmux.capture("s", 10) is None
    tmux.kill("s")
    assert tmux.has("s1")
    begin(tmux, "s", cwd=tmp_path)
    tmux.kill("s")
    assert [pane.session for pane in tmux.panes()] == ["s1"]


def test_a_taken_name_is_an_error(tmux: Tmux, tmp_path: Path) -> None:
    """A second session of one name is not started, and the error says what was asked of tmux."""
    first = begin(tmux, "s", cwd=tmp_path)
    with pytest.raises(TmuxError, match="duplicate session: s") as error:
        begin(tmux, "s", cwd=tmp_path)
    assert "new-session" in error.value.command
    assert error.value.hint
    assert tmux.panes() == [first]


@pytest.mark.parametrize("name", ["", "a.b", "a:b", "-a", "=a", "a b", "#{x}", "a/b", "%1 "])
def test_names_with_a_meaning_are_refused(tmux: Tmux, tmp_path: Path, name: str) -> None:
    """What tmux would read as more than a name never reaches it."""
    with pytest.raises(Refused):
        begin(tmux, name, cwd=tmp_path)
    with pytest.raises(Refused):
        tmux.attach_argv(name)


@pytest.mark.parametrize(
    "name", ["a b", "it's", '"', "#(touch X)", "#{pane_id}", "%H%%", "$HOME", "a;", ";", "é\\;"]
)
def test_paths_and_arguments_are_literal(tmux: Tmux, tmp_path: Path, name: str) -> None:
    """Directory, log and arguments may hold anything that tmux or a shell would understand."""
    place = tmp_path / f"{name}"
    place.mkdir()
    begin(
        tmux,
        "s",
        "/bin/sh",
        "-c",
        'pwd; echo "$1"; sleep 0.02',
        "sh",
        name,
        cwd=place,
        log=place / name,
    )
    until(lambda: tmux.panes()[0].dead)
    until(lambda: (place / name).exists() and (place / name).read_text().count("\n") == 2)
    assert (place / name).read_text().splitlines() == [str(place), name]
    assert names_in(place) == [name]


def test_a_start_meets_a_server_that_leaves(tmux: Tmux, tmp_path: Path) -> None:
    """The server goes with its last session; a start at that moment gets a new one."""
    for _ in range(30):
        begin(tmux, "s", cwd=tmp_path)
        assert tmux.has("s")
        tmux.kill("s")
        assert not tmux.has("s")


def test_one_word_is_a_program_too(tmux: Tmux, tmp_path: Path) -> None:
    """A command of a single word is run as it is, not by a shell."""
    program = tmp_path / "a program; exit 9"
    program.write_text("#!/bin/sh\necho ran\nsleep 0.02\n")
    program.chmod(0o700)
    begin(tmux, "s", str(program), cwd=tmp_path)
    until(lambda: tmux.panes()[0].dead)
    assert tmux.capture("s", 5) == "ran\n"


def test_the_server_inherits_no_lock(tmux: Tmux, tmp_path: Path) -> None:
    """A lock that is held while the server starts is free when its holder lets go."""
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        begin(tmux, "s", cwd=tmp_path)
    with (tmp_path / "lock").open("w") as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert tmux.has("s")


def test_the_server_inherits_little_environment(tmux: Tmux, tmp_path: Path) -> None:
    """What the first caller had in its environment does not live on in the server."""
    server = Tmux(tmux.binary, tmux.socket, {**tmux.env, "TOKEN": "secret", "TMUX": "x,1,0"})
    begin(server, "s", cwd=tmp_path)
    assert "TOKEN" not in server._run("show-environment", "-g")


def test_the_users_settings_wait_until_somebody_looks(tmux: Tmux, tmp_path: Path) -> None:
    """A tmux.conf takes effect with the first attach, and cannot end any session."""
    (tmp_path / ".tmux.conf").write_text(
        "set -g prefix C-a\nset -g destroy-unattached on\nset -s exit-unattached on\n"
        "set -g remain-on-exit off\nset -g base-index 7\nset -g status-left LOOKS\n"
    )
    panes = [begin(tmux, name, cwd=tmp_path) for name in ("one", "two")]
    assert tmux._run("show-options", "-gv", "prefix") == "C-b\n"
    shown = attach_until(tmux, "one", b"LOOKS", tmp_path)
    assert b"LOOKS" in shown
    panes.append(begin(tmux, "three", "/bin/true", cwd=tmp_path))
    until(lambda: {pane.session: pane.dead for pane in tmux.panes()}.get("three", True))
    assert tmux._run("show-options", "-gv", "prefix") == "C-a\n"
    found = {pane.session: pane.pid for pane in tmux.panes()}
    assert found == {pane.session: pane.pid for pane in panes}


def test_broken_settings_do_not_keep_anybody_out(tmux: Tmux, tmp_path: Path) -> None:
    """With a tmux.conf that cannot be understood the session is shown all the same."""
    (tmp_path / ".tmux.conf").write_text('no-such-command\nset -g "\n')
    begin(tmux, "one", "/bin/sh", "-c", "echo HERE I AM; sleep 100", cwd=tmp_path)
    assert b"HERE I AM" in attach_until(tmux, "one", b"HERE I AM", tmp_path)
    assert tmux.has("one")


def test_kill_server_ends_the_programs(tmux: Tmux, tmp_path: Path) -> None:
    """The programs of a killed server get a hang-up."""
    process = identify(begin(tmux, "s", cwd=tmp_path).pid)
    assert process is not None
    tmux.kill_server()
    until(lambda: not is_alive(process))
    assert tmux.panes() == []


def test_a_tmux_that_cannot_run(tmp_path: Path) -> None:
    """A missing binary or an impossible socket is a TmuxError, not a traceback."""
    with pytest.raises(TmuxError):
        Tmux("/no/tmux", tmp_path / "s", SHELL_ENV).panes()


def test_sockets_live_in_the_town_if_they_fit(tmp_path: Path) -> None:
    """A path that is too long for a socket is replaced by a private one that is short."""
    assert socket_path(Path("/town/.gt/run"), "town-1", tmp_path) == Path("/town/.gt/run/tmux.sock")
    deep = Path("/", *["directory"] * 12)
    with tempfile.TemporaryDirectory(prefix="gt-") as short:
        one, two = (socket_path(deep, town, Path(short)) for town in ("town-1", "town/2"))
        assert one != two
        assert one.parent == two.parent == Path(short, f"gt-{os.getuid()}")
        assert len(os.fsencode(one)) <= 100
        assert stat.S_IMODE(one.parent.stat().st_mode) == 0o700
    with pytest.raises(Refused, match="short enough"):
        socket_path(deep, "town-1", deep)


def test_a_socket_directory_of_others_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A directory that others can enter, or a link, may be a trap."""
    deep = Path("/", *["directory"] * 12)
    temp = Path(os.path.relpath(tmp_path_factory.mktemp("t")))
    place = temp / f"gt-{os.getuid()}"
    place.mkdir(mode=0o755)
    with pytest.raises(Refused, match="for you alone"):
        socket_path(deep, "t", temp)
    place.rmdir()
    place.symlink_to("/etc")
    with pytest.raises(Refused, match="for you alone"):
        socket_path(deep, "t", temp)


def attach_until(tmux: Tmux, name: str, expected: bytes, home: Path) -> bytes:
    """Attach from a terminal inside "another tmux", as a person would, and read its screen."""
    env = {**SHELL_ENV, "HOME": str(home), "TERM": "xterm", "TMUX": "/other,1,0"}
    argv = tmux.attach_argv(name)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    shown = b""

    def read_more() -> bool:
        nonlocal shown
        if select.select([terminal], [], [], 0)[0]:
            shown += os.read(terminal, 65536)
        return expected in shown

    try:
        until(read_more)
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown
