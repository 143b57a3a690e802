"""Molecules: poured from a recipe in one commit, and their steps moved.

A step moves by two tables at once: the step's own says whether it may, its bead's how. What a
person accepted for this machine is which commands a molecule has; their values are bound when they
run.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gastown.domain import pouring
from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.domain.molecule import CONVOY
from gastown.domain.step import (
    OUTCOME,
    SKIPPED_WORD,
    STEP,
    StepFacts,
    StepState,
    metadata_of,
    step_state,
    with_metadata,
)
from gastown.errors import Refused
from gastown.ids import check_bead_id
from gastown.ops.actors import is_person
from gastown.ops.beads import new_id
from gastown.ops.convoys import start as start_convoy
from gastown.ops.landing import land_convoys
from gastown.ops.moves import hook_of, move_bead, with_note
from gastown.store.accepted import accept
from gastown.store.wisps import Change, Wisps, is_wisp
from gastown.views.molecules import molecule_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gastown.domain.formulas.recipe import Recipe
    from gastown.domain.molecule import Molecule
    from gastown.domain.pouring import Draft
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

MAX_DEPTH = 3
SEQUENTIAL, PARALLEL, CONDITIONAL = "sequential", "parallel", "conditional"


@dataclass(frozen=True)
class Order:
    """How a recipe is to be poured.

    Attributes:
        identifier: the id of the root, where a certain one is wanted.
        attach: a bead that is to be the root; the steps become its children.
        attach_type: sequential: they wait for its open children; conditional: for those of them
            that fail.
        target: for a convoy, where its steps are slung; `runtime`: by which agent command.
    """

    rig: str
    identifier: str | None = None
    assignee: str | None = None
    attach: str | None = None
    attach_type: str = PARALLEL
    target: str | None = None
    runtime: str | None = None


@dataclass(frozen=True)
class Poured:
    """A molecule that is there now (or, with `dry_run`, that would be)."""

    molecule: Molecule
    title: str
    beads: tuple[Bead, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    attached: bool = False
    phase: str = "liquid"
    dry_run: bool = False


@dataclass(frozen=True)
class Stepped:
    """A step that was moved."""

    step: str
    bead: Bead
    before: StepState
    after: StepState
    molecule: str


def pour(
    town: Town, recipe: Recipe, order: Order, *, actor: str, dry_run: bool = False
) -> Poured:  # fmt: skip
    """Make a molecule of a recipe: root, steps, gates and record, in one commit.

    Raises:
        NotFound: the rig or the bead to attach it to does not exist.
        Refused: that bead is closed, or the root of a molecule already.
        UsageTrouble: a gate or a `waits_for` of the recipe cannot be understood.
    """
    if dry_run:
        made, root = _draft(town, town.read(), recipe, order, actor)
        return _poured(made, root, dry_run=True)
    with town.transaction(f"pour {recipe.formula}", actor=actor) as tx:
        made, root = _draft(town, tx.read, recipe, order, actor)
        for bead in [*([made.root] if made.root else []), *made.beads]:
            tx.put(bead)
        tx.put(made.molecule)
        tx.subject = f"pour {recipe.formula} as {root.id}: {root.title}"
        if made.molecule.target is not None:
            _track(tx, town, made.molecule, root, actor)
    accept_commands(town, made.molecule)
    return _poured(made, root)


def gather(
    town: Town, molecule: Molecule, target: str, runtime: str | None, *, actor: str
) -> Molecule:  # fmt: skip
    """Say where the steps of a convoy that was only poured are slung, and track them together."""
    with town.transaction(f"molecule {molecule.id} goes to {target}", actor=actor) as tx:
        tx.rig(target)
        molecule = replace(molecule, target=target, runtime=runtime)
        tx.put(molecule)
        _track(tx, town, molecule, tx.bead(molecule.id), actor)
    return molecule


def _track(tx: Transaction, town: Town, molecule: Molecule, root: Bead, actor: str) -> None:
    """The steps of a convoy are tracked together; a root that was there before is in progress."""
    title = f"{molecule.formula}: {root.title}"
    start_convoy(tx, town, title, molecule.beads, owner=actor, automatic=True)
    if molecule.attached and root.state is BeadState.OPEN:
        move_bead(tx, town, root, "claim")


def accept_commands(town: Town, molecule: Molecule) -> None:
    """Take a molecule's commands as accepted on this machine: its formula was, just now."""
    if molecule.has_commands:
        with town.lock():
            accept(town.layout, [molecule.definition()])


