"""Helping agents that are stuck or gone: when, how, and when to stop.

A round looks only at agents that are in trouble, or were; it decides, and gives what is to be done
to a worker of the agent's rig, so that no rig waits for another's. What it remembers is written
down before anything is done: a monitor that begins anew neither forgets a restart nor makes it
twice.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from gastown.domain import recovery
from gastown.domain.health import Condition, Health
from gastown.domain.hook import HookState, Role
from gastown.domain.recovery import NOT_A_DEATH, Deed, Sight, Step
from gastown.domain.recovery_memory import Memory, decoded, encoded, moved
from gastown.errors import Busy, DiskTrouble, GtError, Unreadable
from gastown.monitor.carer import Carer
from gastown.monitor.workers import Later
from gastown.ops import giving_up, recovering
from gastown.ops.recovering import Case
from gastown.ops.sessions import how_ended, sessions_of
from gastown.runtime.sessions import State
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gastown.domain.hook import Hook
    from gastown.domain.recovery import End, History
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

    Do = Callable[[Town, Host, Case], str | None]

T = TypeVar("T")
_TROUBLE = frozenset(
    {Condition.STALLED, Condition.PROPULSION, Condition.DEAD, Condition.CRASH_LOOP}
)  # fmt: skip
_DO: Mapping[Deed, Do] = {
    Deed.NUDGE: recovering.nudge, Deed.CONTINUE: recovering.go_on,
    Deed.RESTART: recovering.restart, Deed.STOP: recovering.stop_done,
}  # fmt: skip
_THINKS_NOT = "shell"  # the embedded agent: it hears nobody
_JUMP_S = 2.0
_BUSY_PAUSE_S = 1.0
_NOT_NOW_S = 0.3
_WORKER = "recovery"
_UNKNOWN = Health(Condition.UNKNOWN)


class Recovery(Carer):
    """Helping agents that are stuck or gone: when, how, and when to stop.

    Args:
        steady: seconds that go on while nobody sets the clock.
    """

    def __init__(
        self, town: Town, host: Host, journal: Journal, submit: Submit,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__(town, host, journal, submit)
        self._steady = steady
        self._running = sessions_of(town, host)
        self._failed: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._told: SimpleQueue[tuple[str | None, tuple[str, ...]]] = SimpleQueue()
        self._looked: tuple[float, float] | None = None
        self._written = read_or_none(town.layout.recovery)
        self._memory = self._read(self._written)
        self._histories: dict[str, History] = dict(self._memory.hooks)
        self._rigs = dict(self._memory.rigs)

    def look(self, want: Wanted, healths: Mapping[str, Health]) -> None:
        """Have done what is due."""
        policy = self._town.settings().recovery
        layout = self._town.layout
        now = self._now()
        if not policy.enabled or layout.is_quiet:
            return
        self._take_failures(now)
        self._take_told(now)
        for hook in want.hooks:
            health = healths.get(hook.id, _UNKNOWN)
            if hook.state is HookState.COMPLETED and health.condition is Condition.DONE:
                self._stop_done(hook)
            elif not self._is_concerned(hook):
                self._histories.pop(hook.id, None)
            elif self._needs_a_look(hook, health.condition):
                self._look_at(hook, health, now)
        for gone in self._histories.keys() - {hook.id for hook in want.hooks}:
            del self._histories[gone]
        self._look_for_mass(now)
        self._write()

    @staticmethod
    def _is_concerned(hook: Hook) -> bool:
        return hook.state is HookState.ACTIVE or hook.role is Role.MAYOR

    def _needs_a_look(self, hook: Hook, condition: Condition) -> bool:
        """Agents that are in trouble, or were; and the mayor, who is missed without any work."""
        return condition in _TROUBLE or hook.id in self._histories or hook.role is Role.MAYOR

    def _now(self) -> float:
        """The time; what is remembered is moved along where the clock was set."""
        now, steady = self._town.edge.clock().timestamp(), self._steady()
        if self._looked is not None:
            jump = (now - self._looked[0]) - (steady - self._looked[1])
            if abs(jump) > _JUMP_S:
                self._memory = moved(self._now_known(), jump)
                self._histories, self._rigs = dict(self._memory.hooks), dict(self._memory.rigs)
                self._journal.warn("clock-set", seconds=round(jump))
        self._looked = (now, steady)
        return now

    def _look_at(self, hook: Hook, health: Health, now: float) -> None:
        condition = health.condition
        try:
            session = self._running.get(hook.id)
        except Unreadable:
            return
        reader = self._town.read()
        if session is None or session.generation != hook.generation:
            return
        case = Case(hook, session)
        if not recovering.wants_agent(reader, hook):
            return
        known = self._histories.get(hook.id)
        sight = self._sight(case, known, condition)
        if sight is None or recovering.in_other_hands(self._town, hook, session):
            return
        if hook.role is Role.MAYOR and sight.how is not None and condition is Condition.IDLE:
            condition = Condition.DEAD
        policy = self._town.settings().recovery
        history = recovery.seen(known, sight, condition, policy, now)
        self._histories[hook.id] = history
        spent = recovery.within(self._rigs.get(hook.rig, ()), now, policy)
        hears = hook.runtime != _THINKS_NOT and not health.needs_restart
        step = recovery.plan(history, sight, condition, policy, now, spent=spent, hears=hears)
        if step.deed is Deed.RESTART and recovering.is_held(reader, hook):
            return
        self._take(step, case, sight, now)
        if history.is_empty and self._histories[hook.id] is history and sight.how is None:
            del self._histories[hook.id]

    def _sight(self, case: Case, known: History | None, condition: Condition) -> Sight | None:
        """What is seen of a hook; None: a person has ended its session."""
        hook, session = case.hook, case.session
        found = self._running.look(session)
        runs = found.state is State.RUNNING
        if not runs and recovering.ended_by_person(self._town, hook, session, found.exit_code):
            return None
        good = known is not None and known.session == case.name and known.good is not None
        return Sight(
            hook.generation, hook.bead, hook.updated_at, case.name,
            started=recovering.started_at(session),
            how=None if runs else how_ended(found),
            sign=runs and not good and recovering.gave_sign(self._town, hook, session),
            halted=runs and condition is Condition.STALLED and recovering.is_halted(session),
        )  # fmt: skip

    def _take(self, step: Step, case: Case, sight: Sight, now: float) -> None:
        """Have one step done; what it means for the history is written down first."""
        hook = case.hook
        before = self._histories[hook.id]
        if step.deed in (Deed.NUDGE, Deed.CONTINUE):
            self._histories[hook.id] = replace(before, helped=now)
        elif step.deed is Deed.RESTART:
            self._charge(hook, sight, now)
        elif step.deed is Deed.SUSPEND and hook.role is Role.MAYOR:
            self._histories[hook.id] = replace(before, given_up=True)
        elif step.of_rig and step.until is not None:
            self._tell_of_rig(hook.rig, now, step.until)
        do = self._giving_up(step, before, now) if step.deed is Deed.SUSPEND else _DO.get(step.deed)
        if do is None or self._have_done(step, case, do):
            return
        if step.deed is not Deed.RESTART:  # its budget is used once, however late it is
            self._histories[hook.id] = before

    def _have_done(self, step: Step, case: Case, do: Do) -> bool:
        """Give it to a worker; False: one is at it, or has put it off."""
        hook = case.hook

        def job(town: Town) -> None:
            try:
                said = do(town, self._host, case)
            except Busy:
                raise Later(_BUSY_PAUSE_S) from None
            except DiskTrouble:
                raise
            except GtError as trouble:
                if step.deed is not Deed.RESTART:
                    raise
                self._journal.trouble(hook.id, trouble)
                self._failed.put((hook.id, trouble.message))
                return
            if said is None:  # it is not as it was: what is to be done is decided anew
                raise Later(_NOT_NOW_S)
            self._journal.info("recovery", hook=hook.id, did=step.deed, why=step.why, what=said)

        self._write()
        return self._submit(f"{_WORKER} {hook.rig}", f"recover {hook.id}", job)

    def _giving_up(self, step: Step, history: History, now: float) -> Do:
        policy = self._town.settings().recovery

        def give_up(town: Town, host: Host, case: Case) -> str | None:
            in_mass = now - self._memory.alarmed.get(case.hook.id, 0.0) < policy.window_s
            why = f"{step.verdict}: {step.why}"
            return giving_up.give_up(town, host, case, why, history.ends, in_mass=in_mass)

        return give_up

    def _stop_done(self, hook: Hook) -> None:
        with suppress(Unreadable):
            session = self._running.get(hook.id)
            if session is not None and session.generation == hook.generation:
                step = Step(Deed.STOP, "its work is handed in")
                self._have_done(step, Case(hook, session), recovering.stop_done)

    def _charge(self, hook: Hook, sight: Sight, now: float) -> None:
        before = self._histories[hook.id]
        policy = self._town.settings().recovery
        after = recovery.charged(before, sight, policy, now)
        if not before.charged:
            spent = recovery.within(self._rigs.get(hook.rig, ()), now, policy)
            self._rigs[hook.rig] = (*spent, now)
        self._histories[hook.id] = after

    def _take_failures(self, now: float) -> None:
        policy = self._town.settings().recovery
        for hook, why in _taken(self._failed):
            if hook in self._histories:
                known = self._histories[hook]
                self._histories[hook] = recovery.failed(known, why, policy, now)

    def _tell_of_rig(self, rig: str, now: float, until: float) -> None:
        policy = self._town.settings().recovery
        last = self._memory.told.get(rig)
        if last is not None and now - last < policy.window_s:
            return
        most = policy.rig_restarts
        self._tell((), lambda town: giving_up.tell_of_rig(town, rig, most, until), rig)

    def _look_for_mass(self, now: float) -> None:
        policy = self._town.settings().recovery
        ends = {name: history.ends for name, history in self._histories.items()}
        died = recovery.mass_death(ends, policy, now, self._memory.alarmed)
        if died:
            last = {name: _last_death(ends[name]) for name in died}
            self._tell(died, lambda town: giving_up.alarm(town, last))

    def _tell(
        self, died: tuple[str, ...], tell: Callable[[Town], None], rig: str | None = None
    ) -> None:
        """Tell of a rig, or of many that died; that it was told is known when it is committed."""

        def job(town: Town) -> None:
            tell(town)
            self._told.put((rig, died))
            if rig is None:
                self._journal.warn("mass-death", agents=" ".join(died))
            else:
                self._journal.warn("restarts-used-up", rig=rig)

        self._submit(_WORKER, f"tell of {rig or giving_up.MASS_DEATH}", job)

    def _take_told(self, now: float) -> None:
        policy = self._town.settings().recovery
        for rig, died in _taken(self._told):
            memory = self._memory
            told = {**memory.told, **({rig: now} if rig is not None else {})}
            kept = {name: at for name, at in memory.alarmed.items() if now - at < policy.window_s}
            alarmed = {**kept, **dict.fromkeys(died, now)}
            self._memory = replace(memory, told=told, alarmed=alarmed)

    def _now_known(self) -> Memory:
        return replace(self._memory, hooks=self._histories, rigs=self._rigs)

    def _write(self) -> None:
        data = json.dumps(encoded(self._now_known()), sort_keys=True).encode()
        if data != self._written:
            write_atomically(self._town.layout.recovery, data)
            self._written = data

    def _read(self, data: bytes | None) -> Memory:
        try:
            found = json.loads(data or b"{}")
        except (ValueError, RecursionError):
            found = {}
        return decoded(found, self._town.edge.clock().timestamp())


def _taken(queue: SimpleQueue[T]) -> Iterator[T]:
    with suppress(Empty):
        while True:
            yield queue.get_nowait()


def _last_death(ends: tuple[End, ...]) -> End:
    return next(end for end in reversed(ends) if not end.how.startswith(NOT_A_DEATH))
