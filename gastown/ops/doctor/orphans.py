"""What belongs to nothing any more: three lists (sessions, worktrees, the ledger) held together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.doctor import orphan_branches, orphan_sessions, orphan_worktrees, wanting

if TYPE_CHECKING:
    from gastown.ops.doctor.finding import Check

CHECKS: tuple[Check, ...] = (
    *wanting.CHECKS,
    *orphan_worktrees.CHECKS,
    *orphan_sessions.CHECKS,
    *orphan_branches.CHECKS,
)
