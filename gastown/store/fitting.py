"""Whether the town still fits together when records change that no operation has checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.store.invariants import Trouble, disagreements
from gastown.store.picture import Key, Picture, key_of
from gastown.store.references import lost_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town


def find_misfits(
    town: Town, base: str, changed: Iterable[tuple[AnyRecord | None, AnyRecord | None]],
    files: Mapping[str, bytes | None],
) -> list[Trouble]:  # fmt: skip
    """What would not fit together any more.

    Args:
        base: the commit that the change is made on.
        changed: each record as it is there, and as it becomes; None: it is not there.
        files: what the files become in the same commit; None: they go.
    """
    gone: dict[Key, AnyRecord | None] = {}
    come: dict[Key, AnyRecord | None] = {}
    for now, then in changed:
        gone |= {key_of(now): None} if now is not None else {}
        come |= {key_of(then): then} if then is not None else {}
    before = Picture(town.at(base))
    troubles = disagreements(before, before.after({**gone, **come}), [*gone, *come])
    vanished = [key for key in gone if key not in come]
    return troubles + lost_references(town, before, vanished, files)
