"""What `bd` prints for programs: upstream's shapes, without an envelope."""

from __future__ import annotations

import json

from tests.bd_reading.beads import put
from tests.support.desk import Desk

OSC = "\x1b]52;c;cHduZWQ=\x07"


def test_the_others_answer_with_arrays(desk: Desk) -> None:
    """show, list, ready, update, close and reopen print arrays, of one bead too."""
    bead = desk.bead("One")
    for words in (
        ("show", bead), ("list",), ("ready",), ("update", bead, "-p", "0"), ("close", bead),
        ("reopen", bead),
    ):  # fmt: skip
        [found] = desk.bd(*words, "--json").json
        assert found["id"] == bead
    two = desk.bead("Two")
    assert [found["id"] for found in desk.bd("show", bead, two, "--json").json] == [bead, two]
    assert {found["status"] for found in desk.bd("close", bead, two, "--json").json} == {"closed"}


def test_nothing_is_an_empty_array(desk: Desk) -> None:
    """Lists of nothing are `[]`."""
    for words in (
        ("list",), ("ready",), ("blocked",), ("search", "x"), ("query", "status=open"), ("stale",),
        ("dep", "cycles"), ("orphans",), ("epic", "status"),
    ):  # fmt: skip
        assert desk.bd(*words, "--json").json == [], words
    bead = desk.bead("alone")
    assert desk.bd("children", bead, "--json").json == []
    assert desk.bd("dep", "list", bead, "--json").json == []


def test_details_hold_both_ends_of_dependencies(desk: Desk) -> None:
    """`bd show --json` holds whole beads at both ends, with the dependency's type."""
    first, parent = desk.bead("First", "-d", "text"), desk.bead("Parent")
    second = desk.bead("Second", "--deps", first, "--parent", parent)
    shown = desk.shown(second)
    assert {(d["id"], d["dependency_type"], d["status"]) for d in shown["dependencies"]} == {
        (first, "blocks", "open"), (parent, "parent-child", "open"),
    }  # fmt: skip
    assert shown["dependencies"][0]["description"] == "text"
    assert shown["parent"] == parent
    [back] = desk.shown(first)["dependents"]
    assert (back["id"], back["title"]) == (second, "Second")


def test_lists_count_what_surrounds_a_bead(desk: Desk) -> None:
    """Lists add the counts of plain blockers, of what is blocked, and of comments."""
    a, b = desk.bead("a"), desk.bead("b")
    desk.bd("dep", "add", a, b)
    desk.bd("dep", "add", a, desk.bead("c"), "-t", "related")
    desk.bd("comments", "add", a, "one")
    desk.bd("comments", "add", a, "two")
    told = {bead["id"]: bead for bead in desk.bd("list", "--json").json}
    keys = ("dependency_count", "dependent_count", "comment_count")
    assert [told[a][key] for key in keys] == [1, 0, 2]
    assert [told[b][key] for key in keys] == [0, 1, 0]
    assert "comments" not in told[a]
    assert [c["text"] for c in desk.shown(a)["comments"]] == ["one", "two"]
    assert list(told[a])[-3:] == list(keys)


def test_blocked_says_by_what(desk: Desk) -> None:
    """`bd blocked` adds the number and the ids of what a bead waits for."""
    a, b = desk.bead("a"), desk.bead("b")
    desk.bd("dep", "add", a, b)
    [told] = desk.bd("blocked", "--json").json
    assert (told["id"], told["blocked_by_count"], told["blocked_by"]) == (a, 1, [b])
    assert b in desk.bd("blocked").out


def test_targets_that_are_not_here(desk: Desk) -> None:
    """Dependencies on missing beads and on other projects are kept, shown, and hold nobody."""
    put(desk.town, a={"deps": ("blocks:gone", "blocks:external:other:cap")})
    shown = desk.shown("mp-a")
    assert [d["id"] for d in shown["dependencies"]] == ["mp-gone", "external:other:cap"]
    assert [d["title"] for d in shown["dependencies"]] == [None, None]
    assert [bead["id"] for bead in desk.bd("ready", "--json").json] == ["mp-a"]
    for words in (("dep", "tree", "mp-a"), ("dep", "list", "mp-a"), ("show", "mp-a")):
        assert "not in this town" in desk.bd(*words).out


