"""Two versions of a record that is no bead become one, key by key; pure.

Where both sides moved it, the one that is further along its lifecycle holds as a whole; a later use
of the same name (a hook's generation) holds against an earlier one. A convoy's beads are a set. For
all else the changed value counts, and where both changed it, the later `updated_at`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.merging.three_way import (
    ABSENT,
    Contest,
    Outcome,
    Version,
    equal,
    in_order,
    merged_set,
    undisputed,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.record import Json

_WAYS = {
    "hook": "created suspended active completed archived",
    "convoy": "open landed closed",
    "merge": "queued testing failed conflicted withdrawn merged",
    "mail": "unread read archived",
    "run": "pending running failed done",
    "escalation": "open acknowledged resolved",
    "dispatch": "queued failed withdrawn dispatched",
}
_RANK = {kind: {word: rank for rank, word in enumerate(way.split())} for kind, way in _WAYS.items()}


def merge_records(
    kind: str, base: Mapping[str, Json] | None, one: Version, other: Version
) -> Outcome:
    """The record that two versions of it become.

    Args:
        base: what both came from; None: there was none.
    """
    settled = undisputed(base, one, other)
    if settled is not None:
        return Outcome(settled)
    contest = Contest(str(one.data.get("id")), base, *in_order(one, other))
    ahead = _ahead(kind, contest)
    if ahead is not None:
        data = _whole(contest, ahead)
    else:
        found = {key: contest.scalar(key) for key in contest.names() if key != "beads"}
        data = {key: value for key, value in found.items() if value is not ABSENT}
    if kind == "convoy" and "beads" in contest.names():
        data["beads"] = _beads(contest)
    return Outcome(_in_shape(data, contest), contest.found())


def _ahead(kind: str, contest: Contest) -> Version | None:
    """The version that holds as a whole, where both sides moved the record elsewhere."""
    for key, rank in (("generation", _number), ("state", _RANK.get(kind, {}).get)):
        places = [value_of(one.data, key) for one in contest.both]
        if contest.are_both_changed(key) or (key == "generation" and not equal(*places)):
            late, early = (rank(place) or 0 for place in places)
            return contest.earlier if early > late else contest.later
    return None


def _number(value: Any) -> int:
    return value if type(value) is int else 0


def _whole(contest: Contest, ahead: Version) -> dict[str, Json]:
    other = contest.earlier if ahead is contest.later else contest.later
    for key, value in other.data.items():
        if (
            key != "beads"
            and contest.changed(other, key)
            and not equal(value, value_of(ahead.data, key))
        ):
            contest.lose(other, key, value)
    return dict(ahead.data)


def _beads(contest: Contest) -> list[str]:
    """The beads of both, in the order in which they were added as far as that is known."""
    lists = [one.get("beads") or () for one in
             (contest.base, contest.earlier.data, contest.later.data)]  # fmt: skip
    kept = merged_set(*lists)
    listed = (bead for beads in lists for bead in beads if bead in kept)
    return list(dict.fromkeys(listed))


def _in_shape(data: dict[str, Json], contest: Contest) -> dict[str, Json]:
    """The keys in the order of the later version."""
    return {key: data[key] for key in contest.names() if key in data}
