"""A rig: a project in the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gastown.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Rig(Record):
    """One project; its id is its name.

    Attributes:
        url: where it was cloned from; user name and password are never stored in it.
        branch: the short name of the branch that work is merged into.
        prefix: what its bead ids begin with.
    """

    KIND: ClassVar[str] = "rig"

    url: str
    branch: str
    prefix: str
    created_at: str

    @property
    def target(self) -> str:
        """The full ref name of the branch that work is merged into."""
        return f"refs/heads/{self.branch}"
