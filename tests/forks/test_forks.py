"""Making forks, working in them on paper, and letting them go."""

from __future__ import annotations

import shutil
import signal

from gastown.ops.sessions import sessions_of
from tests.support.desk import Desk, host
from tests.support.people import git


def planned(desk: Desk, *beads: str) -> Desk:
    """A fork `plan` in which these new issues are slung; somebody who stands in it."""
    for bead in beads:
        desk.bead("Work", "--id", bead, "--rig", "mp")
    desk.gt("fork", "plan")
    if beads:
        desk.gt("--fork", "plan", "sling", *beads, "mp", "--agent", "shell")
    return Desk(desk.root / ".gt/forks/plan")


def test_a_sling_on_paper(desk: Desk) -> None:
    """The fork's ledger has it, in the town nothing is different: records, branches, sessions."""
    desk.bead("Work", "--id", "mp-x", "--rig", "mp")
    desk.gt("fork", "plan")
    before = desk.town.commit()
    branches = git(desk.root / "mp/repo.git", "for-each-ref")
    said = desk.gt("--fork", "plan", "sling", "mp-x", "mp")
    assert "on paper" in said.out
    assert "on paper" in said.err
    assert desk.town.commit() == before
    assert git(desk.root / "mp/repo.git", "for-each-ref") == branches
    assert git(desk.root / "mp/repo.git", "worktree", "list").count("\n") == 0
    assert sessions_of(desk.town, host()).all().sessions == ()
    assert desk.shown("mp-x")["status"] == "open"
    [fork] = desk.gt("fork", "list", "--json").data
    assert (fork["name"], fork["base"], fork["behind"]) == ("plan", before, 0)
    assert [one["subject"] for one in fork["operations"]] == ["sling mp-x to mp/clunk"]
    shown = desk.bd("--fork", "plan", "show", "mp-x", "--json").json[0]
    assert (shown["status"], shown["assignee"]) == ("hooked", "mp/clunk")


def test_who_stands_in_a_fork(desk: Desk) -> None:
    """The folder of a fork is a town: its commands, its hq, its git hooks."""
    inside = planned(desk, "mp-x")
    assert inside.shown("mp-x")["status"] == "hooked"
    assert inside.gt("status", "--json").data["agents"][1]["session"] == "unknown"
    assert [one["id"] for one in inside.gt("hooks", "list", "--json").data["hooks"]] == [
        "mayor", "mp/clunk",
    ]  # fmt: skip
    inside.gt("verify")
    inside.bd("update", "mp-x", "-p", "0")
    git(inside.root / "hq", "revert", "--no-edit", "HEAD")
    assert inside.shown("mp-x")["priority"] == 2
    wrong = inside.root / "hq/hooks/mp/clunk.json"
    wrong.write_text(wrong.read_text().replace('"active"', '"archived"'))
    refused = inside.run("git", "commit", "-am", "wrong", at="hq", status=None)
    assert refused.status != 0  # its guard is that of any hq
    git(inside.root / "hq", "restore", "--staged", "--worktree", ".")
    assert [one["subject"] for one in desk.gt("fork", "list", "--json").data[0]["operations"]][
        -1
    ].startswith("Revert")


def test_only_records(desk: Desk) -> None:
    """What reaches for more than records is refused, in either way of saying where."""
    inside = planned(desk, "mp-x")
    for words in (("nudge", "mp/clunk", "hi"), ("daemon", "start"), ("refinery", "run"),
                  ("crew", "add", "ada", "--rig", "mp"), ("rig", "remove", "mp"), ("up",),
                  ("doctor", "--fix"), ("fork", "other"), ("fork", "drop", "plan"),
                  ("session", "start", "mp/clunk"), ("hooks", "repair")):  # fmt: skip
        refused = inside.gt(*words, status=2)
        assert "needs more than records" in refused.err, words
        refused = desk.gt("--fork", "plan", *words, status=2)
        assert "needs more than records" in refused.err, words
    for words in (("install", "there"), ("demo",), ("tray",), ("service", "status")):
        desk.gt("--fork", "plan", *words, status=2)
    inside.bd("cook", "bugfix", status=2)
    inside.bd("mol", "wisp", "list", status=2)


def test_what_was_taken_back_is_no_decision(desk: Desk) -> None:
    inside = planned(desk, "mp-x", "mp-y")
    inside.bd("close", "mp-y", "--force")
    inside.gt("undo")
    told = inside.gt("log", "--json").data
    assert told[0]["subject"].startswith("undo: close mp-y")
    [fork] = desk.gt("fork", "list", "--json").data
    assert [one["subject"] for one in fork["operations"]] == [
        "sling mp-x to mp/clunk", "sling mp-y to mp/sarse",
    ]  # fmt: skip
    inside.gt("undo", told[0]["op"])
    [fork] = desk.gt("fork", "list", "--json").data
    assert [one["subject"][:5] for one in fork["operations"]] == ["sling", "sling", "close"]


