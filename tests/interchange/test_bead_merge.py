"""Two versions of a bead become one: the same from both sides, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gastown.domain.merging.beads import merge_beads
from gastown.domain.merging.three_way import Outcome, version

BASE = {
    "id": "mp-1", "title": "t", "status": "open", "priority": 2, "assignee": "a", "notes": "n",
    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    "labels": ["x", "y"], "metadata": {"k": 1, "m": 2}, "odd": [1],
    "dependencies": [{"issue_id": "mp-1", "depends_on_id": "mp-0", "type": "blocks"}],
}  # fmt: skip
Data = dict[str, Any]
SETTERS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["t", "u", "v"]),
    "priority": st.integers(0, 4),
    "assignee": st.sampled_from(["a", "b", "mp/toast", None]),
    "notes": st.sampled_from(["n", "n\none", "n\ntwo", "other", "", None]),
    "labels": st.lists(st.sampled_from("vwxyz"), max_size=4, unique=True),
    "metadata": st.dictionaries(st.sampled_from("kmz"), st.integers(0, 2), max_size=3),
    "odd": st.sampled_from([[1], [2], {"a": 1}, None, True, 1, 1.0]),
    "new": st.sampled_from(["p", "q", None]),
    "started_at": st.sampled_from(["2026-01-02T00:00:00Z", "2026-01-01T23:00:00-02:00"]),
    "dependencies": st.lists(
        st.fixed_dictionaries(
            {"issue_id": st.just("mp-1"), "depends_on_id": st.sampled_from(["mp-0", "mp-2"]),
             "type": st.sampled_from(["blocks", "related"])},
            optional={"metadata": st.sampled_from(["{}", "[]"])},
        ),
        max_size=3, unique_by=lambda item: (item["depends_on_id"], item["type"]),
    ),
}  # fmt: skip
FATES: list[Data] = [
    {"status": "open"}, {"status": "hooked", "assignee": "mp/toast"},
    {"status": "in_progress", "assignee": "b"}, {"status": "deferred"},
    {"status": "closed", "closed_at": "2026-01-05T00:00:00Z", "close_reason": "done"},
    {"status": "closed", "closed_at": "2026-01-06T00:00:00Z", "close_reason": "won't"},
    {"status": "tombstone", "deleted_at": "2026-01-07T00:00:00Z", "deleted_by": "x"},
]  # fmt: skip
MOMENTS = st.sampled_from(
    ["2026-01-02T00:00:00Z", "2026-01-02T01:00:00+01:00", "2026-01-03T00:00:00.5Z", "soon"]
)


@st.composite
def edits(draw: st.DrawFn, base: Data = BASE) -> Data:
    """What a series of edits makes of a bead."""
    data = dict(base)
    for key in draw(st.sets(st.sampled_from(sorted(SETTERS)), max_size=4)):
        data[key] = draw(SETTERS[key])
    if draw(st.booleans()):
        data |= draw(st.sampled_from(FATES))
    if data != base:
        data["updated_at"] = draw(MOMENTS)
    return {key: value for key, value in data.items() if value is not None}


def text(value: Any) -> str:
    """JSON that tells 1 from 1.0 and true."""
    return json.dumps(value, sort_keys=True)


def merged(base: Data | None, one: Data, other: Data) -> Outcome:
    """The outcome, after checking that the order of the sides does not matter."""
    left = merge_beads(base, version(one, "x"), version(other, "y"))
    right = merge_beads(base, version(other, "y"), version(one, "x"))
    assert json.dumps(left.data) == json.dumps(right.data)
    assert left.losers == right.losers
    return left


@settings(max_examples=400)
@given(edits(), edits(), st.booleans())
def test_both_orders_agree(one: Data, other: Data, has_base: bool) -> None:
    """Merging A with B is merging B with A, attic included."""
    merged(BASE if has_base else None, one, other)


@settings(max_examples=200)
@given(edits(), st.booleans())
def test_a_merge_with_nothing_new_changes_nothing(one: Data, has_base: bool) -> None:
    """With itself a bead is itself; with the base it is the changed one."""
    assert merged(BASE if has_base else None, one, one) == Outcome(one)
    assert merged(BASE, one, dict(BASE)) == Outcome(one)


@settings(max_examples=400)
@given(edits(), edits(), st.booleans())
def test_no_value_is_lost(one: Data, other: Data, has_base: bool) -> None:
    """Every value that a side brought is in the merged bead, or in the attic."""
    base = BASE if has_base else {}
    outcome = merged(BASE if has_base else None, one, other)
    lost = [text(loser.value) for loser in outcome.losers]
    lost_in = {(loser.key, text(loser.value)) for loser in outcome.losers}
    for side in (one, other):
        for key, value in side.items():
            if key == "updated_at" or text(base.get(key)) == text(value):
                continue
            found = outcome.data.get(key)
            if text(found) == text(value) or (key, text(value)) in lost_in:
                continue
            if key == "started_at":  # of two first starts the earlier one is the fact
                assert found is not None
            elif key == "notes":
                assert value.removeprefix("n") in (found or "") or text(value) in lost
            elif key in ("labels", "dependencies"):
                _nothing_of_a_list_is_lost(key, base, value, found, lost)
            else:
                assert key == "metadata", (key, value, outcome)
                for name, item in value.items():
                    kept = (found or {}).get(name)
                    known = base.get(key, {}).get(name)
                    assert item in (kept, known) or (f"metadata.{name}", text(item)) in lost_in


def _nothing_of_a_list_is_lost(
    key: str, base: Data, value: list[Any], found: Any, lost: list[str]
) -> None:
    was = [text(item) for item in base.get(key, [])]
    for item in value:
        assert text(item) in [text(one) for one in found or []] + lost or text(item) in was


@settings(max_examples=150)
@given(edits(), edits(), edits())
def test_three_towns_agree_where_nothing_is_disputed(a: Data, b: Data, c: Data) -> None:
    """Where no two sides changed the same key, the order of three merges does not matter."""
    sides = [a, b, c]
    keys = [{k for k in {*s, *BASE} if text(s.get(k)) != text(BASE.get(k))} for s in sides]
    keys = [one - {"updated_at"} for one in keys]
    fates = [bool(one & {"status", "closed_at", "deleted_at", "assignee"}) for one in keys]
    if any(keys[i] & keys[j] for i, j in ((0, 1), (0, 2), (1, 2))) or sum(fates) > 1:
        return
    left = merged(BASE, merged(BASE, a, b).data, c).data
    right = merged(BASE, a, merged(BASE, b, c).data).data
    assert {k: text(v) for k, v in left.items()} == {k: text(v) for k, v in right.items()}


CLOSED = {**BASE, "status": "closed", "closed_at": "2026-01-05T00:00:00Z", "close_reason": "done"}
LATE = {"updated_at": "2026-02-01T00:00:00Z"}
EARLY = {"updated_at": "2026-01-10T00:00:00Z"}


@pytest.mark.parametrize(
    ("base", "one", "other", "wanted"),
    [
        pytest.param(BASE, {**CLOSED, **EARLY}, {**BASE, "status": "deferred", **LATE},
                     {"status": "closed", "closed_at": "2026-01-05T00:00:00Z"},
                     id="closed beats open"),
        pytest.param(CLOSED, {**BASE, **EARLY}, {**CLOSED, "title": "u", **LATE},
                     {"status": "open", "closed_at": None, "close_reason": None, "title": "u"},
                     id="a reopening survives"),
        pytest.param(BASE, {**BASE, "status": "tombstone", **EARLY}, {**BASE, "title": "u", **LATE},
                     {"status": "tombstone", "title": "t"}, id="a tombstone beats an edit"),
        pytest.param(BASE, {**BASE, "status": "tombstone", **EARLY}, {**CLOSED, **LATE},
                     {"status": "tombstone", "closed_at": None}, id="and a closing"),
        pytest.param(BASE, {**BASE, "priority": 0, **EARLY}, {**BASE, "priority": 3, **LATE},
                     {"priority": 3}, id="the later one wins, whatever the number"),
        pytest.param(BASE, {**BASE, "priority": 0, **LATE}, {**BASE, "priority": 3, **EARLY},
                     {"priority": 0}, id="0 is a priority like others"),
        pytest.param(BASE, {**BASE, "notes": "n\na", **EARLY}, {**BASE, "notes": "n\nb", **LATE},
                     {"notes": "n\na\nb"}, id="both wrote notes"),
        pytest.param(BASE, {**BASE, "labels": ["x", "z"], **EARLY},
                     {**BASE, "labels": ["w", "x", "y"], **LATE},
                     {"labels": ["w", "x", "z"]}, id="labels are a set"),
        pytest.param(BASE, {**BASE, "dependencies": [], **EARLY},
                     {**BASE, "labels": ["q"], **LATE}, {"dependencies": [], "labels": ["q"]},
                     id="a removal is not undone"),
        pytest.param(BASE, {**BASE, "metadata": {"k": 5, "m": 2}, **EARLY},
                     {**BASE, "metadata": {"k": 1}, **LATE}, {"metadata": {"k": 5}},
                     id="metadata by key"),
        pytest.param(BASE, {**BASE, "status": "hooked", "assignee": "mp/x", **EARLY},
                     {**BASE, "status": "in_progress", "assignee": "mp/y", **LATE},
                     {"status": "in_progress", "assignee": "mp/y"}, id="status and owner together"),
        pytest.param(BASE, {**BASE, "future": {"a": 1}, **EARLY}, {**BASE, "title": "u", **LATE},
                     {"future": {"a": 1}, "title": "u"}, id="unknown keys survive"),
    ],
)  # fmt: skip
def test_the_rules(base: Data, one: Data, other: Data, wanted: Data) -> None:
    """Each rule of the merge, by an example."""
    found = merged(base, one, other).data
    assert {key: found.get(key) for key in wanted} == wanted
