"""How molecules end besides being done: squashed into one bead, burnt, or bonded to another.

A poured molecule never vanishes: its beads become tombstones, its record stays. A wisp is gone. A
root that was there before it was poured on is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.errors import NotFound, Refused
from gastown.ops.beads import link, new_id
from gastown.ops.dependencies import way_to
from gastown.ops.landing import land_convoys
from gastown.ops.moves import hook_of, move_bead
from gastown.store.wisps import Wisps, is_wisp
from gastown.views.molecules import MoleculeView, source_of, view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.molecule import Molecule
    from gastown.ops.molecules import Poured
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_KINDS = {"sequential": "blocks", "parallel": "parent-child", "conditional": "conditional-blocks"}


@dataclass(frozen=True)
class Squashed:
    """A molecule that is one closed bead now. `deleted`: how many beads went; none if kept."""

    molecule: str
    digest: Bead
    beads: tuple[str, ...]
    deleted: int
    kept: bool


@dataclass(frozen=True)
class Burnt:
    """A molecule that is given up, and its beads."""

    molecule: str
    beads: tuple[str, ...]
    phase: str


@dataclass(frozen=True)
class Bonded:
    """Two molecules that belong together now; `poured`: the second was made for it."""

    result: str
    other: str
    kind: str
    poured: tuple[Poured, ...] = ()

    @property
    def mapping(self) -> Mapping[str, str]:
        """What was made, by name in its formula."""
        return {name: bead for one in self.poured for name, bead in one.mapping.items()}


def squash(
    town: Town, identifier: str, *, summary: str, keep_children: bool = False, actor: str
) -> Squashed:  # fmt: skip
    """Put one permanent, closed bead in a molecule's place, with a summary of what it did.

    Raises:
        NotFound: there is no such molecule.
        Refused: it is on a hook.
    """
    view = _known(town, identifier)
    wisp = is_wisp(town.layout, identifier)
    ids = _members(view, wisp=wisp)
    with town.transaction(f"squash {identifier}", actor=actor) as tx:
        digest = _digest(tx, town, view, summary, actor)
        tx.put(digest)
        tx.subject = f"squash {identifier} into {digest.id}: {digest.title}"
        if not wisp:
            _check_free(tx, ids)
            reason = f"squashed into {digest.id}"
            _finish(tx, town, view, reason, None if keep_children else actor)
    if wisp and not keep_children:
        _forget(town, view)
    deleted = 0 if keep_children else len(ids) - (not wisp)
    return Squashed(identifier, digest, tuple(ids), deleted, keep_children)


def burn(town: Town, identifier: str, *, actor: str) -> Burnt:
    """Give a molecule up, without a summary.

    Raises:
        NotFound: there is no such molecule.
        Refused: it, or one of its steps, is on a hook.
    """
    view = _known(town, identifier)
    wisp = is_wisp(town.layout, identifier)
    ids = _members(view, wisp=wisp)
    if wisp:
        _forget(town, view)
        return Burnt(identifier, tuple(ids), "vapor")
    root = [] if view.molecule.attached else [view.root.id]
    with town.transaction(f"burn {identifier}: {view.root.title}", actor=actor) as tx:
        _check_free(tx, [*ids, identifier])
        gone = [name for name in [*ids, *root] if name != identifier or root]
        for name in dict.fromkeys(gone):
            _bury(tx, town, tx.bead(name), "burnt", actor)
        land_convoys(tx, town, frozenset(gone))
    return Burnt(identifier, tuple(dict.fromkeys(gone)), "liquid")


def bond(
    town: Town, first: str, second: str, *, kind: str, poured: tuple[Poured, ...] = (), actor: str
) -> Bonded:
    """Join two molecules: the second comes after the first, beside it, or where it fails.

    Raises:
        NotFound: one of them is no molecule.
        Refused: they are the same, one is a wisp, or they are joined the other way round.
    """
    if first == second:
        raise Refused(f"{first} cannot be bonded to itself")
    for name in (first, second):
        if is_wisp(town.layout, name):
            raise Refused(f"{name} is a wisp", hint=f"bd mol squash {name}, or pour it instead")
        _known(town, name)
    with town.transaction(f"bond {second} to {first} ({kind})", actor=actor) as tx:
        root, other = tx.bead(first), tx.bead(second)
        if way_to(tx, first, second) is not None:
            raise Refused(
                f"{first} depends on {second} already", hint=f"bd mol bond {second} {first}"
            )
        now, way = town.now(), _KINDS[kind]
        if not any(
            (item.get("depends_on_id"), item.get("type")) == (first, way)
            for item in other.dependencies
        ):
            links = [
                *map(dict, other.dependencies), {**link(second, first, way, now, actor)},
            ]  # fmt: skip
            tx.put(other.with_(dependencies=links, updated_at=now))
        bonds = [dict(item) for item in root.data.get("bonded_from") or ()]
        if all(item.get("source_id") != second for item in bonds):
            bonds.append({"source_id": second, "bond_type": kind})
            tx.put(root.with_(bonded_from=bonds, updated_at=now))
    return Bonded(first, second, kind, poured)


def _known(town: Town, identifier: str) -> MoleculeView:
    source = source_of(town, identifier)
    found: Molecule | None = source.find("molecule", identifier)
    if found is None:
        raise NotFound(f"no molecule {identifier!r}", hint="bd mol list shows all")
    return view_of(source, found)


def _members(view: MoleculeView, *, wisp: bool) -> list[str]:
    """The ids of steps and gates, and of a wisp's root."""
    ids = [step.bead.id for step in view.steps] + list(view.molecule.gates)
    return [*ids, view.root.id] if wisp else ids


