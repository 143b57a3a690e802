"""Waiting for slung work to be handed in, then merging it (until a monitor does both)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState
from gastown.ops import refinery, sessions
from gastown.ops.refinery import RefineryRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host
    from gastown.ops.sling import Slung
    from gastown.store.town import Town

POLL_S = 0.2
# Somebody else's refinery may be testing our work: its gates take what they take.
PATIENCE_S = 3600.0


@dataclass(frozen=True)
class Finished:
    """What became of slung work.

    Attributes:
        unfinished: agents whose session ended without `gt done`.
    """

    run: RefineryRun
    unfinished: tuple[str, ...]
    beads: tuple[str, ...]
    closed: tuple[str, ...]

    @property
    def all_merged(self) -> bool:
        """Whether every bead is closed."""
        return set(self.beads) <= set(self.closed)


def together(first: Finished, second: Finished) -> Finished:
    """Two waits as one."""
    run = RefineryRun(
        tuple(dict.fromkeys((*first.run.rigs, *second.run.rigs))),
        (*first.run.verdicts, *second.run.verdicts), (*first.run.retired, *second.run.retired),
    )  # fmt: skip
    return Finished(
        run, (*first.unfinished, *second.unfinished), (*first.beads, *second.beads),
        (*first.closed, *second.closed),
    )  # fmt: skip


def finish(
    town: Town, slung: list[Slung], *, host: Host, announce: Callable[[str], None]
) -> Finished:
    """Wait until every agent has handed in its work or ended, then work the merge queue."""
    hooks = {one.bead: one.hook for one in slung}
    unfinished = []
    for one in slung:
        if not one.started:
            unfinished.append(one.hook.id)
            announce(f"! no agent was started for {one.bead}, so there is nothing to wait for")
        elif not _handed_in(town, host, one.hook):
            unfinished.append(one.hook.id)
            announce(f"! {one.hook.id} ended without handing in {one.bead}: gt peek {one.hook.id}")
    rigs = sorted({hook.rig for hook in hooks.values()})
    runs = [
        refinery.run(town, host=host, rig=rig, announce=announce, patience_s=PATIENCE_S)
        for rig in rigs
    ]
    run = RefineryRun(
        tuple(rigs),
        tuple(verdict for one in runs for verdict in one.verdicts),
        tuple(retired for one in runs for retired in one.retired),
    )
    statuses = town.read().statuses(hooks)
    closed = tuple(bead for bead, status in statuses.items() if status == "closed")
    return Finished(run, tuple(unfinished), tuple(hooks), closed)


def _handed_in(town: Town, host: Host, hook: Hook) -> bool:
    """Wait for one agent; False: its session ended and the hook is still active."""
    running = sessions.sessions_of(town, host)
    while True:
        now = town.read().hook(hook.id)
        if now is None or now.generation != hook.generation or now.state is not HookState.ACTIVE:
            return True
        if sessions.is_dead(running, hook):
            # It may have handed in between the two looks: the ledger has the last word.
            now = town.read().hook(hook.id)
            return now is None or now.state is not HookState.ACTIVE
        time.sleep(POLL_S)
