"""Trees, circles and layers of dependencies."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gastown.views.dependencies import _circle, _knots
from tests.bd_reading.beads import put
from tests.support.desk import Desk


def chain(desk: Desk) -> None:
    """Of mp-a to mp-d each waits for the next; mp-k is a child of mp-a."""
    put(desk.town, a={"deps": ("blocks:b",)}, b={"deps": ("blocks:c", "related:a")},
        c={"deps": ("blocks:d",)}, d={}, k={"deps": ("parent-child:a",)})  # fmt: skip


def nodes(desk: Desk, *words: str) -> list[Any]:
    """A tree as (id, depth, parent)."""
    told = desk.bd("dep", "tree", *words, "--json").json
    return [(n["id"][3:], n["depth"], n["parent_id"][3:]) for n in told]


def test_a_tree_is_a_flat_array(desk: Desk) -> None:
    """Depth first, each with its depth and parent; a bead that comes again is not followed."""
    chain(desk)
    down = [("a", 0, ""), ("b", 1, "a"), ("a", 2, "b"), ("c", 2, "b"), ("d", 3, "c")]
    assert nodes(desk, "mp-a") == down
    assert nodes(desk, "mp-a", "-t", "blocks") == [n for n in down if n != ("a", 2, "b")]
    assert nodes(desk, "mp-d", "--direction", "up", "-t", "blocks") == [
        ("d", 0, ""), ("c", 1, "d"), ("b", 2, "c"), ("a", 3, "b"),
    ]  # fmt: skip
    both = nodes(desk, "mp-c", "--direction", "both", "-t", "blocks")
    assert {n[0] for n in both} == {"a", "b", "c", "d"}


def test_a_tree_is_cut_and_says_so(desk: Desk) -> None:
    """--max-depth leaves out what is deeper, and marks where."""
    chain(desk)
    told = desk.bd("dep", "tree", "mp-a", "--max-depth", "1", "--json").json
    assert [(n["id"], n["truncated"]) for n in told] == [("mp-a", False), ("mp-b", True)]
    assert "…" in desk.bd("dep", "tree", "mp-a", "--max-depth", "1").out
    desk.bd("dep", "tree", "mp-a", "--max-depth", "0", status=2)


def test_a_tree_drawn(desk: Desk) -> None:
    """Branches hang on lines, each with its arrow and type."""
    put(desk.town, a={"deps": ("blocks:b", "related:c")}, b={"deps": ("blocks:d",)}, c={}, d={})
    drawn = [line.partition(":")[0] for line in desk.bd("dep", "tree", "mp-a").out.splitlines()]
    assert drawn == ["mp-a", "├─ → mp-b", "│  └─ → mp-d", "└─ → [related] mp-c"]


def test_lists_of_dependencies(desk: Desk) -> None:
    """Down, up or both ways, of one type or all; whole beads with the type."""
    chain(desk)

    def told(*words: str) -> set[tuple[str, str, str]]:
        found = desk.bd("dep", "list", "mp-a", *words, "--json").json
        return {(b["id"][3:], b["dependency_type"], b["direction"]) for b in found}

    down, up = {("b", "blocks", "down")}, {("b", "related", "up"), ("k", "parent-child", "up")}
    assert told() == down
    assert told("--direction", "up") == up
    assert told("--direction", "both") == down | up
    assert told("--direction", "both", "-t", "related") == {("b", "related", "up")}


def test_circles_of_an_import_are_reported(desk: Desk) -> None:
    """Circles that no command would make are found, with the family's part in them."""
    put(
        desk.town, a={"deps": ("blocks:b",)}, b={"deps": ("blocks:c",)}, c={"deps": ("blocks:a",)},
        own={"deps": ("blocks:own",)}, epic={"deps": ("blocks:kid",)},
        kid={"deps": ("parent-child:epic",)}, free={"deps": ("blocks:a", "related:free")},
    )  # fmt: skip
    told = [[bead["id"] for bead in circle] for circle in desk.bd("dep", "cycles", "--json").json]
    assert told == [["mp-a", "mp-b", "mp-c"], ["mp-epic", "mp-kid"], ["mp-own"]]
    assert "mp-a → mp-b → mp-c → mp-a" in desk.bd("dep", "cycles").out
    assert desk.bd("ready", "--json").json == []


GRAPHS = st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg")))


@given(GRAPHS)
def test_circles_are_found_where_there_are_some(forth: dict[str, list[str]]) -> None:
    """Every bead that reaches itself is in a group; every group gives a real circle."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        todo = list(forth.get(start, ()))
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += forth.get(name, ())
        return found

    groups = _knots(forth)
    assert sorted(name for group in groups for name in group) == sorted(
        name for name in "abcdefg" if name in reached(name)
    )
    for group in groups:
        circle = _circle(group, forth)
        assert set(circle) <= set(group)
        for here, there in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert there in forth[here]


def test_layers(desk: Desk) -> None:
    """Each layer waits only for earlier ones; children wait with their parents."""
    chain(desk)
    told = desk.bd("graph", "mp-k", "--json").json
    assert told["layers"] == [["mp-d"], ["mp-c"], ["mp-b"], ["mp-a", "mp-k"]]
    assert told["root"]["id"] == "mp-k"
    assert {"issue_id": "mp-a", "depends_on_id": "mp-b", "type": "blocks"} in told["dependencies"]
    assert desk.bd("graph").out.startswith("Layer 0")
    desk.bd("close", "mp-d")
    assert "mp-d" not in desk.bd("graph").out
    assert "mp-d" in desk.bd("graph", "--all").out


def test_layers_of_a_circle_end(desk: Desk) -> None:
    """Beads that wait for each other come last, together."""
    put(desk.town, a={"deps": ("blocks:b",)}, b={"deps": ("blocks:a",)}, c={"deps": ("blocks:d",)},
        d={})  # fmt: skip
    told = desk.bd("graph", "--json").json["layers"]
    assert [sorted(layer) for layer in told] == [["mp-d"], ["mp-c"], ["mp-a", "mp-b"]]


def test_other_languages(desk: Desk) -> None:
    """Titles cannot break out of the languages of Graphviz and Mermaid."""
    evil = 'x"]; evil -> y\n<b>`'
    put(desk.town, a={"title": evil, "deps": ("blocks:b",)}, b={})
    dot = desk.bd("graph", "mp-a", "--format", "dot").out
    assert r"x\"]; evil" in dot
    assert '"mp-b" -> "mp-a";' in dot
    mermaid = desk.bd("graph", "mp-a", "--format", "mermaid").out
    assert '"]; evil' not in mermaid
    assert "<b>" not in mermaid
    assert "n0 --> n1" in mermaid
