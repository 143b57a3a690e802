"""Slung formulas: one agent works through the steps, and every step is in the ledger."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.molecules.formulas import TALK, THREE, pour, put, shown
from tests.support.desk import Desk, Said
from tests.support.people import git
from tests.support.waiting import until

ONE = "formula: one\nsteps:\n  - name: one\n    command: echo 1 >one.txt\n"
MOVES = "--format=%(trailers:key=Move,valueonly)"


def slung(desk: Desk, text: str, *words: object) -> tuple[str, Path]:
    """Pour and sling a formula without an agent; root and worktree."""
    name = put(desk, text)
    [one] = desk.gt("sling", name, "mp", "--yes", "--no-start", *words, "--json").data
    return one["bead"], Path(one["path"])


def work(desk: Desk, tree: Path, status: int | None = 0) -> Said:
    """Run the agent in a worktree, as its session does."""
    return desk.run("gt", "shell-agent", at=tree, status=status)


def trailers(tree: Path, key: str) -> list[str]:
    """The trailers of the branch's commits, oldest first."""
    form = f"--format=%(trailers:key={key},valueonly)"
    return git(tree, "log", "--reverse", form, "refs/heads/main..HEAD").split("\n")


def states(desk: Desk, root: str) -> list[str]:
    """Where each step stands."""
    [found] = desk.bd("mol", "current", root, "--json").json
    return [step["status"] for step in found["steps"]]


def test_the_agent_works_all_steps(desk: Desk) -> None:
    """Each step is started and done in the ledger, its work is a commit; then all is merged."""
    root, tree = slung(desk, THREE, "--var", "what=1.3.0; touch PWNED")
    work(desk, tree)
    assert [line for line in trailers(tree, "Step") if line] == [
        f"{root}.1 1", f"{root}.2 1", f"{root}.3 1",
    ]  # fmt: skip
    assert set(filter(None, trailers(tree, "Bead"))) == {root}
    assert not (tree / "PWNED").exists()
    log = git(desk.root / "hq", "log", "--reverse", MOVES).split("\n")
    steps = [line for line in log if line.startswith(f"bead {root}.") and "none" not in line]
    assert steps == [
        f"bead {root}.{n} {move}"
        for n in (1, 2, 3) for move in ("open -> in_progress", "in_progress -> closed")
    ]  # fmt: skip
    desk.gt("refinery", "run")
    assert desk.on_target("three.txt") == "1.3.0; touch PWNED\n2"
    assert shown(desk, root)["status"] == "closed"


def test_a_real_agent_is_waited_for(desk: Desk) -> None:
    """`gt sling FORMULA RIG --wait`, from the formula to the merge."""
    put(desk, THREE)
    said = desk.gt("sling", "three", "mp", "--var", "what=x", "--yes", "--wait")
    assert "is merged into main" in said.out
    assert desk.on_target("three.txt") == "x\n2"


def test_a_failing_step_stops_it_and_is_tried_again(desk: Desk) -> None:
    """Its last lines are in its notes; nothing after it runs, nothing before it runs twice."""
    text = THREE.replace("echo 2 >two.txt", "echo x >>count.txt; echo oops >&2; test -e ready")
    text = text.replace("cat one.txt two.txt >three.txt", "cat count.txt >three.txt")
    root, tree = slung(desk, text, "--var", "what=1")
    said = work(desk, tree, 1)
    assert "STOPPED" in said.out
    assert states(desk, root) == ["done", "blocked", "pending"]
    notes = shown(desk, f"{root}.2")["notes"]
    assert "ended with status 1" in notes
    assert "oops" in notes
    assert not (tree / "three.txt").exists()
    assert "failed" in work(desk, tree, 1).out  # as long as nobody says so, it is not tried again
    desk.bd("mol", "step", "retry", f"{root}.2")
    (tree / "ready").touch()
    work(desk, tree)
    assert (tree / "three.txt").read_text() == "x\nx\n"
    assert states(desk, root) == ["done", "done", "done"]


def test_killed_in_the_middle_it_goes_on_at_the_right_step(desk: Desk) -> None:
    """What is committed is not run again; what was begun is, and that is said."""
    text = THREE.replace("echo 2 >two.txt", "echo 2 >>two.txt; test -e go || kill -9 $PPID")
    root, tree = slung(desk, text, "--var", "what=1")
    work(desk, tree, -signal.SIGKILL)
    assert states(desk, root) == ["done", "current", "pending"]
    (tree / "go").touch()
    said = work(desk, tree)
    assert "it runs again" in said.out
    assert (tree / "one.txt").read_text() == "1\n"
    assert (tree / "two.txt").read_text() == "2\n2\n"


