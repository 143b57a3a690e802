"""bd dep add and remove, block, unblock, relate: directions, circles, what is echoed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import Bead
from tests.support.desk import Desk
from tests.support.soundness import history


def blockers(desk: Desk, bead: str) -> set[str]:
    """What a bead is blocked by."""
    found = desk.shown(bead)["dependencies"]
    return {d["id"] for d in found if d["dependency_type"] == "blocks"}


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


@pytest.mark.parametrize(
    "line",
    [
        "dep add {a} {b}", "dep add {a} blocked-by {b}", "dep add {a} depends-on {b}",
        "dep add {b} blocks {a}", "dep {b} --blocks {a}", "dep {a} --blocked-by {b}",
        "dep add {a} --depends-on {b}", "block {a} {b}", "block {a} by {b}", "block {a} --by {b}",
        "dep add {a} {b} -t depends-on",
    ],
)  # fmt: skip
def test_all_ways_lead_to_the_same(desk: Desk, line: str) -> None:
    """However it is typed, the answer says in one sentence who waits for whom."""
    a, b = desk.bead("a"), desk.bead("b")
    said = desk.bd(*line.format(a=a, b=b).split())
    assert f"{a} is blocked by {b}" in said.out
    assert blockers(desk, a) == {b}
    assert blockers(desk, b) == set()


def test_upstreams_object_of_the_other_direction(desk: Desk) -> None:
    """`bd dep A --blocks B` answers with blocker and blocked."""
    a, b = desk.bead("a"), desk.bead("b")
    assert desk.bd("dep", a, "--blocks", b, "--json").json == {
        "status": "added", "blocker_id": a, "blocked_id": b, "type": "blocks",
    }  # fmt: skip


def test_block_without_another_bead_is_a_status(desk: Desk) -> None:
    """`bd block A` sets the status, with a reason in the notes; `bd unblock A` opens it again."""
    a, b = desk.bead("a"), desk.bead("b")
    desk.bd("block", a, "-r", "waiting for parts")
    assert (desk.shown(a)["status"], desk.shown(a)["notes"]) == ("blocked", "waiting for parts")
    desk.bd("unblock", a)
    assert desk.shown(a)["status"] == "open"
    assert "not blocked" in desk.bd("unblock", a, status=4).err
    desk.bd("block", a, b)
    desk.bd("unblock", a, b)
    assert blockers(desk, a) == set()


def test_a_type_of_ones_own(desk: Desk) -> None:
    """Any type can be used, but what is nearly a known one is taken for a slip."""
    a, b = desk.bead("a"), desk.bead("b")
    assert "did you mean blocks" in desk.bd("dep", "add", a, b, "-t", "blokcs", status=2).err
    desk.bd("dep", "add", a, b, "-t", "inspired_by")
    assert desk.shown(a)["dependencies"][0]["dependency_type"] == "inspired-by"
    desk.bd("dep", "add", a, b, "-t", "x y", status=2)


def test_only_one_type_is_removed_when_named(desk: Desk) -> None:
    """`-t` takes one link away and leaves the other."""
    a, b = desk.bead("a"), desk.bead("b")
    desk.bd("dep", "add", a, b)
    desk.bd("dep", "add", a, b, "-t", "related")
    desk.bd("dep", "remove", a, b, "-t", "blocks")
    assert [d["dependency_type"] for d in desk.shown(a)["dependencies"]] == ["related"]
    assert f"{a} depends on {b}" in desk.bd("dep", "remove", b, a, status=3).err


def test_what_is_elsewhere_may_be_waited_for(desk: Desk) -> None:
    """`external:` targets are kept as they are; a missing bead is an error."""
    a = desk.bead("a")
    desk.bd("dep", "add", a, "external:other:login")
    stored = desk.town.read().bead(a).dependencies
    assert [item["depends_on_id"] for item in stored] == ["external:other:login"]
    desk.bd("dep", "add", a, "other-1", status=3)


def test_families_make_circles_too(desk: Desk) -> None:
    """An epic cannot wait for its child, nor a child for its epic, nor a parent be its child's."""
    epic = desk.bead("epic", "-t", "epic")
    child = desk.bead("child", "--parent", epic)
    assert "circle" in desk.bd("dep", "add", epic, child, status=1).err
    assert "child of" in desk.bd("dep", "add", child, epic, status=1).err
    assert "circle" in desk.bd("update", epic, "--parent", child, status=1).err
    desk.bd("update", epic, "--parent", epic, status=1)
    desk.bd("dep", "add", epic, child, "-t", "related")
    desk.bd("dep", "add", child, epic, "-t", "discovered-from")


