"""The text of a formula → plain values, and the line where each key stands. The door to PyYAML.

Three notations, told by the file's name: YAML, TOML, JSON. What they share:

- At most `MAX_BYTES`, UTF-8, nested at most `MAX_DEPTH` deep, no key twice in one table.
- Numbers with a fraction keep their text (`version = 1.10` is "1.10"); in YAML every scalar is
  text, and an empty or `null` one is None: what it means is the reader's business.
- YAML without tags, anchors and aliases: a formula needs none, and they are how a small text
  becomes a huge one or another type.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
ENDINGS = (
    ".formula.yaml", ".formula.yml", ".formula.toml", ".formula.json",
    ".yaml", ".yml", ".toml", ".json",
)  # fmt: skip
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))

Path = tuple[str | int, ...]


class BadText(ValueError):
    """The text cannot be read; the message says what is wrong, `line` where."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Text:
    """A formula's text, read.

    Attributes:
        values: tables, lists, text, whole numbers, true and false, None.
        lines: where the key or item at a path stands, from 1.
    """

    values: dict[str, Any]
    lines: Mapping[Path, int]


def stem_of(name: str) -> str | None:
    """The formula's name that a file's name stands for, or None: it is no formula's."""
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return None


def read(data: bytes, name: str) -> Text:
    """Read a formula's text; the notation is told by the end of its file's name.

    Raises:
        BadText: it is not what the name announces, or breaks a rule above.
    """
    text = _decoded(data)
    if name.endswith((".yaml", ".yml")):
        return _yaml(text)
    from gastown.store.key_lines import json_lines, toml_lines

    if name.endswith(".toml"):
        return Text(_checked(_toml(text)), toml_lines(text))
    if name.endswith(".json"):
        return Text(_checked(_json(text)), json_lines(text))
    raise BadText("a formula's name ends with .yaml, .yml, .toml or .json")


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise BadText(f"{len(data):,} bytes, the limit is {MAX_BYTES:,}")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise BadText(f"not UTF-8 at byte {wrong.start}", line) from None
    if "\0" in text:
        raise BadText("it holds a NUL", text.count("\n", 0, text.index("\0")) + 1)
    return text


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as wrong:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(wrong))
        message = str(wrong)[: place.start()] if place else str(wrong)
        raise BadText(f"no TOML: {message}", int(place[1]) if place else None) from None
    except RecursionError:
        raise BadText(f"nested deeper than {MAX_DEPTH}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_float=str,
                          parse_constant=_no_constant)  # fmt: skip
    except json.JSONDecodeError as wrong:
        raise BadText(f"no JSON: {wrong.msg}", wrong.lineno) from None
    except RecursionError:
        raise BadText(f"nested deeper than {MAX_DEPTH}") from None
    except ValueError as wrong:
        if isinstance(wrong, BadText):
            raise
        raise BadText(f"no JSON: {wrong}") from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadText(f"key {key!r} stands twice")
        found[key] = value
    return found


def _no_constant(word: str) -> Any:
    raise BadText(f"{word} is no number")


def _checked(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise BadText("a formula is a table of keys", 1)
    _check_depth(values, MAX_DEPTH)
    return values


def _check_depth(value: Any, left: int) -> None:
    if left < 0:
        raise BadText(f"nested deeper than {MAX_DEPTH}")
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, dict | list):
            _check_depth(child, left - 1)


def _yaml(text: str) -> Text:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = yaml.parse(text, Loader=loader)
        return _YamlReader(events, text).document()
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        said = getattr(wrong, "problem", None) or str(wrong).splitlines()[0]
        context = getattr(wrong, "context", None)
        message = f"no YAML: {said}" + (f", {context}" if context else "")
        raise BadText(message, mark.line + 1 if mark is not None else None) from None


class _YamlReader:
    """Builds values from PyYAML's events, so that nothing in the text chooses a type."""

    def __init__(self, events: Iterator[Any], text: str) -> None:
        self._events = events
        self._text = text
        self._lines: dict[Path, int] = {}

    def document(self) -> Text:
        kind = self._next()
        while kind[0] in ("StreamStart", "DocumentStart"):
            kind = self._next()
        if kind[0] != "MappingStart":
            line = None if kind[0] == "StreamEnd" else self._line(kind[1])
            raise BadText("a formula is a table of keys, e.g. `formula: release`", line)
        values = self._value(kind, (), MAX_DEPTH)
        for name, event in iter(self._next, None):
            if name == "DocumentStart":
                raise BadText("one file holds one formula", self._line(event))
            if name == "StreamEnd":
                break
        return Text(values, self._lines)

    def _next(self) -> tuple[str, Any]:
        event = next(self._events)
        return type(event).__name__.removesuffix("Event"), event

    @staticmethod
    def _line(event: Any) -> int:
        return int(event.start_mark.line) + 1

    def _value(self, found: tuple[str, Any], path: Path, left: int) -> Any:
        name, event = found
        self._check_plain(name, event, left)
        if name == "Scalar":
            return self._scalar(event)
        self._lines.setdefault(path, self._line(event))
        return self._table(path, left) if name == "MappingStart" else self._list(path, left)

    def _check_plain(self, name: str, event: Any, left: int) -> None:
        line = self._line(event)
        if name == "Alias" or getattr(event, "anchor", None) is not None:
            raise BadText("anchors and aliases (& and *) have no place in a formula; "
                          "put text that begins with one into quotes", line)  # fmt: skip
        if getattr(event, "tag", None) is not None:
            raise BadText(f"tags have no place in a formula: {event.tag}", line)
        if left < 0:
            raise BadText(f"nested deeper than {MAX_DEPTH}", line)

    @staticmethod
    def _scalar(event: Any) -> str | None:
        if event.style in (None, "") and event.value in _NOTHING:
            return None
        return str(event.value)

    def _table(self, path: Path, left: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while (found := self._next())[0] != "MappingEnd":
            line = self._line(found[1])
            if found[0] != "Scalar":
                raise BadText("a key is plain text; text with braces wants quotes", line)
            self._check_plain(*found, left)
            key = str(found[1].value)
            if key in values:
                raise BadText(f"key {key!r} stands twice", line)
            self._lines[*path, key] = line
            values[key] = self._value(self._next(), (*path, key), left - 1)
        return values

    def _list(self, path: Path, left: int) -> list[Any]:
        values: list[Any] = []
        while (found := self._next())[0] != "SequenceEnd":
            self._lines[*path, len(values)] = self._line(found[1])
            values.append(self._value(found, (*path, len(values)), left - 1))
        return values
