"""Molecules as they are worked: each step with where it stands and what it waits for.

The record says which steps there are, their beads say how far they are. The same view serves the
ledger and wisps; both answer the questions of `Source`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gastown.domain.bead import Bead
from gastown.domain.molecule import Molecule
from gastown.domain.step import FINISHED, StepState, step_state
from gastown.domain.wisp import has_wisp_form
from gastown.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.record import Json
    from gastown.store.town import Town

_DEEP = 50


class Source(Protocol):
    """Who can be asked for molecules: the ledger's reader, or the wisps."""

    def find(self, kind: str, identifier: str) -> Any:
        """The record of that kind and id, or None."""

    def beads(self, *, identifiers: Iterable[str] | None = None) -> list[Bead]:
        """The beads of these ids that there are."""

    def open_blockers(self, bead: Bead) -> tuple[str, ...]:
        """Ids of the beads that hold one back."""


@dataclass(frozen=True)
class StepView:
    """One step.

    Attributes:
        id: its name in the formula.
        status: upstream's word: done, current, ready, blocked or pending. A failed step is blocked.
        waits_for: ids of the open beads before it: steps, its gate, others.
        needs: names of the steps before it, as the formula has them.
        gate: the gate that holds it, while that is closed.
    """

    id: str
    bead: Bead
    state: StepState
    status: str
    waits_for: tuple[str, ...]
    needs: tuple[str, ...]
    command: str | None = None
    gate: Bead | None = None

    @property
    def title(self) -> str:
        """One line."""
        return self.bead.title

    @property
    def is_finished(self) -> bool:
        """Done or skipped."""
        return self.state in FINISHED

    @property
    def is_for_a_person(self) -> bool:
        """Whether no agent can do it."""
        return self.bead.issue_type == "human"


@dataclass(frozen=True)
class MoleculeView:
    """A molecule and its steps in the formula's order."""

    molecule: Molecule
    root: Bead
    steps: tuple[StepView, ...]

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    @property
    def completed(self) -> int:
        """How many of them are done or skipped."""
        return sum(step.is_finished for step in self.steps)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.completed == self.total

    @property
    def ready(self) -> tuple[StepView, ...]:
        """Steps that can be started now."""
        return tuple(step for step in self.steps if step.status == "ready")

    @property
    def failed(self) -> tuple[StepView, ...]:
        """Steps that failed and were not tried again."""
        return tuple(step for step in self.steps if step.state is StepState.FAILED)

    @property
    def current(self) -> StepView | None:
        """What to work on: what runs already, else the first that is ready."""
        running = [step for step in self.steps if step.state is StepState.RUNNING]
        return next(iter([*running, *self.ready]), None)

    @property
    def standing(self) -> str:
        """Where it stands, in a word or two."""
        if self.is_complete:
            return "complete"
        if self.current is not None:
            return f"at {self.current.id}"
        if self.failed:
            return f"failed at {self.failed[0].id}"
        gated = [step for step in self.steps if step.gate is not None]
        return f"gate before {gated[0].id}" if gated else "waiting"


def source_of(town: Town, identifier: str) -> Source:
    """Where a bead of this id lives: with the wisps, or in the ledger."""
    if has_wisp_form(identifier):
        from gastown.store.wisps import Wisps, is_wisp

        if is_wisp(town.layout, identifier):
            return Wisps(town.layout)
    return town.read()


def molecule_view(source: Source, identifier: str) -> MoleculeView:
    """A molecule by the id of its root, or of one of its steps.

    Raises:
        NotFound: the id is of no molecule.
    """
    found = molecule_of(source, identifier)
    if found is None:
        raise NotFound(
            f"{identifier!r} is no molecule, nor a step of one",
            hint="bd mol list shows all; bd mol pour FORMULA makes one",
        )
    return view_of(source, found)


def view_of(source: Source, molecule: Molecule) -> MoleculeView:
    """A molecule with its steps as they are now; a step whose bead is gone is left out."""
    wanted = [molecule.id, *molecule.beads, *molecule.gates]
    known = {bead.id: bead for bead in source.beads(identifiers=wanted)}
    if molecule.id not in known:
        raise NotFound(f"the root of molecule {molecule.id} is gone", hint="bd mol list")
    parents = {bead.parent for bead in known.values()}
    steps = tuple(
        _step_view(source, step, known, is_parent=str(step["bead"]) in parents)
        for step in molecule.steps
        if str(step["bead"]) in known
    )
    return MoleculeView(molecule, known[molecule.id], steps)


def molecule_of(source: Source, identifier: str) -> Molecule | None:
    """The molecule that a bead is the root, a step or a gate of; None: of none."""
    current: str | None = identifier
    for _ in range(_DEEP):
        if current is None:
            return None
        found = source.find("molecule", current)
        if isinstance(found, Molecule):
            mine = {found.id, *found.beads, *found.gates}
            return found if identifier in mine else None
        bead = source.find("bead", current)
        current = bead.parent if isinstance(bead, Bead) else None
    return None


def unfinished(source: Source, root: str) -> list[StepView]:
    """The steps of a root that are left to be done; none where it is no molecule."""
    found = source.find("molecule", root)
    if not isinstance(found, Molecule) or found.is_convoy:
        return []
    return [step for step in view_of(source, found).steps if not step.is_finished]


def _step_view(
    source: Source, step: Mapping[str, Json], known: Mapping[str, Bead], *, is_parent: bool
) -> StepView:
    bead = known[str(step["bead"])]
    state = step_state(bead)
    waits = source.open_blockers(bead) if state not in FINISHED else ()
    if is_parent and state is StepState.PENDING:
        waits = (*waits, *_open_children(bead, known))
    gate = known.get(str(step.get("gate") or ""))
    return StepView(
        id=str(step["id"]),
        bead=bead,
        state=state,
        status=_status(bead, state, waits),
        waits_for=waits,
        needs=tuple(str(need) for need in step.get("needs") or ()),
        command=step.get("command"),
        gate=gate if gate is not None and gate.is_live else None,
    )


def _open_children(parent: Bead, known: Mapping[str, Bead]) -> tuple[str, ...]:
    """A step with steps of its own is done after them."""
    return tuple(bead.id for bead in known.values() if bead.parent == parent.id and bead.is_live)


def _status(bead: Bead, state: StepState, waits: tuple[str, ...]) -> str:
    if state in FINISHED:
        return "done"
    if state is StepState.RUNNING:
        return "current"
    if state is StepState.FAILED:
        return "blocked"
    deferred = str(bead.state) != "open"
    return "pending" if waits or deferred else "ready"
