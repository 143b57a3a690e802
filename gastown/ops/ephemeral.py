"""The verbs of beads on wisps: what `bd close` and `bd update` do, without a commit.

The same functions change a bead; here they write wisps where a transaction writes the ledger. A
command may name both kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.errors import Refused
from gastown.ops import closing, updating
from gastown.ops.batch import Batch, each
from gastown.ops.bead_status import reopen_bead
from gastown.ops.moves import with_note
from gastown.store.wisps import Wisps, is_wisp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.bead import Bead
    from gastown.ops.closing import Closed, Order
    from gastown.ops.updating import Change
    from gastown.store.town import Town


def close_all(town: Town, identifiers: Iterable[str], order: Order, *, actor: str) -> Batch[Closed]:
    """As `closing.close_all`, for wisps and others."""
    return _split(
        town, identifiers,
        lambda tx, one: closing.close_bead(tx, town, one, order, actor),
        lambda others: closing.close_all(town, others, order, actor=actor),
    )  # fmt: skip


def reopen(
    town: Town, identifiers: Iterable[str], *, reason: str | None, actor: str
) -> Batch[Bead]:
    """As `closing.reopen`, for wisps and others."""

    def change(tx: Any, identifier: str) -> Bead:
        bead = tx.bead(identifier)
        return reopen_bead(tx, town, with_note(bead, reason) if reason else bead)

    return _split(
        town, identifiers, change,
        lambda others: closing.reopen(town, others, reason=reason, actor=actor),
    )  # fmt: skip


def update(town: Town, identifiers: Iterable[str], change: Change, *, actor: str) -> Batch[Bead]:
    """As `updating.update`, for wisps and others; a wisp has no parent that is committed."""
    checked = updating.checked(town, change)

    def apply(tx: Any, identifier: str) -> Bead:
        if checked.parent:
            raise Refused(f"{identifier} is a wisp: it gets no other parent")
        if "ephemeral" in checked.without:
            raise Refused(
                f"{identifier} is a wisp", hint=f"bd mol squash {identifier} --summary TEXT"
            )
        return updating.apply(tx, town, identifier, checked, actor)

    return _split(
        town, identifiers, apply,
        lambda others: updating.update(town, others, change, actor=actor),
    )  # fmt: skip


def _split(
    town: Town, identifiers: Iterable[str], apply: Callable[[Any, str], Any],
    others: Callable[[tuple[str, ...]], Batch[Any]],
) -> Batch[Any]:  # fmt: skip
    names = tuple(dict.fromkeys(identifiers))

    def one(identifier: str) -> Any:
        with Wisps(town.layout).changing() as change:
            return apply(change, identifier)

    wisps = [name for name in names if is_wisp(town.layout, name)]
    mine = each(wisps, one)
    committed = tuple(name for name in names if name not in wisps)
    if wisps and not committed:
        return mine
    rest = others(committed)
    return Batch((*mine.done, *rest.done), (*mine.refused, *rest.refused))
