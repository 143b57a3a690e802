"""The launcher hands over exactly what it was given, and records how it ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.errors import Refused
from gastown.runtime.launcher import Launcher, read_number, write_launcher

from .helpers import SHELL_ENV, names_in, number_in

SURROUNDINGS = {**SHELL_ENV, "INTRUDER": "1", "TERM": "screen", "SHLVL": "7", "OLDPWD": "/"}

any_text = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary().map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")),
    st.sampled_from(
        ["", "'", '"', "\\", "$HOME", "`id`", "#{x}", "a\nb\n", "\r\n", "-n", "*", "~"]
    ),
)
awkward_names = ["PATH", "IFS", "PWD", "UID", "PPID", "OPTIND", "PS1", "SHLVL", "stopped", "status"]
names = st.one_of(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), st.just("X"))
environments = st.dictionaries(st.one_of(names, st.sampled_from(awkward_names)), any_text)


@pytest.fixture(params=["sh", "dash", "bash"])
def shell(request: pytest.FixtureRequest) -> str:
    """Every shell that may stand behind /bin/sh."""
    name: str = request.param
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def launch(
    directory: Path,
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    shell: str = "/bin/sh",
    keep: Sequence[str] = (),
) -> tuple[Launcher, bytes]:
    """Write a launcher, run it in other surroundings, and return what it printed."""
    launcher = write_launcher(directory, "x", argv, cwd=directory, env=env, keep=keep, shell=shell)
    done = subprocess.run(launcher.argv, env=SURROUNDINGS, stdout=subprocess.PIPE, check=False)
    assert read_number(launcher.exit_file) == done.returncode
    assert read_number(launcher.pid_file)
    return launcher, done.stdout


def variables(printed: bytes) -> dict[str, str]:
    """What `env -0` printed."""
    pairs = (pair.partition(b"=") for pair in printed.split(b"\0")[:-1])
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


function_scoped = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@function_scoped
@given(env=environments)
def test_any_environment_arrives(tmp_path: Path, env: dict[str, str]) -> None:
    """Whatever the values are, the agent sees them unchanged, and no others."""
    _, printed = launch(tmp_path, ["/usr/bin/env", "-0"], env)
    found = variables(printed)
    if Path("/bin/sh").resolve().name != "dash":
        # Bash adds two variables of its own.
        found = {name: found[name] for name in found if name in env or name not in {"_", "SHLVL"}}
    assert found == env


@function_scoped
@given(words=st.lists(any_text))
def test_any_arguments_arrive(tmp_path: Path, words: list[str]) -> None:
    """Whatever the arguments are, the agent gets them unchanged."""
    _, printed = launch(tmp_path, ["/usr/bin/printf", "%s\\0", "first", *words], {})
    assert printed.split(b"\0")[1:-1] == [os.fsencode(word) for word in words]


def test_awkward_names_arrive_under_every_shell(shell: str, tmp_path: Path) -> None:
    """Variables that shells keep for themselves are handed over all the same."""
    env = dict.fromkeys([*awkward_names, "_", "EUID", "SHELLOPTS", "RANDOM"], "it's $1\n#")
    _, printed = launch(tmp_path, ["/usr/bin/env", "-0"], env, shell=shell)
    assert variables(printed) == env


def test_names_that_no_shell_can_set_are_left_out(shell: str, tmp_path: Path) -> None:
    """An exported bash function, for instance, does not stop the launch."""
    env = {"BASH_FUNC_f%%": "() { id; }", "A B": "1", "x;id": "1", "GOOD": "yes"}
    _, printed = launch(tmp_path, ["/usr/bin/env", "-0"], env, shell=shell)
    assert {name: value for name, value in variables(printed).items() if name != "_"} in (
        {"GOOD": "yes"},
        {"GOOD": "yes", "SHLVL": "0"},
    )


def test_kept_names_come_from_the_surroundings(shell: str, tmp_path: Path) -> None:
    """TERM is the terminal's business; a kept name that is not set there is the caller's."""
    env = {"TERM": "mine", "TMUX": "mine"}
    keep = ["TERM", "TMUX", "TMUX_PANE"]
    _, printed = launch(tmp_path, ["/usr/bin/env", "-0"], env, keep=keep, shell=shell)
    found = variables(printed)
    assert (found["TERM"], found["TMUX"]) == ("screen", "mine")
    assert "TMUX_PANE" not in found


def test_the_script_is_private_and_removes_itself(tmp_path: Path) -> None:
    """Only its owner can read the environment in it, and after the start it is gone."""
    launcher = write_launcher(
        tmp_path, "x", ["/bin/ls", "-A", str(tmp_path)], cwd=tmp_path, env={"TOKEN": "secret"}
    )
    assert launcher.script.stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(launcher.argv, stdout=subprocess.PIPE, check=True).stdout
    assert shown == b"x.pid\n"
    assert names_in(tmp_path) == ["x.exit", "x.pid"]


def test_directories_with_any_name(shell: str, tmp_path: Path) -> None:
    """Spaces, quotes, `#` and `;` in a path are part of its name."""
    directory = tmp_path / 'it\'s "a" #{pane_id} $HOME %H;'
    directory.mkdir()
    _, printed = launch(directory, ["/bin/pwd"], {"PWD": "/nowhere"}, shell=shell)
    assert printed.decode() == f"{directory}\n"


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["/bin/sh", "-c", "exit 42"], 42),
        (["/no/such/program"], 127),
        (["/dev/null"], 126),
        (["/bin/sh", "-c", "kill -KILL $$"], 128 + signal.SIGKILL),
    ],
)
def test_the_exit_status_is_recorded(
    shell: str, tmp_path: Path, argv: list[str], status: int
) -> None:
    """However the program ends, its status is in the exit file, and the launcher's own."""
    launcher, _ = launch(tmp_path, argv, {}, shell=shell)
    assert read_number(launcher.exit_file) == status