def test_killed_after_the_commit_the_step_is_only_recorded(desk: Desk) -> None:
    """The trailer of the branch tells that the work is done; a later attempt is another one."""
    root, tree = slung(desk, THREE.replace("echo 2 >", "echo 2 >>"), "--var", "what=1")
    step = f"{root}.2"
    desk.bd("close", f"{root}.1", at=tree)
    desk.bd("mol", "step", "start", step, at=tree)
    (tree / "one.txt").write_text("1\n")
    (tree / "two.txt").write_text("2\n")
    git(tree, "add", "-A")
    git(tree, "commit", "--quiet", "-m", f"{root}: two\n\nBead: {root}\nStep: {step} 1")
    said = work(desk, tree)
    assert "its work is committed already" in said.out
    assert (tree / "two.txt").read_text() == "2\n"


def test_a_reopened_step_runs_again(desk: Desk) -> None:
    """Its commit is of an earlier attempt."""
    root, tree = slung(desk, ONE.replace(">", ">>") + "  - name: never\n")
    work(desk, tree, 1)
    desk.bd("reopen", f"{root}.1")
    work(desk, tree, 1)
    assert (tree / "one.txt").read_text() == "1\n1\n"
    assert f"{root}.1 2" in trailers(tree, "Step")


def test_slung_again_another_polecat_goes_on(desk: Desk) -> None:
    """Unslung, the steps stay as they are; the next one tries again where the last one stopped."""
    text = THREE.replace("cat one.txt two.txt", "test -e ok && cat one.txt two.txt")
    root, tree = slung(desk, text, "--var", "what=1")
    work(desk, tree, 1)
    desk.gt("unsling", root)
    assert states(desk, root) == ["done", "done", "blocked"]
    [again] = desk.gt("sling", root, "mp", "--no-start", "--json").data
    assert states(desk, root) == ["done", "done", "ready"]
    assert "retry step three" in desk.gt("log", root).out
    said = work(desk, Path(again["path"]), None)
    assert "2/3 done" in said.out
    assert "one" not in said.out.partition("2/3 done")[2].split("$")[0]


def test_a_killed_session_is_taken_over(desk: Desk) -> None:
    """After kill -9 of the session, `gt sling ROOT` goes on with its work, and it is merged."""
    text = THREE.replace(
        "echo 2", "touch ../at; while test -e ../hold; do sleep 0.05; done; echo 2"
    )
    put(desk, text)
    hold = desk.root / "mp" / "polecats" / "hold"
    hold.parent.mkdir(parents=True, exist_ok=True)
    hold.touch()
    [one] = desk.gt("sling", "three", "mp", "--var", "what=1", "--yes", "--json").data
    until((hold.parent / "at").exists)
    pid = int((desk.root / ".gt/run/sessions/mp--toast.pid").read_text().split()[0])
    os.killpg(os.getpgid(pid), signal.SIGKILL)
    hold.unlink()
    until(lambda: "running" not in desk.gt("agents").out)
    said = desk.gt("sling", one["bead"], "mp", "--wait")
    assert "is merged into main" in said.out
    assert desk.on_target("three.txt") == "1\n2"
    (hold.parent / "at").unlink()


def test_without_a_command_a_step_is_not_for_a_shell(desk: Desk) -> None:
    """It says so and stops; nothing is handed in, and blocks in a text are not run."""
    text = TALK.replace("- name: think", "- name: think\n    description: |\n      ```sh\n"
                        "      touch PWNED\n      ```")  # fmt: skip
    root, tree = slung(desk, text)
    said = work(desk, tree, 1)
    assert "has no command" in said.out
    assert "has no command" in shown(desk, f"{root}.1")["notes"]
    assert not (tree / "PWNED").exists()


def test_a_persons_step_is_waited_for(desk: Desk) -> None:
    """A step of type human ends the run in peace; done, the molecule is handed in."""
    root, tree = slung(desk, ONE + "  - name: approve\n    type: human\n")
    said = work(desk, tree, 0)
    assert f"bd close {root}.2" in said.out
    assert desk.hook("mp/toast").state == "active"
    desk.bd("close", f"{root}.2")
    work(desk, tree)
    desk.gt("refinery", "run")
    assert shown(desk, root)["status"] == "closed"


def test_a_gate_is_waited_for(desk: Desk) -> None:
    """The agent stops before it and says what opens it."""
    root, tree = slung(desk, ONE + "    gate: {type: human}\n")
    said = work(desk, tree, 0)
    assert "waits for its gate" in said.out
    [gate] = desk.bd("gate", "list", "--json").json
    desk.bd("gate", "resolve", gate["id"], "-r", "go")
    work(desk, tree)
    assert states(desk, root) == ["done"]


def test_work_with_open_steps_is_not_handed_in(desk: Desk) -> None:
    """`gt done` names them; skipped, it may be."""
    root, tree = slung(desk, TALK)
    desk.work(tree)
    said = desk.gt("done", at=tree, status=1)
    assert f"think ({root}.1)" in said.err
    desk.bd("mol", "step", "skip", f"{root}.1", f"{root}.2", at=tree)
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert shown(desk, root)["status"] == "closed"


def test_what_a_step_leaves_in_the_background_is_not_waited_for(desk: Desk) -> None:
    """A server that a step starts, and that keeps its output open, does not hold the agent up."""
    _, tree = slung(desk, ONE.replace("echo 1", "sleep 50 & echo 1"))
    assert "handing in" in desk.run("gt", "shell-agent", at=tree, timeout=30).out


