"""Saying that a bead is being slung, so that nobody does the second half of it meanwhile.

Between the commit of an assignment and its worktree and session there is time in which the monitor
would find them missing. The kernel frees the lock of a sling that was killed.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.store import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

_PATIENCE_S = 0.2  # whoever only asks holds it for an instant


@contextmanager
def slinging(town: Town, bead: str) -> Iterator[None]:
    """Say so while the block runs. Advice only: of two slings at once the ledger decides."""
    lock = _lock(town, bead)
    with ExitStack() as held:
        with suppress(Busy):
            held.enter_context(locks.hold(lock, wait_s=_PATIENCE_S, what=bead))
            held.callback(lock.unlink, missing_ok=True)  # one file per bead would pile up
        yield


def being_slung(town: Town, hook: Hook) -> bool:
    """Whether somebody is slinging the hook's bead right now."""
    return hook.bead is not None and locks.is_held(_lock(town, hook.bead))


def _lock(town: Town, bead: str) -> Path:
    return town.layout.locks / f"sling.{bead}"
