"""A molecule: a formula that was poured, as a record beside the beads of its steps.

The record holds what does not change while it is worked: the formula as it was, its variables,
which step is which bead. Where a step stands is what its bead says, so there is one truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gastown.domain.record import Json, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.lifecycle import Lifecycle

CONVOY = "convoy"


@dataclass(frozen=True, kw_only=True)
class Molecule(Record):
    """One molecule; its id is that of its root bead.

    Attributes:
        formula: the formula's name; `origin`: where it was found; `digest`: SHA-256 of its text.
        vars: the values it was poured with.
        steps: in the order of the formula: `id`, `bead`, `needs` and, where it has one, `command`;
            `gate` names the bead of its gate.
        type: the formula's; of a convoy each step has an agent of its own.
        attached: the root was there before and outlives the molecule.
        target: where the steps of a convoy are slung, RIG or RIG/AGENT; `runtime`: by which
            agent command, None: the town's.
    """

    KIND: ClassVar[str] = "molecule"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = None

    rig: str
    formula: str
    origin: str
    digest: str
    vars: Mapping[str, str]
    steps: tuple[Mapping[str, Json], ...]
    type: str = "workflow"
    attached: bool = False
    target: str | None = None
    runtime: str | None = None
    created_at: str
    created_by: str

    @property
    def beads(self) -> tuple[str, ...]:
        """The ids of the steps' beads, in the formula's order."""
        return tuple(str(step["bead"]) for step in self.steps)

    @property
    def gates(self) -> tuple[str, ...]:
        """The ids of the gates' beads."""
        return tuple(str(step["gate"]) for step in self.steps if step.get("gate"))

    @property
    def has_commands(self) -> bool:
        """Whether a step runs something by itself."""
        return any(step.get("command") for step in self.steps)

    @property
    def is_convoy(self) -> bool:
        """Whether its steps are worked by an agent each."""
        return self.type == CONVOY

    def step_of(self, bead: str) -> Mapping[str, Json] | None:
        """The step whose bead this is, or None."""
        return next((step for step in self.steps if step.get("bead") == bead), None)

    def definition(self) -> str:
        """What is accepted when its commands are: which they are, not with which values."""
        commands = [[step["id"], step.get("command")] for step in self.steps if step.get("command")]
        return f"molecule {self.id} {json.dumps(commands, sort_keys=True)}"