def test_only_checks_need_no_code(desk: Desk) -> None:
    """A molecule that changes no file is done without a merge."""
    root, tree = slung(desk, "formula: look\nsteps:\n  - name: a\n    command: test -d .\n")
    work(desk, tree)
    assert shown(desk, root)["status"] == "closed"


def test_commands_that_were_changed_in_the_record_are_not_run(desk: Desk) -> None:
    """What was accepted are these commands, not whatever the record says."""
    root, tree = slung(desk, ONE)
    file = desk.root / "hq" / "molecules" / f"{root}.json"
    file.write_text(file.read_text().replace("echo 1 >one.txt", "touch PWNED"))
    git(desk.root / "hq", "commit", "--quiet", "-am", "another command")
    said = work(desk, tree, 1)
    assert f"bd mol trust {root}" in said.out
    assert not (tree / "one.txt").exists()
    assert "only a person" in desk.bd("mol", "trust", root, at=tree, status=1).err
    desk.bd("mol", "trust", root)
    work(desk, tree)
    assert (tree / "PWNED").exists()


def test_prime_shows_the_checklist(desk: Desk) -> None:
    """What is done, what is next in full, and the commands for it; `gt hook` the list alone."""
    root, tree = slung(desk, THREE, "--var", "what=a b")
    desk.bd("close", f"{root}.1", at=tree)
    told = desk.gt("prime", at=tree).out
    assert f"✓ one ({root}.1)\n▶ two ({root}.2)\n· three ({root}.3)" in told
    assert f"bd mol step start {root}.2" in told
    assert f"bd close {root}.2" in told
    assert "echo 2 >two.txt" in told
    assert "1 of 3 steps" in desk.gt("hook", at=tree).out


@pytest.mark.parametrize("steps", [2, 60])
def test_prime_stays_small_whatever_the_texts(desk: Desk, steps: int) -> None:
    """Monstrous titles and descriptions are cut; the commands for the step are not."""
    lines = [
        f"  - name: s{n}\n    title: {'ä' * 200}{n}\n    description: {'d' * 3000}\n"
        for n in range(steps)
    ]
    root, tree = slung(desk, "formula: big\nsteps:\n" + "".join(lines))
    told = desk.gt("prime", at=tree).out
    assert len(told.encode()) <= 6000
    assert f"`bd close {root}.1`" in told
    assert ("more: bd mol show" in told) == (steps > 10)


def test_a_bead_of_that_name_wins(desk: Desk) -> None:
    """Then it is the bead that is slung; variables for it are a slip that is told."""
    put(desk, TALK)
    desk.bd("create", "A bead", "--id", "talk", "--rig", "mp")
    said = desk.gt("sling", "talk", "mp", "--var", "x=1", status=2)
    assert "talk is an issue" in said.err
    [one] = desk.gt("sling", "talk", "mp", "--no-start", "--json").data
    assert one["bead"] == "talk"
    assert desk.bd("mol", "list", "--json").json == []


def test_on_a_bead_it_becomes_the_root_once(desk: Desk) -> None:
    """`--on` makes the bead the root; said again, the same molecule is gone on with."""
    bead = desk.bead("Login", "--rig", "mp")
    root, _ = slung(desk, TALK, "--on", bead)
    assert root == bead
    assert shown(desk, bead)["status"] == "hooked"
    desk.gt("unsling", bead)
    again, _ = slung(desk, TALK, "--on", bead)
    assert again == bead
    assert len(desk.bd("mol", "list", "--json").json) == 1


def test_nothing_is_poured_for_a_rig_or_agent_that_is_not_there(desk: Desk) -> None:
    """What cannot be slung is said before anything is written."""
    name = put(desk, TALK)
    desk.gt("sling", name, "nowhere", status=3)
    desk.gt("sling", name, "mp", "--agent", "nobody", status=3)
    assert desk.bd("mol", "list", "--json").json == []


def test_a_polecat_claims_steps_and_lets_them_go(desk: Desk) -> None:
    """What it claimed below its bead is nobody's when it is unslung, and still begun."""
    root, tree = slung(desk, TALK)
    desk.bd("update", f"{root}.1", "--claim", at=tree)
    desk.gt("unsling", root)
    step = shown(desk, f"{root}.1")
    assert (step["status"], step.get("assignee")) == ("in_progress", None)


def test_current_is_the_molecule_on_ones_own_hook(desk: Desk) -> None:
    """Without an id: mine; at the root of the town: all; --for: somebody's."""
    root, tree = slung(desk, TALK)
    other = pour(desk, TALK)["new_epic_id"]
    ids = [m["molecule_id"] for m in desk.bd("mol", "current", "--json", at=tree).json]
    assert ids == [root]
    ids = [m["molecule_id"] for m in desk.bd("mol", "current", "--json").json]
    assert set(ids) == {root, other}
    ids = [m["molecule_id"] for m in desk.bd("mol", "current", "--for", "mp/toast", "--json").json]
    assert ids == [root]
