"""One rig's refinery, while its lock is held.

A batch of requests is stacked on the target's recorded commit, and the gates run on its tip: green,
and all of them land by one compare-and-swap; red, and it is found out by bisecting who is at fault
(`domain/queueing/batch.py` decides). The target never holds a commit that was not tested green just
so. Everything that matters is in the ledger: a killed refinery leaves requests `testing`; the next
run looks at the target and goes on from there, with the same batch and the results it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.merge import MergeState
from gastown.domain.merge_settings import Phase
from gastown.domain.queue import QueueState
from gastown.domain.queueing.batch import Batch, Blocked, Land
from gastown.domain.queueing.window import after_batch, remember, window
from gastown.errors import Busy, DiskTrouble, GtError
from gastown.ops import mq
from gastown.ops.gating.trees import end_forgotten
from gastown.ops.mq import Verdict
from gastown.ops.observe import observe
from gastown.ops.refining import following
from gastown.ops.refining.ahead import predicted
from gastown.ops.refining.alarms import tell_red
from gastown.ops.refining.forming import Line, Member, line_up, stack_up
from gastown.ops.refining.landing import Landing, Stopped, land
from gastown.ops.refining.proposing import propose
from gastown.ops.refining.rounds import Round
from gastown.ops.refining.testing import Tester
from gastown.store import faults, locks
from gastown.store.merging import catch_up, contains
from gastown.store.worktree import Worktrees
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.domain.merge_settings import MergePolicy
    from gastown.ops.host import Host
    from gastown.ops.refining.testing import Test
    from gastown.store.town import Town

Announce = Callable[[str], None]
Stopping = Callable[[], bool]
_TAKEN_BACK = (
    "{0.target} holds it already, and that record was taken back by hand"
    " (close it yourself: bd close {0.subject}; or take it off the queue: gt mq withdraw {0.id})"
)


class Interrupted(Exception):
    """The run was stopped; what it was at is tried again by the next one."""


class Worker:
    """Works the queue of one rig until nothing is left that can be tried now."""

    def __init__(
        self, town: Town, host: Host, rig: str, announce: Announce, stopping: Stopping
    ) -> None:
        self._town = town
        self._host = host
        self._rig = rig
        self._announce = announce
        self._stopping = stopping
        self._git = Worktrees(town.layout, rig).git
        self._tester = Tester(town, host, rig, announce, stopping)
        self._held: set[str] = set()
        self._red_base: dict[str, Test] = {}
        self._until_green: set[str] = set()
        self._alone = False
        self._outcome: tuple[int, str] | None = None

    def work(self) -> Iterator[Verdict]:
        """Yields what came of each request.

        Raises:
            Interrupted: it was stopped; what was being tested stays to be tried again.
        """
        try:
            yield from self._recover()
            while (line := self._line()) is not None:
                for verdict in self._attempt(line):
                    if verdict.held is not None:
                        self._held.add(verdict.merge.id)
                    yield verdict
            self._keep_outcome()
        finally:
            self._tester.forget()

    @property
    def _policy(self) -> MergePolicy:
        return self._town.settings().rig(self._rig).merge

    def _line(self) -> Line | None:
        if self._stopping():
            raise Interrupted
        if queue_of(self._town.read(), self._rig).state is QueueState.PAUSED:
            return None
        line = line_up(self._town, self._rig, self._policy, self._held)
        if line is None:
            return None
        if self._outcome is not None:
            size, recent = self._outcome
            queue = replace(line.queue, window=size, recent=recent)
            most = self._policy.batch_max
            room = line.size if line.frozen else window(size, recent, most=most)
            line = replace(line, queue=queue, size=room)
        return line

    def _recover(self) -> Iterator[Verdict]:
        """What a killed refinery left: what the target says decides."""
        end_forgotten(self._town.layout, self._rig)
        left = self._town.read().merges(rig=self._rig, states=(MergeState.TESTING,))
        again = []
        for merge in left:
            found = observe(self._town, merge)
            if found is None:
                again.append(merge)
                continue
            if merge.base is not None:
                lock = self._town.layout.rig_lock(self._rig, "target")
                with locks.hold(lock, what=f"rig {self._rig}"):
                    catch_up(self._git, f"refs/heads/{merge.target}", merge.base)
            yield found
        if again:
            mq.requeue(self._town, again, "their refinery died", actor=mq.REFINERY)

    def _attempt(self, line: Line) -> Iterator[Verdict]:
        """Test a batch; requests that cannot be tried wait, and the others go on."""
        try:
            yield from self._process(line)
        except mq.Superseded:
            return  # one is not what it was when the batch was formed: it is formed again
        except (Busy, DiskTrouble):
            raise
        except GtError as trouble:
            yield from self._put_off(line, trouble)

    def _put_off(self, line: Line, trouble: GtError) -> Iterator[Verdict]:
        testing = self._town.read().merges(rig=self._rig, states=(MergeState.TESTING,))
        if testing:
            mq.requeue(self._town, testing, "it could not be tried", actor=mq.REFINERY)
        if len(testing) > 1 and not self._alone:
            self._alone = True  # one by one it is seen whose trouble it is
            return
        hint = f" ({trouble.hint})" if trouble.hint else ""
        merge = testing[0] if testing else line.candidates[0].merge
        now = self._town.read().find("merge", merge.id)
        if now is not None and getattr(now, "state", None) is MergeState.QUEUED:
            yield Verdict(now, held=f"{trouble.message}{hint}")
        else:
            self._held.add(merge.id)

    def _process(self, line: Line) -> Iterator[Verdict]:
        base = self._git.oid(f"refs/heads/{line.target}")
        first = line.candidates[0].merge
        if base is None:
            yield Verdict(first, held=f"{line.target} is missing")
            return
        done = [one.merge for one in line.candidates[: line.size]
                if contains(self._git, base, one.merge.head)]  # fmt: skip
        if done:
            for merge in done:
                yield self._already_there(merge, base)
            return
        size = 1 if self._is_one_by_one(base) else line.size
        refused: list[Verdict] = []
        sifted = stack_up(
            self._git, self._town.read(), base, line.candidates, self._policy, size,
            admit=lambda merge: self._admit(merge, refused),
        )  # fmt: skip
        if self._stopping():
            raise Interrupted
        yield from refused
        for merge, why in sifted.troubled:
            yield Verdict(merge, held=why)
        for merge, paths in sifted.conflicting:
            self._announce(f"{merge.id} conflicts with {merge.target}")
            yield following.conflicted(self._town, self._host, merge, paths)
        if not sifted.members:
            if not (refused or sifted.troubled or sifted.conflicting):
                self._held |= {one.merge.id for one in line.candidates}
            return
        yield from self._run(self._take(line, base, sifted.members), line)

    def _is_one_by_one(self, base: str) -> bool:
        return self._alone or base in self._red_base or self._policy.mode == "pr"

    def _already_there(self, merge: Merge, base: str) -> Verdict:
        if mq.was_taken_back(self._town, merge):
            return Verdict(merge, held=_TAKEN_BACK.format(merge))
        return mq.merged(self._town, merge, result=base, contained=True, actor=mq.REFINERY)

    def _admit(self, merge: Merge, refused: list[Verdict]) -> bool:
        """Whether the gates that look at a request alone pass on its branch."""
        settings = self._town.settings().rig(self._rig)
        if not any(gate.phase is Phase.PRE_MERGE for gate in settings.gates):
            return True
        if self._stopping():
            return False
        name, log = merge.id, self._tester.next_log(merge.id, 0)
        for again in (False, True) if self._policy.retry_flaky else (False,):
            test = self._tester.test(
                merge.head, batch=name, log=log, again=again, phase=Phase.PRE_MERGE
            )
            if test.outcome.passed or self._stopping():
                return test.outcome.passed
        refused.append(self._fail(merge, test))
        return False

    def _take(self, line: Line, base: str, members: list[Member]) -> Round:
        policy, queue = self._policy, line.queue
        name = queue.batch if line.frozen and queue.batch else self._new_name()
        log = self._tester.next_log(name, len(members))
        taken = mq.take(
            self._town, [member.merge for member in members], batch=name, base=base, log=log,
            queue=queue, actor=mq.REFINERY,
        )  # fmt: skip
        self._outcome = None
        stacked = [replace(member, merge=merge)
                   for member, merge in zip(members, taken, strict=True)]  # fmt: skip
        faults.reach("refinery:taken")
        state = Batch(len(stacked), retries=policy.retry_flaky)
        return Round(name, line.target, base, stacked, state)

    def _new_name(self) -> str:
        return f"b-{self._town.edge.entropy(4).hex()}"

    def _run(self, batch: Round, line: Line) -> Iterator[Verdict]:
        names = ", ".join(f"{m.id} ({m.subject} by {m.sender})" for m in batch.merges)
        gates = [gate.name for gate in self._town.settings().rig(self._rig).gates]
        self._announce(f"{names}: gates {', '.join(gates) or 'none'}")
        first = True
        while True:
            step = batch.state.next_step()
            if isinstance(step, Land):
                yield from self._decide(batch, step, line)
                return
            if isinstance(step, Blocked):
                yield from self._blocked(batch)
                return
            if first:
                self._look_ahead(batch, line)
                first = False
            self._test(batch, step.prefix, again=step.again)

    def _test(self, batch: Round, prefix: int, *, again: bool) -> None:
        known = self._red_base.get(batch.base) if prefix == 0 else None
        if known is None:
            commit = batch.commit(prefix)
            before = batch.tests.get(prefix)
            new = len(batch.tests) > 0 or again
            log = (self._tester.next_log(batch.name, prefix) if new
                   else batch.merges[0].log or "")  # fmt: skip
            known = self._tester.test(commit, batch=batch.name, log=log, again=again)
            if self._stopping():
                raise Interrupted  # whatever the gate said: it may have been stopped
            faults.reach("refinery:tested")
            said = batch.in_words(prefix, before, known)
            if said is not None:
                self._announce(said)
            batch.flaky |= {one.gate.name for one in known.outcome.results if one.flaky}
        batch.tests[prefix] = known
        batch.state = batch.state.after(prefix, passed=known.outcome.passed)
        if not known.outcome.passed:
            self._tester.forget()

    def _decide(self, batch: Round, step: Land, line: Line) -> Iterator[Verdict]:
        """Land what is green, reject who is at fault, and queue the rest again."""
        count = len(batch.members)
        if step.count:
            test = batch.tests[step.count]
            if self._policy.mode == "pr":
                yield propose(self._town, self._host, batch.merges[0], self._announce)
                return
            landing = Landing(
                self._rig, batch.target, batch.base, tuple(batch.members[: step.count]), test,
                tuple(sorted(batch.flaky)),
            )  # fmt: skip
            try:
                yield from land(self._town, self._git, landing, self._policy, self._announce)
            except Stopped as stopped:
                yield from self._not_landed(batch, stopped)
                return
            self._held -= self._until_green  # they are tried again on what the target is now
        rejected = 0
        if step.reject is not None:
            rejected = 1
            yield self._fail(batch.merges[step.reject - 1], batch.tests[step.reject])
            rest = batch.merges[step.reject :]
            if rest:
                mq.requeue(self._town, rest, "they are stacked anew", actor=mq.REFINERY)
        queue = line.queue
        full = step.count if count >= queue.window else 0
        size = after_batch(
            queue.window, landed=full, rejected=rejected, most=self._policy.batch_max
        )
        recent = remember(queue.recent, landed=step.count, rejected=rejected)
        self._outcome = (size, recent)
        if step.count:
            self._after_merge(batch, batch.commit(step.count))

    def _fail(self, merge: Merge, test: Test) -> Verdict:
        red = test.outcome.red
        assert red is not None, "who is at fault has failed a required gate"
        self._announce(f"{merge.id}: {red.reason}")
        failure = following.Failure(red.gate.name, red.reason, red.output, test.log)
        return following.failed(self._town, self._host, merge, failure)

    def _not_landed(self, batch: Round, stopped: Stopped) -> Iterator[Verdict]:
        if stopped.held is not None and len(batch.members) > 1:
            self._alone = True  # one by one it is seen whose files are in the way
            mq.requeue(self._town, batch.merges, stopped.why, actor=mq.REFINERY)
            return
        if stopped.held is not None:
            yield from mq.hold(self._town, batch.merges, stopped.held, actor=mq.REFINERY)
            return
        if not stopped.waits:
            names = ", ".join(merge.id for merge in batch.merges)
            self._announce(f"{stopped.why} meanwhile: {names} is tested again")
        waiting = mq.requeue(self._town, batch.merges, stopped.why, actor=mq.REFINERY)
        if stopped.waits:
            yield from (Verdict(merge, held=stopped.why) for merge in waiting)

    def _blocked(self, batch: Round) -> Iterator[Verdict]:
        """The target itself is red: nobody is to blame; whoever is green with it still lands."""
        test = self._red_base[batch.base] = batch.tests[0]
        red = test.outcome.red
        reason = red.reason if red is not None else "it is red"
        why = f"{batch.target} itself does not pass: {reason}"
        if len(batch.members) == 1:
            self._announce(f"{batch.merges[0].id} waits: {why}")
        waiting = mq.requeue(self._town, batch.merges, why, actor=mq.REFINERY)
        body = (f"{why}\n\nNothing was rejected. What is queued is tried one by one: what makes it"
                " pass lands.")  # fmt: skip
        tell_red(self._town, f"{batch.target} of {self._rig} is red", body, test.log)
        if len(batch.members) == 1:
            self._until_green |= {merge.id for merge in waiting}
            yield from (Verdict(merge, held=why) for merge in waiting)

    def _look_ahead(self, batch: Round, line: Line) -> None:
        """Begin to test what would be next if this batch lands as it is."""
        depth = self._tester.ahead(self._policy)
        if depth and not line.frozen and not self._is_one_by_one(batch.base):
            wanted = predicted(
                self._town, self._git, batch.members, line, self._policy, frozenset(self._held),
                depth,
            )  # fmt: skip
            self._tester.test_ahead(wanted)

    def _after_merge(self, batch: Round, commit: str) -> None:
        """Run the gates that look at the moved target; the person is told of red ones."""
        settings = self._town.settings().rig(self._rig)
        if not any(gate.phase is Phase.POST_MERGE for gate in settings.gates):
            return
        log = self._tester.next_log(batch.name, len(batch.members))
        test = self._tester.test(commit, batch=batch.name, log=log, phase=Phase.POST_MERGE)
        for name in test.outcome.advisory:
            tell_red(self._town, f"{batch.target} of {self._rig} fails {name}",
                     f"After the merge of {commit[:12]}.", log)  # fmt: skip

    def _keep_outcome(self) -> None:
        """Remember how large batches may be, for the next run."""
        if self._outcome is None:
            return
        size, recent = self._outcome
        queue = queue_of(self._town.read(), self._rig)
        if size != queue.window or recent[-1:] == "r":
            mq.note_window(self._town, self._rig, size, recent, actor=mq.REFINERY)
