"""When an agent is helped, how, and when to stop: decided from what was seen of it.

- One whose session ended is started again: at once the first time, then after pauses that double.
- So many ends within a window, or so many starts in a row of which none went well, end in its hook
  being suspended. A start went well only when the session lived for a while *and* gave a sign of
  life; how long the pauses are, or that a session lived for an instant, never hides a loop.
- One that gives no sign of life is called once, or continued where its process is stopped; then it
  is started again; when that does not help either, its hook is suspended.
- A rig has a budget of restarts of its own; what is over it waits, and other rigs do not.

Times are seconds since 1970. One that lies in the future counts as now; after the clock was set, or
the machine slept, all of them are moved by as much (`shifted`): nothing is due early, or in a year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.health import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gastown.domain.care_settings import RecoveryPolicy

NOT_A_DEATH = ("stalled", "not started")
"""What the words of an end begin with that was no death of a running session."""
_SETTLED_S = 2.0  # so long nobody else has died before a mass death is told: it names all of them
_HOWEVER_S = 10.0
_LONGEST_DOUBLING = 30


class Deed(StrEnum):
    """What is to be done for an agent."""

    NOTHING = "nothing"
    WAIT = "wait"
    NUDGE = "nudge"
    CONTINUE = "continue"
    RESTART = "restart"
    SUSPEND = "suspend"
    STOP = "stop"


@dataclass(frozen=True)
class Step:
    """What is to be done for an agent, and why.

    Attributes:
        until: when a wait is over.
        of_rig: it is the rig's budget that is waited for.
        verdict: what a hook is suspended for.
    """

    deed: Deed
    why: str = ""
    until: float | None = None
    of_rig: bool = False
    verdict: Condition = Condition.CRASH_LOOP


@dataclass(frozen=True)
class End:
    """One session that ended. `how`: `exit 1`, `killed`, `stalled`, `not started: …`."""

    at: float
    how: str


@dataclass(frozen=True)
class Sight:
    """What was seen of a hook and its session.

    Attributes:
        generation, bead, placed: of the hook; `placed` is the moment of its last move, so that
            everything begins anew after a sling, a rework or `gt hooks resume`.
        session: which one it is.
        started: when that began.
        how: how it ended; None: it runs.
        sign: whether it gave a sign of life since its start.
        halted: whether its process is stopped (SIGSTOP).
    """

    generation: int
    bead: str | None
    placed: str
    session: str
    started: float
    how: str | None = None
    sign: bool = False
    halted: bool = False


@dataclass(frozen=True)
class History:
    """What became of one hook's sessions, as long as its work is the same.

    Attributes:
        session: the one that was seen last, `began` when it started, `over` that its end is among
            `ends`, `good` since when it is known to have started well.
        strikes: ends since it last ran for long; the pause before a restart depends on it.
        bad_starts: sessions in a row that did not start well.
        restarts: when it was started again.
        charged: the restart that follows the last end is among `restarts`.
        helped: when it was last called, continued or restarted because it gave no sign of life.
        stalls: how often it was restarted for that.
        given_up: a person was told, and the next session is a person's.
    """

    generation: int
    bead: str | None
    placed: str
    session: str | None = None
    began: float = 0.0
    over: bool = False
    good: float | None = None
    strikes: int = 0
    bad_starts: int = 0
    ends: tuple[End, ...] = ()
    restarts: tuple[float, ...] = ()
    charged: bool = False
    helped: float | None = None
    stalls: int = 0
    given_up: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever happened that matters."""
        return not (self.ends or self.restarts or self.stalls or self.given_up) and (
            self.helped is None
        )

    def ends_since(self, moment: float) -> tuple[End, ...]:
        """The ends that came after a moment."""
        return tuple(end for end in self.ends if end.at > moment)


def anew(sight: Sight) -> History:
    """The history of a hook of which nothing is known yet."""
    return History(sight.generation, sight.bead, sight.placed)


