"""Commands that are waited for end with all they started; detached ones begin when let go."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gastown.runtime.command import CommandResult, bury_dead_children, detached, run_command
from gastown.runtime.process import ProcessId, identify, is_alive, living_members
from tests.support.waiting import until

from .helpers import SHELL_ENV, number_in


def run(script: str, cwd: Path, timeout_s: float | None = 20) -> CommandResult:
    """Run a shell script in `cwd`; its log is `<cwd>/log`."""
    return run_command(
        ["/bin/sh", "-c", script], cwd=cwd, env=SHELL_ENV, log=cwd / "log", timeout_s=timeout_s
    )


def no_longer_alive(pid: int) -> bool:
    """Whether nobody, or only a zombie, has this number."""
    process = identify(pid)
    return process is None or not is_alive(process)


def test_output_and_status(tmp_path: Path) -> None:
    """Both outputs are appended to the log in order, and the exit status is told."""
    (tmp_path / "log").write_text("before\n")
    result = run("echo out; echo err >&2; pwd; exit 3", tmp_path)
    assert (tmp_path / "log").read_text() == f"before\nout\nerr\n{tmp_path}\n"
    assert (result.returncode, result.timed_out, result.passed) == (3, False, False)
    assert result.seconds < 10
    assert run("true", tmp_path).passed


def test_who_is_told_of_a_command_knows_it_before_it_begins(tmp_path: Path) -> None:
    """The told process is the command's own; if telling fails, the command never runs."""
    told: list[int] = []

    def tell(process: ProcessId) -> None:
        assert not (tmp_path / "ran").exists()
        told.append(process.pid)
        if len(told) > 1:
            raise OSError("cannot be written down")

    def again() -> CommandResult:
        return run_command(
            ["/bin/sh", "-c", "echo $$ >ran; cat"], cwd=tmp_path, env=SHELL_ENV,
            log=tmp_path / "log", timeout_s=20, started=tell,
        )  # fmt: skip

    assert again().passed
    assert (tmp_path / "ran").read_text() == f"{told[0]}\n"
    (tmp_path / "ran").unlink()
    with pytest.raises(OSError, match="written down"):
        again()
    assert no_longer_alive(told[1])
    assert not (tmp_path / "ran").exists()


def test_an_open_log(tmp_path: Path) -> None:
    """The log may be a file that the caller has open; what it wrote before stays before."""
    with (tmp_path / "log").open("ab") as log:
        log.write(b"header\n")
        run_command(["/bin/echo", "body"], cwd=tmp_path, env={}, log=log, timeout_s=20)
    assert (tmp_path / "log").read_text() == "header\nbody\n"


def test_a_new_log_is_private(tmp_path: Path) -> None:
    """What a command prints may hold secrets, so others cannot read a log."""
    run("true", tmp_path)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_no_input_and_no_other_environment(tmp_path: Path) -> None:
    """A command reads an empty input and sees the given variables only."""
    script = "import os, sys; print(repr(sys.stdin.read()), os.environ.get('SECRET_OF_OURS'))"
    os.environ["SECRET_OF_OURS"] = "x"
    try:
        run_command(
            [sys.executable, "-c", script], cwd=tmp_path, env={}, log=tmp_path / "log", timeout_s=20
        )
    finally:
        del os.environ["SECRET_OF_OURS"]
    assert (tmp_path / "log").read_text() == "'' None\n"


def test_a_program_that_does_not_exist(tmp_path: Path) -> None:
    """A missing program or directory is a failed command with a line in its log."""
    log = tmp_path / "log"
    missing = run_command(["no-such"], cwd=tmp_path, env=SHELL_ENV, log=log, timeout_s=20)
    nowhere = run_command(["true"], cwd=tmp_path / "no", env=SHELL_ENV, log=log, timeout_s=20)
    assert (missing.returncode, nowhere.returncode) == (127, 127)
    assert log.read_text().count("cannot run") == 2


def test_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    """A command that takes too long is ended together with its grandchildren."""
    result = run("(sleep 100 & echo $! >pid; wait) & wait", tmp_path, timeout_s=0.3)
    assert result.timed_out
    assert not result.passed
    assert no_longer_alive(number_in(tmp_path / "pid"))


