"""Slinging a formula: it is poured, then the molecule is put on hooks, then agents start.

A workflow goes onto one hook: its agent works all the steps. Of a convoy every step that can be
started goes to an agent of its own, and what waits for those (its synthesis) follows by itself when
they are merged: by the monitor, or when the molecule is slung again. Pour and slings are committed
before anything runs, so a killed command is finished by `gt sling ROOT RIG`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.molecule import CONVOY, Molecule
from gastown.domain.step import StepState, metadata_of, with_metadata
from gastown.errors import Refused
from gastown.ops import molecules, runtimes
from gastown.ops.batch import Batch
from gastown.ops.landing import land_convoys
from gastown.ops.molecules import gather
from gastown.ops.moves import hook_of, move_bead
from gastown.ops.scheduling.asking import Waiting, ask
from gastown.ops.sling import Slung
from gastown.ops.sling_order import Target, parse_target
from gastown.views.molecules import view_of

if TYPE_CHECKING:
    from gastown.domain.formulas.recipe import Recipe
    from gastown.ops.host import Host
    from gastown.ops.molecules import Poured
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.molecules import MoleculeView, StepView

SLUNG = "slung_at"


@dataclass(frozen=True)
class Manner:
    """How agents are started. `runtime`: the agent command, None: the town's."""

    host: Host
    runtime: str | None = None
    start: bool = True
    force: bool = False


@dataclass(frozen=True)
class SlungFormula:
    """A molecule that is on hooks now.

    Attributes:
        poured: None: it was there before.
        slung: what was put on hooks now, and what was refused.
        closed: the root was closed, because every step is.
        retried: titles of the steps that had failed and are tried again.
        waiting: what waits for a place.
    """

    molecule: Molecule
    poured: Poured | None
    slung: Batch[Slung]
    closed: bool = False
    retried: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def sling_formula(
    town: Town, recipe: Recipe, target_text: str, *, on: str | None, manner: Manner, actor: str
) -> SlungFormula:
    """Pour a formula and sling it; with `on`, a bead that is there becomes the root.

    A root that this formula was poured on before is gone on with instead.

    Raises:
        NotFound: the rig, the runtime or the bead does not exist.
        Refused: the formula's commands are not trusted, or the bead is the root of another one.
    """
    reader = town.read()
    target = parse_target(target_text)
    rig = reader.rig(target.rig)
    runtime = runtimes.runtime_for(town, manner.host, manner.runtime)  # before anything is written
    known = reader.find("molecule", on) if on is not None else None
    poured = None
    if known is None or known.formula != recipe.formula:
        if recipe.type == CONVOY:
            _check_target(recipe.formula, target)
        order = molecules.Order(
            rig.id, attach=on, target=rig.id,
            runtime=runtime.name if manner.runtime is not None else None,
        )  # fmt: skip
        poured = molecules.pour(town, recipe, order, actor=actor)
        known = poured.molecule
    found = sling_molecule(town, known, target_text, manner=manner, actor=actor)
    return SlungFormula(known, poured, found.slung, found.closed, found.retried, found.waiting)


def sling_molecule(
    town: Town, molecule: Molecule, target_text: str, *, manner: Manner, actor: str
) -> SlungFormula:
    """Put a molecule on hooks: a workflow's root, or the steps of a convoy that can be started.

    Steps of a workflow that have failed are tried again: who slings it wants it to go on.
    """
    if molecule.is_convoy:
        _check_target(molecule.formula, parse_target(target_text))
        if molecule.target is None:
            molecule = gather(
                town, molecule, parse_target(target_text).rig, manner.runtime, actor=actor
            )
        return go_on(town, molecule, manner=manner, actor=actor, again=True, target=target_text)
    failed = view_of(town.read(), molecule).failed
    for step in failed:
        molecules.move_step(town, step.bead.id, "retry", actor=actor)
    found = ask(
        town, manner.host, (molecule.id,), target_text, runtime=manner.runtime,
        start=manner.start, force=manner.force, actor=actor,
    )  # fmt: skip
    retried = tuple(step.title for step in failed)
    return SlungFormula(molecule, None, found.batch, retried=retried, waiting=found.waiting)


def _check_target(formula: str, target: Target) -> None:
    if target.agent is not None:
        raise Refused(
            f"{formula} is a convoy: each of its steps wants an agent of its own",
            hint=f"name only the rig: {target.rig}",
        )


def go_on(
    town: Town, molecule: Molecule, *, manner: Manner, actor: str, again: bool = False,
    target: str | None = None,
) -> SlungFormula:  # fmt: skip
    """Sling the steps of a convoy that can be started, or close its root when all are done.

    Args:
        again: those, too, that were slung before and taken off their hook.
    """
    reader = town.read()
    view = view_of(reader, molecule)
    if view.is_complete:
        closed = _close_root(town, molecule, actor)
        return SlungFormula(molecule, None, Batch((), ()), closed)
    waiting = tuple(step.bead.id for step in to_sling(view, again=again))
    where = target or molecule.target or molecule.rig
    if not waiting:
        return SlungFormula(molecule, None, Batch((), ()))
    found = ask(
        town, manner.host, waiting, where, runtime=manner.runtime or molecule.runtime,
        start=manner.start, force=manner.force, actor=actor,
    )  # fmt: skip
    gone = [one.bead for one in found.slung] + [one.bead for one in found.waiting]
    _remember(town, gone, actor)
    return SlungFormula(molecule, None, found.batch, waiting=found.waiting)


def under_way(town: Town, molecule: Molecule) -> list[Slung]:
    """The steps of a convoy that are on hooks now, whoever slung them."""
    reader = town.read()
    found = []
    for step in view_of(reader, molecule).steps:
        agent = step.bead.assignee or ""
        hook = reader.hook(agent) if "/" in agent else None
        if hook is not None and hook.is_live and hook.bead == step.bead.id:
            path = town.layout.root / hook.path
            found.append(Slung(step.bead.id, step.title, hook, path, started=True))
    return found


def to_sling(view: MoleculeView, *, again: bool = False) -> list[StepView]:
    """The steps of a convoy that an agent can be given now."""
    return [
        step for step in view.ready
        if step.state is StepState.PENDING and not step.is_for_a_person
        and step.bead.issue_type != "epic"
        and (again or SLUNG not in metadata_of(step.bead))
    ]  # fmt: skip


def wants_going_on(reader: Reader, molecule: Molecule) -> bool:
    """Whether a convoy has steps for agents, or a root to close, that nobody has seen to."""
    if not molecule.is_convoy or molecule.target is None:
        return False
    view = view_of(reader, molecule)
    return view.root.is_live and (view.is_complete or bool(to_sling(view)))


def _close_root(town: Town, molecule: Molecule, actor: str) -> bool:
    with town.transaction(f"close {molecule.id}: every step is done", actor=actor) as tx:
        root = tx.bead(molecule.id)
        if not root.is_live or hook_of(tx, root) is not None:
            return False
        move_bead(
            tx, town, root, "close", closed_at=town.now(), close_reason="every step is done"
        )  # fmt: skip
        land_convoys(tx, town, frozenset({root.id}))
    return True


def _remember(town: Town, beads: list[str], actor: str) -> None:
    """Note which steps were slung, so that one taken off its hook is not slung by itself again."""
    if not beads:
        return
    with town.transaction(f"agents have begun with {', '.join(beads)}", actor=actor) as tx:
        for identifier in beads:
            bead = tx.bead(identifier)
            tx.put(with_metadata(bead, **{SLUNG: town.now()}))
