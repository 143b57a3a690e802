"""One round of the monitor: drain the spool, look at what changed, find what is to be done.

A round makes ledger operations itself; whatever takes long (worktrees, sessions, gates, fetches)
it hands to the workers. It remembers only what saves work: a monitor that begins anew looks at
everything once and ends at the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState
from gastown.errors import Busy, DiskTrouble, GitFailed, GtError
from gastown.ids import HUMAN
from gastown.monitor.checkup import Checkup
from gastown.monitor.dispatching import Dispatching
from gastown.monitor.escalating import Escalating
from gastown.monitor.notifying import Notifying
from gastown.monitor.recovery import Recovery
from gastown.monitor.ringing import Ringing
from gastown.monitor.spending import Spending
from gastown.ops import events, reconcile, wants
from gastown.ops.observe import MONITOR, look_at_rig
from gastown.ops.post import post_once
from gastown.ops.refining.integration import look_at_integrations, settle
from gastown.ops.refining.proposing import is_due
from gastown.ops.refining.pushed import look_at_pushed, pushed
from gastown.ops.sessions import sessions_of
from gastown.runtime.sessions import State
from gastown.store.adoption import illegal_adoptions
from gastown.store.refs import Refs
from gastown.store.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.monitor.carer import Carer
    from gastown.monitor.hands import Hands
    from gastown.ops.host import Host
    from gastown.ops.observe import Seen
    from gastown.ops.refining.pushed import Pushed
    from gastown.runtime.journal import Journal
    from gastown.runtime.records import Session
    from gastown.store.town import Town

# A trouble that is met twice is no passing one.
_TELL_AFTER = 2


@dataclass
class Parked:
    """Something that cannot be done now. `met`: how often in a row."""

    why: str
    met: int = 0
    told: bool = False


@dataclass
class Tally:
    """What the rounds have come to so far."""

    events: int = 0
    bad: int = 0
    operations: int = 0


class Patrol:
    """The rounds of one monitor.

    Attributes:
        ledger: the ledger's commit that was looked at last, by this or an earlier monitor.
    """

    def __init__(
        self, town: Town, host: Host, hands: Hands, journal: Journal, *, since: str | None = None
    ) -> None:
        self._town = town
        self._hands = hands
        self._journal = journal
        self._refs: dict[str, Refs] = {}
        self._heads: dict[str, tuple[str | None, str | None, str]] = {}
        self._targets: dict[str, str | None] = {}
        self._pushed: dict[str, tuple[tuple[Pushed, ...], tuple[str | None, ...], str]] = {}
        self._queues: dict[str, frozenset[tuple[str, str]]] = {}
        self._alive: dict[str, int] = {}
        self._commit: str | None = None
        self.ledger = since
        self._want: wants.Wanted | None = None
        self._running = sessions_of(town, host)
        self._ringing = Ringing(town.layout, host, journal, hands.submit)
        self._checkup = Checkup(town, host, journal)
        means = (town, host, journal, hands.submit)
        self._carers: tuple[Carer, ...] = (
            Recovery(*means), Dispatching(*means), Escalating(*means), Spending(*means),
            Notifying(*means),
        )  # fmt: skip
        self.parked: dict[str, Parked] = {}
        self.tally = Tally()

    def forget(self) -> None:
        """Look at everything anew in the next round: this one was cut off."""
        self._heads.clear()
        self._targets.clear()
        self._pushed.clear()
        self._commit = None

    def folders(self) -> set[Path]:
        """The folders in which something may happen that matters at once."""
        layout = self._town.layout
        found = {
            Spool(layout.spool).new, layout.town_git / "refs" / "heads",
            layout.run / "sessions",  # where the end of an agent is noted
            layout.asking,
        }  # fmt: skip
        for rig in self._wanted().rigs:
            target = layout.repository(rig.id) / rig.target
            found |= {layout.repository(rig.id) / "refs" / "heads", target.parent}
        return found

    def drain(self) -> None:
        """Take what git hooks have reported, until nothing waits."""
        while True:
            drained = events.drain(self._town)
            if not drained.events and not drained.bad:
                return
            self.tally.events += drained.events
            self.tally.bad += len(drained.bad)
            for name, why in drained.bad:
                self._journal.warn("bad-event", file=name, why=why)
            self._note(drained.seen)
            for hook in drained.subjects.hooks:
                self._hands.poke(hook)
            for rig in drained.subjects.clones:
                self._hands.fetch(rig)
            named = drained.subjects
            self._park(dict(drained.troubles), {*named.hooks, *named.rigs})

    def look(self) -> None:
        """Look at everything that is not as it was, and find what is to be done."""
        self._look_at_ledger()
        want = self._wanted()
        looked: set[str] = set()
        subjects: list[str] = []
        for hook in want.hooks:
            now = (self._head(hook), hook.bead, hook.state.value)
            if now != self._heads.get(hook.id) or hook.id in self.parked:
                self._heads[hook.id] = now
                subjects.append(hook.id)
                looked.add(hook.id)
        if subjects:
            seen, troubles = events.look(self._town, events.Subjects(hooks=tuple(subjects)))
            self._note(seen)
            self._park(dict(troubles), looked)
        for rig in want.rigs:
            self._look_at_rig(rig.id, rig.target)
            self._look_at_pushed(rig.id)
        self._reconcile()

    def _wanted(self) -> wants.Wanted:
        commit = self._town.commit()
        if self._want is None or self._want.commit != commit:
            self._want = wants.wanted(self._town.read())
        return self._want

    def _look_at_ledger(self) -> None:
        commit = self._town.commit()
        if commit == self._commit:
            return
        seen, troubles = events.look(self._town, events.Subjects(ledger=True))
        self._note(seen)
        self._park(dict(troubles), {events.HQ})
        if troubles:
            return
        if self.ledger is not None:
            self._report_illegal(self.ledger)
        self._commit = self.ledger = commit  # what came meanwhile is looked at in the next round
        live = {*(hook.id for hook in self._wanted().hooks), *(r.id for r in self._wanted().rigs)}
        for subject in self.parked.keys() - live - {events.HQ}:
            del self.parked[subject]  # it is gone, and what could not be done with it, too

    def _report_illegal(self, since: str) -> None:
        """Tell the person of commits in hq that came past the guard and break its rules."""
        try:
            found = illegal_adoptions(self._town, since)
        except GitFailed as trouble:  # the ledger was put back to before that commit
            self._journal.trouble(events.HQ, trouble)
            return
        for adopted, troubles in found:
            self._journal.warn("illegal", commit=adopted, why="; ".join(troubles))
            body = "\n".join([*troubles, "", f"To take it back: git -C hq revert {adopted}"])
            self._tell(f"a commit in hq breaks the rules: {adopted[:12]}", body)

    def _look_at_rig(self, rig: str, ref: str) -> None:
        target = self._refs_of(rig).oid(ref)
        before = self._targets.get(rig)
        if target == before:
            return
        try:
            seen = look_at_rig(self._town, rig, before) + look_at_integrations(self._town, rig)
        except DiskTrouble:
            raise
        except GtError as trouble:
            self._park({rig: trouble}, {rig})
            return
        self._targets[rig] = target
        self._hands.forgive_refinery(rig)
        self._park({}, {rig})
        self._note(seen)

    def _look_at_pushed(self, rig: str) -> None:
        """Branches pushed to be merged, and targets besides the rig's own one.

        Looked at when one of them, or the ledger, has moved.
        """
        refs, want = self._refs_of(rig), self._wanted()
        heads = tuple(refs.oid(ref) for of, ref in want.integrations if of == rig)
        now = (pushed(refs), heads, want.commit)
        before = self._pushed.get(rig)
        if now == before:
            return
        try:
            seen = look_at_pushed(self._town, rig) + settle(self._town, rig)
            if heads and (before is None or before[1] != heads):
                seen += look_at_rig(self._town, rig)
        except DiskTrouble:
            raise
        except GtError as trouble:
            self._pushed.pop(rig, None)
            self._park({rig: trouble}, {rig})
            return
        if rig not in self._pushed and rig in self._targets:
            self._park({}, {rig})
        self._pushed[rig] = now
        self._note(seen)

    def _reconcile(self) -> None:
        want = self._wanted()
        roster = self._running.all()
        for need in reconcile.needs(self._town, want, self._running, roster):
            self._hands.meet(need)
        self._queue_work(want)
        sessions = {session.id: session for session in roster.sessions}
        self._look_at_sessions(want.hooks, sessions)
        healths = self._checkup.look(want.hooks, sessions)
        for carer in self._carers:
            carer.look(want, healths)

    def _queue_work(self, want: wants.Wanted) -> None:
        """Have the merge queues worked; none begins anything while the town is frozen."""
        if self._town.layout.frozen.exists():
            return
        for rig, queue in want.queues.items():
            if not queue <= self._queues.get(rig, frozenset()):
                self._hands.forgive_refinery(rig)
            self._hands.work_refinery(rig)
        for rig in want.proposed:
            if is_due(self._town, rig):
                self._hands.work_refinery(rig)
        self._queues = dict(want.queues)

    def _look_at_sessions(self, hooks: tuple[Hook, ...], sessions: dict[str, Session]) -> None:
        running = []
        for hook in hooks:
            session = sessions.get(hook.id)
            if session is None or session.generation != hook.generation:
                self._alive.pop(hook.id, None)
                continue
            found = self._running.look(session)
            if found.state is State.RUNNING:
                self._alive[hook.id] = session.process.pid
                running.append((hook, session))
            elif self._alive.pop(hook.id, None) is not None:
                self._ended(hook, found.exit_code)
        self._hands.watch_over(hooks, frozenset(self._alive))
        if not self._town.layout.frozen.exists():
            self._ringing.look(running)

    def _ended(self, hook: Hook, status: int | None) -> None:
        how = "killed" if status is None else f"exit {status}"
        self._journal.info("session-ended", hook=hook.id, how=how)
        self._hands.note_end(hook, how)
        crashed = hook.state is HookState.ACTIVE and status != 0
        self._hands.capture(hook, "crashed" if crashed else "stopped")

    def _note(self, seen: Seen) -> None:
        for deed in seen.deeds:
            self.tally.operations += 1
            self._journal.info("moved", what=deed)
        for hook in seen.retired:
            why = "its work is merged"
            self._hands.meet(reconcile.Need(reconcile.Kind.RETIRE, hook.id, why, hook))

    def _park(self, troubles: dict[str, GtError], looked: set[str]) -> None:
        """Remember what could not be done, tell the person once, and go on with the rest."""
        for subject in looked - troubles.keys():
            if self.parked.pop(subject, None) is not None:
                self._journal.info("unparked", subject=subject)
        for subject, trouble in troubles.items():
            known = self.parked.get(subject)
            if known is None or known.why != trouble.message:
                known = self.parked[subject] = Parked(trouble.message)
                self._journal.trouble(subject, trouble)
            known.met += 1
            if known.met >= _TELL_AFTER and not known.told and not isinstance(trouble, Busy):
                known.told = True
                body = f"{trouble.message}\n\n{trouble.hint or ''}\n\nIt is tried again by itself."
                self._tell(f"waiting: {subject}", body)

    def _tell(self, subject: str, body: str) -> None:
        try:
            with self._town.transaction(f"tell the person: {subject}", actor=MONITOR) as tx:
                post_once(tx, self._town, to=HUMAN, subject=subject, body=body, about=None)
        except DiskTrouble:
            raise
        except GtError as trouble:
            self._journal.trouble("mail", trouble)

    def _head(self, hook: Hook) -> str | None:
        return self._refs_of(hook.rig).oid(hook.full_branch)

    def _refs_of(self, rig: str) -> Refs:
        if rig not in self._refs:
            layout = self._town.layout
            self._refs[rig] = Refs(layout.town_git if rig == "hq" else layout.repository(rig))
        return self._refs[rig]
