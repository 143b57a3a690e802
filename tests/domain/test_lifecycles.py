"""Every table of moves: reachable, closed where intended, refusing with a reason, and pure."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import BEAD, BeadFacts, BeadState
from gastown.domain.convoy import CONVOY, ConvoyFacts, ConvoyState
from gastown.domain.dispatch import DISPATCH
from gastown.domain.escalation import ESCALATION, EscalationFacts, EscalationState
from gastown.domain.hook import HOOK, HookFacts, HookState
from gastown.domain.integration import INTEGRATION, IntegrationState
from gastown.domain.lifecycle import Lifecycle
from gastown.domain.mail import MAIL, MailState
from gastown.domain.merge import MERGE, MergeFacts, MergeState
from gastown.domain.queue import QUEUE
from gastown.domain.run import RUN, RunState
from gastown.domain.scheduler import SCHEDULER
from gastown.domain.step import STEP, StepFacts
from gastown.errors import MoveRefused

NAMES = st.sampled_from(["mp-a", "mp-b", "mp/toast"])
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "hook": st.builds(
        HookFacts, bead=st.none() | NAMES, has_bead=st.booleans(),
        blocking_merge=st.none() | NAMES,
    ),
    "bead": st.builds(
        BeadFacts, open_blockers=st.lists(NAMES, max_size=2).map(tuple), owner=st.none() | NAMES,
        owner_lives=st.booleans(), slung_to_agent=st.booleans(), merged=st.booleans(),
    ),
    "convoy": st.builds(
        ConvoyFacts, beads=st.integers(0, 3), open_beads=st.lists(NAMES, max_size=2).map(tuple)
    ),
    "merge": st.builds(MergeFacts, contained=st.booleans()),
    "mail": st.none(),
    "run": st.none(),
    "queue": st.none(),
    "integration": st.none(),
    "scheduler": st.none(),
    "dispatch": st.none(),
    "escalation": st.builds(EscalationFacts, rises=st.integers(0, 4), most=st.integers(0, 4)),
    "step": st.builds(StepFacts, waits_for=st.lists(NAMES, max_size=2).map(tuple)),
}  # fmt: skip
FINAL = {
    "hook": {HookState.ARCHIVED},
    "bead": {BeadState.TOMBSTONE},
    "convoy": {ConvoyState.CLOSED},
    "merge": {MergeState.MERGED, MergeState.WITHDRAWN},
    "mail": {MailState.ARCHIVED},
    "run": {RunState.DONE},
    "queue": set(),
    "integration": {IntegrationState.CLOSED},
    "scheduler": set(),
    "dispatch": set(),
    "escalation": {EscalationState.RESOLVED},
    "step": set(),
}
TABLES = (
    HOOK, BEAD, CONVOY, MERGE, MAIL, RUN, STEP, QUEUE, INTEGRATION, SCHEDULER, DISPATCH, ESCALATION,
)  # fmt: skip
LIFECYCLES = {cycle.kind: cycle for cycle in TABLES}
every = pytest.mark.parametrize("cycle", LIFECYCLES.values(), ids=LIFECYCLES.keys())


def edges(cycle: Lifecycle[Any]) -> set[str]:
    """The table as `from -> to` lines."""
    return {f"{o} -> {move.dest}" for move in cycle.moves for o in move.origins}


@every
def test_every_state_can_be_reached(cycle: Lifecycle[Any]) -> None:
    """From the initial states the table leads to every other one."""
    reached, todo = set(cycle.initial), list(cycle.initial)
    while todo:
        state = todo.pop()
        new = {m.dest for m in cycle.moves if state in m.origins} - reached
        reached |= new
        todo += new
    assert reached == set(cycle.states)


@every
def test_triggers_are_names(cycle: Lifecycle[Any]) -> None:
    """A trigger can be written as a Python name and starts from one row per state."""
    for move in cycle.moves:
        assert move.trigger.isidentifier()
    starts = [(origin, move.trigger) for move in cycle.moves for origin in move.origins]
    assert len(starts) == len(set(starts))


@every
def test_states_are_members_of_their_enum(cycle: Lifecycle[Any]) -> None:
    """No row names a state of another table (equal strings would hide it)."""
    named = {s for m in cycle.moves for s in (*m.origins, m.dest)} | set(cycle.initial)
    assert {type(state) for state in named} == {cycle.states}


@every
def test_final_states_are_the_intended_ones(cycle: Lifecycle[Any]) -> None:
    """Exactly the states that are meant to be final have no exit."""
    assert cycle.final() == FINAL[cycle.kind]
    for state in cycle.final():
        assert cycle.possible(state) == []


def test_the_hook_table_is_the_law() -> None:
    """The original hook diagram, and the extras that DESIGN.md documents, and nothing else."""
    law = {"created -> active", "active -> suspended", "suspended -> active",
           "active -> completed", "completed -> archived"}  # fmt: skip
    ours = {"active -> created", "suspended -> created", "completed -> active",
            "created -> archived", "suspended -> archived"}  # fmt: skip
    assert edges(HOOK) == law | ours
    assert HOOK.initial == (HookState.CREATED,)


def test_the_bead_table_is_the_documented_one() -> None:
    """Open states lead where DESIGN.md says; nothing slips from closed into work."""
    live = ["open", "hooked", "in_progress", "blocked", "deferred", "pinned"]
    expected = {f"{state} -> {end}" for state in live for end in ("closed", "tombstone")}
    expected |= {f"{state} -> blocked" for state in ("open", "hooked", "in_progress", "deferred")}
    expected |= {f"{s} -> open" for s in live[1:]} | {"closed -> open", "closed -> tombstone"}
    expected |= {"open -> hooked", "open -> in_progress", "hooked -> in_progress",
                 "open -> deferred", "open -> pinned"}  # fmt: skip
    assert edges(BEAD) == expected


def test_the_other_tables_are_the_documented_ones() -> None:
    """Convoys, merge requests and mail move as DESIGN.md says."""
    assert edges(CONVOY) == {"open -> landed", "landed -> open", "open -> closed"}
    assert edges(MAIL) == {"unread -> read", "read -> archived", "unread -> archived"}
    assert edges(MERGE) == {
        "queued -> testing", "testing -> merged", "testing -> failed", "testing -> conflicted",
        "testing -> queued", "queued -> conflicted", "failed -> queued", "conflicted -> queued",
        "queued -> merged", "failed -> merged", "conflicted -> merged",
        "queued -> withdrawn", "failed -> withdrawn", "conflicted -> withdrawn",
        "testing -> proposed", "proposed -> queued", "proposed -> failed", "proposed -> merged",
        "proposed -> rejected", "proposed -> withdrawn", "queued -> rejected", "queued -> failed",
        "failed -> rejected", "conflicted -> rejected", "rejected -> queued",
        "rejected -> merged", "rejected -> withdrawn",
    }  # fmt: skip
    assert edges(QUEUE) == {"open -> paused", "paused -> open"}
    assert edges(INTEGRATION) == {
        "open -> landing", "landing -> open", "landed -> open", "open -> landed",
        "landing -> landed", "open -> closed",
    }  # fmt: skip


@every
def test_no_jumps(cycle: Lifecycle[Any]) -> None:
    """The library's automatic `to_X` moves do not exist."""
    for state in cycle.states:
        for name in cycle.states:
            for trigger in (f"to_{name}", f"to_{name.name}", f"may_{name}"):
                with pytest.raises(MoveRefused, match="knows no move"):
                    cycle.after(state, trigger)


