"""What an agent is to do of a molecule: the checklist, and its current step ready to be run.

A hook holds either the root (its agent works all the steps) or one step (a convoy's: `alone`, then
the work is handed in and the step is closed by its merge). A command comes as a script in which
variables are parameters, with the environment that gives them their values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.views.molecules import StepView, molecule_of, view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.bead import Bead
    from gastown.domain.molecule import Molecule
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.molecules import MoleculeView


@dataclass(frozen=True)
class StepLine:
    """A line of the checklist."""

    id: str
    bead: str
    title: str
    state: str
    status: str
    type: str
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurrentStep:
    """What to do now.

    Attributes:
        command: as the formula has it; `script`: for a shell, with `environment` set.
        attempt: how often it was started.
        error: why the command cannot be run.
    """

    id: str
    bead: str
    title: str
    state: str
    type: str
    description: str
    attempt: int = 0
    command: str | None = None
    script: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class MoleculeWork:
    """The molecule on a hook.

    Attributes:
        alone: the hook holds one step of it, not the root.
        trusted: its commands were accepted on this machine, or it has none.
        current: what to do now; None: nothing can be done, or all is done.
        is_complete: every step (of this hook) is done or skipped.
    """

    id: str
    formula: str
    title: str
    alone: bool
    trusted: bool
    steps: tuple[StepLine, ...]
    current: CurrentStep | None
    standing: str
    is_complete: bool
    completed: int
    total: int


def molecule_work(town: Town, reader: Reader, bead: Bead) -> MoleculeWork | None:
    """The molecule that a hook's bead is the root or a step of; None: it is of none."""
    found = molecule_of(reader, bead.id)
    if found is None:
        return None
    view = view_of(reader, found)
    alone = bead.id != found.id
    mine = tuple(step for step in view.steps if not alone or step.bead.id == bead.id)
    current = mine[0] if alone and mine else view.current
    return MoleculeWork(
        id=found.id,
        formula=found.formula,
        title=view.root.title,
        alone=alone,
        trusted=is_trusted(town, found),
        steps=tuple(_line(step) for step in view.steps),
        current=_current(current, found) if current is not None else None,
        standing=standing_of(view),
        is_complete=all(step.is_finished for step in mine),
        completed=view.completed,
        total=view.total,
    )


def is_trusted(town: Town, molecule: Molecule) -> bool:
    """Whether a molecule's commands were accepted on this machine."""
    if not molecule.has_commands:
        return True
    from gastown.store.accepted import is_accepted

    return is_accepted(town.layout, molecule.definition())


def standing_of(view: MoleculeView) -> str:
    """Where a molecule stands, and what would bring it on where it stands still."""
    if view.is_complete or view.current is not None:
        return view.standing
    if view.failed:
        step = view.failed[0]
        return f"step {step.id} failed: bd mol step retry {step.bead.id}, or skip it"
    for step in view.steps:
        if step.gate is not None and set(step.waits_for) == {step.gate.id}:
            kind = step.gate.data.get("await_type", "gate")
            return f"step {step.id} waits for its gate {step.gate.id} ({kind})"
    waiting = [step for step in view.steps if step.waits_for and not step.is_finished]
    if not waiting:
        return view.standing
    return f"step {waiting[0].id} waits for {', '.join(waiting[0].waits_for)}"


def _line(step: StepView) -> StepLine:
    return StepLine(
        step.id, step.bead.id, step.title, step.state.value, step.status, step.bead.issue_type,
        step.waits_for,
    )  # fmt: skip


def _current(step: StepView, molecule: Molecule) -> CurrentStep:
    script, environment, error = _bound(step.command, molecule.vars)
    metadata = step.bead.data.get("metadata")
    attempts = metadata.get("attempts") if isinstance(metadata, dict) else None
    return CurrentStep(
        id=step.id,
        bead=step.bead.id,
        title=step.title,
        state=step.state.value,
        type=step.bead.issue_type,
        description=step.bead.description,
        attempt=attempts if isinstance(attempts, int) else 0,
        command=step.command,
        script=script,
        environment=environment,
        error=error,
        waits_for=step.waits_for,
    )


def _bound(
    command: str | None, variables: Mapping[str, str]
) -> tuple[str | None, Mapping[str, str], str | None]:  # fmt: skip
    if command is None:
        return None, {}, None
    from gastown.domain.formulas.command_text import bind

    try:
        bound = bind(command, variables)
    except GtError as trouble:
        return None, {}, trouble.message
    return bound.script, dict(bound.environment), None
