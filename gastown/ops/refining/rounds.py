"""A batch of real requests, what is known of it, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.domain.queueing.batch import Batch
    from gastown.ops.refining.forming import Member
    from gastown.ops.refining.testing import Test


@dataclass
class Round:
    """A batch that is being tested.

    Attributes:
        tests: the last test of each prefix.
        flaky: gates that passed only when they were run again.
    """

    name: str
    target: str
    base: str
    members: list[Member]
    state: Batch
    tests: dict[int, Test] = field(default_factory=dict)
    flaky: set[str] = field(default_factory=set)

    def commit(self, prefix: int) -> str:
        """The commit that holds the first `prefix` members; 0: the target's own."""
        return self.members[prefix - 1].stacked.commit if prefix else self.base

    @property
    def merges(self) -> list[Merge]:
        """The requests, in their order."""
        return [member.merge for member in self.members]

    def in_words(self, prefix: int, before: Test | None, test: Test) -> str | None:
        """What a test of a prefix has come to; None: nothing that is worth a line."""
        size, red = len(self.members), test.outcome.red
        what = f"the first {prefix} of {size}" if prefix else self.target
        if prefix == size:
            what = "the batch" if size > 1 else self.merges[0].id
        if red is not None:
            return f"{what}: {red.reason}{', again' if before else ''}"
        if before is not None:
            return f"{what}: passed when it was run again on the same tree (flaky)"
        return f"{what}: green" if size > 1 else None
