"""Processes keep their identity, and whoever is stopped takes its group along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gastown.runtime.process import (
    ProcessId,
    descendants,
    identify,
    is_alive,
    living_members,
    see,
    see_with_ps,
    stop,
)
from tests.support.waiting import until

from .helpers import number_in


@contextmanager
def running(script: str, *, own_group: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """A shell that runs the script, and is killed afterwards."""
    with subprocess.Popen(["/bin/sh", "-c", script], start_new_session=own_group) as child:
        try:
            yield child
        finally:
            child.kill()


def known(pid: int) -> ProcessId:
    """The identity of a process that certainly exists."""
    found = identify(pid)
    assert found is not None
    return found


def test_a_process_knows_itself_again() -> None:
    """Two looks at one process give the same identity, and it is alive."""
    assert known(os.getpid()) == known(os.getpid())
    assert is_alive(known(os.getpid()))


def test_no_process_has_no_identity() -> None:
    """A number that nobody has is nobody."""
    with running("exit 0") as child:
        child.wait()
        assert identify(child.pid) is None


def test_a_reused_number_is_somebody_else() -> None:
    """A process with another start time is not alive, and stopping it leaves the stranger alone."""
    with running("exec sleep 100") as stranger:
        earlier = replace(known(stranger.pid), started="an earlier boot:1")
        assert not is_alive(earlier)
        assert stop(earlier)
        assert is_alive(known(stranger.pid))


def test_a_zombie_is_dead() -> None:
    """A process that ended but was not waited for does not count as alive."""
    with running("exit 0") as child:
        process = known(child.pid)
        until(lambda: not is_alive(process))
        assert identify(child.pid) == process
        assert stop(process)


@pytest.mark.skipif(
    sys.platform != "linux", reason="the name with parentheses is set through /proc"
)
def test_a_program_name_may_look_like_process_facts(tmp_path: Path) -> None:
    """Spaces and parentheses in a program's name do not confuse the process table's reader."""
    program = tmp_path / "a) Z 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "100"], start_new_session=True) as child:
        until(lambda: b"(a) Z 1 (b)" in Path(f"/proc/{child.pid}/stat").read_bytes())
        seen = see(child.pid)
        assert seen is not None
        assert (seen.group, seen.zombie) == (child.pid, False)
        child.kill()


def test_ps_tells_the_same_as_proc() -> None:
    """Where there is no /proc, ps gives identity, group and whether it is a zombie."""
    with running("exec sleep 100") as child:
        (seen,) = see_with_ps("-p", str(child.pid))
        assert (seen.process.pid, seen.group, seen.zombie) == (child.pid, child.pid, False)
        assert seen in see_with_ps("-A")
        child.kill()
        until(lambda: see_with_ps("-p", str(child.pid))[0].zombie)
        child.wait()
        assert see_with_ps("-p", str(child.pid)) == []


def test_stop_ends_grandchildren(tmp_path: Path) -> None:
    """Stopping a leader ends what its children started."""
    with running(f"(sleep 100 & echo $! >{tmp_path}/pid; wait) & wait") as leader:
        grandchild = known(number_in(tmp_path / "pid"))
        assert stop(known(leader.pid))
        assert not is_alive(grandchild)
        assert living_members(leader.pid) == frozenset()


def test_stop_asks_first(tmp_path: Path) -> None:
    """A process that heeds TERM can still put its things away."""
    script = (
        f"trap 'echo tidy >{tmp_path}/note; exit' TERM; echo $$ >{tmp_path}/pid; sleep 100 & wait"
    )
    with running(script) as child:
        number_in(tmp_path / "pid")
        assert stop(known(child.pid))
        assert (tmp_path / "note").read_text() == "tidy\n"


def test_stop_insists(tmp_path: Path) -> None:
    """A process that ignores TERM is killed after the grace."""
    script = f"trap '' TERM; echo $$ >{tmp_path}/pid; while :; do sleep 100; done"
    with running(script) as child:
        number_in(tmp_path / "pid")
        assert stop(known(child.pid), grace_s=0.1)
        assert child.wait() == -signal.SIGKILL


def test_stop_wakes_a_sleeper(tmp_path: Path) -> None:
    """A process that is halted by a signal gets its chance to end in peace, too."""
    script = f"trap 'echo tidy >{tmp_path}/note; exit' TERM; echo $$ >{tmp_path}/pid; kill -STOP $$"
    with running(script) as child:
        number_in(tmp_path / "pid")
        until(lambda: b") T " in Path(f"/proc/{child.pid}/stat").read_bytes())
        assert stop(known(child.pid))
        assert (tmp_path / "note").exists()


def test_stop_of_a_member_spares_its_group() -> None:
    """A process that leads no group is stopped alone; we, who share its group, live on."""
    with running("exec sleep 100", own_group=False) as child:
        assert os.getpgid(child.pid) == os.getpgid(0)
        assert stop(known(child.pid))
        assert child.wait() == -signal.SIGTERM


def test_survivors_of_a_dead_leader_are_stopped_with_it(tmp_path: Path) -> None:
    """A leader that is dead, but still in the process table, vouches for its group."""
    with running(f"sleep 100 & echo $! >{tmp_path}/pid") as leader:
        process, orphan = known(leader.pid), known(number_in(tmp_path / "pid"))
        until(lambda: not is_alive(process))
        assert is_alive(orphan)
        assert stop(process)
        assert not is_alive(orphan)


def test_descendants_are_found_in_sessions_of_their_own() -> None:
    """A child in a process group of its own, and who started it; not those of others."""
    with running("setsid sleep 60 & wait") as shell:
        [child] = until(lambda: descendants(shell.pid))
        try:
            assert child in descendants(os.getpid())
            assert descendants(child.pid) == frozenset()
        finally:
            os.kill(child.pid, signal.SIGKILL)
