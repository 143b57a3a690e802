"""Names for polecats: given out in order, re-used when their bearer is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

POOL = tuple(
    "toast nux slit ace rictus capable valkyrie dag keeper morsov coma doof furiosa glory max"
    " angharad cheedo organic prime bullet aunty pig scrooloose savannah gyro feral papagallo"
    " zetta warrior wez humungus toady curmudgeon mudguts goose jim cundalini sarse clunk".split()
)


def free_name(taken: Iterable[str], *, last: bool = False) -> str:
    """The first (or `last`) name of the pool that nobody bears now; after the pool, `polecat-N`."""
    used = set(taken)
    for name in reversed(POOL) if last else POOL:
        if name not in used:
            return name
    number = len(POOL) + 1
    while f"polecat-{number}" in used:
        number += 1
    return f"polecat-{number}"
