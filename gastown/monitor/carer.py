"""What those have in common who look after agents in each round: they decide, workers do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.health import Health
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town


class Carer(ABC):
    """Somebody who looks after agents.

    Args:
        submit: gives a job to a worker: its name, the job's key, the job.
    """

    def __init__(self, town: Town, host: Host, journal: Journal, submit: Submit) -> None:
        self._town = town
        self._host = host
        self._journal = journal
        self._submit = submit

    @abstractmethod
    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:
        """Have done what is due, by the ledger and by how agents are."""
