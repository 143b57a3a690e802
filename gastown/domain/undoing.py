"""Which files come back when operations are taken back, and what stands in their way; pure.

An operation is a set of files, each with what it was before and after. Taken back together,
operations bring each file to what it was before the first of them. Where others have changed it
between or after them, those stand in the way: they have to be taken back as well. Changes that
cancel each other out, such as one and its undo, stand in nobody's way; nor does a file that is by
now just as it would come back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Version = str | None
"""A file's content, by name; None: it is not there."""


@dataclass(frozen=True)
class Deed:
    """What an operation did: each file's version before and after. `name`: of the operation."""

    name: str
    files: Mapping[str, tuple[Version, Version]]


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        undone: the operations that are taken back, oldest first.
        restore: the version that each file comes back to; only those that differ now.
        in_the_way: later operations, oldest first, and the files for which each stands there.
    """

    undone: tuple[str, ...]
    restore: Mapping[str, Version]
    in_the_way: Mapping[str, tuple[str, ...]]


@dataclass
class _Course:
    """What became of a file from the first chosen change of it on.

    Attributes:
        first: what it was before; `left`: what the last chosen change left it as; `now`: what it
            is.
        between: the others that changed it since the last chosen change.
        others: those of earlier gaps, where they made a difference to the next chosen change.
    """

    first: Version
    left: Version
    now: Version = None
    between: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def take(self, old: Version, new: Version) -> None:
        """A chosen operation changes it."""
        self.others += self.between if old != self.left else []
        self.left, self.now, self.between = new, new, []

    def pass_by(self, name: str, new: Version) -> None:
        """Another operation changes it."""
        self.between.append(name)
        self.now = new

    def blocking(self) -> list[str]:
        """The others that stand in the way."""
        return self.others + (self.between if self.now != self.left else [])


def plan(line: Sequence[Deed], chosen: Collection[str]) -> Plan:
    """What taking back the `chosen` operations of a line (oldest first) comes to."""
    courses: dict[str, _Course] = {}
    for deed in line:
        for path, (old, new) in deed.files.items():
            if deed.name in chosen:
                courses.setdefault(path, _Course(old, old)).take(old, new)
            elif path in courses:
                courses[path].pass_by(deed.name, new)
    differing = {path: one.first for path, one in courses.items() if one.now != one.first}
    blocking: dict[str, list[str]] = {}
    for path in differing:
        for name in courses[path].blocking():
            blocking.setdefault(name, []).append(path)
    return Plan(
        tuple(deed.name for deed in line if deed.name in chosen), differing,
        {one.name: tuple(blocking[one.name]) for one in line if one.name in blocking},
    )  # fmt: skip


def with_later(line: Sequence[Deed], chosen: Collection[str]) -> Plan:
    """The plan for the `chosen` operations together with all that stand in their way."""
    found = plan(line, chosen)
    while found.in_the_way:
        chosen = {*chosen, *found.in_the_way}
        found = plan(line, chosen)
    return found


def without(line: Sequence[Deed], chosen: Collection[str], kept: Collection[str]) -> Plan:
    """The plan for those of the `chosen` that can go while the `kept` ones stay.

    An operation stays, too, where one that stays has changed its files later.
    """
    going = set(chosen) - set(kept)
    while True:
        held = _held(line, going)
        if not held:
            return plan(line, going)
        going -= held


def _held(line: Sequence[Deed], going: Collection[str]) -> set[str]:
    """The operations of which a file was changed later by one that stays."""
    touched: dict[str, set[str]] = {}
    held: set[str] = set()
    for deed in line:
        for path in deed.files:
            if deed.name in going:
                touched.setdefault(path, set()).add(deed.name)
            else:
                held |= touched.get(path, set())
    return held
