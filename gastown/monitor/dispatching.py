"""Slinging what waits as soon as there is a place for it, and holding runtimes at their limits.

Each round looks: a round follows every commit of the ledger and every end of a session, and these
are all that frees a place. Where nothing waits a look costs two questions to the cache.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from gastown.domain.dispatch import DispatchState
from gastown.errors import Busy
from gastown.monitor.carer import Carer
from gastown.monitor.holding import Holding
from gastown.monitor.workers import Later
from gastown.ops.scheduling.passing import dispatch, is_due

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.health import Health
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

WORKER = "dispatch"
_BUSY_PAUSE_S = 0.2
_FUTILE_PAUSE_S = 0.5
_QUIET_S = 10.0


class Dispatching(Carer):
    """Slinging what waits as soon as there is a place for it."""

    def __init__(self, town: Town, host: Host, journal: Journal, submit: Submit) -> None:
        super().__init__(town, host, journal, submit)
        self._quiet = "", 0.0
        self._holding = Holding(host, journal, partial(submit, WORKER), partial(submit, "wakes"))

    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:
        """Have done what is due."""
        layout = self._town.layout
        if layout.is_quiet:
            return
        self._holding.look(self._town, want.hooks, healths)
        if self._is_quiet(want.commit):
            return
        if is_due(self._town, self._host):
            self._submit(WORKER, "pass", self._pass)
        elif not self._town.read().dispatches(DispatchState.QUEUED):
            self._quiet = want.commit, time.monotonic() + _QUIET_S

    def _is_quiet(self, commit: str) -> bool:
        """Whether only time could have brought something to do, and not much of it has passed."""
        seen, until = self._quiet
        return seen == commit and time.monotonic() < until

    def _pass(self, town: Town) -> None:
        try:
            passed = dispatch(town, self._host, patience_s=0)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        for one in passed.slung:
            self._journal.info("dispatched", bead=one.bead, hook=one.hook.id)
        for bead, why in passed.withdrawn:
            self._journal.info("withdrawn", bead=bead, why=why)
        for failure in passed.failures:
            self._journal.warn("not-slung", bead=failure.bead, why=failure.why)
        if not (passed.slung or passed.withdrawn or passed.failures):
            raise Later(_FUTILE_PAUSE_S)  # what seemed possible was not: no hurry
