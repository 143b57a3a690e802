"""Two beads that got the same id on two machines: the younger one gets a longer id; pure.

Which one is younger, and what its new id is, follows from the beads alone, so both machines come to
the same answer. What one side says of the id it says of its own bead: its references follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.merging.three_way import digest, instant
from gastown.ids import hash_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.domain.record import Json

_LONGEST = 8
# Keys whose value, or whose values, name a bead; in any record, at any depth.
_NAMING = frozenset(
    "id issue_id depends_on_id bead beads about root parent spawner_id source_id duplicate_of"
    " superseded_by replies_to relates_to hook_bead await_id".split()
)


def is_another(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether two beads of one id were made at another time, or by somebody else."""
    return _birth(one)[:2] != _birth(other)[:2]


def is_older(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether the first of two different beads keeps the id."""
    return _birth(one) <= _birth(other)


def longer_id(bead: Mapping[str, Json], taken: Callable[[str], bool]) -> str:
    """A free id for a bead whose own one is taken: the same prefix, a longer hash."""
    prefix, _, rest = str(bead["id"]).rpartition("-")
    prefix = prefix or rest
    texts = [str(bead.get(key) or "") for key in ("title", "description", "created_by")]
    moment = instant(bead.get("created_at"))
    nanoseconds = (moment.toordinal() * 86400 + moment.hour * 3600 + moment.minute * 60
                   + moment.second) * 10**9 + moment.microsecond * 1000  # fmt: skip
    for length in range(min(max(len(rest) + 1, 4), _LONGEST), _LONGEST + 1):
        for nonce in range(10):
            found = hash_id(prefix, texts[0], texts[1], texts[2], nanoseconds, nonce, length)
            if not taken(found):
                return found
    return f"{bead['id']}-{digest(dict(bead))[:12]}"


def renamed(value: Json, names: Mapping[str, str]) -> Json:
    """A record's JSON in which every reference to an old id is one to the new."""
    if isinstance(value, dict):
        return {
            key: _named(item, names) if key in _NAMING else renamed(item, names)
            for key, item in value.items()
        }
    return [renamed(item, names) for item in value] if isinstance(value, list) else value


def _named(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [names.get(one, one) if isinstance(one, str) else renamed(one, names)
                for one in value]  # fmt: skip
    return renamed(value, names)


def _birth(data: Mapping[str, Json]) -> tuple[float, str, str]:
    moment = instant(data.get("created_at"))
    try:
        seconds = moment.timestamp()
    except (OverflowError, ValueError):
        seconds = float("-inf")
    return seconds, str(data.get("created_by") or ""), digest(dict(data))
