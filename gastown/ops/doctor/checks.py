"""All checks, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.doctor import clients, environment, ledger, machine
from gastown.ops.doctor.orphans import CHECKS as ORPHANS

if TYPE_CHECKING:
    from gastown.ops.doctor.finding import Check

CHECKS: tuple[Check, ...] = (
    *environment.CHECKS,
    *clients.CHECKS,
    *ledger.CHECKS,
    *machine.CHECKS,
    *ORPHANS,
)