def _poured(made: Draft, root: Bead, *, dry_run: bool = False) -> Poured:
    return Poured(
        made.molecule, root.title, (*([made.root] if made.root else []), *made.beads),
        made.mapping, attached=made.root is None, dry_run=dry_run,
    )  # fmt: skip


def _draft(
    town: Town, reader: Reader, recipe: Recipe, order: Order, actor: str
) -> tuple[Draft, Bead]:
    """What a pour writes, and the root: a new one, or the bead it is attached to."""
    base = _attachable(reader, order.attach) if order.attach is not None else None
    rig = base.rig if base is not None else order.rig
    stamp = pouring.Stamp(rig, town.now(), actor)
    prefix = reader.prefix(rig)

    def fresh(title: str) -> str:
        return new_id(town, f"{prefix}-mol", title, actor, reader.count_beads(rig), reader.has_bead)

    if order.identifier is not None and reader.has_bead(check_bead_id(order.identifier)):
        raise Refused(f"bead {order.identifier} is there already")
    own = order.identifier or (fresh(pouring.title_of(recipe)) if base is None else None)
    root = base.id if base is not None else str(own)
    children = _children(reader, root) if base is not None else []
    names = pouring.names_for(
        recipe, root, number=next_number(root, children, reader.has_bead), max_depth=MAX_DEPTH,
        free=fresh,
    )  # fmt: skip
    made = pouring.draft(
        recipe, names, stamp, attached=base is not None, assignee=order.assignee,
        first=_first(children, order.attach_type),
    )  # fmt: skip
    if recipe.type == CONVOY and order.target is not None:
        made = pouring.for_convoy(made, order.target, order.runtime)
    found = base or made.root
    assert found is not None, "a draft without a bead to attach it to has a root"
    return made, found


def _attachable(reader: Reader, identifier: str) -> Bead:
    bead = reader.bead(identifier)
    if not bead.is_live:
        raise Refused(f"{identifier} is {bead.state}", hint=f"bd reopen {identifier}")
    known = reader.find("molecule", identifier)
    if known is not None:
        raise Refused(
            f"{identifier} is the root of a molecule already ({known.formula})",
            hint=f"bd mol show {identifier}; another one: bd mol pour {known.formula}",
        )
    return bead


def _children(reader: Reader, parent: str) -> list[Bead]:
    ids = [name for name, kind in reader.dependents(parent) if kind == "parent-child"]
    return reader.beads(identifiers=ids) if ids else []


def _first(children: list[Bead], kind: str) -> tuple[tuple[str, str], ...]:
    """What the first steps wait for."""
    link = {SEQUENTIAL: "blocks", CONDITIONAL: "conditional-blocks"}.get(kind)
    return tuple((link, child.id) for child in children if child.is_live) if link else ()


def next_number(root: str, children: list[Bead], taken: Callable[[str], bool]) -> int:
    """The number of the next child: one more than the highest that there is."""
    tails = [child.id.removeprefix(f"{root}.") for child in children]
    number = max([int(tail) for tail in tails if tail.isdecimal()], default=0) + 1
    while taken(f"{root}.{number}"):
        number += 1
    return number


@contextmanager
def writing(
    town: Town, identifier: str, subject: str, *, actor: str, cause: str | None = None
) -> Iterator[Transaction | Change]:
    """What changes a bead of this id: an operation on the ledger, or a change of wisps."""
    if is_wisp(town.layout, identifier):
        with Wisps(town.layout).changing() as change:
            yield change
        return
    with town.transaction(subject, actor=actor, cause=cause) as tx:
        yield tx


