"""Keeping budgets: looked at twice a minute while something is limited and an agent works."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.errors import Busy
from gastown.monitor.carer import Carer
from gastown.monitor.workers import Later
from gastown.ops import budgets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

_EVERY_S = 30.0
_BUSY_PAUSE_S = 1.0
_WORKER = "budgets"


class Spending(Carer):
    """Keeping budgets."""

    def __init__(self, town: Town, host: Host, journal: Journal, submit: Submit) -> None:
        super().__init__(town, host, journal, submit)
        self._looked = float("-inf")

    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:  # noqa: ARG002
        """Have done what is due."""
        layout = self._town.layout
        now = time.monotonic()
        if now - self._looked < _EVERY_S or not self._town.settings().budget.is_set:
            return
        if layout.is_quiet:
            return
        if any(self._concerns(hook) for hook in want.hooks) or self._is_paused():
            self._looked = now
            self._submit(_WORKER, "budgets", self._work)

    @staticmethod
    def _concerns(hook: Hook) -> bool:
        return hook.state is HookState.ACTIVE or (hook.reason or "").startswith("budget")

    def _is_paused(self) -> bool:
        return self._town.read().scheduler().paused_by == budgets.PAUSED_BY

    def _work(self, town: Town) -> None:
        try:
            done = budgets.keep(town, self._host)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        for deed in done:
            self._journal.info("budget", what=deed)
