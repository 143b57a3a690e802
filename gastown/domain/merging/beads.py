"""Two versions of a bead become one, key by key; pure.

- A key that one side changed has that side's value; where both did, the later `updated_at` wins.
- Labels and dependencies are sets: what either added is there, what either took away is not.
- Notes that both appended to hold both texts. `metadata` is merged key by key.
- The status brings along what belongs to it (when and why it was closed or deleted, and who works
  on it): a deleted bead stays deleted; closed beats open only where the bead was not closed before,
  so that reopening survives; else the later one wins.
- Of two first starts the earlier counts, of two last changes the later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead import LINE, BeadState
from gastown.domain.interchange import in_canonical_order
from gastown.domain.merging.three_way import (
    ABSENT,
    Contest,
    Outcome,
    Version,
    digest,
    equal,
    in_order,
    instant,
    merged_set,
    numbered,
    undisputed,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.domain.record import Json

_CLOSING = ("closed_at", "close_reason", "closed_by_session")
_DELETING = ("deleted_at", "deleted_by", "delete_reason", "original_type")
FATE = ("status", *_CLOSING, *_DELETING, LINE)
"""The keys that go with a bead's status."""
_AT_WORK = (BeadState.HOOKED.value, BeadState.IN_PROGRESS.value)
_SEPARATOR = "\n---\n"


def merge_beads(base: Mapping[str, Json] | None, one: Version, other: Version) -> Outcome:
    """The bead that two versions of it become.

    Args:
        base: what both came from; None: there was none.
    """
    settled = undisputed(base, one, other)
    if settled is not None:
        return Outcome(settled)
    contest = Contest(str(one.data.get("id")), base, *in_order(one, other))
    grave = _grave(contest)
    data = _buried(contest, grave) if grave is not None else _merged(contest)
    return Outcome(data, contest.found())


def _status(data: Mapping[str, Json]) -> str:
    return str(data.get("status", BeadState.OPEN))


def _grave(contest: Contest) -> Version | None:
    """The version that is a tombstone, where one side has deleted the bead."""
    gone = [one for one in contest.both if _status(one.data) == BeadState.TOMBSTONE]
    return gone[0] if len(gone) == 1 and _status(contest.base) != BeadState.TOMBSTONE else None


def _buried(contest: Contest, grave: Version) -> dict[str, Json]:
    """A deleted bead is as it was deleted; what the other side did goes to the attic."""
    other = contest.earlier if grave is contest.later else contest.later
    for key, value in other.data.items():
        if contest.changed(other, key) and not equal(value, value_of(grave.data, key)):
            contest.lose(other, key, value)
    return dict(grave.data)


def _merged(contest: Contest) -> dict[str, Json]:
    found = _fate(contest)
    for key in contest.names():
        if key not in found:
            found[key] = _RULES.get(key, Contest.scalar)(contest, key)
    there = {key: found[key] for key in in_canonical_order(contest.names())}
    return {key: value for key, value in there.items() if value is not ABSENT}


def _fate(contest: Contest) -> dict[str, Any]:
    """The status that holds, with the keys that belong to it; empty: nobody disputes it."""
    later, earlier = contest.later, contest.earlier
    if _status(later.data) == _status(earlier.data):
        return {}
    winner = _winner(contest)
    loser = earlier if winner is later else later
    keys = [*FATE, *(["assignee"] if _is_about_work(contest, winner) else [])]
    for key in keys:
        value = value_of(loser.data, key)
        if contest.changed(loser, key) and not equal(value, value_of(winner.data, key)):
            contest.lose(loser, key, value)
    return {key: value_of(winner.data, key) for key in keys}


def _winner(contest: Contest) -> Version:
    """The version whose status holds."""
    was = _status(contest.base)
    moved = [one for one in contest.both if contest.is_born_twice or _status(one.data) != was]
    if len(moved) == 1:
        return moved[0]
    # Where it was closed before, both have reopened it: then none of them is closed.
    closed = [one for one in moved if _status(one.data) == BeadState.CLOSED]
    return closed[0] if closed else contest.later


def _is_about_work(contest: Contest, winner: Version) -> bool:
    """Whether the assignee is a part of the status: somebody works, or has stopped to."""
    statuses = {_status(one.data) for one in contest.both}
    return _status(winner.data) != BeadState.CLOSED and not statuses.isdisjoint(_AT_WORK)


