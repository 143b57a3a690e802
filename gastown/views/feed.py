"""The feed: what happened in the town, one event for each commit of the ledger.

An event's mark tells in a word what it means; where one commit did several things, the mark is that
of the weightiest one (`_MARKS` has them in this order), and `kinds` names them all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.moments import how_long_ago
from gastown.errors import NotFound, UsageTrouble
from gastown.ids import HUMAN
from gastown.views.history import operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.store.town import Town
    from gastown.views.history import Operation

HEALTH = "health"
KINDS = (
    "bead", "hook", "merge", "queue", "convoy", "dispatch", "escalation", "mail", "conversation",
    "molecule", "rig", HEALTH,
)  # fmt: skip
"""What events may be asked for by: the kinds of records that move, and health."""

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


class Mark(StrEnum):
    """What an event means, in a word."""

    ESCALATED = "escalated"
    LANDED = "landed"
    MERGED = "merged"
    CAME_BACK = "came back"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    HANDED_IN = "handed in"
    TESTED = "tested"
    SLUNG = "slung"
    WORKED = "worked"
    CLOSED = "closed"
    WAITS = "waits"
    CREATED = "created"
    SETTLED = "settled"
    TOLD = "told"
    SESSION = "session"
    HEALTH = "health"
    OTHER = "other"


_MARKS: tuple[tuple[Mark, str, str | None, str], ...] = (
    (Mark.ESCALATED, "escalation", None, "open"),
    (Mark.LANDED, "convoy", None, "landed"),
    (Mark.MERGED, "merge", None, "merged"),
    (Mark.CAME_BACK, "merge", None, "failed"),
    (Mark.CAME_BACK, "merge", None, "conflicted"),
    (Mark.CAME_BACK, "merge", None, "rejected"),
    (Mark.SUSPENDED, "hook", None, "suspended"),
    (Mark.RESUMED, "hook", "suspended", "active"),
    (Mark.HANDED_IN, "merge", None, "queued"),
    (Mark.TESTED, "merge", None, "testing"),
    (Mark.SLUNG, "bead", None, "hooked"),
    (Mark.WORKED, "bead", None, "in_progress"),
    (Mark.CLOSED, "bead", None, "closed"),
    (Mark.WAITS, "dispatch", None, "queued"),
    (Mark.CREATED, "bead", "none", "open"),
    (Mark.SETTLED, "escalation", None, "acknowledged"),
    (Mark.SETTLED, "escalation", None, "resolved"),
    (Mark.TOLD, "mail", "none", "unread"),
    (Mark.SESSION, "conversation", None, ""),
)


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        text: in words, without its actor where it begins with them.
        kinds: the kinds of records that it moved; `rigs`: the rigs that it is about.
        agent: the hook that it is about, or that did it.
        commit: the ledger's commit; None: it is no operation, but seen by the monitor.
    """

    at: str
    actor: str
    mark: Mark
    text: str
    kinds: tuple[str, ...] = ()
    rigs: tuple[str, ...] = ()
    agent: str | None = None
    commit: str | None = None
    moves: tuple[str, ...] = ()
    cause: str | None = None

    @property
    def seconds(self) -> float:
        """When it was, in seconds since 1970."""
        return datetime.fromisoformat(self.at).timestamp()


@dataclass(frozen=True)
class Since:
    """Where a feed begins: at a moment, or after a commit."""

    at: datetime | None = None
    commit: str | None = None


def since_of(text: str, now: datetime) -> Since:
    """What was typed after `--since`: `90s`, `15m`, `2h`, `3d`; a moment; a commit of the ledger.

    Args:
        now: the present, in the zone of moments without one.

    Raises:
        UsageTrouble: it is none of them.
    """
    if (ago := how_long_ago(text)) is not None:
        return Since(at=now - ago)
    words = text.strip().lower()
    if _COMMIT.fullmatch(words):
        return Since(commit=words)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageTrouble(
            f"{text!r} is neither a moment nor a commit",
            hint="e.g. --since 1h, --since 2026-01-31T09:00:00Z, --since COMMIT",
        ) from None
    return Since(at=moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo))