def seen(
    history: History | None, sight: Sight, condition: Condition, policy: RecoveryPolicy, now: float
) -> History:
    """A history with what is seen now; each session's end is counted once."""
    now_of = (sight.generation, sight.bead, sight.placed)
    if history is None or (history.generation, history.bead, history.placed) != now_of:
        history = anew(sight)
    history = clamped(history, now)
    if history.session != sight.session:
        history = anew(sight) if history.given_up else history
        history = replace(
            history, session=sight.session, began=min(sight.started, now), over=False, good=None,
            charged=False,
        )  # fmt: skip
    if sight.how is None:
        return _running(history, sight, condition, policy, now)
    return history if history.over else _ended(history, sight.how, policy, now)


def failed(history: History, why: str, policy: RecoveryPolicy, now: float) -> History:
    """A history in which the session that was to follow could not be started."""
    return replace(_ended(clamped(history, now), f"not started: {why}", policy, now), charged=False)


def _ended(history: History, how: str, policy: RecoveryPolicy, now: float) -> History:
    kept = history.ends[-(policy.crash_loop * 2) :]
    return replace(
        history, over=True, ends=(*kept, End(now, how)), strikes=history.strikes + 1,
        bad_starts=0 if history.good is not None else history.bad_starts + 1, good=None,
    )  # fmt: skip


def _running(
    history: History, sight: Sight, condition: Condition, policy: RecoveryPolicy, now: float
) -> History:
    if history.over:
        return history  # it is being restarted
    if history.good is None and sight.sign and now - history.began >= policy.alive_s:
        history = replace(history, good=now, bad_starts=0)
    if history.good is not None and now - history.good >= policy.stable_s:
        recent = history.ends_since(now - policy.window_s)
        restarts = _within(history.restarts, now, policy.window_s)
        history = replace(history, strikes=0, ends=recent, restarts=restarts)
    well = condition in (Condition.WORKING, Condition.WAITING)
    if well and history.helped is not None and now - history.helped >= policy.stable_s:
        history = replace(history, helped=None, stalls=0)
    return history


def plan(
    history: History, sight: Sight, condition: Condition, policy: RecoveryPolicy, now: float, *,
    spent: Sequence[float] = (), hears: bool = True,
) -> Step:  # fmt: skip
    """What is to be done for an agent now.

    Args:
        history: with what is seen now.
        spent: when agents of its rig were restarted.
        hears: whether its client can be called.
    """
    if not policy.enabled or history.given_up:
        return Step(Deed.NOTHING)
    if condition is Condition.DONE:
        return Step(Deed.STOP, "its work is handed in") if sight.how is None else Step(Deed.NOTHING)
    if sight.how is not None and condition in (Condition.DEAD, Condition.CRASH_LOOP):
        return _after_end(history, policy, now, spent)
    if sight.how is None and condition in (Condition.STALLED, Condition.PROPULSION):
        return _silent(history, sight, condition, policy, now, spent, hears=hears)
    return Step(Deed.NOTHING)


def _after_end(
    history: History, policy: RecoveryPolicy, now: float, spent: Sequence[float]
) -> Step:  # fmt: skip
    if not history.ends:
        return Step(Deed.NOTHING)
    recent = len(history.ends_since(now - policy.window_s))
    last = history.ends[-1]
    if recent >= policy.crash_loop:
        span = _in_words(policy.window_s)
        return Step(Deed.SUSPEND, f"{_times(recent)} within {span}, the last time: {last.how}")
    if history.bad_starts >= policy.crash_loop:
        why = f"{_times(history.bad_starts)} in a row without having come to life: {last.how}"
        return Step(Deed.SUSPEND, why)
    due = last.at + pause(history.strikes, policy)
    if now < due:
        return Step(Deed.WAIT, last.how, due)
    return _within_budget(history, policy, now, spent, last.how)


