"""Each verdict, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.care_settings import HealthLimits
from gastown.domain.health import Condition, Wait
from gastown.domain.hook import HookState, Role
from gastown.domain.judging import is_certain, judge
from gastown.domain.signs import Claim, Doing, Life, Limit, Signs

NOW = 1_800_000_000.0
LIMITS = HealthLimits()
HOUR = 3600.0


def signs(**changes: Any) -> Signs:
    """A polecat with work whose client runs and has hooks."""
    values: dict[str, Any] = {
        "now": NOW, "agent": "mp/toast", "hook": HookState.ACTIVE, "runtime": "claude",
        "bead": "mp-1", "status": "hooked", "changed_at": NOW - HOUR, "life": Life.RUNNING,
        "pid": 77,
        "started_at": NOW - HOUR, "tells": True, "shows": True, "patience_s": 60.0,
    }  # fmt: skip
    return Signs(**(values | changes))


def said(doing: Doing, ago_s: float = 5, text: str | None = None) -> Claim:
    """The client's word."""
    return Claim(doing, NOW - ago_s, text)


def shown(doing: Doing, text: str | None = None) -> Claim:
    """What its screen shows just now."""
    return Claim(doing, NOW, text, source=f"{text or 'a sign'} on its screen")


def shell(**changes: Any) -> Signs:
    """The same with a client that says and shows nothing."""
    return signs(runtime="shell", tells=False, shows=False, **changes)


PERMISSION = "Claude needs your permission to use Bash"
LIMIT = Limit(NOW + HOUR, "You've hit your limit · resets 3pm", NOW - 60)
OVER = replace(LIMIT, until=NOW - 1)

