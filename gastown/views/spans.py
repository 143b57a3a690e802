"""Who worked on what, from when to when: read from the moves of hooks and of merge requests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.domain.record import BadRecord
from gastown.store.codec import decode
from gastown.store.layout import hook_path
from gastown.store.objects import Objects
from gastown.views.history import operations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gastown.store.town import Town
    from gastown.views.history import Operation

WORK, REST, QUEUE = "work", "rest", "queue"
_KINDS = {HookState.ACTIVE.value: WORK, HookState.SUSPENDED.value: REST}
_ENDS = frozenset(("merged", "failed", "conflicted", "rejected", "withdrawn"))


@dataclass(frozen=True)
class Stretch:
    """A part of a span, in seconds since 1970. `kind`: work, rest, or in the merge queue."""

    kind: str
    start: float
    end: float


@dataclass(frozen=True)
class Span:
    """An agent with a bead on its hook, until the work was merged or taken away.

    Attributes:
        end: in seconds since 1970; None: it goes on.
        outcome: merged, failed, … of its request; released, where there was none; None: it goes on.
    """

    agent: str
    bead: str
    start: float
    end: float | None
    stretches: tuple[Stretch, ...]
    outcome: str | None

    @property
    def worked_s(self) -> float:
        """How long the agent had it and did not rest, in seconds."""
        return sum(one.end - one.start for one in self.stretches if one.kind == WORK)


def spans(town: Town, agents: Collection[str], until: float) -> list[Span]:
    """What the agents had on their hooks, oldest first.

    Args:
        until: where a span that goes on is cut off, in seconds since 1970.
    """
    done = operations(town.ledger, town.read().commit, limit=None, paths=("hooks", "merges"))
    done.reverse()
    ends = _decided(town, done, agents)
    moves: dict[str, list[_Moved]] = {}
    for place, one in enumerate(done):
        moved = {
            words[1]: words[-1] for move in one.moves if (words := move.split(" "))[0] == "hook"
        }
        for agent, state in moved.items():
            moves.setdefault(agent, []).append(_Moved(place, one, state))
    found = []
    with Objects(town.ledger) as objects:
        for agent in sorted(agents):
            found += list(_of_agent(objects, agent, moves.get(agent, []), ends, until))
    return sorted(found, key=lambda span: (span.start, span.agent))


@dataclass(frozen=True)
class _Moved:
    """The operation that brought a hook to a state; `place`: counted from the first one."""

    place: int
    operation: Operation
    state: str


def _of_agent(
    objects: Objects, agent: str, done: list[_Moved], ends: list[Decided], until: float
) -> Iterator[Span]:  # fmt: skip
    """The spans of one agent, from its hook's moves, oldest first."""
    bead: str | None = None
    start = since = 0.0
    state = ""
    stretches: list[Stretch] = []
    for one in done:
        moved, at = one.state, seconds(one.operation.at)
        if state in _KINDS and at > since:
            stretches.append(Stretch(_KINDS[state], since, at))
        was_held = bead
        if moved in _KINDS and bead is None:
            bead = _bead_of(objects, f"{one.operation.commit}:{hook_path(agent)}")
            start, stretches = at, []
        state, since = moved, at
        if moved not in _KINDS and was_held is not None:
            decided = next((end for end in ends if end.place > one.place
                            and (end.agent, end.bead) == (agent, was_held)), None)  # fmt: skip
            yield _ended(Span(agent, was_held, start, at, tuple(stretches), "released"), moved,
                         decided, until)  # fmt: skip
            bead = None
    if bead is not None and state in _KINDS:
        stretches.append(Stretch(_KINDS[state], since, max(since, until)))
        yield Span(agent, bead, start, None, tuple(stretches), None)


def _bead_of(objects: Objects, name: str) -> str | None:
    found = objects.get(name)
    try:
        record = decode("hook", found[1], rig="") if found is not None else None
    except BadRecord:
        return None
    bead = getattr(record, "bead", None)
    return bead if isinstance(bead, str) else None


def _ended(span: Span, moved: str, decided: Decided | None, until: float) -> Span:
    """A span whose bead left the hook: handed in, it goes on until its request is decided."""
    if moved != HookState.COMPLETED.value or span.end is None:
        return span
    end, outcome = (decided.at, decided.outcome) if decided is not None else (None, None)
    waited = Stretch(QUEUE, span.end, end if end is not None else max(span.end, until))
    return replace(span, end=end, outcome=outcome, stretches=(*span.stretches, waited))


@dataclass(frozen=True)
class Decided:
    """What became of an agent's request: by which operation of the ledger, and when.

    Attributes:
        place: of the operation, counted from the first; within a second only it tells the order.
        at: in seconds since 1970.
    """

    place: int
    at: float
    agent: str
    bead: str | None
    outcome: str


def _decided(town: Town, done: list[Operation], agents: Collection[str]) -> list[Decided]:
    """When requests of the agents were decided, oldest first."""
    merges = {merge.id: merge for merge in town.read().merges()}
    found = []
    for place, one in enumerate(done):
        for move in one.moves:
            kind, name, *states = move.split(" ")
            merge = merges.get(name) if kind == "merge" else None
            if merge is not None and merge.hook in agents and states[-1] in _ENDS:
                found.append(
                    Decided(place, seconds(one.at), str(merge.hook), merge.bead, states[-1])
                )
    return found


def seconds(moment: str) -> float:
    """A moment as operations have it, in seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()
