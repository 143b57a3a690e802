"""bd create, show, list, ready, update, close, reopen, dep: upstream's shapes and rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.soundness import message

OSC = "\x1b]52;c;cHduZWQ=\x07"


def ready(desk: Desk) -> list[str]:
    """Ids of what can be started, in order."""
    return [bead["id"] for bead in desk.bd("ready", "--json").json]


# Shapes


def test_create_answers_with_the_object(desk: Desk) -> None:
    """`bd create --json` is one object with upstream's keys, in upstream's order."""
    words = ("-d", "Text", "-p", "1", "-t", "bug", "-l", "b,a", "-a", "ada", "--acceptance", "ok")
    made = desk.bd("create", "Title", *words, "--json").json
    assert list(made) == [
        "id", "title", "description", "acceptance_criteria", "status", "priority", "issue_type",
        "assignee", "created_at", "created_by", "updated_at", "labels",
    ]  # fmt: skip
    assert made["status"] == "open"
    assert made["priority"] == 1
    assert made["labels"] == ["a", "b"]
    assert made["created_by"] == "human"
    assert made["id"].startswith("mp-")


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
    assert desk.bd("list", "--json").json == []
    assert desk.bd("ready", "--json").json == []


def test_details_name_both_ends_of_dependencies(desk: Desk) -> None:
    """`bd show --json` holds dependencies and dependents with title, status and type."""
    first, parent = desk.bead("First"), desk.bead("Parent")
    second = desk.bead("Second", "--deps", first, "--parent", parent)
    shown = desk.shown(second)
    assert {(d["id"], d["dependency_type"], d["status"]) for d in shown["dependencies"]} == {
        (first, "blocks", "open"), (parent, "parent-child", "open"),
    }  # fmt: skip
    assert shown["parent"] == parent
    [back] = desk.shown(first)["dependents"]
    assert (back["id"], back["title"]) == (second, "Second")


def test_dependencies_answer_in_upstreams_words(desk: Desk) -> None:
    """`bd dep add` and `remove` print upstream's objects, and say the direction to people."""
    a, b = desk.bead("a"), desk.bead("b")
    assert desk.bd("dep", "add", a, b, "--json").json == {
        "status": "added", "issue_id": a, "depends_on_id": b, "type": "blocks",
    }  # fmt: skip
    assert f"{a} is blocked by {b}" in desk.bd("dep", "add", a, b).out
    removed = desk.bd("dep", "remove", a, b, "--json").json
    assert removed == {"status": "removed", "issue_id": a, "depends_on_id": b}
    desk.bd("dep", "rm", a, b, status=3)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("show", "nope"), 3, "not-found"),
        (("update", "nope", "-p", "1"), 3, "not-found"),
        (("close", "nope"), 3, "not-found"),
        (("create", ""), 2, "usage"),
        (("create", "x", "-p", "9"), 2, "usage"),
        (("list", "-s", "nope"), 2, "usage"),
    ],
)
def test_errors_are_json_on_stderr(
    desk: Desk, words: tuple[str, ...], status: int, code: str
) -> None:
    """An error of `bd --json` is an object on stderr, nothing on stdout, and a non-zero status."""
    said = desk.bd(*words, "--json", status=status)
    assert said.out == ""
    told = json.loads(said.err)
    assert told["error"]
    assert told["code"] == code


def test_silent_prints_the_id_only(desk: Desk) -> None:
    """For scripts: `--silent` is the id and nothing else."""
    said = desk.bd("create", "x", "--silent")
    assert said.out.strip() == desk.bd("list", "--json").json[0]["id"]


# Ids


@pytest.mark.parametrize("identifier", ["issue-123", "mp-1", "A", "x.y", "bug_7", "9", "x" * 80])
def test_an_id_of_choice(desk: Desk, identifier: str) -> None:
    """Any id that passes the validator can be chosen."""
    assert desk.bead("x", "--id", identifier) == identifier
    assert desk.shown(identifier)["title"] == "x"


