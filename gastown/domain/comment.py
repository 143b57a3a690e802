"""A comment on a bead: a small record of its own, so that two comments never conflict.

It keeps upstream's object as it was read; what an import does not know stays in it. A comment that
was made here has no `id` key: exports number it (upstream's ids are integers up to 0.49, strings
since), so two machines cannot both be number seven.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Self

from gastown.domain.record import Json, Verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_UNKNOWN_TIME = "0"


@dataclass(frozen=True)
class Comment(Verbatim):
    """One comment; `data` is upstream's object: issue_id, author, text, created_at."""

    KIND: ClassVar[str] = "comment"

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """Read a comment.

        Raises:
            BadRecord: issue_id or text is missing or no string.
        """
        return cls(cls.checked(data, "issue_id", "text"))

    def shown(self) -> dict[str, Json]:
        """Upstream's shape of it; one that was made here has its word as its id."""
        return {"id": self.word, **self.data}

    @property
    def word(self) -> str:
        """A word for it, unique on its bead: a hash of its content."""
        return self.id.rpartition("-")[2]

    @property
    def bead(self) -> str:
        """The id of the bead it is on."""
        return str(self.data["issue_id"])

    @property
    def text(self) -> str:
        """What it says; Markdown."""
        return str(self.data["text"])

    @property
    def author(self) -> str:
        """Who said it."""
        return str(self.data.get("author") or "")

    @property
    def created_at(self) -> str:
        """When, as it was written: RFC 3339."""
        return str(self.data.get("created_at") or "")

    @property
    def id(self) -> str:
        """BEAD/KEY: the bead, then the moment and a hash of the content."""
        text = json.dumps(self.data, sort_keys=True, ensure_ascii=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:10]
        return f"{self.bead}/{_compact(self.created_at)}-{digest}"


def in_order(comments: Iterable[Comment]) -> list[Comment]:
    """Oldest first; of the same moment, by number, then by id."""
    return sorted(comments, key=lambda one: (_compact(one.created_at), _number(one), one.id))


def _compact(moment: str) -> str:
    """A moment as a part of a file name: `20260112T021600123456Z`; `0` where it is none."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return _UNKNOWN_TIME
    if then.tzinfo is None:
        return _UNKNOWN_TIME
    return then.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def _number(comment: Comment) -> int:
    number = comment.data.get("id")
    return number if isinstance(number, int) else 0