def _check_free(tx: Transaction, ids: list[str]) -> None:
    for name in ids:
        hook = hook_of(tx, tx.bead(name))
        if hook is not None:
            raise Refused(f"{name} is on the hook of {hook.id}", hint=f"gt unsling {name}")


def _digest(tx: Transaction, town: Town, view: MoleculeView, summary: str, actor: str) -> Bead:
    """The bead that remains: closed, with the summary and the steps as they ended."""
    rig = view.root.rig
    prefix = tx.read.prefix(rig)
    title = f"Digest: {view.root.title}"[:500]
    identifier = new_id(town, prefix, title, actor, tx.read.count_beads(rig), tx.read.has_bead)
    steps = "\n".join(f"- {step.title}: {step.state}" for step in view.steps)
    now = town.now()
    return Bead({"id": identifier, "title": title}, rig).with_(
        description=f"{summary.strip()}\n\n## Steps\n{steps}".strip(),
        status=BeadState.CLOSED.value, priority=view.root.priority, issue_type="task",
        created_at=now, created_by=actor, updated_at=now, closed_at=now,
        close_reason=f"squashed from {view.root.id}", source_formula=view.molecule.formula,
    )  # fmt: skip


def _finish(
    tx: Transaction, town: Town, view: MoleculeView, reason: str, bury: str | None
) -> None:  # fmt: skip
    """Close what is left of a poured molecule; `bury`: who deletes its steps, None: nobody."""
    closed = set()
    for name in _members(view, wisp=False):
        bead = tx.bead(name)
        if bury is not None:
            _bury(tx, town, bead, reason, bury)
        elif bead.is_live:
            move_bead(tx, town, bead, "close", closed_at=town.now(), close_reason=reason)
        closed.add(name)
    root = tx.bead(view.root.id)
    if root.is_live and not view.molecule.attached:
        if hook_of(tx, root) is not None:
            _check_free(tx, [root.id])
        move_bead(tx, town, root, "close", closed_at=town.now(), close_reason=reason)
        closed.add(root.id)
    land_convoys(tx, town, frozenset(closed))


def _bury(tx: Transaction, town: Town, bead: Bead, reason: str, actor: str) -> None:
    if bead.state is not BeadState.TOMBSTONE:
        now = town.now()
        move_bead(
            tx, town, bead, "delete", deleted_at=now, deleted_by=actor, delete_reason=reason,
            original_type=bead.issue_type,
        )  # fmt: skip


def _forget(town: Town, view: MoleculeView) -> None:
    wisps = Wisps(town.layout)
    with wisps.changing() as change:
        for bead in wisps.beads(identifiers=_members(view, wisp=True)):
            change.delete(bead)
        change.delete(view.molecule)
