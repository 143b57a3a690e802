"""A bead: one unit of work, in upstream beads' shape.

About seventy keys came and went upstream in eight months, so a bead is a raw mapping with typed
readers: what this version does not know is kept verbatim. Keys are written in upstream's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import BadRecord, Json


class BeadState(StrEnum):
    """Upstream's statuses."""

    OPEN = "open"
    HOOKED = "hooked"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    PINNED = "pinned"
    CLOSED = "closed"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True)
class BeadFacts:
    """What the guards of a bead's moves want to know; gathered by the operation.

    Attributes:
        open_blockers: ids of open beads that this one waits for.
        owner: the agent whose hook the bead is on, if any.
        owner_lives: whether that agent may still be at work (unknown counts as yes).
        slung_to_agent: an agent, not a person, asks, and the bead is on a hook.
        merged: proof that the target holds the work, or that there was none to merge.
    """

    open_blockers: tuple[str, ...] = ()
    owner: str | None = None
    owner_lives: bool = False
    slung_to_agent: bool = False
    merged: bool = False


def unblocked(facts: BeadFacts) -> str | None:
    """A bead waits for its blockers."""
    if not facts.open_blockers:
        return None
    return f"it waits for {', '.join(facts.open_blockers)}"


def without_owner(facts: BeadFacts) -> str | None:
    """A bead is on at most one hook, and an owner who may be at work keeps it."""
    if facts.owner is not None and facts.owner_lives:
        return f"it is on the hook of {facts.owner}"
    return None


def closable(facts: BeadFacts) -> str | None:
    """A slung bead is closed by its merge, never by the wish to merge."""
    if facts.slung_to_agent and not facts.merged:
        return "a slung bead is closed by its merge: finish it with gt done"
    return None


S = BeadState
LIVE = (S.OPEN, S.HOOKED, S.IN_PROGRESS, S.BLOCKED, S.DEFERRED, S.PINNED)

BEAD = Lifecycle(
    "bead",
    BeadState,
    [
        Move("sling", S.OPEN, S.HOOKED, (without_owner, unblocked)),
        Move("start", S.HOOKED, S.IN_PROGRESS),
        Move("claim", S.OPEN, S.IN_PROGRESS, (without_owner,)),
        Move("withdraw", (S.HOOKED, S.IN_PROGRESS), S.OPEN),
        Move("defer", S.OPEN, S.DEFERRED),
        Move("undefer", S.DEFERRED, S.OPEN),
        Move("block", (S.OPEN, S.HOOKED, S.IN_PROGRESS, S.DEFERRED), S.BLOCKED),
        Move("unblock", S.BLOCKED, S.OPEN),
        Move("pin", S.OPEN, S.PINNED),
        Move("unpin", S.PINNED, S.OPEN),
        Move("close", LIVE, S.CLOSED, (closable,)),
        Move("reopen", S.CLOSED, S.OPEN),
        Move("delete", (*LIVE, S.CLOSED), S.TOMBSTONE),
    ],
    # An import also brings beads that were closed or deleted elsewhere.
    initial=(S.OPEN, S.DEFERRED, S.BLOCKED, S.PINNED, S.IN_PROGRESS, S.CLOSED, S.TOMBSTONE),
)

# Upstream's order of writing; keys it does not name follow in the order they were read.
KEY_ORDER = (
    "schema _type id title description design acceptance_criteria notes spec_id status priority"
    " issue_type assignee owner estimated_minutes created_at created_by updated_at started_at"
    " closed_at close_reason closed_by_session due_at defer_until external_ref source_system"
    " metadata compaction_level compacted_at compacted_at_commit original_size labels dependencies"
    " comments deleted_at deleted_by delete_reason original_type sender ephemeral no_history"
    " wisp_type pinned is_template bonded_from creator validations quality_score crystallizes"
    " await_type await_id timeout waiters holder source_formula source_location hook_bead role_bead"
    " agent_state last_activity role_type rig mol_type work_type event_kind actor target payload"
).split()
LINE = "gt_line"
"""Our own key: what the line that was imported said otherwise (`domain/interchange.py`)."""
_RANK = {key: rank for rank, key in enumerate(KEY_ORDER)}
BLOCKING = frozenset({"blocks", "conditional-blocks", "waits-for"})


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_urgency(value: Json) -> bool:
    return type(value) is int and 0 <= value <= 4


def _are_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_dependencies(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, Mapping)
        and isinstance(item.get("depends_on_id"), str)
        and isinstance(item.get("type", "blocks"), str)
        for item in value
    )


