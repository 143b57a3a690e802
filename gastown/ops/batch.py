"""One verb for several subjects: one that is refused does not keep the others from being done.

`each` makes an operation, and so a commit, of every subject. `together` makes one of all of them:
fifty beads are closed in the time of one, and `git revert` takes them back at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from gastown.errors import GtError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

T = TypeVar("T")


@dataclass(frozen=True)
class Batch(Generic[T]):
    """What was done, and what was refused and why."""

    done: tuple[T, ...]
    refused: tuple[GtError, ...]


def each(subjects: Iterable[str], operation: Callable[[str], T]) -> Batch[T]:
    """Apply an operation to every subject (named twice counts once)."""
    done: list[T] = []
    refused: list[GtError] = []
    for subject in dict.fromkeys(subjects):
        try:
            done.append(operation(subject))
        except GtError as error:
            refused.append(_named(error, subject))
    return Batch(tuple(done), tuple(refused))


def together(
    town: Town, subjects: Iterable[str], change: Callable[[Transaction, str], T], *, actor: str,
    says: Callable[[dict[str, T]], str],
    after: Callable[[Transaction, dict[str, T]], dict[str, T]] | None = None,
    again: bool = False,
) -> Batch[T]:  # fmt: skip
    """Apply a change to every subject, in one commit (named twice counts once).

    Where the commit as a whole is refused (a person's uncommitted edit of one of the records), each
    subject gets a commit of its own, so that only that one is refused.

    Args:
        says: the commit's subject, from what was done.
        after: what follows from all of them together, in the same commit; returns the results.
        again: try what was refused once more as long as others succeed: their order is no matter.
    """
    wanted = list(dict.fromkeys(subjects))
    try:
        with town.transaction(wanted[0] if wanted else "nothing", actor=actor) as tx:
            done, refused = _tried(tx, wanted, change, again)
            if done and after is not None:
                done = after(tx, done)
            tx.subject = says(done) if done else tx.subject
    except Refused as error:
        if len(wanted) == 1:
            return Batch((), (_named(error, wanted[0]),))
        alone = [
            together(town, (one,), change, actor=actor, says=says, after=after) for one in wanted
        ]
        return Batch(
            tuple(done for batch in alone for done in batch.done),
            tuple(error for batch in alone for error in batch.refused),
        )
    return Batch(tuple(done[one] for one in wanted if one in done), tuple(refused.values()))


def _tried(
    tx: Transaction, wanted: list[str], change: Callable[[Transaction, str], T], again: bool
) -> tuple[dict[str, T], dict[str, GtError]]:
    done: dict[str, T] = {}
    refused: dict[str, GtError] = {}
    left = wanted
    while left:
        refused = {}
        for subject in left:
            try:
                with tx.attempt():
                    done[subject] = change(tx, subject)
            except GtError as error:
                refused[subject] = _named(error, subject)
        left = list(refused) if again and len(refused) < len(left) else []
    return done, refused


def _named(error: GtError, subject: str) -> GtError:
    if subject not in error.message:
        error.message = f"{subject}: {error.message}"
    return error
