"""Kernel locks: one holder, named to those who wait, freed by death, kept by a git child."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gastown.errors import Busy
from gastown.store import locks
from gastown.store.town import Town
from tests.support.children import fake_git, finish, python
from tests.support.soundness import assert_sound, history
from tests.support.towns import a_bead, put
from tests.support.waiting import until

HOLD = """
from gastown.store import locks
sys.argv[0] = "/usr/local/bin/gt"
with locks.hold(town.layout.locks / "town"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_waiting_learn_who_holds(bare_town: Town) -> None:
    """Busy names the holder's command and pid, and has its own exit status."""
    child = python(HOLD, str(bare_town.layout.root), "sling")
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    path = bare_town.layout.locks / "town"
    assert locks.is_held(path)
    with pytest.raises(Busy, match=rf"gt .*\(pid {child.pid}\) holds town") as busy:
        with locks.hold(path, wait_s=0.05):
            pass
    assert busy.value.exit_status == 75
    finish(child, stdin="go\n")
    assert not locks.is_held(path)
    put(bare_town, a_bead())


def test_readers_do_not_wait_for_the_lock(bare_town: Town) -> None:
    """While somebody writes, reading answers at once, even where hq would need healing."""
    put(bare_town, a_bead())
    child = python(HOLD, str(bare_town.layout.root))
    assert child.stdout is not None
    child.stdout.readline()
    (bare_town.layout.run / "hq-synced").write_text("0" * 40)
    assert bare_town.read().bead("mp-abc")
    finish(child, stdin="go\n")
    bare_town.read()
    assert_sound(bare_town)


def test_death_frees_the_lock(bare_town: Town) -> None:
    """A kill -9 leaves no lock behind."""
    child = python(HOLD, str(bare_town.layout.root))
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    finish(child, status=-9)
    with locks.hold(bare_town.layout.locks / "town", wait_s=5):
        pass


def test_a_git_child_keeps_the_lock_of_its_killed_parent(bare_town: Town, tmp_path: Path) -> None:
    """While an orphaned git still writes, nobody else does; then its commit counts, or is not.

    (Git may die of the closed pipe before it moves the ref; both ends are whole.)
    """
    go = tmp_path / "go"
    os.mkfifo(go)
    stub = fake_git(
        tmp_path / "bin",
        f"""
        case " $* " in *" fast-import "*)
            cat >'{tmp_path}/stream'
            echo here >'{tmp_path}/arrived'
            read _ <'{go}'
            exec "$GIT" "$@" <'{tmp_path}/stream' ;;
        esac
        exec "$GIT" "$@"
        """,
    )
    child = python('put(town, a_bead("mp-orphan"))', str(bare_town.layout.root), extra=stub)
    until((tmp_path / "arrived").exists)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    path = bare_town.layout.locks / "town"
    assert locks.is_held(path)
    with pytest.raises(Busy):
        with locks.hold(path, wait_s=0.05):
            pass
    go.write_text("go\n")
    until(lambda: not locks.is_held(path))
    committed = len(history(bare_town)) == 2
    assert bare_town.read().has_bead("mp-orphan") is committed
    put(bare_town, a_bead())
    assert_sound(bare_town)
    finish(child, status=None)


def test_an_orphan_that_brings_hq_into_step_keeps_the_lock(bare_town: Town, tmp_path: Path) -> None:
    """Found as a bug: a late orphan could write an older commit's files over a newer one's."""
    put(bare_town, a_bead())
    go = tmp_path / "go"
    os.mkfifo(go)
    stub = fake_git(
        tmp_path / "bin",
        f"""
        case " $* " in *" restore "*)
            cat >'{tmp_path}/paths'
            echo here >'{tmp_path}/arrived'
            read _ <'{go}'
            exec "$GIT" "$@" <'{tmp_path}/paths' ;;
        esac
        exec "$GIT" "$@"
        """,
    )
    child = python('put(town, a_bead(status="closed"))', str(bare_town.layout.root), extra=stub)
    until((tmp_path / "arrived").exists)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    path = bare_town.layout.locks / "town"
    assert locks.is_held(path)
    go.write_text("go\n")
    until(lambda: not locks.is_held(path))
    put(bare_town, a_bead(status="open"))
    assert_sound(bare_town)
    finish(child, status=None)


def test_no_other_child_gets_the_lock(bare_town: Town, tmp_path: Path) -> None:
    """A program that outlives us (tmux, an agent) must not hold the lock for ever."""
    child = python(
        """
        import subprocess
        from gastown.store import locks
        with locks.hold(town.layout.locks / "town"):
            left = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        print(left.pid)
        """,
        str(bare_town.layout.root),
    )
    left = int(finish(child))
    try:
        assert not locks.is_held(bare_town.layout.locks / "town")
    finally:
        os.kill(left, signal.SIGKILL)


def test_a_lock_is_not_taken_twice_by_one_process(tmp_path: Path) -> None:
    """The kernel would let us wait for ourselves for ever; we are told instead."""
    with locks.hold(tmp_path / "a"):
        with pytest.raises(RuntimeError, match="already held"):
            with locks.hold(tmp_path / "a"):
                pass
        with locks.hold(tmp_path / "b"):
            assert locks.is_held(tmp_path / "b")
    assert not locks.is_held(tmp_path / "a")
    assert not locks.is_held(tmp_path / "never")