# What the town itself reads of a bead must have the shape it expects; the rest is kept as it is.
_SHAPES: Mapping[str, tuple[Callable[[Json], bool], str]] = {
    **dict.fromkeys(
        "description assignee issue_type created_at defer_until".split(), (_is_text, "a string")
    ),
    "priority": (_is_urgency, "a number from 0 to 4"),
    "labels": (_are_texts, "a list of strings"),
    "dependencies": (_are_dependencies, "a list of objects, each with depends_on_id"),
}


@dataclass(frozen=True)
class Bead:
    """One bead of one rig. `data` is its JSON; `rig` is where it lives, not part of the JSON."""

    KIND: ClassVar[str] = "bead"
    VERSION: ClassVar[int] = 1
    LIFECYCLE: ClassVar[Lifecycle[BeadState]] = BEAD

    data: Mapping[str, Json]
    rig: str

    @classmethod
    def from_json(cls, data: Mapping[str, Json], rig: str) -> Self:
        """Read a bead.

        Raises:
            BadRecord: id or title is missing, the status is none of upstream's, or a key that the
                town reads holds another kind of value.
        """
        for key in ("id", "title"):
            if not isinstance(data.get(key), str):
                raise BadRecord(f"{key} is missing or no string")
        status = data.get("status", "open")
        if not isinstance(status, str) or status not in set(BeadState):
            raise BadRecord(f"status: {status!r} is none of {', '.join(BeadState)}")
        for key, (fits, words) in _SHAPES.items():
            if data.get(key) is not None and not fits(data[key]):
                raise BadRecord(f"{key}: expected {words}")
        return cls({key: value for key, value in data.items() if key != "schema"}, rig)

    def to_json(self) -> dict[str, Json]:
        """The bead's JSON in upstream's key order."""
        ordered = sorted(self.data, key=lambda key: _RANK.get(key, len(_RANK)))
        return {key: self.data[key] for key in ordered}

    def shown(self) -> dict[str, Json]:
        """Upstream's shape of it: without our own key."""
        return {key: value for key, value in self.to_json().items() if key != LINE}

    def with_(self, **changes: Json) -> Bead:
        """A copy with `changes`; None removes a key, as upstream omits empty values."""
        data = {**self.data, **changes}
        return Bead({key: value for key, value in data.items() if value is not None}, self.rig)

    @property
    def id(self) -> str:
        """The bead's id, unique in the town."""
        return str(self.data["id"])

    @property
    def state(self) -> BeadState:
        """Where it stands; an absent status means open."""
        return BeadState(self.data.get("status", "open"))

    @property
    def stage(self) -> BeadState:
        """The lifecycle state."""
        return self.state

    @property
    def incarnation(self) -> int:
        """Beads are never re-used."""
        return 0

    @property
    def title(self) -> str:
        """One line."""
        return str(self.data["title"])

    @property
    def description(self) -> str:
        """Markdown; empty when there is none."""
        return str(self.data.get("description") or "")

    @property
    def priority(self) -> int:
        """0 (most urgent) to 4; upstream reads an absent one as 0."""
        value = self.data.get("priority", 0)
        return value if isinstance(value, int) else 0

    @property
    def assignee(self) -> str | None:
        """The agent whose hook it is on, or whoever claimed it."""
        return self.data.get("assignee") or None

    @property
    def issue_type(self) -> str:
        """Upstream's type; absent means task."""
        return str(self.data.get("issue_type") or "task")

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, sorted."""
        return tuple(sorted(str(label) for label in self.data.get("labels") or ()))

    @property
    def dependencies(self) -> tuple[Mapping[str, Any], ...]:
        """Upstream's dependency objects: `issue_id` depends on `depends_on_id`."""
        return tuple(item for item in self.data.get("dependencies") or () if isinstance(item, dict))

    def depends_on(self, types: frozenset[str] = BLOCKING) -> tuple[str, ...]:
        """Ids this bead points at with a dependency of one of `types`."""
        found = (
            str(item["depends_on_id"])
            for item in self.dependencies
            if item.get("type", "blocks") in types
        )
        return tuple(found)

    @property
    def parent(self) -> str | None:
        """The bead this one is a child of."""
        parents = self.depends_on(frozenset({"parent-child"}))
        return parents[0] if parents else None

    @property
    def is_live(self) -> bool:
        """Neither closed nor deleted."""
        return self.state in LIVE
