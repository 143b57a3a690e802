"""Molecules side by side: which are active, how fast they go, which are done but not closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.step import StepState
from gastown.domain.wisp import moment
from gastown.errors import NotFound
from gastown.views.molecules import MoleculeView, StepView, view_of

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.bead import Bead
    from gastown.domain.molecule import Molecule
    from gastown.store.reader import Reader
    from gastown.views.molecules import Source


@dataclass(frozen=True)
class Progress:
    """How far a molecule is, and how long the rest takes at this pace (None: nobody can tell)."""

    view: MoleculeView
    counts: dict[str, int]
    percent: int
    rate_per_hour: float | None
    eta_hours: float | None


@dataclass(frozen=True)
class Gated:
    """A step that can be started since its gate has opened."""

    molecule: Molecule
    title: str
    gate: Bead
    step: StepView


def molecules(reader: Reader, *, every: bool = False) -> list[MoleculeView]:
    """The molecules that are being worked, newest first; `every`: closed ones, too."""
    return _views(reader, reader.molecules(live=not every))


def _views(source: Source, found: list[Molecule]) -> list[MoleculeView]:
    views = []
    for molecule in found:
        try:
            views.append(view_of(source, molecule))
        except NotFound:  # its root was deleted by hand: what is left is no molecule
            continue
    return views


def stale(reader: Reader) -> list[MoleculeView]:
    """Molecules of which every step is done, while the root is still open and on no hook."""
    held = {hook.bead for hook in reader.hooks()}
    return [
        view for view in molecules(reader)
        if view.total and view.is_complete and view.root.is_live and view.root.id not in held
    ]  # fmt: skip


def gated(reader: Reader) -> list[Gated]:
    """Steps whose gate has opened and that nobody has started."""
    found = []
    for view in molecules(reader):
        gates = {
            str(step["id"]): str(step["gate"]) for step in view.molecule.steps if step.get("gate")
        }
        for step in view.ready:
            if step.id in gates:
                gate = reader.bead(gates[step.id])
                found.append(Gated(view.molecule, view.root.title, gate, step))
    return found


def progress(view: MoleculeView, now: datetime) -> Progress:
    """How far a molecule is."""
    counts = {state.value: 0 for state in StepState}
    for step in view.steps:
        counts[step.state.value] += 1
    percent = 100 * view.completed // view.total if view.total else 0
    rate = _rate(view, now)
    left = view.total - view.completed
    return Progress(view, counts, percent, rate, left / rate if rate else None)


def _rate(view: MoleculeView, now: datetime) -> float | None:
    """Finished steps an hour, since the first one was started."""
    began = [moment(step.bead.data.get("started_at")) for step in view.steps]
    known = [one for one in began if one is not None]
    finished = sum(step.state is StepState.DONE for step in view.steps)
    if not known or not finished:
        return None
    hours = (now - min(known)).total_seconds() / 3600
    return round(finished / hours, 2) if hours > 0 else None


def layers(view: MoleculeView) -> list[list[StepView]]:
    """The steps in groups that can be worked side by side, one group after the other."""
    left = {step.id: step for step in view.steps}
    done: set[str] = set()
    found: list[list[StepView]] = []
    while left:
        group = [s for s in left.values() if all(n in done or n not in left for n in s.needs)]
        group = group or list(left.values())  # a hand edit made a circle: show it all the same
        found.append(group)
        done |= {step.id for step in group}
        left = {name: step for name, step in left.items() if name not in done}
    return found
