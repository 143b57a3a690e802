"""What a check finds, and what checks get to work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.ids import HUMAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.ops.host import Host
    from gastown.store.town import Town


class Grade(StrEnum):
    """How bad it is. TROUBLE: something is wrong; WARNING: it may become so; NOTE: good to know."""

    TROUBLE = "trouble"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Patient:
    """The town that is examined.

    Attributes:
        rig: look only at this one; None: at all.
        actor: who mends.
    """

    town: Town
    host: Host
    rig: str | None = None
    actor: str = HUMAN

    def concerns(self, rig: str) -> bool:
        """Whether a rig is looked at."""
        return self.rig in (None, rig)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        check: the name of the check that found it.
        subject: what it is about: an id, a path, a program; together with `check` it says whether
            a second look finds the same.
        what: what is wrong, and `why` it matters.
        how: the command that mends it; empty: `--fix` does.
        fix: mends it and says what was done; None: only a person can.
    """

    check: str
    subject: str
    what: str
    why: str
    how: str = ""
    grade: Grade = Grade.TROUBLE
    fix: Callable[[], str] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Check:
    """One check: `look` yields what it finds; an error in it is a finding of its own."""

    name: str
    title: str
    look: Callable[[Patient], Iterable[Finding]]