def _labels(contest: Contest, key: str) -> Any:
    return _as_set(contest, key, lambda label: label if isinstance(label, str) else digest(label))


def _dependencies(contest: Contest, key: str) -> Any:
    return _as_set(contest, key, _edge)


def _comments(contest: Contest, key: str) -> Any:
    found = _as_set(contest, key, _remark)
    if not isinstance(found, list) or not contest.are_both_changed(key):
        return found
    return sorted(found, key=lambda one: (instant(_remark(one)[1]), _remark(one)))


def _as_set(contest: Contest, key: str, name: Callable[[Json], Any]) -> Any:
    """A list of which both sides added and took away items."""
    lists = [value_of(one, key) for one in (contest.base, *(one.data for one in contest.both))]
    are_lists = all(one is ABSENT or one is None or isinstance(one, list) for one in lists)
    if not are_lists or not contest.are_both_changed(key):
        return contest.scalar(key)
    was, late, early = (numbered(() if one is ABSENT else one or (), name) for one in lists)
    inner = contest.within({repr(item): value for item, value in was.items()},
                           {repr(item): value for item, value in late.items()},
                           {repr(item): value for item, value in early.items()})  # fmt: skip
    kept = merged_set(inner.base, inner.later.data, inner.earlier.data)
    found = [inner.scalar(item) for item in sorted(kept)]
    for one in inner.both:  # edited by one side, taken away by the other
        gone = [item for item in one.data if item not in kept and inner.changed(one, item)]
        for item in gone:
            inner.lose(one, item, one.data[item])
    contest.take_losers(inner, lambda _: key)
    return found or ABSENT


def _edge(item: Json) -> tuple[str, str]:
    if not isinstance(item, dict):
        return digest(item), ""
    return str(item.get("depends_on_id")), str(item.get("type", "blocks"))


def _remark(item: Json) -> tuple[str, str, str]:
    if not isinstance(item, dict):
        return digest(item), "", ""
    return str(item.get("author")), str(item.get("created_at")), str(item.get("text"))


def _notes(contest: Contest, key: str) -> Any:
    """Both texts, the earlier one first, where both wrote below what was there."""
    values = [value_of(one, key)
              for one in (contest.base, contest.earlier.data, contest.later.data)]  # fmt: skip
    was, early, late = ("" if one is ABSENT or one is None else one for one in values)
    are_texts = all(isinstance(one, str) for one in (was, early, late))
    if not are_texts or not contest.are_both_changed(key):
        return contest.scalar(key)
    if late.startswith(early) or early.startswith(late):
        return max(early, late, key=len)
    if late.startswith(was):
        return _below(early, late[len(was) :] if was else late)
    if early.startswith(was):
        return _below(late, early[len(was) :])
    return contest.scalar(key)


def _below(text: str, more: str) -> str:
    return text + (more if more.startswith("\n") else _SEPARATOR + more)


def _metadata(contest: Contest, key: str) -> Any:
    values = [value_of(one, key)
              for one in (contest.base, contest.later.data, contest.earlier.data)]  # fmt: skip
    was, late, early = ({} if one is ABSENT else one for one in values)
    are_objects = all(isinstance(one, dict) for one in (was, late, early))
    if not are_objects or ABSENT in values[1:] or not contest.are_both_changed(key):
        return contest.scalar(key)
    inner = contest.within(was, late, early)
    found = {name: inner.scalar(name) for name in inner.names()}
    contest.take_losers(inner, lambda name: f"{key}.{name}")
    return {name: value for name, value in found.items() if value is not ABSENT}


def _earliest(contest: Contest, key: str) -> Any:
    return _of_moments(contest, key, min)


def _latest(contest: Contest, key: str) -> Any:
    return _of_moments(contest, key, max)


def _of_moments(contest: Contest, key: str, choose: Callable[..., Any]) -> Any:
    """One of two moments where both sides set the key to one."""
    values = [value_of(one.data, key) for one in contest.both]
    if not contest.are_both_changed(key) or not all(isinstance(one, str) for one in values):
        return contest.scalar(key)
    return choose(values, key=lambda text: (instant(text), text))


_RULES: Mapping[str, Callable[[Contest, str], Any]] = {
    "labels": _labels,
    "dependencies": _dependencies,
    "comments": _comments,
    "notes": _notes,
    "metadata": _metadata,
    "started_at": _earliest,
    "updated_at": _latest,
}
