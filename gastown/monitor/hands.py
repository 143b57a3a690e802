"""The monitor's workers: one for worktrees and sessions, one for each rig's refinery, one for
snapshots, one for upkeep. A round says what is to be done; they do it, each in its own thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.monitor.keeper import Keeper
from gastown.monitor.upkeep import Upkeep
from gastown.monitor.workers import Later, Worker
from gastown.ops import conversations, reconcile, refinery, sessions, snapshots
from gastown.ops.refinery import Interrupted
from gastown.ops.retire import place_held
from gastown.runtime.sessions import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.reconcile import Need
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

    Submit = Callable[[str, str, Callable[[Town], None]], bool]

_BUSY_PAUSE_S = 1.0
_HELD_PAUSE_S = 30.0
_PATIENCE_S = 10.0


class Hands:
    """Everything that a monitor does beside its rounds.

    Args:
        open_town: gives each worker a town of its own.
        ring: wakes the loop when a job is done.
    """

    def __init__(
        self, open_town: Callable[[], Town], host: Host, journal: Journal,
        ring: Callable[[], None],
    ) -> None:  # fmt: skip
        self._open_town = open_town
        self._host = host
        self._journal = journal
        self._ring = ring
        self._workers: dict[str, Worker] = {}
        self._keeper = Keeper(journal)
        self._upkeep = Upkeep(journal, host.env)

    def meet(self, need: Need) -> None:
        """Do what the ledger needs done."""
        slow = need.kind is reconcile.Kind.GO_ON  # it fetches, and starts agents
        self._worker("slings" if slow else "worktrees").submit(
            need.key, lambda town: self._meet(town, need)
        )

    def capture(self, hook: Hook, why: str) -> None:
        """Take a snapshot of a hook's worktree."""
        self._worker("snapshots").submit(
            f"snapshot {hook.id}", lambda town: self._capture(town, hook, why)
        )

    def note_end(self, hook: Hook, how: str) -> None:
        """The agent's client is gone, and with it what it was saying."""
        self._worker("snapshots").submit(
            f"end {hook.id}", lambda town: self._note_end(town, hook, how)
        )

    def submit(self, worker: str, key: str, job: Callable[[Town], None]) -> bool:
        """Give a job to the worker of that name; False: it is queued, at work or put off."""
        return self._worker(worker).submit(key, job)

    def poke(self, hook_id: str) -> None:
        """Something happened in a hook: its files may have changed."""
        self._keeper.poke(hook_id)

    def watch_over(self, hooks: Iterable[Hook], alive: frozenset[str]) -> None:
        """Take snapshots of these hooks when their files have settled after a change."""
        self._keeper.follow(hooks, alive)
        self.take_due_snapshots()

    def take_due_snapshots(self) -> None:
        """Look at the worktrees whose time has come."""
        if self._keeper.is_due():
            self._worker("snapshots").submit("settled work", self._keeper.work)

    def work_refinery(self, rig: str) -> None:
        """Test and merge what is queued in a rig."""
        self._worker(f"refinery {rig}").submit(rig, lambda town: self._refine(town, rig))

    def forgive_refinery(self, rig: str) -> None:
        """A rig's target has moved: what had to wait may go on."""
        if f"refinery {rig}" in self._workers:
            self._workers[f"refinery {rig}"].forgive(rig)

    def fetch(self, rig: str) -> None:
        """Look at a rig's origin."""
        self._worker("upkeep").submit(f"fetch {rig}", lambda town: self._upkeep.fetch(town, rig))

    def keep_up(self) -> None:
        """Do what is due of the slow rounds: fetches, repositories, logs, disk space."""
        if self._upkeep.is_due():
            self._worker("upkeep").submit("upkeep", self._upkeep.work)

    def busy(self) -> dict[str, str]:
        """What each worker is at."""
        found = {name: worker.busy_with for name, worker in self._workers.items()}
        return {name: job for name, job in found.items() if job}

    def next_due_s(self) -> float:
        """In how many seconds a snapshot may be due."""
        return self._keeper.next_due_s()

    def stop(self) -> None:
        """End the workers; a gate that runs is stopped and its request stays in the queue."""
        for worker in self._workers.values():
            worker.stop()
        for worker in self._workers.values():
            if not worker.join(_PATIENCE_S):
                self._journal.warn("still-busy", worker=worker.name, job=worker.busy_with)

    def _worker(self, name: str) -> Worker:
        if name not in self._workers:
            self._workers[name] = Worker(name, self._open_town, self._journal, self._ring)
        return self._workers[name]

    def _meet(self, town: Town, need: Need) -> None:
        try:
            done = reconcile.meet(town, self._host, need)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        if done is not None:
            self._journal.info(need.kind.value, what=done)

    def _capture(self, town: Town, hook: Hook, why: str) -> None:
        taken = snapshots.capture(town, hook, why)
        if taken is not None:
            self._journal.info("snapshot", hook=hook.id, why=why, id=taken.oid[:12])

    def _note_end(self, town: Town, hook: Hook, how: str) -> None:
        try:
            with place_held(town, hook, reconcile.PATIENCE_S):  # whoever stops it, says so itself
                now = sessions.liveness(sessions.sessions_of(town, self._host), hook)
                if now is not None and now.state is State.RUNNING:
                    return  # somebody was quicker, and has started it again
                ended = conversations.end(town, self._host, hook.id, how=how)
        except Busy:
            raise Later(_BUSY_PAUSE_S) from None
        if ended is not None:
            self._journal.info("conversation", hook=hook.id, id=ended.id[:8], how=how)

    def _refine(self, town: Town, rig: str) -> None:
        worker = self._workers[f"refinery {rig}"]
        try:
            done = refinery.run(
                town, host=self._host, rig=rig, patience_s=0, stopping=lambda: worker.stopping,
                announce=lambda text: self._journal.info("refinery", rig=rig, what=text),
            )  # fmt: skip
        except Interrupted:
            return
        except Busy:  # a person's own `gt refinery run`
            raise Later(_BUSY_PAUSE_S) from None
        held = [verdict for verdict in done.verdicts if verdict.held]
        for verdict in held:
            self._journal.info("held", merge=verdict.merge.id, why=verdict.held)
        if held:
            raise Later(_HELD_PAUSE_S)