def test_survivors_of_a_normal_exit_are_ended(tmp_path: Path) -> None:
    """What a command leaves running in the background does not outlive it."""
    result = run("sleep 100 & echo $! >pid", tmp_path)
    assert result.passed
    assert no_longer_alive(number_in(tmp_path / "pid"))


def test_ctrl_c_ends_the_whole_group(tmp_path: Path) -> None:
    """When we are interrupted, the command and its children end before we do."""
    program = (
        "from pathlib import Path; from gastown.runtime.command import run_command\n"
        "run_command(['/bin/sh', '-c', 'sleep 100 & echo $! >pid; wait'],"
        " cwd=Path.cwd(), env={'PATH': '/usr/bin:/bin'}, log=Path('log'), timeout_s=60)"
    )
    env = {**SHELL_ENV, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, stderr=subprocess.PIPE
    ) as child:
        grandchild = identify(number_in(tmp_path / "pid"))
        assert grandchild is not None
        child.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in child.communicate()[1]
    assert not is_alive(grandchild)


def test_ctrl_c_at_the_very_start(tmp_path: Path) -> None:
    """An interrupt that comes before the start is complete does not leave the command behind."""
    program = (
        "from pathlib import Path; from gastown.runtime.command import run_command\n"
        "for number in range(4):\n"
        "    try:\n"
        "        run_command(['/bin/sh', '-c', 'echo $$ >>pids; kill -INT $PPID; exec sleep 100'],"
        " cwd=Path.cwd(), env={'PATH': '/usr/bin:/bin'}, log=Path('log'), timeout_s=60)\n"
        "    except KeyboardInterrupt:\n"
        "        print(number)"
    )
    env = {**SHELL_ENV, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.decode().split() == [str(number) for number in range(4)]
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 4
    assert all(no_longer_alive(pid) for pid in pids)


def test_a_command_inherits_no_lock(tmp_path: Path) -> None:
    """Even a file that we would hand down is closed in the command."""
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        run(f"test ! -e /dev/fd/{lock.fileno()} && echo closed", tmp_path)
    assert (tmp_path / "log").read_text() == "closed\n"


def test_a_detached_process_begins_when_it_is_let_go(tmp_path: Path) -> None:
    """Inside the block it exists and waits; after the block it runs, in a group of its own."""
    argv = ["/bin/sh", "-c", f"echo begun; cat; echo $$ >{tmp_path}/pid"]
    with detached(argv, env=SHELL_ENV, log=tmp_path / "log") as process:
        assert is_alive(process)
        assert (tmp_path / "log").read_text() == ""
    assert number_in(tmp_path / "pid") == process.pid
    assert (tmp_path / "log").read_text() == "begun\n"
    until(lambda: not is_alive(process))
    bury_dead_children()
    assert identify(process.pid) is None


def test_a_detached_process_never_runs_when_the_block_fails(tmp_path: Path) -> None:
    """What could not be written down is not started."""
    argv = ["/bin/sh", "-c", "echo begun"]
    with (
        pytest.raises(BrokenPipeError),
        detached(argv, env=SHELL_ENV, log=tmp_path / "log") as process,
    ):
        raise BrokenPipeError
    until(lambda: not living_members(process.pid))
    bury_dead_children()
    assert (tmp_path / "log").read_text() == ""


def test_a_detached_process_never_runs_when_its_starter_is_killed(tmp_path: Path) -> None:
    """A kill -9 between start and record leaves nothing behind."""
    program = (
        "import os; from pathlib import Path; from gastown.runtime.command import detached\n"
        "with detached(['/bin/sh', '-c', 'echo begun'], env={}, log=Path('log')) as process:\n"
        "    Path('pid').write_text(f'{process.pid}\\n'); os.kill(os.getpid(), 9)"
    )
    env = {**SHELL_ENV, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=env, check=False)
    assert died.returncode == -signal.SIGKILL
    pid = number_in(tmp_path / "pid")
    until(lambda: not living_members(pid))
    assert (tmp_path / "log").read_text() == ""


def test_a_detached_process_inherits_no_lock(tmp_path: Path) -> None:
    """A lock that we hold while starting is free as soon as we let go of it."""
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with detached(["/bin/sleep", "100"], env={}, log=tmp_path / "log") as process:
            pass
    try:
        with (tmp_path / "lock").open("w") as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        until(lambda: not is_alive(process))
        bury_dead_children()
