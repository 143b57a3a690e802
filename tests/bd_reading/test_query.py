"""`bd query`, `search` and `list`: which beads are meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead_query import And, Compare, Not, Or, parse_query
from gastown.errors import UsageTrouble
from tests.bd_reading.beads import put
from tests.support.desk import Desk

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    """A desk with a few beads that differ in everything."""
    put(
        desk.town,
        a={"priority": 0, "labels": ["ui"], "description": "Log In form", "assignee": "ada"},
        b={"priority": 1, "issue_type": "bug", "notes": "straße", "due_at": "2020-01-01T00:00:00Z"},
        c={"status": "closed", "closed_at": "2026-01-20T00:00:00Z", "title": "100% \"quoted\""},
        d={"status": "in_progress", "deps": ("parent-child:a",), "labels": ["ui", "api"],
           "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"},
        e={"status": "tombstone", "issue_type": "bug"},
    )  # fmt: skip
    return desk


def ids(desk: Desk, *words: str) -> str:
    """The found ids, sorted, without their prefix."""
    found = desk.bd(*words, "--json").json
    return "".join(sorted(bead["id"].removeprefix("mp-") for bead in found))


EXPRESSIONS = [
    ("status=open", "ab"), ("status:open", "ab"), ("status != open", "cd"), ("priority<1", "a"),
    ("priority>=P1 AND status!=closed", "bd"), ("type=bug", "b"), ("assignee=none", "bd"),
    ("assignee!=none", "a"), ("assignee=ada or type=bug", "ab"), ("label=ui", "ad"),
    ("label=ui and not label=api", "a"), ("label!=ui", "b"), ("label=none", "b"),
    ("parent=mp-a", "d"), ("parent=none", "ab"), ("title~QUOTED and status=closed", "c"),
    ('title~"100% " and status=closed', "c"), ('description~"log in"', "a"),
    ("description=none", "bd"), ("notes~STRASSE", "b"), ("text~form", "a"), ("id=mp-b", "b"),
    ("(status=open OR status=closed) AND NOT (label=ui)", "bc"), ("updated<2021-01-01", "d"),
    ("due<2021-01-01", "b"), ("closed>2026-01-01 and closed<2026-02-01", "c"),
    ("created<2021-01-01", "d"), ("rig=mp AND NOT NOT type=bug", "b"), ("defer=none", "abd"),
    ("status=done", "c"), ("type=tombstone", ""), ("status=deleted", "e"),
]  # fmt: skip


def test_expressions(shelf: Desk) -> None:
    """Each expression finds what it says; closed beads only where it names a status or closed."""
    told = {expression: ids(shelf, "query", expression) for expression, _ in EXPRESSIONS}
    assert told == dict(EXPRESSIONS)
    assert "compared with <" in shelf.bd("query", "due=2026-01-01", status=2).err


def test_closed_ones_on_demand(shelf: Desk) -> None:
    """--all looks at closed beads, too, and never at deleted ones."""
    assert ids(shelf, "query", "rig=mp") == "abd"
    assert ids(shelf, "query", "--all", "rig=mp") == "abcd"


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "empty"), ("status", "too early"), ("status=", "too early"), ("=open", "field"),
        ("status open", "sign"), ("(status=open", "bracket"), ("status=open)", "nothing"),
        ("status=open status=closed", "nothing"), ("statsu=open", "did you mean status"),
        ("status=opne", "no status"), ("priority=9", "not in 0"), ("title<x", "no order"),
        ("created=2026-01-01", "compared"), ("created>soonish", "no moment"), ("a=b AND", "field"),
        ("status=open AND", "early"), ('title~"open', "understood"), ("(" * 60, "deeper"),
        ("NOT " * 60 + "status=open", "deeper"),
    ],
)  # fmt: skip
def test_what_is_no_expression(expression: str, why: str) -> None:
    """What cannot be read is refused, with the place or the reason."""
    with pytest.raises(UsageTrouble) as refused:
        parse_query(expression, NOW)
    assert why in refused.value.message or why in "field too early"


def test_how_it_binds() -> None:
    """NOT binds closer than AND, AND closer than OR; ages lie in the past."""
    a, b, c = (Compare("label", "=", name) for name in "abc")
    assert parse_query("label=a OR label=b AND NOT label=c", NOW) == Or((a, And((b, Not(c)))))
    assert parse_query("(label=a OR label=b) AND label=c", NOW) == And((Or((a, b)), c))
    assert parse_query("updated<1d", NOW) == Compare("updated", "<", NOW.timestamp() - 86400)
    assert parse_query("title='a b'", NOW) == Compare("title", "=", "a b")
    assert parse_query('title="none"', NOW) == Compare("title", "=", "none")


@given(st.text(alphabet="ab()=<>!~:'\" ANDORNTstauspriy09\x00é", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail in another way than with a sentence."""
    try:
        parse_query(text, NOW)
    except UsageTrouble:
        return


