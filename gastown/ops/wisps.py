"""Wisps: made, changed, closed, collected. Nothing of it is committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain import pouring
from gastown.domain.bead import Bead, BeadState
from gastown.domain.bead_words import title_of
from gastown.domain.wisp import TTL, is_overdue
from gastown.errors import Refused, UsageTrouble
from gastown.ops.beads import new_id
from gastown.ops.molecules import MAX_DEPTH, Poured, accept_commands
from gastown.store.wisps import Wisps

if TYPE_CHECKING:
    from datetime import timedelta

    from gastown.domain.formulas.recipe import Recipe
    from gastown.domain.molecule import Molecule
    from gastown.ops.beads import NewBead
    from gastown.store.town import Town


@dataclass(frozen=True)
class WispView:
    """One wisp for a list: the root of a molecule, or a bead of its own."""

    bead: Bead
    molecule: Molecule | None
    is_old: bool


@dataclass(frozen=True)
class Collected:
    """What `gc` took away, or would (`dry_run`)."""

    removed: tuple[str, ...]
    kept: int
    dry_run: bool


def _prefix(town: Town, rig: str) -> str:
    return f"{town.read().prefix(rig)}-wisp"


def pour_wisp(
    town: Town, recipe: Recipe, rig: str, *, assignee: str | None = None, actor: str,
    dry_run: bool = False,
) -> Poured:  # fmt: skip
    """Make a molecule of a recipe that is never committed.

    Raises:
        NotFound: the rig does not exist.
        UsageTrouble: a gate or a `waits_for` of the recipe cannot be understood.
    """
    prefix = _prefix(town, rig)
    wisps = Wisps(town.layout)
    with wisps.changing() as change:
        stamp = pouring.Stamp(rig, town.now(), actor, ephemeral=True)

        def fresh(title: str) -> str:
            return new_id(town, prefix, title, actor, 0, wisps.has_bead)

        root = fresh(pouring.title_of(recipe))
        names = pouring.names_for(recipe, root, number=1, max_depth=MAX_DEPTH, free=fresh)
        made = pouring.draft(recipe, names, stamp, assignee=assignee)
        assert made.root is not None
        beads = (made.root, *made.beads)
        if not dry_run:
            for bead in beads:
                change.put(bead)
            change.put(made.molecule)
    if not dry_run:
        accept_commands(town, made.molecule)
    return Poured(
        made.molecule, made.root.title, beads, made.mapping, phase="vapor", dry_run=dry_run
    )


def create_wisp(
    town: Town, rig: str, new: NewBead, *, wisp_type: str | None = None, actor: str
) -> Bead:
    """Make a single wisp.

    Raises:
        NotFound: the rig does not exist.
        UsageTrouble: there is no such kind of wisp, or the title is none.
        Refused: an id, a parent or dependencies were asked for.
    """
    if wisp_type is not None and wisp_type not in TTL:
        raise UsageTrouble(f"no wisp type {wisp_type!r}", hint=f"one of {', '.join(TTL)}")
    if new.identifier or new.parent or new.dependencies or new.waits_for:
        raise Refused("a wisp stands alone: no id of your choice, no parent, no dependencies")
    title = title_of(new.title)
    wisps = Wisps(town.layout)
    prefix = _prefix(town, rig)
    with wisps.changing() as change:
        now = town.now()
        identifier = new_id(town, prefix, title, actor, 0, wisps.has_bead)
        bead = Bead({"id": identifier, "title": title}, rig).with_(
            **{**new.more, "description": new.description or None, "status": BeadState.OPEN.value},
            priority=new.priority, issue_type=new.issue_type,
            labels=sorted(set(new.labels)) or None,
            assignee=new.assignee, acceptance_criteria=new.acceptance, created_at=now,
            created_by=actor, updated_at=now, ephemeral=True, wisp_type=wisp_type,
        )  # fmt: skip
        change.put(bead)
    return bead


def wisps(town: Town, *, rig: str | None = None, every: bool = False) -> list[WispView]:
    """The wisps that there are: roots of molecules and single ones; `every`: closed ones, too."""
    store = Wisps(town.layout)
    now = town.edge.clock()
    molecules = {molecule.id: molecule for molecule in store.molecules()}
    steps = {bead for molecule in molecules.values() for bead in molecule.beads}
    steps |= {gate for molecule in molecules.values() for gate in molecule.gates}
    return [
        WispView(bead, molecules.get(bead.id), is_overdue(bead, now))
        for bead in store.beads(rig=rig)
        if bead.id not in steps and (every or bead.is_live)
    ]


def collect(
    town: Town, *, age: timedelta | None = None, dry_run: bool = False
) -> Collected:  # fmt: skip
    """Take away wisps that are closed or older than their kind is kept; a molecule goes as one.

    Args:
        age: go by this instead: how long nothing has touched it.
    """
    now = town.edge.clock()
    store = Wisps(town.layout)
    with store.changing() as change:
        beads = {bead.id: bead for bead in store.beads()}
        molecules = store.molecules()
        members = {m.id: {m.id, *m.beads, *m.gates} for m in molecules}
        grouped = {name for group in members.values() for name in group}
        groups = [*members.values(), *({name} for name in beads if name not in grouped)]
        gone: list[str] = []
        for group in groups:
            mine = [beads[name] for name in group if name in beads]
            if all(is_overdue(bead, now, age=age) for bead in mine):
                gone += sorted(bead.id for bead in mine)
                for bead in mine:
                    change.delete(bead)
        for molecule in molecules:
            if not members[molecule.id] & (beads.keys() - set(gone)):
                change.delete(molecule)
        if dry_run:
            change.gone.clear()
    return Collected(tuple(gone), len(beads) - len(gone), dry_run)
