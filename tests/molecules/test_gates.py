"""Gates: closed until a person, the clock, a bead, a message or GitHub opens them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.gate import NANOSECONDS, nanoseconds
from gastown.errors import UsageTrouble
from gastown.monitor.upkeep import Upkeep
from gastown.runtime import gh
from gastown.runtime.journal import Journal
from tests.molecules.formulas import shown
from tests.support.desk import Desk


def gate(desk: Desk, *words: object) -> str:
    """Make a gate; its id."""
    made = desk.bd("gate", "create", *words, "--rig", "mp", "--json").json
    return str(made["id"])


def checked(desk: Desk, *words: object) -> dict[str, tuple[bool, bool]]:
    """What a look at the gates finds: whether each opens, and is overdue."""
    found = desk.bd("gate", "check", *words, "--json").json
    return {one["id"]: (one["resolved"], one["overdue"]) for one in found}


def test_a_person_opens_a_gate(desk: Desk) -> None:
    """What waits for it can start then; twice is refused, and so is what is no gate."""
    bead = desk.bead("Deploy", "--rig", "mp")
    name = gate(desk, "--blocks", bead)
    assert desk.town.read().open_blockers(desk.town.read().bead(bead)) == (name,)
    assert bead in desk.bd("gate", "show", name).out
    assert checked(desk) == {name: (False, False)}
    desk.bd("gate", "resolve", name, "-r", "looks good")
    assert shown(desk, name)["close_reason"] == "looks good"
    assert desk.bd("gate", "list", "--json").json == []
    assert [one["id"] for one in desk.bd("gate", "list", "--all", "--json").json] == [name]
    desk.bd("gate", "resolve", name, status=4)
    assert "no gate" in desk.bd("gate", "resolve", bead, status=1).err


def test_a_timer_opens_by_the_clock(desk: Desk) -> None:
    """Dry, it is only said."""
    soon, late = (gate(desk, "--type", "timer", "--timeout", time) for time in ("1ns", "2h"))
    assert checked(desk, "--dry-run") == {soon: (True, False), late: (False, False)}
    assert shown(desk, soon)["status"] == "open"
    assert checked(desk) == {soon: (True, False), late: (False, False)}
    assert shown(desk, soon)["status"] == "closed"


def test_a_bead_opens_a_gate_when_it_is_closed(desk: Desk) -> None:
    """Named with its rig or without; one that is not there opens nothing."""
    other = desk.bead("Other", "--rig", "mp")
    names = [gate(desk, "--type", "bead", "--await-id", f"{rig}{other}") for rig in ("", "mp:")]
    lost = gate(desk, "--type", "bead", "--await-id", "mp-none")
    assert set(checked(desk).values()) == {(False, False)}
    desk.bd("close", other)
    assert checked(desk) == {**dict.fromkeys(names, (True, False)), lost: (False, False)}


def test_a_gate_whose_turn_has_not_come_is_left_alone(desk: Desk) -> None:
    """Its time runs from when what is before it is done."""
    first = desk.bead("First", "--rig", "mp")
    name = gate(desk, "--type", "timer", "--timeout", "1ns")
    desk.bd("dep", "add", name, first)
    assert checked(desk) == {}
    desk.bd("close", first)
    assert checked(desk) == {name: (True, False)}


def test_a_person_is_told_once_that_a_gate_did_not_open_in_time(desk: Desk) -> None:
    """The gate stays closed, and the mail names it."""
    name = gate(desk, "--timeout", "1ns")
    assert checked(desk) == {name: (False, True)}
    assert desk.town.read().mail("human") == []
    for _ in range(2):
        desk.bd("gate", "check", "--escalate")
    [mail] = desk.town.read().mail("human")
    assert name in mail.subject
    assert shown(desk, name)["status"] == "open"


def test_mail_opens_a_gate(desk: Desk) -> None:
    """A message that came since, to the address it names."""
    name = gate(desk, "--type", "mail", "--await-id", "human")
    other = gate(desk, "--timeout", "1ns")
    assert checked(desk, name) == {name: (False, False)}
    desk.bd("gate", "check", other, "--escalate")
    assert checked(desk, name) == {name: (True, False)}


def stand_in(folder: Path, answers: dict[str, str]) -> dict[str, str]:
    """A `gh` that answers by its first two words; the environment to find it in."""
    cases = "\n".join(f"  '{words}') echo '{said}';;" for words, said in answers.items())
    script = folder / "gh"
    script.write_text(
        f'#!/bin/sh\ncase "$1 $2" in\n{cases}\n  *) echo "no $*" >&2; exit 1;;\nesac\n'
    )
    script.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_github_opens_gates(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ended well and a pull request that is merged; what `gh` refuses is told."""
    run = gate(desk, "--type", "gh:run", "--await-id", "ci.yml")
    pull = gate(desk, "--type", "gh:pr", "--await-id", "7")
    env = stand_in(tmp_path, {"run list": '[{"status":"completed","conclusion":"success"}]'})
    monkeypatch.setenv("PATH", env["PATH"])
    found = desk.bd("gate", "check", "--json").json
    assert {one["id"]: one["resolved"] for one in found} == {run: True, pull: False}
    assert "gh: no pr view 7" in next(one["why"] for one in found if one["id"] == pull)
    stand_in(tmp_path, {"pr view": '{"state":"MERGED"}'})
    assert checked(desk) == {pull: (True, False)}


