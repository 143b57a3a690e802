"""Records: frozen values with an id and a state, which keep keys they do not know.

A record's JSON is derived from its annotations: each annotation below has one strict reader, so a
record cannot hold a value that its class does not announce. What a newer version or a person added
stays in `extra` and is written back as it was.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.domain.lifecycle import Lifecycle

Json = Any


class BadRecord(ValueError):
    """A record's JSON does not have the shape of its class; the message names the key."""


def _exact(kind: type) -> Callable[[Json], Json]:
    def read(value: Json) -> Json:
        if type(value) is not kind:
            raise BadRecord(f"expected {kind.__name__}, found {type(value).__name__}")
        return value

    return read


def _strings(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRecord("expected a list of strings")
    return tuple(value)


def _objects(value: Json) -> tuple[Mapping[str, Json], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadRecord("expected a list of objects")
    return tuple(value)


def _texts(value: Json) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise BadRecord("expected an object of strings")
    return value


_READERS: dict[str, Callable[[Json], Json]] = {
    "str": _exact(str),
    "int": _exact(int),
    "bool": _exact(bool),
    "str | None": lambda value: None if value is None else _exact(str)(value),
    "int | None": lambda value: None if value is None else _exact(int)(value),
    "tuple[str, ...]": _strings,
    "tuple[Mapping[str, Json], ...]": _objects,
    "Mapping[str, str]": _texts,
}


def _reader(cls: type, annotation: str) -> Callable[[Json], Json]:
    if annotation in _READERS:
        return _READERS[annotation]
    enum: type[StrEnum] = getattr(sys.modules[cls.__module__], annotation)

    def read(value: Json) -> StrEnum:
        try:
            return enum(_exact(str)(value))
        except ValueError:
            known = ", ".join(enum)
            raise BadRecord(f"{value!r} is none of {known}") from None

    return read


@dataclass(frozen=True, kw_only=True)
class Record:
    """The base of all kinds but beads, comments and memories, which keep upstream's shape."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = None

    id: str
    extra: Mapping[str, Json] = field(default_factory=dict, compare=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """Read a record; unknown keys go to `extra`.

        Raises:
            BadRecord: a key is missing or holds a value of another shape.
        """
        values: dict[str, Json] = {}
        known = {"schema"}
        for item in fields(cls):
            if item.name == "extra":
                continue
            known.add(item.name)
            if item.name not in data:
                if item.default is MISSING and item.default_factory is MISSING:
                    raise BadRecord(f"{item.name} is missing")
                continue
            try:
                values[item.name] = _reader(cls, str(item.type))(data[item.name])
            except BadRecord as wrong:
                raise BadRecord(f"{item.name}: {wrong}") from None
        extra = {key: value for key, value in data.items() if key not in known}
        return cls(**values, extra=extra)

    def to_json(self) -> dict[str, Json]:
        """The record as JSON values: its own keys in the order of the class, then the unknown."""
        out: dict[str, Json] = {}
        for item in fields(self):
            if item.name == "extra":
                continue
            value = getattr(self, item.name)
            if isinstance(value, StrEnum):
                value = value.value
            elif isinstance(value, tuple):
                value = list(value)
            out[item.name] = value
        out.update(self.extra)
        return out

    @property
    def stage(self) -> StrEnum | None:
        """The lifecycle state, or None for a kind without one."""
        state = getattr(self, "state", None)
        return state if isinstance(state, StrEnum) else None

    @property
    def incarnation(self) -> int:
        """Counts re-use of one id (an agent's name): a new one starts the lifecycle anew."""
        return 0


@dataclass(frozen=True)
class Verbatim:
    """The base of comments and memories: upstream's object as it was read, without a lifecycle."""

    VERSION: ClassVar[int] = 1
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = None

    data: Mapping[str, Json]

    @staticmethod
    def checked(data: Mapping[str, Json], *texts: str) -> dict[str, Json]:
        """The object without our schema key.

        Raises:
            BadRecord: one of the keys in `texts` is missing or holds no string.
        """
        for key in texts:
            if not isinstance(data.get(key), str):
                raise BadRecord(f"{key} is missing or no string")
        return {key: value for key, value in data.items() if key != "schema"}

    def to_json(self) -> dict[str, Json]:
        """Upstream's object, its keys in the order they were read."""
        return dict(self.data)

    @property
    def stage(self) -> None:
        """It has no lifecycle."""
        return

    @property
    def incarnation(self) -> int:
        """Its id is never used again for another."""
        return 0