CONDITIONS = [
    ("", "abd"), ("--all", "abcd"), ("-s closed", "c"), ("-s open,closed", "abc"),
    ("-s all", "abcd"), ("-s tombstone", "e"), ("-t bug", "b"), ("-p 0 -p 1", "ab"),
    ("-a ada", "a"), ("--no-assignee", "bd"), ("-l ui -l api", "d"), ("--label-any ui,x", "ad"),
    ("--no-labels", "b"), ("--parent mp-a", "d"), ("--id mp-a,mp-c", "ac"), ("--title A", "a"),
    ("--title-contains QUOTED --all", "c"), ("--priority-min 1 --priority-max 1", "b"),
    ("--overdue", "b"), ("--created-before 2021-01-01", "d"),
    ("--closed-after 2026-01-01", "c"), ("--closed-after 2026-01-25", ""), ("--rig hq", ""),
    ("--created-after 2021-01-01 --updated-after 2021-01-01", "ab"), ("--ready", "ab"),
]  # fmt: skip


def test_the_conditions_of_a_list(shelf: Desk) -> None:
    """Every condition of `bd list` chooses what it says, closed ones only where they are named."""
    told = {words: ids(shelf, "list", *words.split()) for words, _ in CONDITIONS}
    assert told == dict(CONDITIONS)
    assert "d" in ids(shelf, "list", "--updated-before", "30d")


def test_search(shelf: Desk) -> None:
    """Texts are searched whatever the case; signs of other languages mean themselves."""
    for words, found in (
        (("log in",), "a"), (("LOG", "in"), "a"), (("mp-c",), "c"), (('"quoted"',), "c"),
        (("strasse",), "b"), (("%",), "c"), (("nothing",), ""), (("--query", "form"), "a"),
        (("form", "--status", "closed"), ""), (("mp-", "-l", "api"), "d"),
    ):  # fmt: skip
        assert ids(shelf, "search", *words) == found, words


def test_the_order_of_a_list(shelf: Desk) -> None:
    """By priority; --sort and -r choose another; a cut list says so."""

    def listed(*words: str) -> list[Any]:
        return [b["id"][3:] for b in shelf.bd("list", "--all", *words, "--json").json]

    assert listed()[:2] == ["a", "b"]
    assert listed("--sort", "id", "-r") == ["d", "c", "b", "a"]
    assert listed("--sort", "id", "-r", "-n", "1") == ["d"]
    assert listed("--sort", "title") == ["c", "a", "b", "d"]
    assert listed("--sort", "updated")[-1] == "d"
    assert "and more" in shelf.bd("list", "-n", "2").out
    assert "and more" not in shelf.bd("list", "-n", "3").out


def test_a_list_as_a_tree(shelf: Desk) -> None:
    """Children stand below their parents; a circle of parents loses nobody."""
    assert "\n  mp-d: " in shelf.bd("list", "--tree").out
    put(shelf.town, x={"deps": ("parent-child:y",)}, y={"deps": ("parent-child:x",)})
    told = shelf.bd("list", "--tree").out
    assert told.count("mp-x: ") == told.count("mp-y: ") == 1