@pytest.mark.parametrize(
    ("said", "passed", "failed"),
    [('{"status":"completed","conclusion":"failure"}', False, True),
     ('{"status":"in_progress","conclusion":""}', False, False), ("[]", False, False),
     ("oops", False, False)],
)  # fmt: skip
def test_what_a_run_says(tmp_path: Path, said: str, passed: bool, failed: bool) -> None:
    """Only one that is completed and went well has passed."""
    env = stand_in(tmp_path, {"run view": said})
    found = gh.run("12", url="https://github.com/a/b.git", cwd=tmp_path, env=env)
    assert (found.passed, found.failed) == (passed, failed)


def test_a_monitor_asks_github_now_and_then(desk: Desk, tmp_path: Path) -> None:
    """What waits for GitHub is looked at while the monitor keeps house; then not at once again."""
    run = gate(desk, "--type", "gh:run", "--await-id", "ci.yml")
    env = stand_in(tmp_path, {"run list": '[{"status":"completed","conclusion":"success"}]'})
    journal = Journal(tmp_path / "log", desk.town.now)
    keeping = Upkeep(journal, env)
    keeping.work(desk.town)
    journal.close()
    assert shown(desk, run)["status"] == "closed"
    assert f"{run} is open" in (tmp_path / "log").read_text()
    other = gate(desk, "--type", "gh:run", "--await-id", "ci.yml")
    keeping.work(desk.town)
    assert shown(desk, other)["status"] == "open"


def test_a_pull_request_is_no_option(tmp_path: Path) -> None:
    """What a bead names is never read as an option of gh."""
    env = stand_in(tmp_path, {"pr view": '{"state":"MERGED"}'})
    found = gh.pull_request("--web", url="", cwd=tmp_path, env=env)
    assert (found.passed, found.why) == (False, "'--web' is no pull request")


def test_without_gh_a_gate_stays_closed(tmp_path: Path) -> None:
    """And says why."""
    found = gh.pull_request("1", url="", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert (found.passed, found.why) == (False, "gh is not installed")


@given(st.integers(0, 100), st.integers(0, 59), st.integers(0, 59))
def test_lengths_of_time(hours: int, minutes: int, seconds: int) -> None:
    """Parts add up; a bare number is seconds."""
    total = (hours * 3600 + minutes * 60 + seconds) * NANOSECONDS
    assert nanoseconds(f"{hours}h{minutes}m{seconds}s") == total
    assert nanoseconds(str(total // NANOSECONDS)) == total


@pytest.mark.parametrize("text", ["", "soon", "5", "-1h", "1h x", "1.5.2h"])
def test_what_is_no_length_of_time(text: str) -> None:
    """It is refused with an example, never taken for nothing."""
    if text == "5":
        assert nanoseconds(text) == 5 * NANOSECONDS
        return
    with pytest.raises(UsageTrouble):
        nanoseconds(text)
