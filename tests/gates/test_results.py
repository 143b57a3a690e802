"""Which result is used again: the same tree, definition and environment; red only in its batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gastown.domain.merge_settings import GateSetup
from gastown.ops.gating import results
from gastown.ops.gating.results import Recorded, Results
from tests.support.desk import Desk
from tests.support.gates import commit_of, gate, gated, runs
from tests.support.people import git

DONE = Recorded(True, "gate test passed", 0.1, "", "2026-01-01T00:00:00Z")


def test_the_same_tree_is_not_tested_twice(desk: Desk, project: Path, tmp_path: Path) -> None:
    """Another commit with the same files is known; other files are not."""
    test = gate(f"echo x >>{tmp_path}/n; echo said")
    first = gated(desk, test)
    assert not first.reused
    bare = desk.root / "mp" / "repo.git"
    who = ("-c", "user.name=x", "-c", "user.email=x@x")
    twin = git(bare, *who, "commit-tree", "-m", "twin", f"{first.commit}^{{tree}}")
    second = gated(desk, test, commit=twin)
    assert (second.reused, second.passed, second.commit) == (True, True, twin)
    [result] = second.results
    assert (result.reused, result.output, result.at) == (True, "said\n", first.results[0].at)
    assert result.log is not None
    assert "# recorded just now" in result.log.read_text()
    assert not gated(desk, test, commit=commit_of(desk, project, {"new": "x"})).reused
    assert runs(tmp_path / "n") == 2
    assert not gated(desk, test, commit=twin, fresh=True).reused


@pytest.mark.parametrize(
    ("batch", "next_batch", "again", "ran"),
    [
        (None, None, False, 2), ("b", "b", False, 1), ("b", "c", False, 2), ("b", None, False, 2),
        (None, "b", False, 2), ("b", "b", True, 2), ("b", "c", True, 2),
    ],
)  # fmt: skip
def test_a_red_one_counts_in_its_batch_only(
    desk: Desk, tmp_path: Path, batch: str | None, next_batch: str | None, again: bool, ran: int
) -> None:  # fmt: skip
    """A refinery that was killed goes on; somebody who tries again gets a real answer."""
    test = gate(f"echo x >>{tmp_path}/n; echo why; false")
    gated(desk, test, batch=batch)
    found = gated(desk, test, batch=next_batch, again=again)
    assert not found.passed
    assert found.results[0].output == "why\n"
    assert runs(tmp_path / "n") == ran
    assert found.reused is (ran == 1)


def test_flaky_is_what_passes_when_it_is_run_again(desk: Desk, tmp_path: Path) -> None:
    """Only red required gates run again; what passes then is remembered as flaky."""
    good = gate(f"echo x >>{tmp_path}/good", "good")
    advice = gate(f"echo x >>{tmp_path}/advice; false", "advice", required=False)
    moody = gate(f"echo x >>{tmp_path}/moody; test -e {tmp_path}/calm", "moody")
    last = gate(f"echo x >>{tmp_path}/last", "last")
    gates = (good, advice, moody, last)
    assert gated(desk, *gates, batch="b").missing == ("last",)
    (tmp_path / "calm").touch()
    found = gated(desk, *gates, batch="b", again=True)
    assert (found.passed, found.flaky, found.advisory) == (True, ("moody",), ("advice",))
    assert {name: runs(tmp_path / name) for name in ("good", "advice", "moody", "last")} == {
        "good": 1, "advice": 1, "moody": 2, "last": 1,
    }  # fmt: skip
    later = gated(desk, *gates, batch="c")
    assert (later.flaky, runs(tmp_path / "moody")) == (("moody",), 2)


ENV = {"PATH": "/bin", "HOME": "/h", "GT_RIG": "mp", "GT_GATE": "test"}
TEST = gate("make test", env={"A": "1"})
SETUP = GateSetup("npm ci", ("lock",), ("node_modules",))


@pytest.mark.parametrize(
    "change",
    [
        {"tree": "u"}, {"gate": replace(TEST, command="make")},
        {"gate": replace(TEST, env={"A": "2"})}, {"gate": replace(TEST, timeout_s=5)},
        {"gate": replace(TEST, name="tests")}, {"setup": None},
        {"setup": replace(SETUP, command="npm i")}, {"setup": replace(SETUP, key=())},
        {"setup": replace(SETUP, cache=())}, {"setup": replace(SETUP, env={"B": "1"})},
        {"env": {**ENV, "PATH": "/usr/bin"}}, {"env": {**ENV, "LANG": "C"}},
        {"env": {**ENV, "GT_RIG": "other"}}, {"env": {"GT_RIG": "mp", "GT_GATE": "test"}},
    ],
)  # fmt: skip
def test_a_result_is_of_all_that_it_depends_on(tmp_path: Path, change: dict[str, Any]) -> None:
    """Anything that may change how a gate ends makes it another result."""
    same: dict[str, Any] = {"tree": "t", "setup": SETUP, "gate": TEST, "env": ENV}
    Results(tmp_path, "t", SETUP).put(TEST, ENV, DONE)
    for given, expected in ((same, DONE), ({**same, **change}, None)):
        found = Results(tmp_path, given["tree"], given["setup"])
        assert found.find(given["gate"], given["env"]) == expected
    assert Results(tmp_path, "t", SETUP).find(TEST, {**ENV, "GT_GATE": "x"}) == DONE


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"passed": true}', b"\xff", b"[" * 100_000,
             b'{"passed": 1, "reason": "", "seconds": 0, "output": "", "at": ""}']
)  # fmt: skip
def test_a_broken_record_is_none(tmp_path: Path, data: bytes) -> None:
    """The gate runs again, and nobody hears of it."""
    kept = Results(tmp_path, "t", None)
    kept.put(TEST, ENV, DONE)
    [file] = tmp_path.iterdir()
    file.write_bytes(data)
    assert kept.find(TEST, ENV) is None
    kept.put(TEST, ENV, DONE)
    assert kept.find(TEST, ENV) == DONE


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow for ever."""
    monkeypatch.setattr(results, "KEPT", 5)
    monkeypatch.setattr(results, "_DROPPED_AT_ONCE", 2)
    for number in range(12):
        Results(tmp_path, str(number), None).put(TEST, ENV, DONE)
        assert len(list(tmp_path.iterdir())) <= 5
    assert Results(tmp_path, "11", None).find(TEST, ENV) == DONE