def test_a_directory_that_is_gone(shell: str, tmp_path: Path) -> None:
    """Without its directory nothing is run, and 127 is recorded."""
    launcher = write_launcher(
        tmp_path, "x", ["/bin/echo", "ran"], cwd=tmp_path / "gone", env={}, shell=shell
    )
    done = subprocess.run(launcher.argv, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (127, b"")
    assert read_number(launcher.exit_file) == 127


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_a_signal_to_the_group_is_recorded(
    shell: str, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C in a terminal reaches launcher and agent; the launcher lives to tell of it."""
    launcher, child = launch_and_wait_for_pid(tmp_path, shell)
    os.killpg(child.pid, number)
    assert child.wait() == 128 + number
    assert read_number(launcher.exit_file) == 128 + number


def test_a_signal_that_the_agent_survives(shell: str, tmp_path: Path) -> None:
    """An agent that handles Ctrl-C itself goes on, and so does its launcher."""
    program = (
        "import signal, time; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, lambda *_: Path('got').write_text('1\\n'))\n"
        "Path('pid').write_text('1\\n')\n"
        "while not Path('end').exists(): time.sleep(0.01)"
    )
    launcher, child = launch_and_wait_for_pid(
        tmp_path, shell, [sys.executable, "-I", "-S", "-c", program]
    )
    os.killpg(child.pid, signal.SIGINT)
    number_in(tmp_path / "got")
    (tmp_path / "end").touch()
    assert child.wait() == 0
    assert read_number(launcher.exit_file) == 0


def test_a_hang_up_leaves_no_status(shell: str, tmp_path: Path) -> None:
    """An agent whose terminal went away did not end, it vanished."""
    launcher, child = launch_and_wait_for_pid(tmp_path, shell)
    os.killpg(child.pid, signal.SIGHUP)
    assert child.wait() == -signal.SIGHUP
    assert not launcher.exit_file.exists()


def test_the_number_of_the_agent_is_known(shell: str, tmp_path: Path) -> None:
    """The agent can be found even without its launcher."""
    launcher, child = launch_and_wait_for_pid(tmp_path, shell)
    assert read_number(launcher.pid_file) == number_in(tmp_path / "pid") != child.pid
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def test_the_end_of_an_agent_shows_no_secret(shell: str, tmp_path: Path) -> None:
    """Shells that report a killed child quote their script, which holds the environment."""
    argv = ["/bin/sh", "-c", "echo mine >&2; kill -TERM $$"]
    launcher = write_launcher(
        tmp_path, "x", argv, cwd=tmp_path, env={"TOKEN": "secret"}, shell=shell
    )
    done = subprocess.run(launcher.argv, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, b"mine\n")


def test_an_earlier_status_is_forgotten(tmp_path: Path) -> None:
    """A new launcher removes what an earlier start recorded, and an earlier launcher."""
    launch(tmp_path, ["/bin/false"], {})
    (tmp_path / "x.launch").symlink_to(tmp_path / "elsewhere")
    launcher = write_launcher(tmp_path, "x", ["/bin/true"], cwd=tmp_path, env={})
    assert read_number(launcher.exit_file) is None
    assert not launcher.script.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_a_damaged_status_is_none(tmp_path: Path) -> None:
    """A file that holds no number tells nothing."""
    (tmp_path / "x.exit").write_text("")
    assert read_number(tmp_path / "x.exit") is None


@pytest.mark.parametrize("argv", [[], [""], ["-x"], ["A=1"], ["/bin/echo", "\0"]])
def test_impossible_commands_are_refused(tmp_path: Path, argv: list[str]) -> None:
    """What cannot be run is refused before anything is written."""
    with pytest.raises(Refused) as refused:
        write_launcher(tmp_path, "x", argv, cwd=tmp_path, env={})
    assert refused.value.hint
    assert names_in(tmp_path) == []


def test_the_agent_inherits_three_files(shell: str, tmp_path: Path) -> None:
    """The shell's own handle on its script does not leak into the agent."""
    launcher = write_launcher(
        tmp_path, "x", ["/bin/ls", "/proc/self/fd"], cwd=tmp_path, env={}, shell=shell
    )
    if not Path("/proc/self/fd").exists():
        pytest.skip("open files are listed through /proc")
    shown = subprocess.run(launcher.argv, stdout=subprocess.PIPE, check=True).stdout
    assert len(shown.split()) == 4, "0, 1, 2 and the listed directory itself"


def launch_and_wait_for_pid(
    directory: Path, shell: str, argv: Sequence[str] | None = None
) -> tuple[Launcher, subprocess.Popen[bytes]]:
    """A launcher in a group of its own whose agent has written its `pid` file."""
    argv = argv or ["/bin/sh", "-c", "echo $$ >pid; exec sleep 100"]
    launcher = write_launcher(directory, "x", argv, cwd=directory, env=SHELL_ENV, shell=shell)
    child = subprocess.Popen(launcher.argv, env=SURROUNDINGS, process_group=0)
    number_in(directory / "pid")
    return launcher, child
