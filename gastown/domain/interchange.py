"""Upstream's lines (`issues.jsonl`) and the town's records of the same things.

A line is one JSON object: a bead with its comments inside, a memory row, or a header. In the town
a bead and each of its comments are records of their own, so one line becomes several records and
comes back as one. What a record cannot say in its own words stays in one key of the bead,
`gt_line`, and is there only where it is needed:

- `status`, `as`: the status as it was written where the town has no such state, or where it speaks
  of an agent that does not live here; it counts as long as the bead still stands `as` it was read.
- `order`: the line's keys where they stood in another order than upstream writes them.
- `comments`: an empty or missing list, or the comments' order where it is not that of time.
- `kept`: keys of the line whose names the town's own files use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import KEY_ORDER, LINE, Bead, BeadState
from gastown.domain.comment import Comment, in_order
from gastown.domain.memory import Memory
from gastown.domain.record import BadRecord, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

COUNTS = ("dependency_count", "dependent_count", "comment_count")
_FORM = ("_type", *COUNTS)
_FORM_OF_LINE = ("order", "comments")
_RESERVED = ("schema", LINE)
_RANK = {key: rank for rank, key in enumerate(KEY_ORDER)}
_AT_WORK = (BeadState.HOOKED, BeadState.IN_PROGRESS)
_ESCAPING = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class What(StrEnum):
    """What a line holds."""

    BEAD = "bead"
    MEMORY = "memory"
    HEADER = "header"


@dataclass(frozen=True)
class Parts:
    """The records that a bead's line becomes. `notes`: what reads otherwise here."""

    bead: Bead
    comments: tuple[Comment, ...]
    notes: tuple[str, ...] = ()


def text_of(data: Mapping[str, Json]) -> str:
    """A line as upstream writes it: no spaces, UTF-8, and five characters always escaped.

    Raises:
        ValueError: it holds half of a surrogate pair, or a number that JSON has not.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Outside of strings JSON has none of the five, so the whole text can be looked at.
    return text.translate(_ESCAPING)


def what_is(data: Mapping[str, Json]) -> What:
    """What a line holds; a row of a type that nobody knows counts as a bead."""
    if "_schema" in data and "id" not in data:
        return What.HEADER
    return What.MEMORY if data.get("_type") == "memory" else What.BEAD


def memory_of(data: Mapping[str, Json], rig: str) -> Memory:
    """The memory of a memory row.

    Raises:
        BadRecord: key or value is missing, or it uses a name that the town's files need.
    """
    if "schema" in data:
        raise BadRecord("a memory row cannot have a key `schema`")
    return Memory.from_json(data, rig)


def parts_of(data: Mapping[str, Json], rig: str, existing: Bead | None = None) -> Parts:
    """The records of a bead's line.

    Args:
        existing: the bead that has this id in the town; what it stands at needs no `gt_line`.

    Raises:
        BadRecord: something that the town reads has another shape; the message names it.
    """
    own: dict[str, Json] = {}
    notes: list[str] = []
    if list(data) != in_canonical_order(data):
        own["order"] = list(data)
    kept = {key: data[key] for key in _RESERVED if key in data}
    if kept:
        own["kept"] = kept
    stored = {key: value for key, value in data.items() if key not in (*_RESERVED, "comments")}
    _store_status(stored, own, notes, existing)
    identifier = stored.get("id")
    comments: tuple[Comment, ...] = ()
    if "comments" in data and isinstance(identifier, str):
        comments = _comments_of(data["comments"], identifier, own)
    if stored.get("priority") is None:
        notes.append("no priority: it counts as 0, the most urgent")
    if own:
        stored[LINE] = own
    return Parts(Bead.from_json(stored, rig), comments, tuple(notes))


def line_of(
    bead: Bead, comments: Iterable[Comment], tell: Callable[[Comment], Json] = Comment.to_json
) -> dict[str, Json]:
    """The line of a bead, as it was read as far as nothing has changed since.

    Args:
        tell: what stands in the line for a comment; those made here have no `id` by themselves.
    """
    own = own_of(bead)
    data = {key: value for key, value in bead.data.items() if key != LINE}
    if "as" in own and data.get("status") == own["as"]:
        data["status"] = own.get("status")
    wanted = own.get("comments")
    shown = [tell(comment) for comment in _as_listed(comments, wanted)]
    if shown or ("comments" in own and not wanted):
        data["comments"] = shown or wanted
    kept = own.get("kept")
    data.update(kept if isinstance(kept, Mapping) else {})
    return {key: data[key] for key in _ordered(data, own.get("order"))}


def own_of(bead: Bead) -> Mapping[str, Json]:
    """What the town remembers of the line that a bead came from."""
    found = bead.data.get(LINE)
    return found if isinstance(found, Mapping) else {}


def forget_raw_status(bead: Bead) -> Bead:
    """A bead that has moved by itself: what its line once said of its status is history."""
    own = {key: value for key, value in own_of(bead).items() if key not in ("status", "as")}
    return bead.with_(**{LINE: own or None}) if LINE in bead.data else bead


def in_the_form_of(ours: Bead, theirs: Bead) -> Bead:
    """A line's bead with what only says how a line is written (its schema, its order) as in ours.

    The same bead exported by another version of bd is no other bead.
    """
    data = {key: value for key, value in theirs.data.items() if key not in (*_FORM, LINE)}
    data |= {key: ours.data[key] for key in _FORM if key in ours.data}
    own = {key: value for key, value in own_of(theirs).items() if key not in _FORM_OF_LINE}
    own |= {key: value for key, value in own_of(ours).items() if key in _FORM_OF_LINE}
    return Bead({**data, LINE: own} if own else data, theirs.rig)


def in_canonical_order(keys: Iterable[str]) -> list[str]:
    """Keys in upstream's order; those it does not know follow, in the order they have here."""
    return sorted(keys, key=lambda key: _RANK.get(key, len(_RANK)))


