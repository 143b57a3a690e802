"""The refinery: takes queued requests one at a time and lets only tested commits onto the target.

For each request: try the merge in the object store, make the merge commit, run the rig's gates on
it in a throw-away worktree, move the target by compare-and-swap from the very commit it was tested
on, check that the target contains the work, record. The target never holds an untested commit. A
killed refinery leaves a request `testing`; the next run looks at the target and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge, MergeState
from gastown.errors import Busy, DiskTrouble, GtError
from gastown.ops import mq, sessions
from gastown.ops.describing import describe
from gastown.ops.gates import gates_of, run_gates
from gastown.ops.mq import Verdict
from gastown.ops.observe import observe
from gastown.ops.rig_scripts import take_away
from gastown.store import faults, locks
from gastown.store.merging import (
    TargetHeld,
    TargetMoved,
    Trial,
    catch_up,
    commit_merge,
    contains,
    move_target,
    try_merge,
)
from gastown.store.stale import free_refs
from gastown.store.worktree import Worktrees
from gastown.views.hooks import is_left_over

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.retire import Retired
    from gastown.store.town import Town

Announce = Callable[[str], None]
Stopping = Callable[[], bool]
_TAKEN_BACK = (
    "{0.target} holds it already, and that record was taken back by hand"
    " (close it yourself: bd close {0.bead}; or take it off the queue: gt unsling {0.bead})"
)


class Interrupted(Exception):
    """The run was stopped; what it was at is tried again by the next one."""


@dataclass(frozen=True)
class RefineryRun:
    """What one run did: a verdict for each request it tried."""

    rigs: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    retired: tuple[Retired, ...]


def run(
    town: Town, *, host: Host, rig: str | None = None, announce: Announce = lambda _: None,
    patience_s: float = 1.0, stopping: Stopping = lambda: False,
) -> RefineryRun:  # fmt: skip
    """Work the queue of one rig, or of all, until it is empty.

    Args:
        patience_s: how long to wait for another refinery that is at work.
        stopping: asked now and then; once it is true, the run ends as soon as it can.

    Raises:
        Interrupted: it was stopped in the middle of a request, which stays to be tried again.
        NotFound: there is no such rig.
        Busy: another refinery works on it.
    """
    reader = town.read()
    rigs = [reader.rig(rig).id] if rig else [known.id for known in reader.rigs()]
    verdicts: list[Verdict] = []
    retired: list[Retired] = []
    for name in rigs:
        lock = town.layout.rig_lock(name, "refinery")
        with locks.hold(lock, wait_s=patience_s, what=f"refinery {name}"):
            free_refs(town.layout.repository(name), town.layout.rig(name), town.layout.quarantine)
            retired += _finish_retiring(town, host, name)
            worker = _Worker(town, host, name, announce, stopping)
            for verdict in worker.work():
                verdicts.append(verdict)
                if verdict.retired is not None:
                    retired.append(retire_hook(town, host, verdict.retired))
                else:
                    describe(town, verdict.merge.hook)
    return RefineryRun(tuple(rigs), tuple(verdicts), tuple(retired))


def retire_hook(town: Town, host: Host, hook: Hook) -> Retired:
    """After its bead is merged: stop a polecat's session and take its worktree away."""
    sessions.stop(town, host, hook)
    return take_away(town, host, hook)


def _finish_retiring(town: Town, host: Host, rig: str) -> list[Retired]:
    """Take away the worktrees that a killed refinery left behind after its last operation."""
    hooks = town.read().hooks(rig=rig, live=False)
    return [retire_hook(town, host, hook) for hook in hooks if is_left_over(town, hook)]


