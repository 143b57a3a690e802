"""Checks of single values of `hq/town.toml`; every error names the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gastown.domain.record import BadRecord
from gastown.ids import is_name

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def table(data: Mapping[str, Any], name: str, within: str = "") -> Mapping[str, Any]:
    """A table of `data`; empty when it is not there.

    Raises:
        BadRecord: something else stands there.
    """
    value = data.get(name, {})
    if not isinstance(value, Mapping):
        raise BadRecord(f"{f'{within}.{name}'.lstrip('.')}: expected a table")
    return value


def text(data: Mapping[str, Any], key: str, default: str) -> str:
    """The text under the last part of `key`.

    Raises:
        BadRecord: it is no line of text.
    """
    return one_line(data.get(key.rpartition(".")[2], default), key)


def command(value: Any, key: str) -> str:
    """A command, as a person writes it.

    Raises:
        BadRecord: it is empty, or no line of text.
    """
    if not one_line(value, key).strip():
        raise BadRecord(f"{key}: expected a command")
    return str(value)


def variables(data: Mapping[str, Any], name: str, within: str) -> dict[str, str]:
    """A table of variables for a program's environment.

    Raises:
        BadRecord: a name or a value cannot be one.
    """
    found = table(data, name, within)
    for variable, word in found.items():
        if not _VARIABLE.match(variable):
            raise BadRecord(f"{within}.{name}: {variable!r} is not allowed as a variable's name")
        one_line(word, f"{within}.{name}.{variable}")
    return dict(found)


def one_line(value: Any, key: str) -> str:
    """A line of text.

    Raises:
        BadRecord: it is none.
    """
    if not isinstance(value, str) or "\n" in value or "\0" in value:
        raise BadRecord(f"{key}: expected one line of text")
    return value


def one_of(value: str, key: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words.

    Raises:
        BadRecord: it is none of them.
    """
    if value not in allowed:
        raise BadRecord(f"{key}: {value!r} is none of {', '.join(allowed)}")
    return value


def checked_name(name: str, key: str) -> str:
    """A name that can be a path, a ref and an argument.

    Raises:
        BadRecord: it cannot.
    """
    if not is_name(name):
        raise BadRecord(f"{key}: {name!r} is not allowed as a name")
    return name


def only(data: Mapping[str, Any], prefix: str, known: tuple[str, ...]) -> None:
    """Check that no other keys are there.

    Raises:
        BadRecord: one is; a slip of the pen must not be taken for a setting.
    """
    for key in data:
        if key not in known:
            raise BadRecord(f"{prefix}{key}: unknown key; known here: {', '.join(known)}")
