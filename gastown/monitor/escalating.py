"""Sending escalations by their routes, and letting those rise that nobody acknowledges.

Those whose matter has settled itself are resolved. Nothing is looked at before the ledger has moved
or something is due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.monitor.carer import Carer
from gastown.monitor.workers import Later
from gastown.ops import escalating
from gastown.ops.moot import moot, resolve_moot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gastown.domain.health import Health
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

_WORKER = "escalation"
_BUSY_PAUSE_S = 1.0


class Escalating(Carer):
    """Sending escalations by their routes, and letting those rise that nobody acknowledges."""

    def __init__(self, town: Town, host: Host, journal: Journal, submit: Submit) -> None:
        super().__init__(town, host, journal, submit)
        self._commit: str | None = None
        self._due: datetime | None = None

    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:  # noqa: ARG002
        """Have done what is due."""
        if want.commit != self._commit:
            self._due = escalating.next_due(self._town)
            self._commit = want.commit
            if moot(self._town.read()):
                self._submit(_WORKER, "moot escalations", self._resolve)
        if self._due is not None and self._due <= self._town.edge.clock():
            self._submit(_WORKER, "escalations", self._work)

    def _resolve(self, town: Town) -> None:
        try:
            for one in resolve_moot(town):
                self._journal.info("escalation-moot", id=one.id, why=one.resolution or "")
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None

    def _work(self, town: Town) -> None:
        try:
            for one in escalating.rise(town):
                self._journal.info("escalation-rises", id=one.id, severity=one.severity.value)
            sent = escalating.deliver(town, self._host)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        for told in sent.told:
            self._journal.info("escalation-told", what=told)
        for failed in sent.failed:
            self._journal.warn("escalation-untold", what=failed)