def test_the_difference_in_words(desk: Desk) -> None:
    planned(desk, "mp-x")
    desk.bead("Meanwhile", "--rig", "mp")
    said = desk.gt("fork", "diff", "plan")
    assert "mp-x  open → hooked" in said.out
    assert "+ mp/clunk  active" in said.out
    assert "Meanwhile" not in said.out
    assert "1 since" in desk.gt("fork", "list").out


def test_dropped_and_taken_up_again(desk: Desk) -> None:
    """Nothing of a dropped fork is lost."""
    planned(desk, "mp-x")
    dropped = desk.gt("fork", "drop", "plan")
    assert "refs/gt/forks/plan/1" in dropped.out
    assert list((desk.root / ".gt/forks").iterdir()) == []
    desk.gt("fork", "drop", "plan", status=3)
    desk.gt("--fork", "plan", "status", status=3)
    desk.gt("verify")
    desk.bead("Meanwhile", "--rig", "mp")
    desk.gt("fork", "plan", "--again")
    [fork] = desk.gt("fork", "list", "--json").data
    assert [one["subject"] for one in fork["operations"]] == ["sling mp-x to mp/clunk"]
    assert fork["behind"] == 1
    desk.bd("--fork", "plan", "update", "mp-x", "-p", "0")
    assert "plan/2" in desk.gt("fork", "drop", "plan").out
    desk.gt("fork", "empty")
    assert "kept" not in desk.gt("fork", "drop", "empty").out
    desk.gt("fork", "empty", "--again", status=3)


def test_files_that_nobody_committed_are_kept(desk: Desk) -> None:
    """A fork whose hq holds more than its commits is moved aside as a whole."""
    inside = planned(desk, "mp-x")
    (inside.root / "hq/directives/plan.md").write_text("think\n")
    desk.gt("fork", "merge", "plan", status=1)
    moved = desk.gt("fork", "drop", "plan", "--json").data["moved"]
    assert (desk.root / moved / "hq/directives/plan.md").read_text() == "think\n"
    assert not inside.root.exists()


def test_names(desk: Desk) -> None:
    desk.gt("fork", "plan")
    assert "there is a fork" in desk.gt("fork", "plan", status=1).err
    desk.gt("fork", "Bad Name", status=2)
    desk.gt("fork", "diff", "nothing", status=3)
    desk.gt("--fork", "../..", "status", status=2)
    assert desk.gt("fork", "list", "--json").data[0]["operations"] == []
    assert "list" in desk.gt("fork", status=None).err + desk.gt("fork", "--help").out


def test_from_an_earlier_moment(desk: Desk) -> None:
    desk.bead("Work", "--id", "mp-x", "--rig", "mp")
    desk.bd("close", "mp-x")
    desk.gt("fork", "what-if", "--from", "HEAD~1")
    shown = desk.bd("--fork", "what-if", "show", "mp-x", "--json").json[0]
    assert shown["status"] == "open"


def test_a_town_that_was_moved(desk: Desk) -> None:
    """Its forks go with it."""
    planned(desk, "mp-x")
    there = desk.root.parent / "moved"
    shutil.move(desk.root, there)
    moved = Desk(there)
    assert moved.bd("--fork", "plan", "show", "mp-x", "--json").json[0]["status"] == "hooked"
    moved.bd("--fork", "plan", "update", "mp-x", "-p", "0")
    assert git(there / ".gt/forks/plan/hq", "status", "--porcelain") == ""
    moved.gt("fork", "merge", "plan", "--dry-run")
    shutil.move(there, desk.root)


def test_killed_while_it_is_made(desk: Desk) -> None:
    """Half a fork is none, and in nobody's way."""
    desk.run("gt", "fork", "plan", env={"GT_FAULT": "install:hq:kill"}, status=-signal.SIGKILL)
    assert desk.gt("fork", "list", "--json").data == []
    desk.gt("fork", "plan")
    desk.bd("--fork", "plan", "create", "New", "--rig", "mp")


def test_completion_in_a_fork(desk: Desk) -> None:
    """A shell that asks in a fork's folder gets its names, and no trouble."""
    inside = planned(desk, "mp-x")
    asked = {"_BD_COMPLETE": "bash_complete", "COMP_WORDS": "bd show ", "COMP_CWORD": "2"}
    said = inside.run("bd", env=asked)
    assert "mp-x" in said.out
    assert said.err == ""
    asked = {"_GT_COMPLETE": "bash_complete", "COMP_WORDS": "gt fork merge ", "COMP_CWORD": "3"}
    assert "plan" in desk.run("gt", env=asked).out


def test_made_by_two_at_once(desk: Desk) -> None:
    """One makes it, the other is told so."""
    said = desk.together(*[("gt", "fork", "plan")] * 4)
    assert sorted(one.status for one in said) == [0, 1, 1, 1]
    desk.bd("--fork", "plan", "create", "New", "--rig", "mp")
