"""Finding the first bad one in a row that is good at its beginning and bad at its end; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SKIP, _ABORT = 125, 128


class Verdict(StrEnum):
    """What is known of one of the row."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Range:
    """Where the first bad one is: after `good`, at `bad` at the latest (places in the row)."""

    good: int
    bad: int


def range_of(length: int, known: Mapping[int, Verdict]) -> Range:
    """What the verdicts leave, of a row whose first one is good and whose last one is bad."""
    good = max([0, *(place for place, one in known.items() if one is Verdict.GOOD)])
    later = [place for place, one in known.items() if one is Verdict.BAD and place > good]
    return Range(good, min([length - 1, *later]))


def next_to_try(length: int, known: Mapping[int, Verdict]) -> int | None:
    """The one to be looked at next: nearest to the middle of what is left; None: none is left."""
    left = range_of(length, known)
    open_ = [place for place in range(left.good + 1, left.bad) if place not in known]
    middle = (left.good + left.bad) / 2
    return min(open_, key=lambda place: abs(place - middle), default=None)


def verdict_of(status: int) -> Verdict | None:
    """What the exit status of a command says, as for `git bisect run`; None: it is to end.

    0 is good, 125 cannot be told, anything up to 127 is bad; beyond, the command itself is broken.
    """
    if status == 0:
        return Verdict.GOOD
    if status == _SKIP:
        return Verdict.SKIPPED
    return Verdict.BAD if 0 < status < _ABORT else None