def events(
    town: Town, *, limit: int | None, since: Since | None = None, rig: str | None = None,
    kind: str | None = None, until: str | None = None,
) -> list[Event]:  # fmt: skip
    """The latest events, oldest first.

    Args:
        until: the ledger's commit to end with; by default the present one.

    Raises:
        NotFound: the ledger has no such commit to begin after.
    """
    reader = town.read()
    prefixes = {found.prefix: found.id for found in reader.rigs()}
    since = since or Since()
    span = until or reader.commit
    if since.commit is not None:
        first = town.ledger.oid(f"{since.commit}^{{commit}}")
        if first is None:
            raise NotFound(f"the ledger has no commit {since.commit}", hint="gt log shows them")
        span = f"{first}..{span}"
    asked = rig is None and kind is None
    found = [
        event_of(operation, prefixes)
        for operation in operations(
            town.ledger, span, limit=limit if asked else None,
            since=f"@{max(0, int(since.at.timestamp()))}" if since.at else None,
        )
    ]  # fmt: skip
    start = since.at.timestamp() // 1 if since.at is not None else 0  # git takes no future moment
    mine = [one for one in found if one.seconds >= start and _is_wanted(one, rig, kind)]
    return (mine if limit is None else mine[:limit])[::-1]


def event_of(operation: Operation, prefixes: Mapping[str, str]) -> Event:
    """An operation as an event; `prefixes`: what the ids of each rig's beads begin with."""
    moves = [_parted(move) for move in operation.moves]
    kinds = tuple(dict.fromkeys(kind for kind, *_ in moves))
    hooks = [name for kind, name, *_ in moves if kind == "hook"]
    subject = operation.subject
    text = subject.removeprefix(f"{operation.actor} ")
    landed = [name for kind, name, _, after in moves if (kind, after) == ("convoy", "landed")]
    text += "".join(f"; convoy {name} landed" for name in landed if name not in subject)
    names = [operation.actor, *(name for _, name, *_ in moves), *subject.replace(":", " ").split()]
    return Event(
        at=operation.at, actor=operation.actor, mark=_mark(moves), text=text, kinds=kinds,
        rigs=tuple(_rigs(names, prefixes)),
        agent=next(iter(hooks), None) or _agent_in(names, prefixes),
        commit=operation.commit, moves=operation.moves, cause=operation.cause,
    )  # fmt: skip


def _is_wanted(event: Event, rig: str | None, kind: str | None) -> bool:
    return (rig is None or rig in event.rigs) and (kind is None or kind in event.kinds)


def _mark(moves: list[tuple[str, str, str, str]]) -> Mark:
    for mark, kind, before, after in _MARKS:
        for moved, _, old, new in moves:
            if moved == kind and before in (None, old) and after in ("", new):
                return mark
    return Mark.OTHER


def _parted(move: str) -> tuple[str, str, str, str]:
    """Kind, id, state before and after, of `bead mp-a1 open -> hooked`."""
    kind, _, rest = move.partition(" ")
    name, _, states = rest.partition(" ")
    before, _, after = states.partition(" -> ")
    return kind, name, before, after


def _rigs(names: Iterable[str], prefixes: Mapping[str, str]) -> Iterable[str]:
    found = (_rig(name, prefixes) for name in names)
    return dict.fromkeys(rig for rig in found if rig is not None)


def _rig(name: str, prefixes: Mapping[str, str]) -> str | None:
    """The rig of a hook, bead or request, by how it is called."""
    rigs = prefixes.values()
    first, slash, _ = name.partition("/")
    if slash:
        return first if first in rigs else None
    if name in rigs:
        return name
    stem = name.removeprefix("mr-")
    known = [prefix for prefix in prefixes if stem.startswith(f"{prefix}-")]
    return prefixes[max(known, key=len)] if known else None


def _agent_in(names: Iterable[str], prefixes: Mapping[str, str]) -> str | None:
    """The first that is called like an agent; the person is none."""
    rigs = prefixes.values()
    for name in names:
        first, slash, rest = name.partition("/")
        if name != HUMAN and slash and rest and first in rigs:
            return name
    return None
