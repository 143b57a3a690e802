"""Beads: deleted. A tombstone stays, so that the id is never given again and no import revives it.

What pointed at a deleted bead no longer does, open convoys no longer carry it, and the answer names
all that was touched. Texts stay as they are. What is on a hook or waits in the merge queue is not
deleted. `git revert` of the commit brings everything back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.convoy import ConvoyState
from gastown.errors import NotFound, Refused
from gastown.ops.beads import existing
from gastown.ops.closing import check_not_queued
from gastown.ops.dependencies import without_links
from gastown.ops.landing import land_if_complete
from gastown.ops.moves import hook_of, move_bead

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.convoy import Convoy
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


@dataclass(frozen=True)
class Reference:
    """A bead that points at one that is deleted."""

    bead: str
    target: str
    type: str
    title: str


@dataclass(frozen=True)
class Deleted:
    """What was deleted, or would be.

    Attributes:
        references: links of other beads that are gone with it.
        convoys: open convoys that no longer carry it; `landed`: those that landed by that.
        happened: it was done; else it is only told.
        dependents: with a cascade, beads that are deleted because they depend on others here.
    """

    beads: tuple[Bead, ...]
    references: tuple[Reference, ...]
    convoys: tuple[str, ...]
    landed: tuple[Convoy, ...]
    happened: bool
    dependents: tuple[str, ...] = ()


def delete(
    town: Town, identifiers: Iterable[str], *, reason: str | None, cascade: bool, force: bool,
    actor: str,
) -> Deleted:  # fmt: skip
    """Delete beads, all of them in one commit or none; without `force` only tell what it would do.

    Args:
        cascade: delete what depends on them, too, children and theirs included.

    Raises:
        NotFound: there is no such bead, or it was deleted already.
        Refused: one of them is on a hook, or its work waits in the merge queue.
    """
    named = list(dict.fromkeys(identifiers))
    with town.transaction(f"delete {', '.join(named)}", actor=actor) as tx:
        beads = [existing(tx, one) for one in named]
        more = _dependents(tx, named) if cascade else []
        beads += more
        for bead in beads:
            _check_free(tx, bead)
        gone = {bead.id for bead in beads}
        references = _references(tx, gone)
        carrying = [c for c in tx.read.convoys(ConvoyState.OPEN) if gone & set(c.beads)]
        names = tuple(convoy.id for convoy in carrying)
        told = Deleted(tuple(beads), tuple(references), names, (), happened=False,
                       dependents=tuple(bead.id for bead in more))  # fmt: skip
        if not force:
            return told
        tx.subject = f"delete {', '.join(bead.id for bead in beads)}: {reason or beads[0].title}"
        buried = tuple(_bury(tx, town, bead, reason, actor) for bead in beads)
        _forget(tx, town, references, gone)
        landed = tuple(_lighten(tx, town, convoy, gone) for convoy in carrying)
    return replace(
        told, beads=buried, landed=tuple(one for one in landed if one is not None), happened=True
    )


def _dependents(tx: Transaction, named: list[str]) -> list[Bead]:
    """What depends on the named beads in any way that holds or contains, and what on that."""
    found: dict[str, Bead] = {}
    todo = list(named)
    while todo:
        for other, kind in tx.read.dependents(todo.pop(0)):
            if other in found or other in named or kind in _LOOSE:
                continue
            bead = tx.find_bead(other)
            if bead is not None and bead.state is not BeadState.TOMBSTONE:
                found[other] = bead
                todo.append(other)
    return list(found.values())


# Links that say something of two beads, but make neither a part or a follower of the other.
_LOOSE = frozenset(
    "related relates-to discovered-from replies-to duplicates supersedes tracks caused-by validates"
    " delegated-from authored-by assigned-to approved-by attests".split()
)


def _check_free(tx: Transaction, bead: Bead) -> None:
    hook = hook_of(tx, bead)
    if hook is not None:
        raise Refused(
            f"{bead.id} is on the hook of {hook.id}", hint=f"take it off: gt unsling {bead.id}"
        )
    check_not_queued(tx, bead)


def _references(tx: Transaction, gone: set[str]) -> list[Reference]:
    found = []
    for target in sorted(gone):
        for other, kind in tx.read.dependents(target):
            bead = tx.find_bead(other) if other not in gone else None
            if bead is not None and bead.state is not BeadState.TOMBSTONE:
                found.append(Reference(other, target, kind, bead.title))
    return list(dict.fromkeys(found))


def _bury(tx: Transaction, town: Town, bead: Bead, reason: str | None, actor: str) -> Bead:
    return move_bead(
        tx, town, bead, "delete", closed_at=None, deleted_at=town.now(), deleted_by=actor,
        delete_reason=reason or "deleted", original_type=bead.issue_type,
    )  # fmt: skip


def _forget(tx: Transaction, town: Town, references: list[Reference], gone: set[str]) -> None:
    for identifier in dict.fromkeys(one.bead for one in references):
        bead = tx.find_bead(identifier)
        if bead is None:  # it was there a moment ago, under the same lock
            raise NotFound(f"no bead {identifier!r}")
        tx.put(without_links(bead, gone).with_(updated_at=town.now()))


def _lighten(tx: Transaction, town: Town, convoy: Convoy, gone: set[str]) -> Convoy | None:
    """Take deleted beads from a convoy; the convoy, if it is complete by that."""
    rest = tuple(bead for bead in convoy.beads if bead not in gone)
    lighter = replace(convoy, beads=rest, updated_at=town.now())
    tx.put(lighter)
    return land_if_complete(tx, town, lighter)
