"""What two merged halves of a town may disagree about, put right; pure.

Each record was merged by itself. Here hooks and beads point at each other again: a bead is on at
most one hook (the earlier sling holds), a hook holds only what is there to be worked on, and what
is on a hook is its agent's. A convoy that landed is open again where a bead of it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import LIVE, BeadState
from gastown.domain.merging.three_way import Loser, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.record import Json

    Data = dict[str, Json]

_ON_A_HOOK = ("hooked", "in_progress", "blocked")
_AT_WORK = ("hooked", "in_progress")
_HOLDING = ("active", "suspended", "completed")
_PENDING = ("queued", "testing", "failed", "conflicted")


@dataclass
class Halves:
    """Records of the merged town by id; `settle` changes them, and notes which and why.

    Attributes:
        beads: those that hooks hold, and those that either side changed.
    """

    beads: dict[str, Data]
    hooks: dict[str, Data]
    merges: dict[str, Data]
    convoys: dict[str, Data]
    changed: set[tuple[str, str]] = field(default_factory=set)
    losers: list[Loser] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Put right what can be, and note it and the rest."""
        self._one_hook_each()
        for identifier in sorted(self.hooks):
            self._check_hook(identifier)
        for identifier in sorted(self.beads):
            self._check_bead(identifier)
        for identifier in sorted(self.merges):
            self._check_merge(identifier)
        for identifier in sorted(self.convoys):
            self._check_convoy(identifier)

    def _one_hook_each(self) -> None:
        holders: dict[str, list[str]] = {}
        for identifier, hook in self.hooks.items():
            if hook.get("bead") and hook.get("state") in _HOLDING:
                holders.setdefault(str(hook["bead"]), []).append(identifier)
        for bead, several in sorted(holders.items()):
            first, *others = sorted(several, key=self._slung)
            for other in sorted(others):
                self._release(other, f"{bead} was slung to {first} before")

    def _slung(self, hook: str) -> tuple[Any, str]:
        return instant(self.hooks[hook].get("updated_at")), hook

    def _check_hook(self, identifier: str) -> None:
        hook = self.hooks[identifier]
        held = hook.get("bead")
        if not held:
            return
        bead = self.beads.get(str(held))
        if bead is None or _status(bead) not in LIVE:
            self._release(identifier, f"{held} is {'gone' if bead is None else _status(bead)}")
            return
        wanted = {"assignee": identifier}
        if _status(bead) not in _ON_A_HOOK:
            wanted["status"] = "hooked"
        self._set("bead", str(held), bead, wanted, f"it is on the hook of {identifier}")

    def _check_bead(self, identifier: str) -> None:
        bead = self.beads[identifier]
        agent = str(bead.get("assignee") or "")
        hook = self.hooks.get(agent, {})
        is_held = hook.get("bead") == identifier and hook.get("state") in _HOLDING
        is_persons = hook.get("role") == "crew" and hook.get("state") != "archived"
        loose = _status(bead) == "hooked" or ("/" in agent and not is_persons)
        if _status(bead) in _AT_WORK and not is_held and loose:
            wanted = {"status": "open", "assignee": None}
            self._set("bead", identifier, bead, wanted, "no hook holds it any more")

    def _check_merge(self, identifier: str) -> None:
        merge = self.merges[identifier]
        if merge.get("state") not in _PENDING:
            return
        bead = self.beads.get(str(merge.get("bead")))
        lost = [] if bead is not None else [f"bead {merge.get('bead')}"]
        lost += [] if merge.get("hook") in self.hooks else [f"hook {merge.get('hook')}"]
        if lost:
            self.notes.append(f"merge {identifier} names {' and '.join(lost)}, not there")
        elif bead is not None and _status(bead) not in LIVE:
            self.notes.append(f"merge {identifier} waits, but {bead['id']} is {_status(bead)}")

    def _check_convoy(self, identifier: str) -> None:
        convoy = self.convoys[identifier]
        named: Iterable[Any] = convoy.get("beads") or ()
        waiting = [one for one in named if _status(self.beads.get(one, {"status": ""})) in LIVE]
        if convoy.get("state") == "landed" and waiting:
            why = f"{', '.join(sorted(waiting))} is not closed"
            self._set("convoy", identifier, convoy, {"state": "open", "landed_at": None}, why)

    def _release(self, identifier: str, why: str) -> None:
        wanted = {"state": "created", "bead": None, "reason": None}
        self._set("hook", identifier, self.hooks[identifier], wanted, why)

    def _set(self, kind: str, identifier: str, data: Data, wanted: Data, why: str) -> None:
        """Change keys; what stood there goes to the attic."""
        different = {key: new for key, new in wanted.items() if data.get(key) != new}
        if not different:
            return
        when = str(data.get("updated_at") or "")
        for key, new in different.items():
            if data.get(key) is not None:
                self.losers.append(Loser(identifier, key, data[key], "merge", when))
            if new is None and kind == "bead":
                data.pop(key, None)
            else:
                data[key] = new
        told = ", ".join(f"{key} {new if new is not None else 'none'}" for key, new in
                         different.items())  # fmt: skip
        self.changed.add((kind, identifier))
        self.notes.append(f"{kind} {identifier}: {told}, since {why}")


def _status(bead: Data) -> str:
    return str(bead.get("status", BeadState.OPEN))