def move_step(
    town: Town, identifier: str, trigger: str, *, reason: str | None = None, actor: str
) -> Stepped:
    """Move a step: start, done, fail, skip or retry.

    Raises:
        NotFound: there is no such bead.
        Refused: it is no step of a molecule.
        MoveRefused: it does not stand where this move starts, it is not its turn, or it is on a
            hook of its own, whose merge closes it.
    """
    with writing(town, identifier, f"{trigger} step {identifier}", actor=actor) as tx:
        bead = tx.bead(identifier)
        molecule = molecule_of(tx.read, identifier)
        step = molecule.step_of(identifier) if molecule is not None else None
        if molecule is None or step is None:
            raise Refused(
                f"{identifier} is no step of a molecule",
                hint=f"bd close {identifier}, bd update {identifier} --claim",
            )
        _check_not_slung(tx, bead)
        before = step_state(bead)
        facts = StepFacts(waits_for=tx.read.open_blockers(bead))
        after = STEP.after(before, trigger, facts)
        bead = _move(tx, town, bead, trigger, reason, actor)
        tx.subject = f"{trigger} step {step['id']} of {molecule.id}"
        if not isinstance(tx, Change) and not bead.is_live:
            land_convoys(tx, town, frozenset({identifier}))
        assert step_state(bead) is after, "both tables lead to the same place"
    return Stepped(str(step["id"]), bead, before, after, molecule.id)


def _ledger(tx: Any) -> Transaction:
    """The ledger's transaction, where it is one."""
    found: Transaction = tx
    return found


def _move(
    tx: Transaction | Change, town: Town, bead: Bead, trigger: str, reason: str | None, actor: str
) -> Bead:  # fmt: skip
    """The moves of the bead that a move of the step means."""
    ledger = _ledger(tx)  # the two differ in what they write, not in what is asked of them here
    now = town.now()
    if reason:
        bead = with_note(bead, reason) if trigger != "skip" else bead
    if trigger == "start":
        attempts = metadata_of(bead).get("attempts")
        count = attempts + 1 if isinstance(attempts, int) else 1
        bead = with_metadata(bead, attempts=count, **{OUTCOME: None})
        return _to(ledger, town, bead, BeadState.IN_PROGRESS, assignee=_doer(tx, bead, actor))
    if trigger in ("done", "skip"):
        outcome = SKIPPED_WORD if trigger == "skip" else None
        bead = with_metadata(bead, **{OUTCOME: outcome})
        word = "Skipped" if trigger == "skip" else "Done"
        return move_bead(ledger, town, bead, "close", closed_at=now, close_reason=reason or word)
    if trigger == "fail":
        return _to(ledger, town, bead, BeadState.BLOCKED)
    return _to(ledger, town, bead, BeadState.OPEN, assignee=None)  # retry


def _to(tx: Transaction, town: Town, bead: Bead, state: BeadState, **changes: Any) -> Bead:
    """Move a bead to a state, over `open` where no row leads there directly."""
    if BEAD.trigger_for(bead.state, state) is None:
        back = BEAD.trigger_for(bead.state, BeadState.OPEN)
        if back is not None:
            bead = move_bead(tx, town, bead, back)
    trigger = BEAD.trigger_for(bead.state, state)
    return move_bead(tx, town, bead, trigger or state.value, **changes)


def _doer(tx: Transaction | Change, bead: Bead, actor: str) -> str | None:
    """Whose a running step is. An agent works its steps by holding their root: nobody's own."""
    if isinstance(tx.read, Wisps) or is_person(tx.read, actor):
        return actor
    return bead.assignee if bead.assignee == actor else None


def _check_not_slung(tx: Transaction | Change, bead: Bead) -> None:
    """A step that is on a hook of its own goes with that hook."""
    hook = None if isinstance(tx.read, Wisps) else hook_of(_ledger(tx), bead)
    if hook is not None:
        raise Refused(
            f"{bead.id} is on the hook of {hook.id}: its merge closes it",
            hint=f"take it off first: gt unsling {bead.id}",
        )


def trust(town: Town, molecule: Molecule, *, actor: str) -> Molecule:
    """Accept a molecule's commands on this machine.

    Raises:
        Refused: an agent asks.
    """
    if not is_person(town.read(), actor):
        raise Refused(
            "only a person accepts commands", hint=f"tell them: bd mol trust {molecule.id}"
        )
    accept_commands(town, molecule)
    return molecule
