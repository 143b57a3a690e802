"""Who has a place, and what keeps another from getting one."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.care_settings import SchedulerPolicy
from gastown.domain.hook import HookState, Role
from gastown.domain.places import (
    RESTS_WITH_TOWN,
    Limit,
    Place,
    Taken,
    limits,
    no_place,
    taken_places,
    takes_place,
)
from tests.support.towns import a_hook


@pytest.mark.parametrize(
    ("state", "runs", "takes"),
    [
        (HookState.CREATED, False, True), (HookState.ACTIVE, False, True),
        (HookState.ACTIVE, True, True), (HookState.COMPLETED, True, True),
        (HookState.COMPLETED, False, False), (HookState.SUSPENDED, False, False),
        (HookState.SUSPENDED, True, True),
    ],
)  # fmt: skip
def test_a_polecat_has_a_place_until_its_session_is_over(
    state: HookState, runs: bool, takes: bool
) -> None:
    """A dead agent keeps its place while it is helped; what rests gives it up."""
    assert takes_place(a_hook(state=state, runtime="shell"), runs=runs) is takes


def test_nobody_else_takes_a_place() -> None:
    """People, and hooks without an agent, count nothing; one that rests with the town does."""
    assert not takes_place(a_hook(state=HookState.ACTIVE), runs=False)
    crew = a_hook(state=HookState.ACTIVE, role=Role.CREW, runtime="claude")
    assert not takes_place(crew, runs=True)
    rests = a_hook(state=HookState.SUSPENDED, runtime="shell", reason=RESTS_WITH_TOWN)
    assert takes_place(rests, runs=False)


def test_a_session_whose_hook_is_gone_counts_until_it_ends() -> None:
    """Its work is merged, and nobody has stopped it yet; the mayor is no polecat."""
    hooks = [a_hook("mp/toast", state=HookState.ACTIVE, runtime="shell")]
    found = taken_places(hooks, {"mp/toast": "shell", "mp/nux": "claude", "mayor": "claude"})
    assert found == {"mp/toast": Place("mp", "shell"), "mp/nux": Place("mp", "claude")}


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (SchedulerPolicy(), None),
        (SchedulerPolicy(max_polecats=3), None),
        (SchedulerPolicy(max_polecats=2), "2 of 2 polecats are at work"),
        (SchedulerPolicy(rigs={"mp": 1}), "1 of 1 polecats are at work in mp"),
        (SchedulerPolicy(rigs={"other": 1}), None),
        (SchedulerPolicy(runtimes={"claude": 2}), "2 of 2 polecats are at work with claude"),
        (SchedulerPolicy(max_polecats=9, rigs={"mp": 2}, runtimes={"claude": 3}), None),
        (SchedulerPolicy(rigs={"mp": 0}), None),
    ],
)
def test_every_limit_counts(policy: SchedulerPolicy, why: str | None) -> None:
    """Of the town, of the rig, of the runtime; nought is no limit."""
    taken = Taken.by([Place("mp", "claude"), Place("ab", "claude")])
    assert no_place(policy, taken, Place("mp", "claude")) == why


_PLACES = st.builds(Place, st.sampled_from(["mp", "ab"]), st.sampled_from(["shell", "claude"]))
_MOST = st.integers(min_value=0, max_value=4)


@given(
    st.lists(_PLACES, max_size=30),
    st.builds(
        SchedulerPolicy, max_polecats=_MOST, rigs=st.fixed_dictionaries({"mp": _MOST}),
        runtimes=st.fixed_dictionaries({"claude": _MOST}),
    ),
)  # fmt: skip
def test_no_limit_is_exceeded_by_taking_what_there_is(
    asked: list[Place], policy: SchedulerPolicy
) -> None:
    """Whoever takes a place only where there is one never exceeds any limit."""
    taken, had = Taken(), []
    for place in asked:
        if no_place(policy, taken, place) is None:
            taken.add(place)
            had.append(place)
    rigs, runtimes = Counter(one.rig for one in had), Counter(one.runtime for one in had)
    assert not policy.max_polecats or len(had) <= policy.max_polecats
    assert not policy.rigs["mp"] or rigs["mp"] <= policy.rigs["mp"]
    assert not policy.runtimes["claude"] or runtimes["claude"] <= policy.runtimes["claude"]
    assert all(one.taken <= one.most for one in limits(policy, taken))
    if policy.is_direct:
        assert had == asked


def test_limits_are_told_by_name() -> None:
    """With how much of each is used."""
    policy = SchedulerPolicy(max_polecats=2, runtimes={"claude": 1, "shell": 0})
    told = limits(policy, Taken.by([Place("mp", "shell")]))
    assert told == [Limit("the town", 1, 2), Limit("runtime claude", 0, 1)]