TABLE: list[tuple[str, Signs, str, str | None, str]] = [
    # what, signs, verdict in words, (part of) the detail, part of the evidence
    ("its hook works", signs(said=said(Doing.WORKING)),
     "working", None, "its own hooks: it works, 5 s ago"),
    ("its turn is over", signs(said=said(Doing.IDLE, 120)),
     "idle", "its turn is over", "its Stop hook, 2 min ago"),
    ("idle without work", signs(said=said(Doing.IDLE, 9e5), bead=None),
     "idle", None, "there is no work"),
    ("idle, bead closed", signs(said=said(Doing.IDLE, 9e5), status="closed"),
     "idle", None, "mp-1 is closed"),
    ("idle, bead blocked", signs(said=said(Doing.IDLE, 9e5), status="blocked"),
     "idle", "mp-1 is blocked", "Stop hook"),
    ("nothing happens", signs(said=said(Doing.IDLE, 1900)),
     "propulsion violation", "32 min", "no commit"),
    ("idle, but a commit", signs(said=said(Doing.IDLE, 1900), commit_at=NOW - 60),
     "idle", None, "Stop hook"),
    ("idle, but its bead moved", signs(said=said(Doing.IDLE, 1900), bead_at=NOW - 60),
     "idle", None, "Stop hook"),
    ("a permission", signs(said=said(Doing.WAITING, 30, PERMISSION)),
     "waiting for permission", PERMISSION, "its notification, 30 s ago"),
    ("a question", signs(said=said(Doing.WAITING, 30, "Which database?")),
     "waiting for an answer", "Which database?", "its notification"),
    ("a wait without words", signs(said=said(Doing.WAITING, 9e5)),
     "waiting for an answer", "for the person", "its notification"),
    ("answered on its screen",
     signs(said=said(Doing.WAITING, 60, PERMISSION), shown=shown(Doing.WORKING)),
     "working", None, "on its screen"),
    ("refused on its screen",
     signs(said=said(Doing.WAITING, 60, PERMISSION), shown=shown(Doing.IDLE), output_at=NOW - 9),
     "idle", "its turn is over", "on its screen"),
    ("a dialog after its start",
     signs(said=said(Doing.STARTED, 60), shown=shown(Doing.WAITING, "sign-in")),
     "waiting for a dialog", "sign-in", "sign-in on its screen"),
    ("a dialog", signs(shown=shown(Doing.WAITING, "trust dialog")),
     "waiting for a dialog", "trust dialog", "trust dialog on its screen"),
    ("a question on its screen", signs(shown=shown(Doing.WAITING, "a question")),
     "waiting for an answer", "a question", "screen"),
    ("a limit", signs(said=said(Doing.IDLE), limit=LIMIT),
     "waiting for a rate limit", "resets 3pm", "its client said so 60 s ago"),
    ("a limit without end", signs(said=said(Doing.IDLE), limit=replace(LIMIT, until=None)),
     "waiting for a rate limit", "limit", "said so"),
    ("a limit that is over", signs(said=said(Doing.IDLE), limit=OVER),
     "idle", None, "Stop hook"),
    ("ended at a limit", signs(life=Life.EXITED, exit_code=1, limit=LIMIT),
     "waiting for a rate limit", "resets", "exit 1"),
    ("silent at work", signs(said=said(Doing.WORKING, 1000), output_at=NOW - 960),
     "stalled", "no sign of life for 16 min", "its output grew, 16 min ago"),
    ("its transcript grows", signs(said=said(Doing.WORKING, 1000), transcript_at=NOW - 3),
     "working", None, "its transcript grew, 3 s ago"),
    ("its output grows", signs(said=said(Doing.WORKING, 1000), output_at=NOW - 3),
     "working", None, "its output grew"),
    ("it only spins",
     signs(said=said(Doing.WORKING, 1900), transcript_at=NOW - 1850, output_at=NOW),
     "stalled", "31 min", "its transcript grew"),
    ("a child works", signs(said=said(Doing.WORKING, 1000), child_at=NOW - 999),
     "working", None, "a process that it began is running"),
    ("an older child", signs(said=said(Doing.WORKING, 1000), child_at=NOW - 2000),
     "stalled", "no sign", "own hooks"),
    ("interrupted", signs(said=said(Doing.WORKING, 1000), shown=shown(Doing.IDLE)),
     "idle", "its turn is over", "on its screen"),
    ("it ends, and goes on", signs(said=said(Doing.ENDED, 1000)),
     "stalled", "said that it ends", "session-end hook"),
    ("stopped", signs(said=said(Doing.WORKING), stopped=True),
     "stalled", "process 77 is stopped (SIGSTOP)", "state T"),
    ("starting", signs(started_at=NOW - 20),
     "starting", None, "its start, 20 s ago"),
    ("its first hook", signs(started_at=NOW - 20, said=said(Doing.STARTED)),
     "starting", None, "session-start hook"),
    ("never a prompt", signs(started_at=NOW - 300, output_at=NOW - 290),
     "stalled", "never came as far as a prompt", "process runs"),
    ("was up, no sign now", signs(output_at=NOW - 2000),
     "unknown", "has never said anything", "its output grew"),
    ("a shell that works", shell(output_at=NOW - 60),
     "working", None, "its output grew, 60 s ago"),
    ("a shell that computes", shell(output_at=NOW - 2000, busy_at=NOW - 4),
     "working", None, "used the processor, 4 s ago"),
    ("a shell that hangs", shell(output_at=NOW - 960),
     "stalled", "no sign of life for 16 min", "its output grew, 16 min ago"),
    ("a shell without work", shell(output_at=NOW - 960, bead=None),
     "idle", None, "there is no work"),
    ("exit 1", signs(life=Life.EXITED, exit_code=1),
     "dead", "exit 1", "mp-1 is on its hook, hooked"),
    ("exit 0", signs(life=Life.EXITED, exit_code=0),
     "dead", "ended without gt done", "exit 0"),
    ("kill -9", signs(life=Life.EXITED, exit_code=137),
     "dead", "exit 137 (SIGKILL)", "has ended"),
    ("gone", signs(life=Life.GONE),
     "dead", "killed", "has ended: killed"),
    ("again", signs(life=Life.GONE, ends=(1.0, 2.0)),
     "dead", "killed", "it has ended 2 times lately"),
    ("a person stopped it", signs(life=Life.GONE, rests=True),
     "idle", "stopped by a person", "killed"),
    ("ended, bead closed", signs(life=Life.EXITED, exit_code=0, status="closed"),
     "idle", "not running", "mp-1 is closed"),
    ("slung just now", signs(life=Life.NONE, changed_at=NOW - 3),
     "starting", "about to be started", "onto its hook 3 s ago"),
    ("never started", signs(life=Life.NONE),
     "unknown", "no session was started", "it has no session"),
    ("setup failed", signs(life=Life.NONE, setup_failed="npm ci: exit 1"),
     "unknown", "npm ci: exit 1", "it has no session"),
    ("unreadable", signs(life=Life.UNREADABLE),
     "unknown", "cannot be read", "its session's record"),
    ("handed in just now", signs(hook=HookState.COMPLETED, changed_at=NOW - 5),
     "idle", "handed in", "its process runs"),
    ("handed in, and goes on", signs(hook=HookState.COMPLETED, changed_at=NOW - 70),
     "done, not gone", None, "handed in 70 s ago"),
    ("handed in, gone", signs(hook=HookState.COMPLETED, life=Life.EXITED, exit_code=0),
     "idle", "not running", "handed in"),
    ("suspended", signs(hook=HookState.SUSPENDED, reason="lunch"),
     "idle", "suspended: lunch", "is suspended"),
    ("crash loop", signs(hook=HookState.SUSPENDED, reason="crash loop: 5 ends"),
     "crash loop", "5 ends", "suspended for it"),
    ("a person's", signs(runtime=None, life=Life.NONE, role=Role.CREW),
     "idle", "a person's place", "no agent command"),
    ("frozen", signs(said=said(Doing.WORKING, 9e5), frozen=True, stopped=True),
     "idle", "frozen by gt estop", "the town is frozen"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "words", "detail", "evidence"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_each_verdict_names_its_evidence(
    found: Signs, words: str, detail: str | None, evidence: str
) -> None:
    """What the person reads: how it is, why, and what told so."""
    health = judge(found, LIMITS)
    assert health.words == words
    assert (detail or "") in (health.detail or "")
    assert evidence in "; ".join(health.evidence)


def test_every_condition_is_in_the_table() -> None:
    """None is forgotten, neither are the things that an agent waits for."""
    judged = [judge(row[1], LIMITS) for row in TABLE]
    assert {one.condition for one in judged} == set(Condition)
    assert {one.wait for one in judged} == {None, *Wait}


@pytest.mark.parametrize("jump_s", [-365 * 86_400.0, -HOUR, HOUR, 8 * HOUR, 365 * 86_400.0])
@pytest.mark.parametrize("doing", [Doing.WORKING, Doing.IDLE])
def test_a_leap_of_the_clock_makes_nobody_stuck(jump_s: float, doing: Doing) -> None:
    """A night asleep, summer time, a clock set by a year: silence is counted anew from there."""
    here = NOW + jump_s
    quiet = [
        signs(said=said(doing, 60), now=here + 30, floor=here),
        shell(output_at=NOW - 5, now=here + 30, floor=here),
        signs(hook=HookState.COMPLETED, now=here + 30, floor=here, changed_at=NOW - 5),
    ]
    for one in quiet:
        assert judge(one, LIMITS).condition in (Condition.WORKING, Condition.IDLE)
    later = replace(quiet[0], now=here + 9000)
    assert judge(later, LIMITS).condition in (Condition.STALLED, Condition.PROPULSION)


MOMENTS = st.none() | st.floats(-1e12, 1e13)
CLAIMS = st.none() | st.builds(Claim, st.sampled_from(Doing), st.floats(-1e12, 1e13),
                               st.none() | st.text())  # fmt: skip
ANY = st.builds(
    Signs, now=st.floats(0, 1e12), agent=st.just("a"), hook=st.sampled_from(HookState),
    role=st.sampled_from(Role), runtime=st.none() | st.just("x"),
    reason=st.none() | st.text(), changed_at=MOMENTS,
    bead=st.none() | st.just("mp-1"), status=st.sampled_from([None, "hooked", "closed", "odd"]),
    life=st.sampled_from(Life), exit_code=st.none() | st.integers(-300, 300),
    pid=st.none() | st.integers(), started_at=MOMENTS, ended_at=MOMENTS, rests=st.booleans(),
    stopped=st.booleans(), said=CLAIMS, shown=CLAIMS, tells=st.booleans(), shows=st.booleans(),
    output_at=MOMENTS, transcript_at=MOMENTS, commit_at=MOMENTS, bead_at=MOMENTS, busy_at=MOMENTS,
    child_at=MOMENTS,
    limit=st.none() | st.builds(Limit, MOMENTS, st.text(), st.floats(-1e12, 1e13)),
    frozen=st.booleans(), floor=st.floats(0, 1e13),
)  # fmt: skip


@given(ANY)
def test_whatever_is_known_there_is_a_verdict(found: Signs) -> None:
    """It never fails, always names evidence, and waits if and only if it says for what."""
    health = judge(found, LIMITS)
    assert health.evidence
    assert all(health.evidence)
    assert (health.condition is Condition.WAITING) == (health.wait is not None)
    assert is_certain(found, health) in (True, False)
    if health.condition is Condition.DEAD:
        assert found.life in (Life.EXITED, Life.GONE)


@given(ANY, st.floats(0, 119))
def test_nobody_is_stuck_by_silence_after_the_machine_woke(found: Signs, passed: float) -> None:
    """For a while after it, only what the kernel says makes anybody stalled."""
    health = judge(replace(found, now=1e9 + passed, floor=1e9), LIMITS)
    stuck = health.condition in (Condition.STALLED, Condition.PROPULSION)
    assert not stuck or found.stopped