@pytest.mark.parametrize(
    "identifier", ["", "-x", ".x", "a..b", "a/b", "../x", "x.lock", "a b", "a\x1b", "x" * 81, "ü",
                   "x.", "con\n"],
)  # fmt: skip
def test_an_impossible_id_is_a_usage_error(desk: Desk, identifier: str) -> None:
    """What cannot be a path or a ref is refused, and nothing is written."""
    commit = desk.town.commit()
    desk.bd("create", "x", f"--id={identifier}", status=2)
    assert desk.town.commit() == commit


def test_ids_are_one_whatever_their_case(desk: Desk) -> None:
    """Two ids that differ by case alone would be one file on some disks."""
    desk.bead("x", "--id", "Issue-1")
    assert "is there already" in desk.bd("create", "y", "--id", "issue-1", status=1).err
    desk.bd("create", "y", "--id", "Issue-1", status=1)


def test_children_are_numbered(desk: Desk) -> None:
    """`--parent P` makes P.1, P.2, …, at most three levels deep, never twice the same."""
    parent = desk.bead("x", "--id", "epic")
    assert desk.bead("a", "--parent", parent) == "epic.1"
    desk.bead("b", "--id", "epic.2")
    assert desk.bead("c", "--parent", parent) == "epic.3"
    assert desk.bead("d", "--parent", "epic.1") == "epic.1.1"
    assert desk.bead("e", "--parent", "epic.1.1") == "epic.1.1.1"
    desk.bd("create", "f", "--parent", "epic.1.1.1", status=1)
    desk.bd("create", "f", "--parent", "nope", status=3)


def test_the_rig_is_found(desk: Desk, project: Path) -> None:
    """By --rig, by the id's prefix, by the parent, by the directory; else it is a question."""
    desk.gt("rig", "add", "second", project)
    prefix = desk.gt("rig", "list", "--json").data[1]["prefix"]
    assert "rigs here: mp, second" in desk.bd("create", "x", status=2).err
    assert desk.bead("x", "--rig", "second").startswith(f"{prefix}-")
    desk.bead("x", "--id", f"{prefix}-mine")
    desk.bead("x", "--id", "issue-1", "--rig", "second")
    desk.bead("child", "--parent", "issue-1")
    desk.bd("create", "here", at="second")
    assert desk.bead("x", "--rig", "hq").startswith("hq-")
    of_second = {bead["id"] for bead in desk.bd("list", "--rig", "second", "--json").json}
    assert {f"{prefix}-mine", "issue-1", "issue-1.1"} <= of_second
    assert len(of_second) == 5
    assert len(desk.bd("list", "--rig", "hq", "--json").json) == 1
    desk.bd("create", "x", "--rig", "nope", status=3)
    desk.bd("list", "--rig", "nope", status=3)


# Dependencies and what is ready


def test_what_waits_is_not_ready(desk: Desk) -> None:
    """A bead waits until every blocker is closed; closing the last one says what can start."""
    a, b = desk.bead("a"), desk.bead("b")
    c = desk.bead("c", "--deps", f"{a},blocks:{b}")
    assert set(ready(desk)) == {a, b}
    assert "can start" not in desk.bd("close", a).out
    said = desk.bd("close", b)
    assert f"{c} can start now" in said.out
    assert ready(desk) == [c]


def test_a_blocked_parent_holds_its_children(desk: Desk) -> None:
    """Children of a blocked bead wait with it; an open parent holds nobody back."""
    blocker, parent = desk.bead("blocker"), desk.bead("parent")
    child = desk.bead("child", "--parent", parent)
    grandchild = desk.bead("grandchild", "--parent", child)
    assert {child, grandchild} <= set(ready(desk))
    desk.bd("dep", "add", parent, blocker)
    assert ready(desk) == [blocker]
    desk.bd("close", blocker)
    assert {parent, child, grandchild} == set(ready(desk))


