"""A hook: an agent's place of work, as a lifecycle record beside its git worktree.

The worktree holds the work; the record says whose it is, for which bead, and how far it is. One id
(`RIG/NAME`) is used again and again: `generation` counts, and branch names carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Record


class HookState(StrEnum):
    """The stages of the original hook diagram."""

    CREATED = "created"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class Role(StrEnum):
    """Who works in the hook."""

    MAYOR = "mayor"
    CREW = "crew"
    POLECAT = "polecat"


@dataclass(frozen=True)
class HookFacts:
    """What the guards want to know. `blocking_merge`: id of a request that still needs the hook."""

    bead: str | None = None
    has_bead: bool = False
    blocking_merge: str | None = None


def empty(facts: HookFacts) -> str | None:
    """A hook holds one bead at a time."""
    return f"its hook already holds {facts.bead}" if facts.has_bead else None


def released(facts: HookFacts) -> str | None:
    """A hook is archived only when no merge request needs its branch."""
    if facts.blocking_merge is None:
        return None
    return f"merge request {facts.blocking_merge} still needs it"


S = HookState
HOOK = Lifecycle(
    "hook",
    HookState,
    [
        Move("assign", S.CREATED, S.ACTIVE, (empty,)),
        Move("suspend", S.ACTIVE, S.SUSPENDED),
        Move("resume", S.SUSPENDED, S.ACTIVE),
        Move("complete", S.ACTIVE, S.COMPLETED),
        Move("archive", S.COMPLETED, S.ARCHIVED, (released,)),
        Move("withdraw", (S.ACTIVE, S.SUSPENDED), S.CREATED),
        Move("rework", S.COMPLETED, S.ACTIVE),
        Move("dismiss", (S.CREATED, S.SUSPENDED), S.ARCHIVED),
    ],
    initial=(S.CREATED,),
)


@dataclass(frozen=True, kw_only=True)
class Hook(Record):
    """One agent's hook.

    Attributes:
        rig: the rig, or "hq" for the mayor's.
        branch: the short name of the branch the worktree is on.
        target: the short name of the branch that the work is for.
        base: the commit the branch started from.
        start: where the branch stood when the bead was put on it; what came later is for the bead.
        path: the worktree, relative to the town's root.
        bead: what it holds, or None.
        generation: how often this name has been given out.
        runtime: the agent command's name, or None for a person.
        reason: why it is suspended; forgotten with that state.
    """

    KIND: ClassVar[str] = "hook"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = HOOK

    state: HookState
    role: Role
    rig: str
    branch: str
    target: str
    base: str
    path: str
    bead: str | None = None
    start: str | None = None
    generation: int = 1
    runtime: str | None = None
    reason: str | None = None
    created_at: str
    updated_at: str

    @property
    def agent(self) -> str:
        """The name without the rig."""
        return self.id.rpartition("/")[2]

    @property
    def incarnation(self) -> int:
        """A new generation begins a new lifecycle under the same id."""
        return self.generation

    @property
    def is_live(self) -> bool:
        """Whether the hook still has a worktree."""
        return self.state is not HookState.ARCHIVED

    @property
    def full_branch(self) -> str:
        """The full ref name of the branch."""
        return f"refs/heads/{self.branch}"
