"""Batches on a real repository: what lands, who is rejected, and what every commit passes."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.refinery.conftest import Yard
from tests.support.people import git
from tests.support.queue import assert_no_gate_trees, first_parents, requests
from tests.support.waiting import until


def test_four_requests_with_a_bad_third(yard: Yard) -> None:
    """1, 2 and 4 land, 3 is rejected with its log, and the target is green at every commit."""
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "4")
    yard.submit(["good", "good", "bad", "good"])
    yard.desk.gt("refinery", "run", status=1)
    assert yard.states() == ["merged", "merged", "failed", "merged"]
    bad = requests(yard.desk)[2]
    assert (bad["gate"], bad["reason"]) == ("test", "gate test ended with status 1")
    assert "$ " in yard.desk.gt("mq", "log", bad["id"]).out
    yard.assert_target_is_green()
    assert len(first_parents(yard.desk, yard.start)) == 3
    assert_no_gate_trees(yard.desk)


def test_a_batch_lands_by_one_move(yard: Yard) -> None:
    """Green on the tip: the gate ran once, the target moved once, and each has its commit."""
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "2")
    yard.submit(["good", "good"])
    yard.run(0)
    assert len(yard.runs) == 1
    found = requests(yard.desk)
    assert first_parents(yard.desk, yard.start) == [merge["result"] for merge in found]
    assert {merge["batch"] for merge in found} == {found[0]["batch"]}
    assert [merge["proof"] for merge in found] == ["ancestry", "ancestry"]
    tree = git(yard.bare, "rev-parse", "main^{tree}")
    assert {merge["tested"] for merge in found} == {tree}


def test_flaky_is_recorded_and_lands(yard: Yard) -> None:
    """Red, then green on the same tree: merged, and known as flaky."""
    yard.submit(["flaky"])
    assert "flaky" in yard.run(0)
    [merge] = requests(yard.desk)
    assert (merge["state"], merge["flaky"]) == ("merged", ["test"])
    assert Counter(yard.runs) == {git(yard.bare, "rev-parse", "main^{tree}"): 2}


def test_a_conflict_is_sifted_out(yard: Yard) -> None:
    """Of two that conflict with each other the first lands; the gate never sees the other."""
    yard.submit(["conflict", "conflict", "good"])
    yard.run(1)
    assert yard.states() == ["merged", "conflicted", "merged"]
    assert requests(yard.desk)[1]["conflicts"] == ["same.txt"]
    yard.assert_target_is_green()


def test_the_target_is_moved_by_force_meanwhile(yard: Yard) -> None:
    """Whatever the target is moved to while gates run: what lands was tested on top of that."""
    yard.submit(["good", "good"])
    other = yard.branch("other", {"other.txt": "x\n"}, yard.start)
    git(yard.bare, "branch", "-D", "other")
    yard.desk.gate(f"test -e other.txt || git update-ref refs/heads/main {other}", "mover")
    assert "main moved meanwhile" in yard.run(0)
    assert yard.states() == ["merged", "merged"]
    commits = first_parents(yard.desk, yard.start)
    assert commits[0] == other
    assert set(yard.runs[-1:]) == {git(yard.bare, "rev-parse", "main^{tree}")}


def test_a_red_target_is_nobody_s_fault(yard: Yard) -> None:
    """Nobody is rejected, the person is told once, and what mends the target lands."""
    bad = yard.branch("oops", {"bad-0.txt": "x\n"}, yard.start)
    git(yard.bare, "update-ref", "refs/heads/main", bad)
    git(yard.bare, "branch", "-D", "oops")
    yard.submit(["good", "good"])
    yard.run(1)
    yard.run(1)
    assert yard.states() == ["queued", "queued"]
    inbox = yard.desk.gt("mail", "inbox", "--json").data
    assert [mail["subject"] for mail in inbox] == ["main of mp is red"]
    entries = git(yard.bare, "ls-tree", yard.start)
    tree = git(yard.bare, "mktree", stdin=f"{entries}\n")
    mended = git(yard.bare, "commit-tree", "-p", bad, "-m", "mend", tree)
    git(yard.bare, "update-ref", "refs/heads/mend", mended)
    yard.desk.gt("mq", "submit", "mend", "--rig", "mp")
    yard.run(0)
    assert yard.states() == ["merged", "merged", "merged"]


def test_nobody_joins_a_batch_that_is_bisected(yard: Yard, tmp_path: Path) -> None:
    """Who comes while a red batch is being bisected is tested after all of it is decided."""
    yard.desk.gt("config", "set", "rigs.mp.merge.batch_max", "3")
    go, seen = tmp_path / "go", tmp_path / "seen"
    os.mkfifo(go)
    yard.desk.gate(
        f"ls bad-* && ! test -e {seen} && {{ touch {seen}; read -r _ <{go}; }}; true", "z"
    )
    yard.desk.gt("config", "set", "rigs.mp.gates.z.parallel", "true")
    yard.desk.gt("config", "set", "rigs.mp.gates.test.parallel", "true")
    yard.submit(["bad", "good"])
    child = yard.desk.start("gt", "refinery", "run")
    until(seen.exists, 30)
    yard.branch("late", {"late.txt": "x\n"}, yard.start)
    yard.desk.gt("mq", "submit", "late", "--rig", "mp", "--priority", "0")
    go.write_text("go\n")
    out, err = child.communicate(timeout=60)
    assert child.returncode == 1, (out, err)
    assert yard.states() == ["failed", "merged", "merged"]
    _, good, late = requests(yard.desk)
    assert first_parents(yard.desk, yard.start) == [good["result"], late["result"]]
    assert late["batch"] != good["batch"]


@pytest.mark.parametrize("style", ["squash", "rebase"])
def test_styles(yard: Yard, style: str) -> None:
    """A linear target, every commit green, and the work proven to be in it."""
    yard.desk.gt("config", "set", "rigs.mp.merge.style", style)
    yard.submit(["good", "bad", "good", "conflict"])
    yard.run(1)
    assert yard.states() == ["merged", "failed", "merged", "merged"]
    assert git(yard.bare, "rev-list", "--merges", f"{yard.start}..main") == ""
    proofs = [merge["proof"] for merge in requests(yard.desk)]
    assert proofs[1] is None
    assert set(proofs) <= {"tree", "ancestry", None}
    yard.assert_target_is_green()


def test_what_a_bead_waits_for_comes_first(yard: Yard) -> None:
    """A request for a bead that another one blocks stands behind that one's, and never before."""
    first = yard.desk.bead("first", "--rig", "mp", "-p", "3")
    second = yard.desk.bead("second", "--rig", "mp", "-p", "0", "--deps", first)
    third = yard.desk.bead("third", "--rig", "mp", "-p", "0", "--deps", yard.desk.bead("never"))
    for name, bead in (("b", second), ("a", first), ("c", third)):
        yard.branch(name, {f"{name}.txt": "x\n"}, yard.start)
        yard.desk.gt("mq", "submit", name, "--rig", "mp", "--bead", bead)
    yard.run(0)
    assert {m["bead"]: m["state"] for m in requests(yard.desk)} == {
        first: "merged", second: "merged", third: "queued",
    }  # fmt: skip
    subjects = git(yard.bare, "log", "--first-parent", "--format=%s", f"{yard.start}..main")
    assert [line.split()[1].rstrip(":") for line in subjects.splitlines()] == [second, first]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["good", "bad", "flaky", "conflict"]), min_size=3, max_size=8))
def test_any_pattern(yard: Yard, kinds: list[str]) -> None:
    """Whatever is queued: the target never holds what is bad, and all that is good lands."""
    start, before = yard.desk.target(), len(requests(yard.desk))
    offset = str(before)
    found = []
    for number, kind in enumerate(kinds):
        name = f"{kind}-{offset}-{number}"
        files = {f"same-{offset}.txt": f"{number}\n"} if kind == "conflict" else {name: "x\n"}
        yard.branch(name, files, start)
        found.append(yard.desk.gt("mq", "submit", name, "--rig", "mp", "--json").data)
    yard.run()
    states = yard.states()[before:]
    expected = {"good": "merged", "bad": "failed", "flaky": "merged"}
    first = kinds.index("conflict") if "conflict" in kinds else -1
    for number, (kind, state) in enumerate(zip(kinds, states, strict=True)):
        wanted = "merged" if number == first else "conflicted"
        assert state == expected.get(kind, wanted), (kinds, states)
    yard.assert_target_is_green()
    trees = set(yard.runs)
    for merge in requests(yard.desk)[before:]:
        assert merge["state"] != "merged" or merge["tested"] in trees
