"""However agents die and clocks are set: a hook and a rig are restarted only so often."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from gastown.domain.care_settings import RecoveryPolicy
from gastown.domain.health import Condition
from gastown.domain.recovery import Deed, History, Sight, charged, failed, plan, seen
from gastown.domain.recovery_memory import Memory, decoded, encoded, moved

POLICIES = st.builds(
    RecoveryPolicy, nudge_s=st.integers(1, 400), backoff_s=st.integers(1, 700),
    backoff_max_s=st.integers(1, 900), crash_loop=st.integers(1, 6),
    window_s=st.integers(1, 1000), rig_restarts=st.integers(1, 8), alive_s=st.integers(1, 60),
    stable_s=st.integers(1, 2000),
)  # fmt: skip
CONDITIONS = st.sampled_from(list(Condition))


@dataclass
class Agent:
    """One simulated agent. `plans`: what its sessions do, each in one look."""

    plans: list[tuple[Condition, bool, bool]]
    session: int = 0
    started: float = 0.0
    running: bool = True
    history: History | None = None
    starts: list[float] = field(default_factory=list)
    suspended: bool = False

    def look(self, now: float, policy: RecoveryPolicy, spent: list[float]) -> None:
        """One round, as the monitor makes it."""
        condition, dies, sign = self.plans.pop() if self.plans else (Condition.DEAD, True, False)
        self.running = self.running and not dies
        if not self.running:
            condition = Condition.DEAD
        how = None if self.running else "exit 1"
        sight = Sight(1, "b", "t", str(self.session), self.started, how, sign)
        self.history = seen(self.history, sight, condition, policy, now)
        mine = [time for time in spent if now - time < policy.window_s]
        step = plan(self.history, sight, condition, policy, now, spent=mine)
        self.suspended = self.suspended or step.deed is Deed.SUSPEND
        if step.deed is Deed.NUDGE:
            self.history = History(**{**vars(self.history), "helped": now})
        if step.deed is Deed.RESTART and not self.suspended:
            if not self.history.charged:
                spent.append(now)
            self.history = charged(self.history, sight, policy, now)
            self.starts.append(now)
            self.session, self.started, self.running = self.session + 1, now, True


def most_within(times: list[float], window_s: float) -> int:
    """The most of these that lie in one window."""
    return max((sum(0 <= later - time < window_s for later in times) for time in times), default=0)


@settings(max_examples=60, deadline=None)
@given(POLICIES, st.lists(st.integers(1, 120), min_size=20, max_size=80), st.data())
def test_never_more_than_so_many_starts_in_any_window(
    policy: RecoveryPolicy, pauses: list[int], data: st.DataObject
) -> None:
    """Of one hook, and of one rig; a rig that does nothing wrong is not held up by another."""
    turns = st.lists(st.tuples(CONDITIONS, st.booleans(), st.booleans()), max_size=80)
    stormy, calm = [Agent(data.draw(turns)) for _ in range(4)], Agent([])
    spent: list[float] = []
    others: list[float] = []
    now = 10_000.0
    for pause in pauses:
        now += pause
        for agent in stormy:
            agent.look(now, policy, spent)
    calm.look(now, policy, others)
    for agent in stormy:
        assert most_within(agent.starts, policy.window_s) <= policy.crash_loop
    assert most_within(spent, policy.window_s) <= policy.rig_restarts
    assert calm.starts == ([now] if policy.crash_loop > 1 else [])


SIGHTS = st.builds(
    Sight, generation=st.integers(1, 2), bead=st.sampled_from(["b", None]),
    placed=st.sampled_from(["t0", "t1"]), session=st.sampled_from(["s0", "s1", "s2"]),
    started=st.floats(0, 2e9), how=st.sampled_from([None, "exit 0", "exit 1", "killed"]),
    sign=st.booleans(), halted=st.booleans(),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    POLICIES,
    st.lists(st.tuples(SIGHTS, CONDITIONS, st.floats(0, 2e9), st.booleans()), max_size=12),
    st.lists(st.floats(0, 2e9), max_size=5),
)
def test_whatever_is_seen_there_is_a_plan_and_it_is_remembered(
    policy: RecoveryPolicy,
    looks: list[tuple[Sight, Condition, float, bool]],
    spent: list[float],
) -> None:
    """With the clock set at will: no wait is longer than it may be, and nothing lies ahead."""
    history = None
    for sight, condition, now, fails in looks:
        history = seen(history, sight, condition, policy, now)
        before = [time for time in spent if time <= now]
        step = plan(history, sight, condition, policy, now, spent=before)
        if step.deed is Deed.WAIT:
            assert step.until is not None
            longest = max(policy.nudge_s, policy.window_s, policy.backoff_s, policy.backoff_max_s)
            assert now < step.until <= now + longest
        if step.deed is Deed.RESTART:
            history = charged(history, sight, policy, now)
            history = failed(history, "no", policy, now) if fails else history
        if not history.is_empty:
            memory = Memory({"mp/toast": history}, {"mp": (now,)}, {"mp": now}, {"mp/nux": now})
            known = json.loads(json.dumps(encoded(memory)))
            assert decoded(known, now) == memory
            assert moved(moved(memory, 64.0), -64.0).rigs.keys() == memory.rigs.keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["hooks", "rigs", "told", "alarmed", "ends", "hows", "mp", "generation",
                         "bead", "placed", "restarts"]), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_a_memory_that_cannot_be_understood_is_forgotten(data: object) -> None:
    """Whatever stands in the file."""
    assert isinstance(decoded(data, 1.0), Memory)
