"""gt log, gt diff and gt bisect: what was done, what changed, and when it began to fail."""

from __future__ import annotations

import json

import pytest

from tests.support.desk import Desk
from tests.support.people import git


def subjects(desk: Desk, *words: str) -> list[str]:
    """What `gt log` tells, newest first."""
    return [one["subject"] for one in desk.gt("log", *words, "--json").data]


def test_a_log_that_was_asked_for(desk: Desk) -> None:
    bead, tree = desk.sling("One")
    desk.work(tree)
    desk.gt("done", at=tree)
    other = desk.bead("Two")
    assert subjects(desk, "--actor", "mp/toast") == [f"mp/toast is done with {bead}"]
    assert subjects(desk, "--agent", "mp/toast")[-1] == f"sling {bead} to mp/toast"
    assert subjects(desk, "--bead", other) == [f"create {other}: Two"]
    assert "rig add mp" in subjects(desk, "--rig", "mp")
    assert subjects(desk, "--kind", "merge") == [f"mp/toast is done with {bead}"]
    assert subjects(desk, "--since", "1h", "-n", "1") == [f"create {other}: Two"]
    assert subjects(desk, "--until", "1h") == []
    name = desk.gt("log", "-n", "1", "--json").data[0]["op"]
    assert subjects(desk, name) == [f"create {other}: Two"]
    assert "*  " in desk.gt("log", "--graph").out
    desk.gt("log", "nothing", status=3)
    desk.gt("log", "--kind", "nothing", status=2)
    assert subjects(desk, bead, "--rig", "mp", "-n", "1") == [f"mp/toast is done with {bead}"]
    assert subjects(desk, bead, name)[0] == f"create {other}: Two"
    desk.gt("rig", "add", "other", desk.root.parent / "project")
    assert subjects(desk, bead, "--rig", "other") == []


def test_what_was_taken_back_is_marked_and_can_still_be_named(desk: Desk) -> None:
    bead = desk.bead("One")
    desk.gt("undo")
    last, first = desk.gt("log", bead, "--json").data
    assert (first["undone_by"], last["undone_by"]) == (last["op"], None)
    assert "(taken back)" in desk.gt("log", bead).out


def test_causes_are_told_in_words(desk: Desk) -> None:
    bead, _ = desk.hand_in("One")
    desk.gt("refinery", "run")
    [merge] = [
        one for one in desk.gt("log", bead, "--json").data if one["subject"].startswith("me")
    ]
    assert merge["why"].startswith("main holds ")
    assert merge["why"].endswith(" work")


def test_following(desk: Desk) -> None:
    child = desk.start("gt", "log", "-f", "-n", "1", "--json")
    assert child.stdout is not None
    child.stdout.readline()
    bead = desk.bead("One")
    told = json.loads(child.stdout.readline())
    child.terminate()
    child.communicate(timeout=20)
    assert told["subject"] == f"create {bead}: One"
    desk.gt("--at", "HEAD", "log", "-f", status=2)


def test_a_diff_in_words(desk: Desk) -> None:
    bead = desk.bead("One")
    since = desk.town.commit()
    desk.bd("update", bead, "-p", "0", "--add-label", "ui")
    desk.gt("sling", bead, "mp", "--no-start")
    desk.gt("config", "set", "town.name", "other")
    told = desk.gt("diff", since).out
    for words in ("open → hooked", "priority: 2 → 0", "labels: +ui", "+ mp/toast  active",
                  '+name = "other"', "3 operations: 3 by human"):  # fmt: skip
        assert words in told, told
    assert "hooked → open" in desk.gt("diff", "now", since).out
    assert "nothing is different" in desk.gt("diff", "now").out
    [changed] = [one for one in desk.gt("diff", since, "--json").data["records"]
                 if one["id"] == bead]  # fmt: skip
    assert (changed["before"], changed["after"]) == ("open", "hooked")
    desk.gt("diff", "whenever", status=2)


def test_bisecting_finds_the_operation(desk: Desk) -> None:
    """By files, and by asking bd of then; nothing is left of the folders."""
    start = desk.town.commit()
    beads = [desk.bead(f"Number {number}") for number in range(9)]
    desk.bd("update", beads[4], "-p", "0")
    wrong = desk.town.commit()
    desk.bead("Last")
    asked = f"! grep -q 'priority.*0' beads/mp/*/{beads[4]}.json"
    found = desk.gt("bisect", "run", "--good", start, "--json", "--", "sh", "-c", asked).data
    assert found["first"]["commit"] == wrong
    assert len(found["tried"]) <= 7
    asked = f'bd --at "$GT_AT" list --json -p 0 | grep -q {beads[4]} && exit 1; exit 0'
    found = desk.gt("bisect", "run", "--good", start, "--json", "--", "sh", "-c", asked).data
    assert found["first"]["commit"] == wrong


@pytest.mark.parametrize(
    ("words", "status"),
    [(("--good", "HEAD", "--bad", "HEAD~1", "--", "true"), 2),
     (("--good", "HEAD~1", "--", "true"), 1), (("--good", "HEAD~1", "--", "false"), 1),
     (("--good", "HEAD~1", "--", "no-such-program"), 1), (("--", "true"), 2)],
)  # fmt: skip
def test_bisecting_what_cannot_be(desk: Desk, words: tuple[str, ...], status: int) -> None:
    desk.bead("One")
    before = git(desk.root / "hq", "rev-parse", "HEAD")
    desk.gt("bisect", "run", *words, status=status)
    assert git(desk.root / "hq", "rev-parse", "HEAD") == before
