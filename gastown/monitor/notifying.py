"""Telling the person where no tray does: looked at when something has changed or is due.

A round costs a look at a lock; the town is gathered in a worker, at most once a second.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.monitor.carer import Carer
from gastown.monitor.workers import Later
from gastown.ops.notifying import Notifier, notify_once
from gastown.store import locks
from gastown.store.town import Town

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.health import Health
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal

_WORKER = "notices"
_SPACING_S = 1.0
_AT_LEAST_S = 60.0  # the disk fills up without a word
_BUSY_PAUSE_S = 1.0


class Notifying(Carer):
    """Telling the person where no tray does."""

    def __init__(self, town: Town, host: Host, journal: Journal, submit: Submit) -> None:
        super().__init__(town, host, journal, submit)
        root, edge = town.layout.root, town.edge
        self._notifier = Notifier(lambda: Town(root, edge), host)
        self._seen: object = None
        self._looked = float("-inf")
        self._due = 0.0

    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:
        """Have told what is due."""
        kinds = {name: (one.condition, one.wait, one.since) for name, one in healths.items()}
        seen = (want.commit, kinds)
        now = time.monotonic()
        if now - self._looked < _SPACING_S:
            return
        if seen == self._seen and time.time() < self._due and now - self._looked < _AT_LEAST_S:
            return
        if locks.is_held(self._town.layout.notifier_lock):
            self._seen = None  # when the tray is gone, everything is looked at
            return
        self._seen, self._looked, self._due = seen, now, float("inf")
        self._submit(_WORKER, "notices", self._work)

    def _work(self, town: Town) -> None:
        try:
            told = notify_once(town, self._host, self._notifier)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        if told is None:
            return
        if told.again_at is not None:
            self._due = told.again_at
        for notice in told.notices:
            self._journal.info("notice", title=notice.title)
