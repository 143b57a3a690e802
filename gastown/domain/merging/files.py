"""Three versions of a file of lines become one, by the rules of `bead_merge`; pure.

This is for projects that carry their beads as a file and let git merge it. There is no attic beside
such a file, so what lost is told. A line that is gone on one side is gone, unless the other side
changed it. Of two different beads that got one id, the younger gets a longer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.interchange import What, what_is
from gastown.domain.merging.beads import merge_beads
from gastown.domain.merging.records import merge_records
from gastown.domain.merging.renaming import is_another, is_older, longer_id, renamed
from gastown.domain.merging.three_way import Loser, Outcome, equal, version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.record import Json

    Row = dict[str, Json]
    Name = tuple[str, str]


@dataclass(frozen=True)
class MergedFile:
    """The rows of a merged file, in upstream's order; what lost, and which ids are others now."""

    rows: tuple[dict[str, Json], ...]
    losers: tuple[Loser, ...]
    renamed: tuple[tuple[str, str], ...]


def merge_files(base: Iterable[Row], left: Iterable[Row], right: Iterable[Row]) -> MergedFile:
    """The file that two versions of it become."""
    was, one, other = (_by_name(rows) for rows in (base, left, right))
    names = _make_room(was, one, other)
    rows: list[Row] = []
    losers: list[Loser] = []
    for name in sorted({*one, *other}, key=lambda name: (name[0], name[1].encode())):
        outcome = _row(was.get(name), one.get(name), other.get(name))
        if outcome is not None:
            rows.append(outcome.data)
            losers += outcome.losers
    return MergedFile(tuple(rows), tuple(losers), tuple(sorted(names)))


def _by_name(rows: Iterable[Row]) -> dict[Name, Row]:
    """Rows by what they are called; headers first, memories last, as files have them."""
    found: dict[Name, Row] = {}
    for row in rows:
        kind = what_is(row)
        if kind is What.HEADER:
            found["0", ""] = row
        elif kind is What.MEMORY:
            found["2", str(row.get("key"))] = row
        else:
            found["1", str(row.get("id"))] = row
    return found


def _make_room(
    was: dict[Name, Row], one: dict[Name, Row], other: dict[Name, Row]
) -> list[tuple[str, str]]:
    """Give the younger of two beads of one id another one, on its side; which got which."""
    born = [name for name in one if name[0] == "1" and name in other and name not in was]
    told = []
    for name in sorted(born):
        if is_another(one[name], other[name]):
            side = other if is_older(one[name], other[name]) else one
            fresh = longer_id(side[name], lambda new: ("1", new) in one or ("1", new) in other)
            told.append((name[1], fresh))
            _rename(side, name[1], fresh)
    return told


def _rename(rows: dict[Name, Row], old: str, new: str) -> None:
    moved = {name: renamed(row, {old: new}) for name, row in rows.items()}
    rows.clear()
    rows.update({("1", new) if name == ("1", old) else name: row for name, row in moved.items()})


def _row(base: Row | None, one: Row | None, other: Row | None) -> Outcome | None:
    """The row that is left of three, or None."""
    if one is None or other is None:
        left = one if one is not None else other
        gone = left is None or (base is not None and equal(left, base))
        return None if gone or left is None else Outcome(left)
    if what_is(one) is What.BEAD:
        return merge_beads(base, version(one), version(other))
    return merge_records("memory", base, version(one), version(other))