TROUBLES = [
    (("show", "nope"), 3, "not-found"),
    (("update", "nope", "-p", "1"), 3, "not-found"),
    (("close", "nope"), 3, "not-found"),
    (("children", "nope"), 3, "not-found"),
    (("graph", "nope"), 3, "not-found"),
    (("dep", "tree", "nope"), 3, "not-found"),
    (("list", "--parent", "nope"), 3, "not-found"),
    (("ready", "--mol", "nope"), 3, "not-found"),
    (("list", "--rig", "nope"), 3, "not-found"),
    (("create", ""), 2, "usage"),
    (("create", "x", "-p", "9"), 2, "usage"),
    (("list", "-s", "nope"), 2, "usage"),
    (("list", "-p", "9"), 2, "usage"),
    (("list", "--created-after", "sometime"), 2, "usage"),
    (("query", "colour=red"), 2, "usage"),
    (("search", " "), 2, "usage"),
    (("show", "--short", "--refs", "x"), 2, "usage"),
]  # fmt: skip


def test_errors_are_json_on_stderr(desk: Desk) -> None:
    """An error of `bd --json` is an object on stderr, nothing on stdout, and a non-zero status."""
    for words, status, code in TROUBLES:
        said = desk.bd(*words, "--json", status=status)
        assert said.out == ""
        told = json.loads(said.err)
        assert told["error"]
        assert told["code"] == code


def test_what_bead_says_is_what_git_holds(desk: Desk) -> None:
    """The record in hq is pretty JSON that holds exactly what `bd show --json` tells."""
    bead = desk.bead("x", "-d", "y")
    [file] = (desk.root / "hq" / "beads" / "mp").glob(f"*/{bead}.json")
    stored = json.loads(file.read_text())
    shown = desk.shown(bead)
    del shown["dependencies"], shown["dependents"]
    assert {key: value for key, value in stored.items() if key != "schema"} == shown
    assert stored["schema"] == "bead/1"


def test_parts_of_a_bead(desk: Desk) -> None:
    """--short, --refs and --children answer a part of the question."""
    epic = desk.bead("Epic", "-t", "epic")
    child = desk.bead("Child", "--parent", epic)
    assert desk.bd("show", epic, "--short").out.count("\n") == 1
    [reference] = desk.bd("show", epic, "--refs", "--json").json[epic]
    assert (reference["id"], reference["dependency_type"]) == (child, "parent-child")
    [found] = desk.bd("show", epic, "--children", "--json").json[epic]
    assert found["id"] == child
    assert child in desk.bd("show", epic, "--children").out
    assert "created_by" in desk.bd("show", epic, "--long").out
    assert "created_by" not in desk.bd("show", epic).out


def test_a_thread_of_messages(desk: Desk) -> None:
    """`--thread` tells a conversation from its first message on, from any of its messages."""
    put(
        desk.town, m1={"issue_type": "message", "sender": "ada"},
        m2={"deps": ("replies-to:m1",), "issue_type": "message"},
        m3={"deps": ("replies-to:m2",), "issue_type": "message"},
        loop={"deps": ("replies-to:loop",), "issue_type": "message"},
    )  # fmt: skip
    told = desk.bd("show", "mp-m2", "--thread", "--json").json
    assert [bead["id"] for bead in told] == ["mp-m1", "mp-m2", "mp-m3"]
    assert "    mp-m3 from" in desk.bd("show", "mp-m3", "--thread").out
    assert len(desk.bd("show", "mp-loop", "--thread", "--json").json) == 1


def test_long_text_is_escaped_line_by_line(desk: Desk) -> None:
    """Descriptions and notes keep their lines and lose their controls on a terminal."""
    bead = desk.bead("x", "-d", f"one\n{OSC}two\ttabbed")
    desk.bd("comments", "add", bead, f"said\n{OSC}")
    shown = desk.bd("show", bead).out
    assert "one\n\\x1b]52" in shown
    assert "two\ttabbed" in shown
    assert "\x1b" not in shown
    assert desk.shown(bead)["description"] == f"one\n{OSC}two\ttabbed"
