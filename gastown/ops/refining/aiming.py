"""Where work is to be merged: the rig's branch, or the integration branch of its epic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.integration import Integration, IntegrationState
from gastown.ops.moves import ancestry

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.transaction import Transaction

LIVE = (IntegrationState.OPEN, IntegrationState.LANDING)


def branch_for(tx: Transaction, bead: Bead, rig: str) -> Integration | None:
    """The integration branch that a bead's work is merged into: that of its nearest epic."""
    for above in ancestry(tx, bead):
        found = tx.read.find("integration", above.id) if above.id != bead.id else None
        if found is not None and found.rig == rig and found.state in LIVE:
            return found  # type: ignore[no-any-return]
    return None
