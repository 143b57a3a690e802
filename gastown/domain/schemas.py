"""The eras of upstream's file: what a line of each has, and what of a bead is left out of it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.interchange import COUNTS, in_canonical_order, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gastown.domain.bead import Bead
    from gastown.domain.comment import Comment
    from gastown.domain.memory import Memory
    from gastown.domain.record import Json


class Schema(StrEnum):
    """Which bd the lines are for.

    AS_READ: each line as it was imported. V047: the last bd that kept a file of lines; comments
    have numbers. V1: the bd that exports such lines from its database; comments have words as ids.
    """

    AS_READ = "as-read"
    V047 = "v0.47"
    V1 = "v1"


class Writer:
    """Turns beads into lines of one schema.

    Args:
        beads: all that will be written, for counting who depends on whom.
        comments: theirs, by bead. Those made here get an id: the next number, or a word.
    """

    def __init__(
        self, schema: Schema, beads: Iterable[Bead], comments: Mapping[str, Sequence[Comment]]
    ) -> None:
        self._schema = schema
        self._comments = comments
        ids = [one.data.get("id") for found in comments.values() for one in found]
        self._words = schema is Schema.V1 or (
            schema is Schema.AS_READ and any(isinstance(one, str) for one in ids)
        )
        self._last = max((_number(one) or 0 for one in ids), default=0)
        self._dependents: Counter[str] = Counter()
        if schema is Schema.V1:
            for bead in beads:
                self._dependents.update({str(one["depends_on_id"]) for one in bead.dependencies})

    def line(self, bead: Bead) -> dict[str, Json]:
        """One bead as a line."""
        data = line_of(bead, self._comments.get(bead.id, ()), self._comment)
        if self._schema is Schema.AS_READ:
            return data
        shown = [key for key in in_canonical_order(data) if key not in ("_type", *COUNTS)]
        data = {key: data[key] for key in shown}
        if self._schema is Schema.V047:
            return data
        found = (len(bead.dependencies), self._dependents[bead.id], len(data.get("comments") or ()))
        return {"_type": "issue", **data, **dict(zip(COUNTS, found, strict=True))}

    def memory(self, memory: Memory) -> dict[str, Json] | None:
        """A memory as a row; None: the schema has no such rows."""
        return None if self._schema is Schema.V047 else memory.to_json()

    def _comment(self, comment: Comment) -> dict[str, Json]:
        data = comment.to_json()
        given = data.get("id")
        if self._schema is Schema.AS_READ and "id" in data:
            return data
        if self._words:
            fresh: Json = comment.word if given is None else str(given)
        else:
            fresh = _number(given)
            if fresh is None:
                fresh = self._last = self._last + 1
        return {**data, "id": fresh} if "id" in data else {"id": fresh, **data}


def _number(value: Json) -> int | None:
    """A comment's number, also where it is written as a word."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value if type(value) is int else None