def test_deferred_and_started_beads_are_not_ready(desk: Desk) -> None:
    """Ready is open and not put off; what is being worked on is shown on demand."""
    later, mine, stuck = desk.bead("later"), desk.bead("mine"), desk.bead("stuck")
    desk.bd("update", later, "--status", "deferred")
    desk.bd("update", mine, "--claim")
    desk.bd("update", stuck, "--status", "blocked")
    assert ready(desk) == []
    told = desk.bd("ready", "--include-in-progress", "--json").json
    assert [bead["id"] for bead in told] == [mine]
    desk.bd("update", later, "--status", "open")
    desk.bd("update", stuck, "--status", "open")
    assert set(ready(desk)) == {later, stuck}


def test_the_most_urgent_comes_first(desk: Desk) -> None:
    """Ready is ordered by priority, then the newest first, and cut by -n."""
    low, old, new, top = (desk.bead(name, "-p", p) for name, p in
                          (("low", "P4"), ("old", "2"), ("new", "2"), ("top", "p0")))  # fmt: skip
    assert ready(desk) == [top, new, old, low]
    assert [b["id"] for b in desk.bd("ready", "-n", "2", "--json").json] == [top, new]
    assert len(desk.bd("ready", "-n", "0", "--json").json) == 4


@pytest.mark.parametrize("kind", ["related", "discovered-from"])
def test_other_types_hold_nobody(desk: Desk, kind: str) -> None:
    """Only blocking dependencies hold a bead back."""
    a = desk.bead("a")
    b = desk.bead("b", "--deps", f"{kind}:{a}")
    assert set(ready(desk)) == {a, b}


def test_circles_are_refused(desk: Desk) -> None:
    """A dependency on oneself or round a circle is refused, whatever its length."""
    a, b, c = desk.bead("a"), desk.bead("b"), desk.bead("c")
    desk.bd("dep", "add", b, a)
    desk.bd("dep", "add", c, b)
    for words in ((a, a), (a, b), (a, c)):
        assert desk.bd("dep", "add", *words, status=1).err
    assert desk.shown(a)["dependencies"] == []
    desk.bd("dep", "add", a, "nope", status=3)


def test_a_dependency_twice_is_as_once(desk: Desk) -> None:
    """Adding a dependency again changes nothing, in `bd create --deps` too."""
    a, b = desk.bead("a"), desk.bead("b")
    desk.bd("dep", "add", b, a)
    commit = desk.town.commit()
    desk.bd("dep", "add", b, a)
    assert desk.town.commit() == commit
    c = desk.bead("c", "--deps", f"{a},{a}")
    assert len(desk.shown(c)["dependencies"]) == 1


def test_unknown_dependencies_are_said(desk: Desk) -> None:
    """A bead that would wait for nobody is not made."""
    said = desk.bd("create", "x", "--deps", "nope", status=3)
    assert "--id nope" in said.err
    assert desk.bd("list", "--json").json == []


# Update, close, reopen


def test_update_changes_what_is_named(desk: Desk) -> None:
    """Every option changes its key and leaves the others as they were."""
    bead = desk.bead("Title", "-d", "text", "-l", "keep,drop")
    desk.bd("update", bead, "--title", "New", "-p", "0", "-t", "bug", "--notes", "n",
            "--add-label", "new", "--remove-label", "drop", "--design", "d", "-a", "ada",
            "--acceptance", "a")  # fmt: skip
    desk.bd("update", bead, "--append-notes", "more")
    shown = desk.shown(bead)
    wanted = {"title": "New", "priority": 0, "issue_type": "bug", "notes": "n\nmore",
              "labels": ["keep", "new"], "design": "d", "assignee": "ada", "description": "text",
              "acceptance_criteria": "a"}  # fmt: skip
    assert {key: shown[key] for key in wanted} == wanted
    desk.bd("update", bead, "-a", "")
    assert "assignee" not in desk.shown(bead)


def test_a_description_comes_from_standard_input(desk: Desk) -> None:
    """`-d -` reads the text as it is."""
    text = "one\n\n```sh\ntrue\n```\n"
    bead = desk.bd("create", "x", "-d", "-", "--silent", stdin=text).out.strip()
    assert desk.shown(bead)["description"] == text
    desk.bd("update", bead, "-d", "-", stdin="two")
    assert desk.shown(bead)["description"] == "two"