def test_a_circle_is_shown(desk: Desk) -> None:
    """The refusal shows the way round, and which link could be removed."""
    a, b, c = desk.bead("a"), desk.bead("b"), desk.bead("c")
    desk.bd("dep", "add", a, b)
    desk.bd("dep", "add", b, c)
    assert f"{a} → {b} → {c}; bd dep remove {b} {c}" in desk.bd("dep", "add", c, a, status=1).err
    desk.bd("dep", "add", c, a, "-t", "related")


def test_relations_go_both_ways(desk: Desk) -> None:
    """`bd relate` links both beads in one commit, and nothing waits; unrelate takes both away."""
    a, b = desk.bead("a"), desk.bead("b")
    before = len(history(desk.town))
    assert desk.bd("relate", a, b, "--json").json == {"id1": a, "id2": b, "related": True}
    assert len(history(desk.town)) == before + 1
    for one, other in ((a, b), (b, a)):
        [link] = desk.shown(one)["dependencies"]
        assert (link["id"], link["dependency_type"]) == (other, "relates-to")
    assert len(desk.bd("ready", "--json").json) == 2
    desk.bd("dep", "relate", a, b)
    desk.bd("unrelate", b, a)
    assert desk.shown(a)["dependencies"] == desk.shown(b)["dependencies"] == []
    desk.bd("unrelate", a, b, status=3)


def test_parents_are_changed_and_taken_away(desk: Desk) -> None:
    """`--parent` moves a bead below another one and leaves its other links alone."""
    one, two, child = desk.bead("one"), desk.bead("two"), desk.bead("child")
    desk.bd("dep", "add", child, one, "-t", "related")
    desk.bd("update", child, "--parent", one)
    desk.bd("update", child, "--parent", two)
    assert desk.shown(child)["parent"] == two
    desk.bd("update", child, "--parent", "")
    assert [d["dependency_type"] for d in desk.shown(child)["dependencies"]] == ["related"]
    desk.bd("update", child, "--parent", "nope", status=3)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_no_order_of_links_makes_a_circle(pairs: list[tuple[int, int]]) -> None:
    """Whatever links are asked for, those that are accepted always leave some bead free."""
    from gastown.errors import Refused
    from gastown.ops.dependencies import check_link

    class Beads:
        """As much of an operation as `check_link` asks for."""

        def __init__(self) -> None:
            self.all = {f"b-{n}": Bead({"id": f"b-{n}", "title": "x"}, "mp") for n in range(6)}

        def bead(self, identifier: str) -> Bead:
            return self.all[identifier]

        find_bead = glance = bead

    tx = Beads()
    for source, target in pairs:
        bead = tx.all[f"b-{source}"]
        try:
            check_link(tx, bead, f"b-{target}", "blocks")  # type: ignore[arg-type]
        except Refused:
            continue
        links = [*bead.dependencies, {"depends_on_id": f"b-{target}", "type": "blocks"}]
        tx.all[bead.id] = bead.with_(dependencies=links)
    left = dict(tx.all)
    while left:
        free = [i for i, bead in left.items() if not set(bead.depends_on()) & left.keys()]
        assert free, "every bead that is left waits for another one"
        left = {i: bead for i, bead in left.items() if i not in free}
