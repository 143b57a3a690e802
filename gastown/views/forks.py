"""The forks of a town, and what was decided on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.store.layout import FORK_BASE_REF, Layout
from gastown.store.past import moments
from gastown.store.town import Town
from gastown.views.choosing import is_adoption, taken_back
from gastown.views.history import operations

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.views.history import Operation


@dataclass(frozen=True)
class Fork:
    """One fork.

    Attributes:
        base: the commit of the town's ledger at which it began; `base_at`: when that was, in
            seconds since 1970.
        operations: what was decided on it, oldest first.
        behind: how many operations the town has done since.
        trouble: why it cannot be read, if so.
    """

    name: str
    root: Path
    base: str = ""
    base_at: int = 0
    operations: tuple[Operation, ...] = ()
    behind: int = 0
    trouble: str | None = None


def fork_list(town: Town) -> list[Fork]:
    """Every fork, by name."""
    folder = town.layout.forks
    found = []
    for root in sorted(folder.iterdir()) if folder.is_dir() else ():
        layout = Layout(root)
        if layout.is_town:
            try:
                found.append(_fork(town, root))
            except GtError as error:
                found.append(Fork(root.name, root, trouble=error.message))
    return found


def base_of(fork: Town) -> str:
    """The commit of the town's ledger at which a fork began."""
    return fork.ledger.text("rev-parse", "--verify", FORK_BASE_REF)


def decisions(fork: Town, base: str) -> tuple[Operation, ...]:
    """What was done on a fork since its base, oldest first, and was not taken back there."""
    done = operations(fork.ledger, f"{base}..{fork.commit()}", limit=None, main_line=True)
    done = [one for one in done if not is_adoption(one)]
    own = {one.op for one in done}
    back = taken_back(fork)
    moot = {one for one, _ in back.items() if one in own}
    for undo in set(back.values()):
        undone = {one for one, by in back.items() if by == undo}
        moot |= {undo} if undone <= own else set()
    return tuple(one for one in reversed(done) if one.op is None or one.op not in moot)


def _fork(town: Town, root: Path) -> Fork:
    fork = Town(root, town.edge)
    base = base_of(fork)
    [began] = moments(fork.ledger, f"{base}^!")
    behind = int(town.ledger.text("rev-list", "--count", "--first-parent",
                                  f"{base}..{town.commit()}"))  # fmt: skip
    return Fork(root.name, root, base, began.at, decisions(fork, base), behind)