@every
def test_allows_is_the_table(cycle: Lifecycle[Any]) -> None:
    """`allows` says yes to the table's pairs and to initial states, and to nothing else."""
    for source in cycle.states:
        assert cycle.allows(None, source) is (source in cycle.initial)
        for dest in cycle.states:
            assert cycle.allows(source, dest) is (f"{source} -> {dest}" in edges(cycle))
            trigger = cycle.trigger_for(source, dest)
            assert (trigger is not None) is cycle.allows(source, dest)
            assert trigger is None or trigger in cycle.possible(source)


@dataclass(frozen=True)
class Refusal:
    """A move that a guard refuses, and a word of its reason."""

    cycle: Lifecycle[Any]
    state: Any
    trigger: str
    facts: Any
    reason: str


REFUSALS = [
    Refusal(HOOK, HookState.CREATED, "assign", HookFacts(bead="mp-a", has_bead=True), "mp-a"),
    Refusal(HOOK, HookState.COMPLETED, "archive", HookFacts(blocking_merge="mr-1"), "mr-1"),
    Refusal(BEAD, BeadState.OPEN, "sling", BeadFacts(open_blockers=("mp-b", "mp-c")), "mp-b, mp-c"),
    Refusal(
        BEAD, BeadState.OPEN, "sling", BeadFacts(owner="mp/toast", owner_lives=True), "mp/toast"
    ),
    Refusal(
        BEAD, BeadState.OPEN, "claim", BeadFacts(owner="mp/toast", owner_lives=True), "mp/toast"
    ),
    Refusal(BEAD, BeadState.IN_PROGRESS, "close", BeadFacts(slung_to_agent=True), "gt done"),
    Refusal(CONVOY, ConvoyState.OPEN, "land", ConvoyFacts(0, ()), "no beads"),
    Refusal(CONVOY, ConvoyState.OPEN, "land", ConvoyFacts(3, ("mp-a",)), "1 of 3"),
    Refusal(MERGE, MergeState.TESTING, "land", MergeFacts(contained=False), "does not contain"),
    Refusal(MERGE, MergeState.QUEUED, "observe", MergeFacts(contained=False), "does not contain"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS, ids=lambda c: f"{c.cycle.kind}-{c.trigger}-{c.reason}")
def test_a_guard_says_why_and_what_is_possible(case: Refusal) -> None:
    """A guard's reason is the message, the possible moves are the hint."""
    with pytest.raises(MoveRefused, match=case.reason) as refused:
        case.cycle.after(case.state, case.trigger, case.facts)
    assert refused.value.exit_status == 4
    for trigger in case.cycle.possible(case.state):
        assert trigger in str(refused.value.hint)


def test_several_reasons_are_all_given() -> None:
    """A bead that is both taken and blocked says so once, up to the first guard that objects."""
    facts = BeadFacts(open_blockers=("mp-b",), owner="mp/toast", owner_lives=True)
    with pytest.raises(MoveRefused, match="on the hook of mp/toast"):
        BEAD.after(BeadState.OPEN, "sling", facts)


def test_the_owner_who_is_gone_does_not_keep_a_bead() -> None:
    """Only an owner who may be at work holds a bead back."""
    facts = BeadFacts(owner="mp/toast", owner_lives=False)
    assert BEAD.after(BeadState.OPEN, "sling", facts) is BeadState.HOOKED


def test_merged_work_closes_a_slung_bead() -> None:
    """The proof of the merge opens the guard that the wish alone does not."""
    facts = BeadFacts(slung_to_agent=True, merged=True)
    assert BEAD.after(BeadState.IN_PROGRESS, "close", facts) is BeadState.CLOSED


@every
@given(data=st.data())
def test_random_walks_stay_in_the_table(cycle: Lifecycle[Any], data: st.DataObject) -> None:
    """Accepted moves are rows of the table; refused ones raise and say what is possible."""
    triggers = sorted({move.trigger for move in cycle.moves})
    state = data.draw(st.sampled_from(cycle.initial))
    for _ in range(data.draw(st.integers(1, 8))):
        trigger = data.draw(st.sampled_from(triggers))
        facts = data.draw(FACTS[cycle.kind])
        rows = [m for m in cycle.moves if m.trigger == trigger and state in m.origins]
        held = [m for m in rows if any(guard(facts) for guard in m.guards)]
        if rows and not held:
            state = cycle.after(state, trigger, facts)
            assert state is rows[0].dest
            continue
        with pytest.raises(MoveRefused) as refused:
            cycle.after(state, trigger, facts)
        assert refused.value.message
        expected = cycle.possible(state) or ["final"]
        assert all(word in str(refused.value.hint) for word in expected)


@every
@given(trigger=st.text())
def test_unknown_triggers_are_refused(cycle: Lifecycle[Any], trigger: str) -> None:
    """Whatever is no trigger of the table is an illegal move, not a crash."""
    if any(trigger == move.trigger for move in cycle.moves):
        return
    with pytest.raises(MoveRefused, match="knows no move"):
        cycle.after(cycle.initial[0], trigger)


def test_after_keeps_nothing() -> None:
    """Neither a move nor a refusal leaves facts or models behind in the shared machine."""
    facts = BeadFacts(open_blockers=("mp-b",))
    trace = weakref.ref(facts)
    with pytest.raises(MoveRefused):
        BEAD.after(BeadState.OPEN, "sling", facts)
    assert BEAD.after(BeadState.OPEN, "defer", facts) is BeadState.DEFERRED
    del facts
    gc.collect()
    assert trace() is None
    assert BEAD._machine.models == []


def test_the_diagram_shows_every_row() -> None:
    """The documentation's diagram is the table: entries, moves, ends."""
    shown = HOOK.mermaid()
    assert "    [*] --> created" in shown
    assert "    suspended --> active: resume" in shown
    assert "    archived --> [*]" in shown
    assert shown.count("-->") == len(edges(HOOK)) + 2


@every
def test_a_shortest_way(cycle: Lifecycle[Any]) -> None:
    """It goes along rows of the table, and leads wherever the table does."""
    for source in (None, *cycle.states):
        reached = {source}
        near = [source]
        while near:
            near = [
                dest for dest in cycle.states
                if dest not in reached and any(cycle.allows(one, dest) for one in near)
            ]  # fmt: skip
            for dest in near:
                way = cycle.way(source, dest)
                assert way is not None
                assert way[-1] is dest
                assert all(cycle.allows(*pair) for pair in pairwise((source, *way)))
            distance = {len(cycle.way(source, dest) or ()) for dest in near}
            assert len(distance) <= 1  # found in the same round, so equally far
            reached |= set(near)
        beyond = [dest for dest in cycle.states if dest not in reached]
        assert [cycle.way(source, dest) for dest in beyond] == [None] * len(beyond)
