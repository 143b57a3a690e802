"""A convoy: beads, of any rigs, that are tracked together and land when all of them are closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class ConvoyState(StrEnum):
    """Open until all its beads are closed, or until it is given up."""

    OPEN = "open"
    LANDED = "landed"
    CLOSED = "closed"


@dataclass(frozen=True)
class ConvoyFacts:
    """How many beads it has and which of them are not closed."""

    beads: int
    open_beads: tuple[str, ...]


def carries_something(facts: ConvoyFacts) -> str | None:
    """An empty convoy never lands."""
    return None if facts.beads else "it holds no beads yet"


def all_closed(facts: ConvoyFacts) -> str | None:
    """A convoy lands when its last bead is closed."""
    if not facts.open_beads:
        return None
    return f"{len(facts.open_beads)} of {facts.beads} beads are not closed"


S = ConvoyState
CONVOY = Lifecycle(
    "convoy",
    ConvoyState,
    [
        Move("land", S.OPEN, S.LANDED, (carries_something, all_closed)),
        Move("reopen", S.LANDED, S.OPEN),
        Move("give_up", S.OPEN, S.CLOSED),
    ],
    initial=(S.OPEN,),
)


@dataclass(frozen=True, kw_only=True)
class Convoy(Record):
    """One convoy.

    Attributes:
        beads: ids, in the order they were added.
        owner: who answers for it.
        notify: addresses that get mail when it lands or fails.
        automatic: made by a sling for a bead that was on none.
        human: its news also reach the person at the desk.
        launched: its beads are slung by themselves as soon as each is ready.
        launch_rig: where those of the town itself go; `launch_runtime`: the agent command for all.
        paused: why that rests, if it does.
    """

    KIND: ClassVar[str] = "convoy"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = CONVOY

    state: ConvoyState
    title: str
    beads: tuple[str, ...] = ()
    owner: str
    notify: tuple[str, ...] = ()
    human: bool = False
    automatic: bool = False
    reason: str | None = None
    launched: bool = False
    launch_rig: str | None = None
    launch_runtime: str | None = None
    paused: str | None = None
    created_at: str
    updated_at: str
    landed_at: str | None = None