def test_nothing_new_is_no_commit(desk: Desk) -> None:
    """An update that changes nothing leaves the ledger as it was."""
    bead = desk.bead("x")
    commit = desk.town.commit()
    desk.bd("update", bead, "--title", "x", "-p", "2", "--status", "open")
    assert desk.town.commit() == commit


def test_a_claim_is_for_one(desk: Desk) -> None:
    """Who claims first has it; a claim of one's own is repeated without complaint."""
    bead = desk.bead("x")
    desk.bd("update", bead, "--claim")
    desk.bd("update", bead, "--claim")
    assert (desk.shown(bead)["status"], desk.shown(bead)["assignee"]) == ("in_progress", "human")
    desk.gt("crew", "add", "me")
    said = desk.bd("update", bead, "--claim", at="mp/crew/me", status=1)
    assert "is human's" in said.err


def test_statuses_follow_the_table(desk: Desk) -> None:
    """A status that cannot be reached is refused with the command that leads there."""
    bead = desk.bead("x")
    assert "bd close" in desk.bd("update", bead, "--status", "closed", status=4).err
    assert "gt sling" in desk.bd("update", bead, "--status", "hooked", status=4).err
    desk.bd("update", bead, "--status", "nonsense", status=2)
    desk.bd("close", bead)
    desk.bd("close", bead, status=4)
    desk.bd("update", bead, "--status", "deferred", status=4)
    desk.bd("update", bead, "--status", "open")
    assert desk.shown(bead)["status"] == "open"
    assert "Move: bead" in message(desk.town)


def test_close_and_reopen(desk: Desk) -> None:
    """Closing keeps when and why; reopening takes both away and can leave a note."""
    bead = desk.bead("x")
    [closed] = desk.bd("close", bead, "-r", "wontfix", "--json").json
    assert closed["close_reason"] == "wontfix"
    assert closed["closed_at"]
    [again] = desk.bd("reopen", bead, "-r", "after all", "--json").json
    assert "closed_at" not in again
    assert again["notes"] == "after all"
    desk.bd("reopen", bead, status=4)


def test_a_blocked_bead_is_closed_by_force_only(desk: Desk) -> None:
    """What waits for others is not closed by accident."""
    a = desk.bead("a")
    b = desk.bead("b", "--deps", a)
    assert a in desk.bd("close", b, status=1).err
    desk.bd("close", b, "--force")
    assert desk.shown(b)["status"] == "closed"


def test_a_slung_bead_keeps_its_agent(desk: Desk) -> None:
    """Neither assignee nor status of a slung bead can be set so that bead and hook disagree."""
    bead, _ = desk.sling()
    said = desk.bd("update", bead, "-a", "ada", status=1)
    assert "gt unsling" in said.err
    desk.bd("update", bead, "-a", "", status=1)
    desk.bd("update", bead, "--title", "fine")
    desk.bd("update", bead, "--status", "open")
    assert "assignee" not in desk.shown(bead)
    assert desk.hook("mp/toast").bead is None


def test_list_filters(desk: Desk) -> None:
    """By status, assignee, limit; closed ones with --all."""
    a, b, c = desk.bead("a"), desk.bead("b", "-a", "ada"), desk.bead("c")
    desk.bd("close", c)

    def listed(*words: str) -> set[str]:
        return {bead["id"] for bead in desk.bd("list", *words, "--json").json}

    assert listed() == {a, b}
    assert listed("--all") == {a, b, c}
    assert listed("-s", "closed", "-s", "open") == {a, b, c}
    assert listed("-s", "closed") == {c}
    assert listed("-a", "ada") == {b}
    assert len(listed("-n", "1")) == 1


# Text is data


