"""One explicit table of moves per kind of record; the only importer of `transitions`.

Rules:
- A table is data: trigger, source, destination, guards. States are enum members.
- A guard reads facts and returns the reason why not, or None. It never fetches.
- `after` is pure: state and trigger in, state out, or `MoveRefused` with the reasons and with what
  is possible from here.
- `transitions` runs with auto transitions off and without queue or callbacks (0.9.3 would otherwise
  add jumps to any state, report refusals as success and change state before a callback fails).
  It is imported when the first move is made, so that reading commands do not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gastown.errors import MoveRefused

if TYPE_CHECKING:
    from transitions import Machine

State = TypeVar("State", bound=StrEnum)
Guard = Callable[[Any], str | None]


class Move(Generic[State]):
    """One row of a table: `trigger` leads from any of `sources` to `dest` if no guard objects."""

    __slots__ = ("dest", "guards", "sources", "trigger")

    def __init__(
        self,
        trigger: str,
        sources: State | tuple[State, ...],
        dest: State,
        guards: tuple[Guard, ...] = (),
    ) -> None:
        self.trigger = trigger
        self.sources = sources
        self.dest = dest
        self.guards = guards

    @property
    def origins(self) -> tuple[State, ...]:
        """The states this row starts from."""
        return self.sources if isinstance(self.sources, tuple) else (self.sources,)


class _Cursor:
    """What `transitions` moves: a state, and the reasons that guards gave on the way."""

    def __init__(self, state: StrEnum) -> None:
        self.state = state
        self.reasons: list[str] = []


class Lifecycle(Generic[State]):
    """The table of one kind of record.

    Args:
        kind: the record's word, as it stands in trailers and messages.
        states: the enum of its states.
        initial: the states in which a record may first be written.
        moves: the table.
    """

    def __init__(
        self,
        kind: str,
        states: type[State],
        moves: Iterable[Move[State]],
        *,
        initial: tuple[State, ...],
    ) -> None:
        self.kind = kind
        self.states = states
        self.moves = tuple(moves)
        self.initial = initial
        self._edges = {(origin, move.dest) for move in self.moves for origin in move.origins}

    def allows(self, source: State | None, dest: State) -> bool:
        """Whether a row leads from `source` (None: not there yet) to `dest`; guards not asked."""
        if source is None:
            return dest in self.initial
        return (source, dest) in self._edges

    def possible(self, state: State) -> list[str]:
        """The triggers that start from `state`, in the table's order."""
        found = [move.trigger for move in self.moves if state in move.origins]
        return list(dict.fromkeys(found))

    def final(self) -> frozenset[State]:
        """The states that no row leaves."""
        return frozenset(state for state in self.states if not self.possible(state))

    def trigger_for(self, state: State, dest: State) -> str | None:
        """The first trigger that leads from `state` to `dest`, or None."""
        for move in self.moves:
            if move.dest is dest and state in move.origins:
                return move.trigger
        return None

    def way(self, source: State | None, dest: State) -> tuple[State, ...] | None:
        """The states on a shortest way from `source` to `dest`, which is the last of them.

        Guards are not asked. None: there is no way.
        """
        ways: list[tuple[State, ...]] = [()]
        seen = {source}
        while ways:
            so_far = ways.pop(0)
            here = so_far[-1] if so_far else source
            if here is dest:
                return so_far
            for state in self.states:
                if state not in seen and self.allows(here, state):
                    seen.add(state)
                    ways.append((*so_far, state))
        return None

    def after(self, state: State, trigger: str, facts: object = None) -> State:
        """The state that `trigger` leads to.

        Raises:
            MoveRefused: no row starts here, or every row's guard objects.
        """
        from transitions import MachineError

        event = self._machine.events.get(trigger)
        if event is None:
            raise MoveRefused(f"a {self.kind} knows no move {trigger!r}", hint=self.hint(state))
        cursor = _Cursor(state)
        try:
            moved = event.trigger(cursor, facts=facts)
        except MachineError:
            raise MoveRefused(
                f"a {self.kind} that is {state} cannot be moved by {trigger!r}",
                hint=self.hint(state),
            ) from None
        if not moved:
            raise MoveRefused("; ".join(cursor.reasons), hint=self.hint(state))
        return self.states(cursor.state)

    def hint(self, state: State | None) -> str:
        """What is possible from `state` (None: not there yet), in words."""
        if state is None:
            return f"a new {self.kind} is {' or '.join(self.initial)}"
        possible = self.possible(state)
        if not possible:
            return f"{state} is final: nothing leads on from here"
        return f"from {state} it can: {', '.join(possible)}"

    def mermaid(self) -> str:
        """The table as a mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2"]
        lines += [f"    [*] --> {state}" for state in self.initial]
        for move in self.moves:
            lines += [f"    {origin} --> {move.dest}: {move.trigger}" for origin in move.origins]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.final()]
        return "\n".join(lines)

    @cached_property
    def _machine(self) -> Machine:
        from transitions import Machine

        machine = Machine(
            model=None,
            states=self.states,
            initial=self.initial[0],
            auto_transitions=False,
            send_event=True,
        )
        for move in self.moves:
            conditions: list[Any] = [_condition(guard) for guard in move.guards]
            for origin in move.origins:
                machine.add_transition(move.trigger, origin, move.dest, conditions=conditions)
        return machine


def _condition(guard: Guard) -> Callable[[Any], bool]:
    def holds(event: Any) -> bool:
        reason = guard(event.kwargs["facts"])
        if reason is not None:
            event.model.reasons.append(reason)
        return reason is None

    return holds
