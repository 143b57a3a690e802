"""What changed in the town between two moments: records and documents, key by key."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.store.layout import is_document, kind_of
from gastown.store.steps import FILE, Contents, File, Step, difference, is_record
from gastown.views.history import operations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.store.layout import AnyRecord
    from gastown.store.past import Moment
    from gastown.store.town import Town

_UNTOLD = frozenset({"schema", "_type", "id", "state", "status", "updated_at", "created_at",
                     "created_by", "generation"})  # fmt: skip
_ORDER = ("bead", "hook", "convoy", "merge", "rig")
_TITLES = ("title", "subject", "branch", "url")


@dataclass(frozen=True)
class Field:
    """One key of a record that has another value. None: it was, or is, not there."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Changed:
    """A record that is another one.

    Attributes:
        title: what it is about, if it says so.
        before, after: its state; None: it was, or is, not there.
        fields: what else is different; of a new one nothing.
    """

    kind: str
    id: str
    title: str | None
    before: str | None
    after: str | None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Rewritten:
    """A document (settings, directive, formula) that is another one, as a unified diff."""

    path: str
    text: str


@dataclass(frozen=True)
class Between:
    """Two moments, and what is different.

    Attributes:
        operations: how many commits lead from the first to the last, by who made them; of two
            moments in the other order, those that lead back.
        others: how many files of other kinds differ.
    """

    first: Moment
    last: Moment
    operations: Mapping[str, int]
    records: tuple[Changed, ...]
    documents: tuple[Rewritten, ...]
    others: int = 0


def between(town: Town, first: Moment, last: Moment) -> Between:
    """What changed from the first moment to the last."""
    files = tuple(difference(town.ledger, first.commit, last.commit))
    contents = Contents(town.ledger, [Step(first.commit, last.commit, "", files)])
    there, back = (f"{first.commit}..{last.commit}", f"{last.commit}..{first.commit}")
    done = operations(town.ledger, there, limit=None) or operations(town.ledger, back, limit=None)
    actors = Counter(one.actor for one in done)
    records, documents, others = [], [], 0
    for file in files:
        if kind_of(file.path):
            records.append(_record(contents, file))
        elif is_document(file.path) and file.mode in (FILE, "000000"):
            documents.append(Rewritten(file.path, _patch(contents, file)))
        else:
            others += 1
    return Between(
        first, last, dict(actors.most_common()), tuple(sorted(records, key=_rank)),
        tuple(documents), others,
    )  # fmt: skip


def _record(contents: Contents, file: File) -> Changed:
    before, after = (contents.record(file.path, blob) for blob in (file.old, file.new))
    known = after if is_record(after) else before
    if not is_record(known):
        name = file.path.partition("/")[2].removesuffix(".json")
        return Changed(str(kind_of(file.path)), name, None, _state(before), _state(after))
    old = before.to_json() if is_record(before) else {}
    new = after.to_json() if is_record(after) else {}
    fields = _fields(old, new) if old and new else ()
    title = next((str(known.to_json()[key]) for key in _TITLES if known.to_json().get(key)), None)
    return Changed(known.KIND, known.id, title, _state(before), _state(after), fields)


def _state(record: AnyRecord | Any) -> str | None:
    if record is None:
        return None
    return (record.stage or "present") if is_record(record) else "unreadable"


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Field, ...]:
    keys = [key for key in {**old, **new} if key not in _UNTOLD and old.get(key) != new.get(key)]
    return tuple(Field(key, old.get(key), new.get(key)) for key in keys)


def _patch(contents: Contents, file: File) -> str:
    old, new = (
        contents.data(blob).decode("utf-8", "replace").splitlines() if blob else []
        for blob in (file.old, file.new)
    )
    return "\n".join(list(difflib.unified_diff(old, new, lineterm="", n=1))[2:])


def _rank(one: Changed) -> tuple[int, str, str]:
    place = _ORDER.index(one.kind) if one.kind in _ORDER else len(_ORDER)
    return place, one.kind, one.id