ODD_TITLES = {
    "an escape sequence": f"red \x1b[31m{OSC}",
    "markup": "[red]bold[/red] [link=x]",
    "emoji": "👩‍👩‍👧 family 日本",
    "a direction override": "abc\u202etxt.exe",
    "combining marks": "e\u0301 Z\u0351\u036b",
    "C1 controls": "x\x9b31m",
    "tmux formats": "#(touch pwned) #{pid}",
    "shell": "$(touch pwned) `touch pwned` ; touch pwned",
    "an option": "--help",
}


@pytest.mark.parametrize("title", ODD_TITLES.values(), ids=list(ODD_TITLES))
def test_titles_are_stored_raw_and_shown_safe(desk: Desk, title: str) -> None:
    """Every character is kept as it came; no control reaches a terminal, and nothing is run."""
    bead = desk.bd("create", "--silent", "--", title).out.strip()
    desk.gt("convoy", "create", "--", title, bead)
    assert desk.shown(bead)["title"] == title
    desk.gt("sling", bead, "mp", "--no-start")
    views = [
        desk.bd("show", bead), desk.bd("list"), desk.gt("convoy", "list"),
        desk.gt("convoy", "show"), desk.gt("agents"), desk.gt("status"), desk.gt("log"),
        desk.gt("hook", "mp/toast"), desk.bd("update", bead, "-p", "1"), desk.gt("prime"),
        desk.gt("prime", at="mp/polecats/toast"),
    ]  # fmt: skip
    for said in views:
        shown = said.out + said.err
        assert not any(char in shown for char in "\x1b\x07\x9b\u202e\x7f")
    if title.isprintable() and "\u202e" not in title:
        assert title in desk.bd("show", bead).out
    assert not list(desk.root.parent.rglob("pwned"))


def test_long_text_is_escaped_line_by_line(desk: Desk) -> None:
    """Descriptions and notes keep their lines and lose their controls on a terminal."""
    bead = desk.bead("x", "-d", f"one\n{OSC}two\ttabbed")
    shown = desk.bd("show", bead).out
    assert "one\n\\x1b]52" in shown
    assert "two\ttabbed" in shown
    assert desk.shown(bead)["description"] == f"one\n{OSC}two\ttabbed"


def test_bytes_that_are_no_text_are_refused(desk: Desk) -> None:
    """A title with half a character cannot be kept, and that is said without a trace."""
    said = desk.bd("create", "x\udcff", status=1)
    assert "bug" not in said.err
    desk.bd("create", "x\udcff", "--json", status=1)


def test_a_title_is_one_line_of_bounded_length(desk: Desk) -> None:
    """Line breaks become spaces; more than 500 characters are refused."""
    assert desk.shown(desk.bead("a\nb\r\n c"))["title"] == "a b c"
    desk.bd("create", "x" * 500)
    desk.bd("create", "x" * 501, status=2)
    desk.bd("create", " \n ", status=2)


def test_too_large_a_bead_is_refused(desk: Desk) -> None:
    """More than a megabyte of text is refused with what to do instead."""
    commit = desk.town.commit()
    said = desk.bd("create", "x", "-d", "-", stdin="x" * 1_100_000, status=1)
    assert "limit" in said.err
    assert "file of the project" in said.err
    assert desk.town.commit() == commit


def test_a_value_cannot_forge_a_trailer(desk: Desk) -> None:
    """Line breaks in a reason do not become trailers of the ledger's commit."""
    bead = desk.bead("x")
    desk.bd("close", bead, "-r", "done\n\nActor: mayor\nMove: bead x open -> closed")
    told = message(desk.town)
    assert told.count("\nActor: ") == 1
    assert "\nActor: human" in told


def test_what_bead_says_is_what_git_holds(desk: Desk) -> None:
    """The record in hq is pretty JSON that holds exactly what `bd show --json` tells."""
    bead = desk.bead("x", "-d", "y")
    [file] = (desk.root / "hq" / "beads" / "mp").glob(f"*/{bead}.json")
    stored = json.loads(file.read_text())
    shown = desk.shown(bead)
    del shown["dependencies"], shown["dependents"]
    assert {key: value for key, value in stored.items() if key != "schema"} == shown
    assert stored["schema"] == "bead/1"
