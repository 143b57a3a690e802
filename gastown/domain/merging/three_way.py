"""Two versions of one thing and what both came from: which value holds, and which one lost; pure.

Nothing here asks which version is "ours": the two are put into an order of their own (the later
`updated_at`, of the same moment the larger hash), so that merging A with B gives what merging B
with A gives. A value that loses is never dropped: it comes back as a `Loser`, for the attic.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.record import Json

K = TypeVar("K", bound=Hashable)
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Absent:
    """The value of a key that is not there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class Version:
    """One side's version of a thing: its JSON, whose it is (a commit, a file), and from when."""

    data: Mapping[str, Json]
    whose: str = ""
    when: str = ""


def version(data: Mapping[str, Json], whose: str = "") -> Version:
    """A record's version; it says itself when it was last changed."""
    moments = (data.get(key) for key in ("updated_at", "sent_at", "created_at"))
    return Version(data, whose, next((one for one in moments if isinstance(one, str)), ""))


@dataclass(frozen=True)
class Loser:
    """A value that did not come into the merged record."""

    id: str
    key: str
    value: Json
    whose: str
    when: str

    def to_json(self) -> dict[str, Json]:
        """What stands in its file."""
        return {
            "id": self.id, "key": self.key, "value": self.value, "whose": self.whose,
            "when": self.when,
        }  # fmt: skip

    @property
    def path(self) -> str:
        """Where it is kept, relative to hq."""
        return f"attic/{self.id}/{digest(self.to_json())[:16]}.json"

    @property
    def text(self) -> bytes:
        """The content of its file."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=2).encode() + b"\n"


@dataclass(frozen=True)
class Outcome:
    """A merged record, and what lost."""

    data: dict[str, Json]
    losers: tuple[Loser, ...] = ()


class Contest:
    """Two versions of a thing, in their order, and what both came from (None: they were born)."""

    def __init__(
        self, identifier: str, base: Mapping[str, Json] | None, earlier: Version, later: Version
    ) -> None:
        self.id = identifier
        self.base = base or {}
        self.is_born_twice = base is None
        self.earlier = earlier
        self.later = later
        self.losers: list[Loser] = []

    @property
    def both(self) -> tuple[Version, Version]:
        """The later version, then the earlier one."""
        return self.later, self.earlier

    def within(
        self, base: Mapping[str, Json] | None, later: Mapping[str, Json],
        earlier: Mapping[str, Json],
    ) -> Contest:  # fmt: skip
        """The same contest about a part of the thing."""
        return Contest(
            self.id, base, Version(earlier, self.earlier.whose, self.earlier.when),
            Version(later, self.later.whose, self.later.when),
        )  # fmt: skip

    def names(self) -> list[str]:
        """The keys that either version has, in a fixed order."""
        return list(dict.fromkeys([*self.later.data, *self.earlier.data]))

    def changed(self, version: Version, key: str) -> bool:
        """Whether a version has another value than the base."""
        return not equal(value_of(version.data, key), value_of(self.base, key))

    def are_both_changed(self, key: str) -> bool:
        """Whether both versions changed a key, and not to the same."""
        values = [value_of(one.data, key) for one in self.both]
        return all(self.changed(one, key) for one in self.both) and not equal(*values)

    def lose(self, version: Version, key: str, value: Any) -> None:
        """Remember a value that does not come through; that a key was gone is nothing to keep."""
        if value is not ABSENT:
            self.losers.append(Loser(self.id, key, value, version.whose, version.when))

    def take_losers(self, part: Contest, name: Callable[[str], str]) -> None:
        """Take over what lost in a contest about a part; `name`: what it calls a key of it."""
        self.losers += [replace(one, key=name(one.key)) for one in part.losers]

    def found(self) -> tuple[Loser, ...]:
        """What lost, in an order that does not depend on how it came about."""
        return tuple(sorted(self.losers, key=lambda one: one.path))

    def scalar(self, key: str) -> Any:
        """The value of a key: the changed one; where both changed, the later one."""
        later, earlier = value_of(self.later.data, key), value_of(self.earlier.data, key)
        if equal(later, earlier) or not self.changed(self.earlier, key):
            return later
        if not self.changed(self.later, key):
            return earlier
        self.lose(self.earlier, key, earlier)
        return later


def in_order(one: Version, other: Version) -> tuple[Version, Version]:
    """Two versions, the earlier one first; of the same moment, by their content."""
    first, second = sorted((one, other), key=_rank)
    return first, second


def undisputed(
    base: Mapping[str, Json] | None, one: Version, other: Version
) -> dict[str, Json] | None:
    """The version that holds because the other is the same, or is as both were; else None."""
    left, right = dict(one.data), dict(other.data)
    if equal(left, right) or (base is not None and equal(right, dict(base))):
        return left
    return right if base is not None and equal(left, dict(base)) else None


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; 1, 1.0 and true are not."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def value_of(data: Mapping[str, Json], key: str) -> Any:
    """A key's value, or `ABSENT`."""
    return data.get(key, ABSENT)


def merged_set(base: Iterable[K], one: Iterable[K], other: Iterable[K]) -> set[K]:
    """What either added, and what neither took away."""
    was, left, right = set(base), set(one), set(other)
    return (was & left & right) | (left - was) | (right - was)


def numbered(items: Iterable[Json], key: Callable[[Json], K]) -> dict[tuple[K, int], Json]:
    """Items by their key; the second one of a key is number 1, and so on."""
    seen: Counter[K] = Counter()
    found = {}
    for item in items:
        name = key(item)
        found[name, seen[name]] = item
        seen[name] += 1
    return found


def instant(text: object) -> datetime:
    """An RFC 3339 moment; what is none, or says no zone, was before all others."""
    try:
        then = datetime.fromisoformat(text) if isinstance(text, str) else _NEVER
    except ValueError:
        return _NEVER
    return then if then.tzinfo is not None else _NEVER


def digest(value: Json) -> str:
    """A hash of a JSON value that does not depend on the order of keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _rank(version: Version) -> tuple[datetime, str, str, str]:
    order = json.dumps(version.data, ensure_ascii=True)  # alike but for the order of their keys
    return instant(version.when), digest(version.data), order, version.whose
