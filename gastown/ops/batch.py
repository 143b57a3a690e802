"""One verb for several subjects: one that is refused does not keep the others from being done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from gastown.errors import GtError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
            if subject not in error.message:
                error.message = f"{subject}: {error.message}"
            refused.append(error)
    return Batch(tuple(done), tuple(refused))
