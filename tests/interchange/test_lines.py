"""Lines become records and lines again, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.interchange import line_of, parts_of, text_of
from gastown.domain.record import BadRecord
from gastown.domain.schemas import Schema, Writer
from gastown.store.codec import decode, encode
from tests.interchange.samples import BEADS, TALKED, WORDY, spelt

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
READ = (
    "id title description assignee issue_type created_at defer_until priority labels dependencies"
    " comments status schema".split()
)
KEYS = WORDS.filter(lambda key: key not in READ)
IDS = st.from_regex(r"[a-z]{1,4}-[a-z0-9]{1,6}(\.[0-9])?", fullmatch=True)
STATUSES = st.sampled_from(["open", "closed", "hooked", "in_progress", "tombstone", "review", None])
REMARKS = st.lists(
    st.fixed_dictionaries(
        {"author": WORDS, "text": WORDS},
        optional={"id": st.integers() | WORDS, "created_at": WORDS, "odd": VALUES},
    ),
    max_size=3,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Any bead: some of the known keys, any others, in any order."""
    identifier = draw(IDS)
    data: dict[str, Any] = {"id": identifier, "title": draw(WORDS)}
    known: dict[str, Any] = {
        "status": STATUSES, "assignee": WORDS | st.none(), "priority": st.integers(0, 4),
        "labels": st.lists(WORDS, max_size=3), "closed_at": WORDS, "notes": VALUES,
        "comments": REMARKS,
    }  # fmt: skip
    for key in draw(st.sets(st.sampled_from(sorted(known)))):
        data[key] = draw(known[key])
    for remark in data.get("comments", []):
        remark["issue_id"] = identifier
    data |= draw(st.dictionaries(KEYS, VALUES, max_size=4))
    order = draw(st.permutations(list(data)))
    return {key: data[key] for key in order}


def round_trip(data: dict[str, Any]) -> str:
    """A line through the records as they lie in hq."""
    parts = parts_of(json.loads(json.dumps(data)), "mp")
    bead = decode("bead", encode(parts.bead), rig="mp")
    comments = [decode("comment", encode(one)) for one in parts.comments]
    assert {one.id for one in comments} == {one.id for one in parts.comments}
    return text_of(line_of(bead, comments))  # type: ignore[arg-type]


@given(objects())
def test_any_bead_comes_back_byte_for_byte(data: dict[str, Any]) -> None:
    """Keys, their order, values of any shape, statuses and comments: all as they were."""
    remarks = [json.dumps(one, sort_keys=True) for one in data.get("comments") or []]
    if len(set(remarks)) == len(remarks):  # a comment that stands twice is one comment
        assert round_trip(data) == spelt(data)


@pytest.mark.parametrize("data", BEADS, ids=lambda one: one["id"])
def test_every_era_comes_back(data: dict[str, Any]) -> None:
    """Lines of all eras, with their oddities, come back byte for byte."""
    assert round_trip(data) == spelt(data)


@pytest.mark.parametrize("data", BEADS, ids=lambda one: one["id"])
def test_only_odd_lines_leave_a_trace(data: dict[str, Any]) -> None:
    """`gt_line` is in a record only where the record cannot say it itself."""
    odd = {"ex-4.1", "ex-5", "ex-6", "ex-7", "ex-8", "ex-d", "ex-e", "ex-f"}
    assert ("gt_line" in parts_of(data, "mp").bead.data) == (data["id"] in odd)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"title": 5}, "title"), ({"labels": "no"}, "labels"), ({"priority": 9}, "priority"),
        ({"dependencies": [{"type": "blocks"}]}, "dependencies"), ({"comments": "no"}, "comments"),
        ({"comments": [{"author": "w"}]}, "comment 1"), ({"description": []}, "description"),
        ({"comments": [{"text": "a", "schema": 1}]}, "comment 1"),
    ],
)  # fmt: skip
def test_wrong_shapes_are_named(wrong: dict[str, Any], named: str) -> None:
    """What the town could not work with is refused, with the key's name."""
    with pytest.raises(BadRecord, match=named):
        parts_of({"id": "ex-1", "title": "t", **wrong}, "mp")


def test_statuses_that_the_town_has_not() -> None:
    """A custom status is open or closed here; one of a foreign agent is open; both are said."""
    told = {one["id"]: parts_of(one, "mp") for one in BEADS}
    states = {name: told[name].bead.state for name in ("ex-5", "ex-6", "ex-7", "ex-8", "ex-9")}
    assert states == {
        "ex-5": "open", "ex-6": "closed", "ex-7": "open", "ex-8": "open", "ex-9": "in_progress",
    }  # fmt: skip
    assert all(told[name].notes for name in ("ex-5", "ex-6", "ex-7", "ex-8"))
    assert told["ex-9"].notes == ()


def test_each_schema_numbers_comments_its_way() -> None:
    """v0.47 has integers, v1 has strings; as imported, a new comment continues what is there."""
    parts = [parts_of(one, "mp") for one in (TALKED, WORDY)]
    comments = {one.bead.id: one.comments for one in parts}

    def ids(schema: Schema) -> list[Any]:
        writer = Writer(schema, [one.bead for one in parts], comments)
        return [c["id"] for one in parts for c in writer.line(one.bead)["comments"]]

    assert ids(Schema.AS_READ) == [13, 7, "c-x1"]
    assert ids(Schema.V047) == [13, 7, 14]
    assert ids(Schema.V1) == ["13", "7", "c-x1"]
