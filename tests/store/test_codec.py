"""The strict reader: what is no sane JSON object of the right kind is refused in words."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.record import BadRecord
from gastown.store.codec import MAX_BYTES, MAX_DEPTH, decode, encode, load
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig

BEAD = b'{"schema": "bead/1", "id": "mp-a", "title": "t", "status": "open"%s}'
RECORDS = [a_bead(), a_hook(), a_convoy(), a_merge(), a_mail(), a_rig()]


def nested(depth: int) -> bytes:
    """An object `depth` levels deep."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON at line 1"),
        (b"{", "no JSON"),
        (b"{} {}", "no JSON"),
        (b"[]", "expected an object"),
        (b"null", "expected an object"),
        (b'"text"', "expected an object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": Infinity}', "Infinity"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b'{"a": -1e999}', "-1e999"),
        (b'{"a": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"b": {"a": 1, "a": 1}}', "'a' stands twice"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        ('{"a": "é"}'.encode("latin-1"), "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\uDC00": 1}', "surrogate"),
        (b'{"a": "\n"}', "no JSON"),
        (b'{"a": "\0"}', "no JSON"),
        (nested(MAX_DEPTH + 3), "nested deeper"),
        (nested(100_000), "nested deeper"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a": "' + b"x" * MAX_BYTES + b'"}', "the limit is"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    """The reader never guesses; its error says what is wrong."""
    with pytest.raises(BadRecord, match=reason):
        load(data)


def test_what_is_still_read() -> None:
    """Limits are limits: what is just inside of them is read, pairs of surrogates included."""
    assert load(nested(MAX_DEPTH)) != {}
    assert load(b'{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}') == {"a": "😀", "b": "\\ud800"}
    assert load(b' {"a": 1e308}\n') == {"a": 1e308}
    assert load(b'{"a": ' + b"9" * 900 + b"}")["a"] == int("9" * 900)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ('"bead/2"', "newer than this gt"), ('"hook/1"', "expected bead/1"),
        ('"bead/x"', "expected bead/1"), ('"bead"', "expected bead/1"), ("7", "expected bead/1"),
        ("null", "expected bead/1"), ('"bead/\u00b2"', "expected bead/1"),
        ('"bead/-1"', "expected bead/1"), (f'"bead/{"9" * 5000}"', "expected bead/1"),
    ],
)  # fmt: skip
def test_other_schemas_are_refused(schema: str, reason: str) -> None:
    """A record of another kind or of a newer gt is not read as if it were ours."""
    data = f'{{"schema": {schema}, "id": "mp-a", "title": "t"}}'
    with pytest.raises(BadRecord, match=reason):
        decode("bead", data.encode(), rig="mp")


def test_a_record_without_schema_is_of_version_one() -> None:
    """Upstream's beads carry none."""
    assert decode("bead", b'{"id": "mp-a", "title": "t"}', rig="mp").id == "mp-a"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.KIND)
def test_every_kind_round_trips(record: Any) -> None:
    """A record's text is pretty, ends with a newline, names its schema first, and reads back."""
    text = encode(record)
    assert decode(record.KIND, text, rig="mp") == record
    lines = text.decode().splitlines()
    assert lines[:2] == ["{", f'  "schema": "{record.KIND}/1",']
    assert text.endswith(b"\n}\n")


def test_one_value_a_line() -> None:
    """Two people who add labels to one bead get a readable difference."""
    text = encode(a_bead(labels=["a", "b"])).decode()
    assert '    "a",\n    "b"\n' in text


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(metadata=JSON)
def test_what_is_written_can_be_read(metadata: Any) -> None:
    """Whatever a bead holds, writing it gives what the reader takes, or an error in words."""
    bead = a_bead(metadata=metadata)
    try:
        text = encode(bead)
    except BadRecord:
        return
    assert decode("bead", text, rig="mp") == bead


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "cannot be written"), ("\ud800", "cannot be written"),
        ("x" * MAX_BYTES, "the limit is"), (json.loads("[" * 40 + "]" * 40), "nested deeper"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_not_written(value: Any, reason: str) -> None:
    """Found as a bug: a deeply nested value was written and made its own record unreadable."""
    with pytest.raises(BadRecord, match=reason):
        encode(a_bead(metadata=value))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_named_error(data: bytes) -> None:
    """No content of a file makes the reader fail in another way."""
    with suppress(BadRecord):
        decode("bead", data, rig="mp")


@given(st.dictionaries(st.sampled_from(
    ["id", "title", "status", "priority", "labels", "dependencies", "assignee", "schema"]), JSON
))  # fmt: skip
def test_any_object_is_a_bead_or_a_named_error(values: dict[str, Any]) -> None:
    """The typed readers of a bead answer for every object that was accepted as one."""
    data = json.dumps({"id": "mp-a", "title": "t", **values}).encode()
    try:
        bead: Any = decode("bead", data, rig="mp")
    except BadRecord:
        return
    assert isinstance(bead.priority, int)
    assert isinstance(bead.issue_type, str)
    assert isinstance(bead.labels, tuple)
    assert isinstance(bead.depends_on(), tuple)
    assert bead.assignee is None or isinstance(bead.assignee, str)