class _Worker:
    """One rig's refinery, while its lock is held."""

    def __init__(
        self, town: Town, host: Host, rig: str, announce: Announce, stopping: Stopping
    ) -> None:
        self._town = town
        self._host = host
        self._rig = rig
        self._announce = announce
        self._stopping = stopping
        self._git = Worktrees(town.layout, rig).git

    def work(self) -> Iterator[Verdict]:
        for left in self._left_in_testing():
            found = self._recover(left)
            if found is not None:
                yield found
        held: set[str] = set()
        while merge := mq.next_request(self._town.read(), self._rig, frozenset(held)):
            if self._stopping():
                raise Interrupted
            verdict = self._attempt(merge)
            if verdict is None:
                continue
            if verdict.held is not None:
                held.add(merge.id)
            yield verdict

    def _left_in_testing(self) -> list[Merge]:
        return self._town.read().merges(rig=self._rig, states=(MergeState.TESTING,))

    def _recover(self, merge: Merge) -> Verdict | None:
        """A killed refinery left it: what the target says decides."""
        found = observe(self._town, merge)
        if found is None:
            mq.requeue(self._town, merge, "its refinery died", actor=mq.REFINERY)
        elif merge.base is not None:
            lock = self._town.layout.rig_lock(self._rig, "target")
            with locks.hold(lock, what=f"rig {self._rig}"):
                catch_up(self._git, f"refs/heads/{merge.target}", merge.base)
        return found

    def _attempt(self, merge: Merge) -> Verdict | None:
        """Process a request; one that cannot be tried waits, and the others go on."""
        try:
            return self._process(merge)
        except mq.Superseded:
            return None
        except (Busy, DiskTrouble):
            raise
        except GtError as trouble:
            now = self._town.read().find("merge", merge.id)
            if now is not None and now.state is MergeState.TESTING:
                now = mq.requeue(self._town, now, "it could not be tried", actor=mq.REFINERY)
            if now is None or now.state is not MergeState.QUEUED:
                return None  # it was taken back meanwhile
            hint = f" ({trouble.hint})" if trouble.hint else ""
            return Verdict(now, held=f"{trouble.message}{hint}")

    def _process(self, merge: Merge) -> Verdict | None:
        """Try one request; None: it was queued again and will be tried once more."""
        target_ref = f"refs/heads/{merge.target}"
        gates = gates_of(self._town, self._rig)
        base = self._git.oid(target_ref)
        if base is None or self._git.oid(merge.head) is None:
            return Verdict(
                merge, held=f"{merge.target if base is None else merge.branch} is missing"
            )
        if contains(self._git, base, merge.head):
            if mq.was_taken_back(self._town, merge):
                return Verdict(merge, held=_TAKEN_BACK.format(merge))
            return mq.merged(self._town, merge, result=base, contained=True, actor=mq.REFINERY)
        trial = self._try(base, merge.head)
        if trial.tree is None:
            self._announce(f"{merge.id} conflicts with {merge.target}")
            return mq.conflict(self._town, merge, trial.conflicts, actor=mq.REFINERY)
        log = f"merges/{merge.id}-{merge.attempts + 1}.log"
        merge = mq.take(self._town, merge, base=base, log=log, actor=mq.REFINERY)
        faults.reach("refinery:taken")
        result = self._commit(merge, base, trial.tree)
        names = ", ".join(gate.name for gate in gates) or "none"
        self._announce(f"{merge.id} ({merge.bead} by {merge.hook}): gates {names}")
        red = run_gates(
            self._town, self._host, self._rig, merge.id, result, gates,
            self._town.layout.logs / log, self._stopping,
        )  # fmt: skip
        if self._stopping():
            raise Interrupted  # whatever the gate said: it may have been stopped
        faults.reach("refinery:tested")
        if red is not None:
            self._announce(f"{merge.id}: {red.reason}")
            return mq.fail(
                self._town, merge, gate=red.gate.name, reason=red.reason, output=red.output,
                actor=mq.REFINERY,
            )  # fmt: skip
        return self._land(merge, target_ref, base, result)

    def _try(self, base: str, head: str) -> Trial:
        if not self._git.holds("merge-base", base, head):
            return Trial(None)
        return try_merge(self._git, base, head)

    def _land(self, merge: Merge, target_ref: str, base: str, result: str) -> Verdict | None:
        lock = self._town.layout.rig_lock(self._rig, "target")
        try:
            with locks.hold(lock, what=f"rig {self._rig}"):
                move_target(self._git, target_ref, base, result)
        except TargetMoved:
            self._announce(f"{merge.target} moved meanwhile: {merge.id} is tested again")
            mq.requeue(self._town, merge, f"{merge.target} moved", actor=mq.REFINERY)
            return None
        except TargetHeld as held:
            return mq.hold(self._town, merge, held, actor=mq.REFINERY)
        faults.reach("refinery:moved")
        now = self._git.oid(target_ref) or base
        contained = contains(self._git, now, merge.head)
        verdict = mq.merged(
            self._town, merge, result=result, contained=contained, actor=mq.REFINERY
        )
        self._announce(f"{merge.bead} is on {merge.target} as {result[:12]}")
        return verdict

    def _commit(self, merge: Merge, base: str, tree: str) -> str:
        bead = self._town.read().bead(merge.bead)
        message = (
            f"Merge {merge.bead}: {bead.title}\n\n"
            f"Bead: {merge.bead}\nAgent: {merge.hook}\nMerge-Request: {merge.id}\n"
        )
        author = (merge.hook, f"{merge.hook.rpartition('/')[2]}@{merge.rig}.gt")
        return commit_merge(self._git, tree, (base, merge.head), message, author)
