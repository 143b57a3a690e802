"""Record ↔ text: canonical JSON out, one strict reader in.

Strict, because a ledger must not guess: no duplicate keys, no NaN or infinities, UTF-8 without a
byte order mark, bounded size and depth. Errors say what; the caller adds file and commit.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gastown.domain.record import BadRecord
from gastown.store.layout import OF_A_RIG

if TYPE_CHECKING:
    from gastown.store.layout import AnyRecord

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
_MAX_DIGITS = 1000  # Python itself refuses to read more than 4300


def encode(record: AnyRecord) -> bytes:
    """The text of a record: pretty JSON, one value a line, its schema first.

    Raises:
        BadRecord: it is larger than `MAX_BYTES`, or the strict reader would not take it back.
    """
    data = {"schema": f"{record.KIND}/{record.VERSION}", **record.to_json()}
    try:
        text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False).encode()
    except ValueError as wrong:  # a lone surrogate, NaN
        raise BadRecord(f"{record.KIND} {record.id} cannot be written as JSON: {wrong}") from None
    if len(text) > MAX_BYTES:
        raise BadRecord(
            f"{record.KIND} {record.id} would take {len(text):,} bytes, the limit is {MAX_BYTES:,}"
        )
    try:
        decode(record.KIND, text, rig=getattr(record, "rig", ""))
    except BadRecord as wrong:  # never write what no reader would take
        raise BadRecord(f"{record.KIND} {record.id} cannot be written: {wrong}") from None
    return text + b"\n"


def decode(kind: str, data: bytes, *, rig: str = "") -> AnyRecord:
    """Read a record's text.

    Args:
        rig: for the kinds that are `OF_A_RIG`, the rig whose folder the file is in.

    Raises:
        BadRecord: it is no JSON, not strict, of another kind, or newer than this program.
    """
    values = load(data)
    schema = values.get("schema", f"{kind}/1")
    named, _, number = str(schema).partition("/")
    cls = class_of(kind)
    if named != kind or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadRecord(f"schema is {schema!r}, expected {kind}/{cls.VERSION}")
    if int(number) > cls.VERSION:
        raise BadRecord(f"schema {schema} is newer than this gt understands: upgrade gt")
    record: AnyRecord = cls.from_json(values, rig) if kind in OF_A_RIG else cls.from_json(values)
    return record


@cache
def class_of(kind: str) -> Any:
    """The class of a kind of record; imported when the first such record is met."""
    return getattr(import_module(f"gastown.domain.{kind}"), kind.capitalize())


def load(data: bytes) -> dict[str, Any]:
    """Read one JSON object strictly.

    Raises:
        BadRecord: it is not exactly one sane JSON object.
    """
    if len(data) > MAX_BYTES + 1:
        raise BadRecord(f"{len(data):,} bytes, the limit is {MAX_BYTES:,}")
    if data.startswith(b"\xef\xbb\xbf"):
        raise BadRecord("it begins with a byte order mark")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant,
            parse_float=_finite, parse_int=_whole,
        )  # fmt: skip
    except RecursionError:
        raise BadRecord(f"nested deeper than {MAX_DEPTH}") from None
    except UnicodeDecodeError as wrong:
        raise BadRecord(f"not UTF-8 at byte {wrong.start}") from None
    except json.JSONDecodeError as wrong:
        raise BadRecord(f"no JSON at line {wrong.lineno}: {wrong.msg}") from None
    if not isinstance(value, dict):
        raise BadRecord("expected an object")
    _check_depth(value, MAX_DEPTH)
    if b"\\ud" in data.lower():
        _check_surrogates(value)
    return value


def _check_surrogates(value: dict[str, Any]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRecord("it holds half of a surrogate pair") from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadRecord(f"key {twice!r} stands twice")
    return out


def _no_constant(word: str) -> Any:
    raise BadRecord(f"{word} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadRecord(f"{text} is too large a number")
    return value


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise BadRecord(f"a number of {len(text):,} digits")
    return int(text)


def _check_depth(value: Any, left: int) -> None:
    if left < 0:
        raise BadRecord(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        children: Any = value.values()
    elif isinstance(value, list):
        children = value
    else:
        return
    for child in children:
        _check_depth(child, left - 1)