def _silent(
    history: History, sight: Sight, condition: Condition, policy: RecoveryPolicy, now: float,
    spent: Sequence[float], *, hears: bool,
) -> Step:  # fmt: skip
    if history.over:  # its restart is under way, or could not be made
        return _after_end(history, policy, now, spent)
    again = len(history.ends_since(now - policy.window_s)) + 1 >= policy.crash_loop
    if history.stalls:
        why = "again, after it was called and restarted"
        return Step(Deed.SUSPEND, why, verdict=condition)
    if history.helped is None and sight.halted:
        return Step(Deed.CONTINUE, "its process was stopped")
    if history.helped is None and hears:
        return Step(Deed.NUDGE, condition.value)
    due = history.helped + policy.nudge_s if history.helped is not None else now
    if now < due:
        return Step(Deed.WAIT, f"{condition}, and was called", due)
    if again:
        why = f"after {_times(len(history.ends))}"
        return Step(Deed.SUSPEND, why, verdict=condition)
    return _within_budget(history, policy, now, spent, condition.value)


def _within_budget(
    history: History, policy: RecoveryPolicy, now: float, spent: Sequence[float], why: str
) -> Step:
    used = sorted(_within(spent, now, policy.window_s))
    if history.charged or len(used) < policy.rig_restarts:
        return Step(Deed.RESTART, why)
    free = used[len(used) - policy.rig_restarts] + policy.window_s
    return Step(Deed.WAIT, f"its rig's {policy.rig_restarts} restarts are used up", free, True)


def pause(strikes: int, policy: RecoveryPolicy) -> float:
    """How long is waited before the session is started again that follows so many ends."""
    if strikes <= 1:
        return 0.0
    doubled = policy.backoff_s * 2 ** min(strikes - 2, _LONGEST_DOUBLING)
    return float(min(doubled, max(policy.backoff_max_s, policy.backoff_s)))


def charged(history: History, sight: Sight, policy: RecoveryPolicy, now: float) -> History:
    """A history in which a restart has been decided on; one of a silent session ends that."""
    if history.charged:
        return history
    if not history.over:
        history = replace(
            _ended(history, "stalled", policy, now), helped=now, stalls=history.stalls + 1
        )
    kept = history.restarts[-(policy.crash_loop * 2) :]
    return replace(history, charged=True, restarts=(*kept, now), session=sight.session)


def clamped(history: History, now: float) -> History:
    """A history without times in the future."""
    return _moved(history, lambda time: min(time, now))


def shifted(history: History, seconds: float) -> History:
    """A history after the clock was set by so many seconds, or the machine slept so long."""
    return _moved(history, lambda time: time + seconds)


def mass_death(
    ends: Mapping[str, Iterable[End]], policy: RecoveryPolicy, now: float,
    alarmed: Mapping[str, float],
) -> tuple[str, ...]:  # fmt: skip
    """The agents that died at about the same time, when it is time to say so; else nobody.

    Args:
        ends: of each agent.
        alarmed: when this was last said of an agent; not again within the window.
    """
    died = {
        agent: [end.at for end in found
                if now - end.at <= policy.mass_s and not end.how.startswith(NOT_A_DEATH)]
        for agent, found in ends.items() if not _within([alarmed.get(agent, 0.0)], now,
                                                        policy.window_s)
    }  # fmt: skip
    times = [time for found in died.values() for time in found]
    named = tuple(sorted(agent for agent, found in died.items() if found))
    if len(named) < policy.mass_death:
        return ()
    settled = now - max(times) >= min(_SETTLED_S, policy.mass_s / 2)
    return named if settled or now - min(times) >= min(_HOWEVER_S, policy.mass_s / 2) else ()


def within(times: Iterable[float], now: float, policy: RecoveryPolicy) -> tuple[float, ...]:
    """The times that still count against a budget; one in the future counts as now."""
    return _within((min(time, now) for time in times), now, policy.window_s)


def _moved(history: History, move: Callable[[float], float]) -> History:
    return replace(
        history, began=move(history.began),
        good=None if history.good is None else move(history.good),
        helped=None if history.helped is None else move(history.helped),
        ends=tuple(End(move(end.at), end.how) for end in history.ends),
        restarts=tuple(move(time) for time in history.restarts),
    )  # fmt: skip


def _within(times: Iterable[float], now: float, window_s: float) -> tuple[float, ...]:
    return tuple(time for time in times if now - time < window_s)


def _times(count: int) -> str:
    return "it ended once" if count == 1 else f"it ended {count} times"


def _in_words(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds >= 120 else f"{seconds} s"