def same_comment(comment: Comment) -> tuple[str, str, str]:
    """What two records of the same comment have in common: their number may have come later."""
    moment = comment.id.rpartition("/")[2].partition("-")[0]
    return comment.author, moment, comment.text


def _store_status(
    stored: dict[str, Json], own: dict[str, Json], notes: list[str], existing: Bead | None
) -> None:
    """Give the record a state of the town's; the line's own word is kept beside it."""
    raw = stored.get("status", "open")
    known = isinstance(raw, str) and raw in set(BeadState)
    if known and (raw not in _AT_WORK or _is_at_work_here(stored, raw, existing)):
        return
    state = BeadState.OPEN
    if not known and stored.get("closed_at"):
        state = BeadState.CLOSED
    stored["status"] = state.value
    own |= {"status": raw, "as": state.value}
    if not known:
        notes.append(f"the status {raw!r} counts as {state} here, and is exported as it was")
    else:
        whose = stored.get("assignee") or "no hook"
        notes.append(f"it was {raw} for {whose}, not of this town: it counts as open here")


def _is_at_work_here(stored: Mapping[str, Json], raw: str, existing: Bead | None) -> bool:
    assignee = stored.get("assignee")
    if existing is not None and existing.state == raw and existing.assignee == assignee:
        return True
    return raw == BeadState.IN_PROGRESS and not (isinstance(assignee, str) and "/" in assignee)


def _comments_of(listed: Json, bead: str, own: dict[str, Json]) -> tuple[Comment, ...]:
    if not listed and (listed is None or isinstance(listed, list)):
        own["comments"] = listed
        return ()
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise BadRecord("comments: expected a list of objects")
    found = []
    for number, one in enumerate(listed, start=1):
        if "schema" in one:
            raise BadRecord(f"comment {number} cannot have a key `schema`")
        try:
            found.append(Comment.from_json({**one, "issue_id": bead}))
        except BadRecord as wrong:
            raise BadRecord(f"comment {number}: {wrong}") from None
    keys = [_key(comment) for comment in found]
    if keys != [_key(comment) for comment in in_order(found)]:
        own["comments"] = keys
    return tuple({comment.id: comment for comment in found}.values())


def _as_listed(comments: Iterable[Comment], wanted: Json) -> list[Comment]:
    """Comments in the order of their line where that is known, else in the order of time."""
    left = {_key(comment): comment for comment in in_order(comments)}
    if not isinstance(wanted, list):
        return list(left.values())
    first = [left[key] for key in wanted if isinstance(key, str) and key in left]
    listed = set(map(_key, first))
    return first + [comment for key, comment in left.items() if key not in listed]


def _key(comment: Comment) -> str:
    return comment.id.rpartition("/")[2]


def _ordered(data: Mapping[str, Any], wanted: Json) -> Sequence[str]:
    """The keys as the line had them; those that came later stand where upstream writes them."""
    canonical = in_canonical_order(data)
    if not isinstance(wanted, list):
        return canonical
    found = [key for key in wanted if key in data]
    for key in canonical:
        if key not in found:
            before = [at for at, other in enumerate(found) if _rank(other) <= _rank(key)]
            found.insert(before[-1] + 1 if before else 0, key)
    return found


def _rank(key: str) -> int:
    return _RANK.get(key, len(_RANK))
