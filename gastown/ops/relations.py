"""Beads that another one makes needless: duplicates and superseded ones are closed, with a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ops.batch import Batch, together
from gastown.ops.beads import existing
from gastown.ops.closing import Closed, Order, close_bead, describe_released, follow
from gastown.ops.dependencies import add_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.errors import GtError
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction
    from gastown.views.duplicates import Group


@dataclass(frozen=True)
class Merged:
    """A group of duplicates of which one is left."""

    target: str
    closed: tuple[str, ...]


def duplicate(town: Town, identifiers: Iterable[str], of: str, *, actor: str) -> Batch[Closed]:
    """Close beads as duplicates of another one, in one commit; each keeps a link to it.

    Refused are: the bead itself, and what is on a hook or in the merge queue of an agent.
    """
    return _replaced(town, identifiers, of, "duplicates", f"Duplicate of {of}", actor)


def supersede(town: Town, identifiers: Iterable[str], by: str, *, actor: str) -> Batch[Closed]:
    """Close beads because another one takes their place, in one commit; each keeps a link to it.

    Refused are the same as with `duplicate`.
    """
    return _replaced(town, identifiers, by, "supersedes", f"Superseded by {by}", actor)


def merge_duplicates(
    town: Town, groups: Iterable[Group], *, actor: str
) -> tuple[list[Merged], Batch[Closed]]:
    """Close all but one bead of every group, each group in one commit."""
    merged: list[Merged] = []
    done: list[Closed] = []
    refused: list[GtError] = []
    for group in groups:
        batch = duplicate(town, group.sources, group.target, actor=actor)
        merged.append(Merged(group.target, tuple(one.bead.id for one in batch.done)))
        done += batch.done
        refused += batch.refused
    return merged, Batch(tuple(done), tuple(refused))


def _replaced(
    town: Town, identifiers: Iterable[str], by: str, kind: str, reason: str, actor: str
) -> Batch[Closed]:
    order = Order(reason, patient=False)

    def change(tx: Transaction, identifier: str) -> Closed:
        if identifier == by:
            raise Refused(f"{identifier} cannot take its own place")
        existing(tx, by)
        add_link(tx, town, existing(tx, identifier), by, kind, actor)
        return close_bead(tx, town, identifier, order, actor)

    batch = together(
        town, identifiers, change, actor=actor, after=lambda tx, done: follow(tx, town, done),
        says=lambda done: f"close {', '.join(done)}: {reason}",
    )  # fmt: skip
    describe_released(town, batch)
    return batch
