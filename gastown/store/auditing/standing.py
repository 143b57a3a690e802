"""Who holds what while the ledger is replayed: beads and hooks, kept by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.hook import Hook
from gastown.store.picture import AT_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.store.layout import AnyRecord


class Standing:
    """The hooks that hold a bead, and the beads that are worked on, after some commit."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._holders: dict[str, set[str]] = {}
        self._working: dict[str, str | None] = {}

    def put(self, record: AnyRecord) -> None:
        """A record as it is now."""
        if isinstance(record, Hook):
            self._let_go(record.id)
            if record.bead is not None and record.is_live:
                self._held[record.id] = record.bead
                self._holders.setdefault(record.bead, set()).add(record.id)
        elif isinstance(record, Bead):
            self._working.pop(record.id, None)
            if record.state in AT_WORK:
                self._working[record.id] = record.assignee

    def at_work(self) -> list[str]:
        """The beads that are worked on."""
        return list(self._working)

    def after(self, gone: Iterable[AnyRecord], come: Iterable[AnyRecord]) -> Iterator[str]:
        """Take one commit's changes; what does not fit then, in sentences."""
        arrived = list(come)
        for record in gone:
            if isinstance(record, Hook):
                self._let_go(record.id)
            elif isinstance(record, Bead):
                self._working.pop(record.id, None)
        for record in arrived:
            self.put(record)
        for record in arrived:
            if isinstance(record, Hook) and record.bead is not None and record.is_live:
                holders = self._holders[record.bead]
                if len(holders) > 1:
                    yield f"{record.bead} is on several hooks: {', '.join(sorted(holders))}"
            elif self._is_lost(record):
                whose = getattr(record, "assignee", None) or "nobody"
                yield f"{record.id} is hooked, but the hook of {whose} does not hold it"

    def _is_lost(self, record: AnyRecord) -> bool:
        """Whether a bead is said to be on a hook that does not hold it."""
        if not isinstance(record, Bead) or record.state is not BeadState.HOOKED:
            return False
        return self._held.get(record.assignee or "") != record.id

    def _let_go(self, hook: str) -> None:
        bead = self._held.pop(hook, None)
        if bead is not None:
            self._holders[bead].discard(hook)
