"""`bd config`: upstream's settings, kept in town.toml under `[beads]` where a person can edit them.

A key has dots (`types.custom`); in the file it may stand quoted, or as tables within tables. Every
value is one line of text. What the town itself reads is checked; the rest is kept for others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gastown.domain.record import BadRecord

KNOWN = {
    "types.custom": "types of your own, with commas between them",
    "hierarchy.max-depth": "how deep children may be nested, 1 to 9 (3)",
    "create.require-description": "true: a bead cannot be made without a description",
}
MAX_DEPTH = 3
_KEY = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}"
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


class BeadRules(NamedTuple):  # made in a tenth of the time of a dataclass
    """What the settings say about beads.

    Attributes:
        types: types of beads besides upstream's.
        depth: how many levels of children there may be.
    """

    types: tuple[str, ...] = ()
    depth: int = MAX_DEPTH
    needs_description: bool = False


def flatten(table: Mapping[str, Any], within: str = "") -> dict[str, str]:
    """Settings by key, tables within tables resolved; numbers and truth values become text.

    Raises:
        BadRecord: a key or value is not allowed; the message names it.
    """
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{within}{name}"
        if isinstance(value, Mapping):
            found.update(flatten(value, f"{key}."))
            continue
        check_key(key)
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, int | float):
            value = str(value)
        if not isinstance(value, str) or not (value.isprintable() or not value):
            raise BadRecord(f"beads.{key}: expected one line of text")
        found[key] = value
    return found


def check_key(key: str) -> str:
    """A key that can be kept.

    Raises:
        BadRecord: it holds other characters, or is empty between dots.
    """
    if not re.fullmatch(_KEY, key) or "" in key.split("."):
        raise BadRecord(f"{key!r} is not allowed as a key: letters, digits, - _ and inner dots")
    return key


def rules(values: Mapping[str, str]) -> BeadRules:
    """What the town reads of the settings.

    Raises:
        BadRecord: one of them does not fit; the message names the key.
    """
    depth = values.get("hierarchy.max-depth", str(MAX_DEPTH))
    if not re.fullmatch(r"[1-9]", depth):
        raise BadRecord("beads.hierarchy.max-depth: expected a number from 1 to 9")
    wanted = values.get("create.require-description", "").casefold()
    if wanted not in (*_TRUE, *_FALSE):
        raise BadRecord("beads.create.require-description: expected true or false")
    types = tuple(word.strip() for word in values.get("types.custom", "").split(","))
    for word in filter(None, types):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", word):
            raise BadRecord(f"beads.types.custom: {word!r} cannot be a type")
    return BeadRules(tuple(filter(None, types)), int(depth), wanted in _TRUE)
