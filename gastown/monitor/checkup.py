"""How every agent is, in each round: looked at, judged, held against the rounds before, published."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.town import Town


class Checkup:
    """The health of a town's agents, as one monitor has seen it so far."""

    def __init__(self, town: Town, host: Host) -> None:
        self._town = town
        self._host = host

    def look(
        self, hooks: Iterable[Hook], sessions: Mapping[str, Session]
    ) -> Mapping[str, Health]:  # fmt: skip
        """How every agent is now, by the ids of the hooks."""
        return {}
