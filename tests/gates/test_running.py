"""Gates run: in order, side by side, ended whole, in a clean environment."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from gastown.domain.merge_settings import Phase
from gastown.errors import NotFound, Refused
from gastown.ops.gating import running
from gastown.ops.gating.running import OUTPUT_BYTES, gates_of, run_gates
from gastown.runtime.process import see
from tests.support.desk import Desk, host
from tests.support.gates import gate, gated, runs, set_up
from tests.support.queue import assert_no_gate_trees
from tests.support.waiting import until


def lives(file: Path) -> bool:
    """Whether the process whose number a gate wrote down still runs."""
    found = see(int(file.read_text()))
    return found is not None and not found.zombie


def test_a_gate_that_hangs_is_ended_with_all_it_started(desk: Desk, tmp_path: Path) -> None:
    """Its children and their children too, also one that ignores being asked."""
    command = (
        f"trap '' TERM; sh -c 'sleep 300 & echo $! >{tmp_path}/grandchild; wait' &"
        f" echo $! >{tmp_path}/child; wait; wait"
    )
    said = gated(desk, gate(command, timeout_s=1))
    assert said.red is not None
    assert "took longer than 1 s and was stopped" in said.red.reason
    assert not lives(tmp_path / "child")
    assert not lives(tmp_path / "grandchild")
    assert_no_gate_trees(desk)


def test_neighbours_run_side_by_side(desk: Desk, tmp_path: Path) -> None:
    """Each of the two waits for the other one; the third, which is alone, comes after them."""
    os.mkfifo(tmp_path / "a")
    os.mkfifo(tmp_path / "b")
    one = gate(f"echo 1 >{tmp_path}/a; cat {tmp_path}/b", "one", parallel=True, timeout_s=20)
    two = gate(f"cat {tmp_path}/a; echo 2 >{tmp_path}/b", "two", parallel=True, timeout_s=20)
    lone = gate(f"test -p {tmp_path}/a; echo three", "three")
    said: list[str] = []
    found = gated(desk, one, two, lone, announce=said.append)
    assert [result.output for result in found.results] == ["2\n", "1\n", "three\n"]
    assert said[:2] == ["gate one …", "gate two …"]
    assert said[4] == "gate three …"
    assert found.passed


def test_after_a_red_one_none_is_started(desk: Desk, tmp_path: Path) -> None:
    """Its neighbours run to their end; those after them have no result."""
    os.mkfifo(tmp_path / "go")
    red = gate(f"echo >{tmp_path}/go; false", "red", parallel=True, timeout_s=20)
    slow = gate(f"cat {tmp_path}/go; echo done", "slow", parallel=True, timeout_s=20)
    found = gated(desk, red, slow, gate(f"touch {tmp_path}/ran", "later"))
    assert [(one.gate.name, one.passed) for one in found.results] == [
        ("red", False),
        ("slow", True),
    ]
    assert found.red is not None
    assert (found.red.gate.name, found.passed, found.missing) == ("red", False, ("later",))
    assert not (tmp_path / "ran").exists()


def test_an_advisory_gate_is_only_told(desk: Desk) -> None:
    """It stops nothing, and does not make the commit red."""
    advice = gate("echo careful; false", "style", required=False)
    found = gated(desk, advice, gate("true"))
    assert (found.passed, found.red, found.advisory) == (True, None, ("style",))
    assert len(found.results) == 2


def test_what_has_no_result_has_not_passed() -> None:
    """A required gate that nobody ran keeps the commit from being green."""
    assert running.Tested("c", "t", ()).passed
    assert not running.Tested("c", "t", (), ("test",)).passed


def test_the_environment_is_the_machine_s(desk: Desk) -> None:
    """Nothing of an agent, a git hook or a shell; what the settings add is there."""
    machine = host()
    env = {
        **machine.env, "GT_ROLE": "mp/toast", "GT_SPOOL": "x", "BD_ACTOR": "mp/toast",
        "GIT_DIR": "/nowhere", "GIT_AUTHOR_NAME": "toast", "SHLVL": "7", "CLAUDECODE": "1",
        "PATH": f"{machine.scripts}:/usr/bin:/bin", "KEPT": "kept",
    }  # fmt: skip
    agent = replace(machine, env=env)
    found = run_gates(
        desk.town, agent, "mp", desk.target(), (gate("env | sort", env={"MORE": "more"}),),
        log=desk.root / ".gt" / "log" / "x",
    )  # fmt: skip
    seen = dict(line.split("=", 1) for line in found.results[0].output.splitlines())
    ours = {key for key in seen if key.startswith(("GT_", "GIT_", "BD_"))}
    assert ours == {"GT_RIG", "GT_GATE"}
    assert (seen["GT_RIG"], seen["GT_GATE"]) == ("mp", "test")
    assert (seen["MORE"], seen["KEPT"], seen["PATH"]) == ("more", "kept", "/usr/bin:/bin")
    assert "CLAUDECODE" not in seen
    assert "SHLVL" not in seen


def test_output_is_live_and_its_end_is_kept(desk: Desk, tmp_path: Path) -> None:
    """The log grows while the gate runs; a result keeps only the last part of much."""
    log = desk.root / ".gt" / "log" / "gates" / "a-test" / "test.log"
    loud = gate(f"echo begun; until [ -e {tmp_path}/seen ]; do :; done; seq 20000; echo end")

    def seen_by_then() -> bool:
        if log.exists() and "begun\n" in log.read_text():
            (tmp_path / "seen").touch()
        return False

    [found] = gated(desk, loud, stopping=seen_by_then).results
    assert found.passed
    assert found.log == log
    assert len(found.output) == OUTPUT_BYTES
    assert found.output.endswith("20000\nend\n")
    assert log.read_text().startswith(f"$ {loud.command}    # gate test\nbegun\n1\n2\n")


def test_a_stopped_gate_has_no_result_that_counts(desk: Desk, tmp_path: Path) -> None:
    """It is ended, it has not passed, nothing after it starts, and it is run again."""
    pid = tmp_path / "pid"
    slow = gate(f"echo $$ >>{pid}; test -e {tmp_path}/free || exec sleep 300")
    found = gated(desk, slow, gate("true", "later"), batch="b", stopping=pid.exists)
    assert (found.passed, found.missing) == (False, ("later",))
    assert "was stopped" in found.results[0].reason
    assert not lives(pid)
    (tmp_path / "free").touch()
    assert gated(desk, slow, batch="b").passed
    assert runs(pid) == 2


def test_once_stopping_nothing_starts(desk: Desk, tmp_path: Path) -> None:
    """Asked to stop before the first gate, none runs and the commit has not passed."""
    found = gated(desk, gate(f"touch {tmp_path}/ran"), stopping=lambda: True)
    assert (found.passed, found.results, found.missing) == (False, (), ("test",))
    assert not (tmp_path / "ran").exists()


def test_ctrl_c_ends_gates_in_threads(desk: Desk, tmp_path: Path) -> None:
    """Those that run side by side end with the command, and nothing of it is recorded."""
    names = ("one", "two")
    lines = [f'{name} = {{ command = "echo $$ >{tmp_path}/{name}; exec sleep 300",'
             " parallel = true }" for name in names]  # fmt: skip
    set_up(desk, "[rigs.mp.gates]\n" + "\n".join(lines))
    child = desk.start("gt", "gates", "run", desk.target(), "--rig", "mp", "--alone")
    files = [tmp_path / name for name in names]
    until(lambda: all(file.exists() and file.read_text().strip() for file in files), 20)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=20)
    assert child.returncode == 130
    assert not any(map(lives, files))
    assert list(desk.town.layout.gate_results("mp").glob("*")) == []
    assert_no_gate_trees(desk)


def test_gates_have_phases_and_wait_to_be_accepted(desk: Desk) -> None:
    """Each phase has its own; what a person has not read does not run, the setup included."""
    set_up(desk, '[rigs.mp.gates]\na = "true"\nb = { command = "x", phase = "pre-merge" }')
    assert [g.name for g in gates_of(desk.town, "mp")] == ["a"]
    assert [g.name for g in gates_of(desk.town, "mp", Phase.PRE_MERGE)] == ["b"]
    assert gates_of(desk.town, "mp", Phase.POST_MERGE) == ()
    settings = desk.root / "hq" / "town.toml"
    before = settings.read_text()
    for odd in (before.replace('a = "true"', 'a = "false"'),
                before + '[rigs.mp.gate_setup]\ncommand = "x"\n'):  # fmt: skip
        settings.write_text(odd)
        with pytest.raises(Refused, match="not accepted"):
            gates_of(desk.town, "mp")
    settings.write_text(before)


def test_a_commit_that_there_is_not(desk: Desk) -> None:
    """It is said, and nothing is made."""
    with pytest.raises(NotFound):
        gated(desk, gate("true"), commit="0" * 40)
    assert_no_gate_trees(desk)
