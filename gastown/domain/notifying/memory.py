"""What is known of what was told: the memory that keeps anything from being told twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.notifying.occurrence import Kind
    from gastown.domain.notifying.words import Notice

FAILED_AGAIN_S = 60.0
"""So long after nobody was there to be told it is tried again."""


@dataclass(frozen=True)
class Known:
    """One occurrence as it is remembered. Times are in seconds since 1970.

    Attributes:
        first: when it was first seen, or since when it is so.
        told: when it was told; None: it was not yet.
        over: when it was no longer so; None: it goes on.
        failed: when telling it last led nowhere.
    """

    key: str
    kind: Kind
    agent: str | None
    session: str
    words: str
    first: float
    told: float | None = None
    over: float | None = None
    failed: float | None = None


@dataclass(frozen=True)
class Shown:
    """A notice that was shown.

    Attributes:
        id: ours; `number`: the desktop's, by which it is replaced and closed.
        way, server: how it was shown, and who gave it that number; another's mean nothing.
        keys: the occurrences it tells of.
        at: when it was shown.
        title: its title; `agent`: whose terminal answers it; `page`: where the dashboard shows it.
        gone: it is no longer on the screen.
    """

    id: str
    keys: tuple[str, ...]
    at: float
    title: str = ""
    agent: str | None = None
    page: str = ""
    way: str = ""
    number: int | None = None
    server: str = ""
    gone: bool = False


@dataclass(frozen=True)
class Memory:
    """All of it. `began`: what happened before is nobody's news, in seconds since 1970."""

    began: float
    known: Mapping[str, Known] = field(default_factory=dict)
    shown: tuple[Shown, ...] = ()

    def with_told(self, notice: Notice, at: float, page: str) -> Memory:
        """With what a notice tells marked as told: written down before it is shown.

        Args:
            page: where the dashboard shows it.
        """
        known = {**self.known}
        for one in notice.occurrences:
            known[one.key] = replace(known[one.key], told=at, failed=None)
        replaced = {old.id for old in notice.replaces}
        kept = tuple(one for one in self.shown if one.id not in replaced)
        keys = tuple(one.key for one in notice.occurrences)
        shown = Shown(notice.id, keys, at, notice.title, notice.agent, page)
        return replace(self, known=known, shown=(*kept, shown))

    def with_place(self, notice: Notice, way: str, number: int | None, server: str) -> Memory:
        """With how a notice was shown, and the number by which the desktop knows it."""
        return replace(self, shown=tuple(
            replace(one, way=way, number=number, server=server) if one.id == notice.id else one
            for one in self.shown
        ))  # fmt: skip

    def with_failure(self, notice: Notice, at: float) -> Memory:
        """With a notice that led nowhere: none of it was told, and it is tried again later."""
        known = {**self.known}
        for one in notice.occurrences:
            if not any(one.key in old.keys for old in notice.replaces):
                known[one.key] = replace(known[one.key], told=None, failed=at)
        kept = tuple(one for one in self.shown if one.id != notice.id)
        return replace(self, known=known, shown=(*kept, *notice.replaces))

    def without_screen(self, identifier: str) -> Memory:
        """With a notice that the person has closed."""
        return replace(self, shown=tuple(
            replace(one, gone=True) if one.id == identifier else one for one in self.shown
        ))  # fmt: skip
