"""When an agent is helped, how, and when to stop: the rules as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown.domain.care_settings import RecoveryPolicy
from gastown.domain.health import Condition
from gastown.domain.recovery import (
    Deed,
    End,
    History,
    Sight,
    Step,
    charged,
    failed,
    mass_death,
    pause,
    plan,
    seen,
    shifted,
)

C, D = Condition, Deed
POLICY = RecoveryPolicy()
NOW = 1_000_000.0


def sight(session: str = "s1", how: str | None = None, **changes: object) -> Sight:
    """A session of the hook, just begun."""
    return replace(Sight(1, "mp-1", "t0", session, NOW, how), **changes)  # type: ignore[arg-type]


def after_ends(*ends: float, policy: RecoveryPolicy = POLICY) -> History:
    """A hook whose sessions ended at these moments, each soon after its start."""
    history = None
    for number, at in enumerate(ends):
        one = sight(f"s{number}", "exit 1", started=at - 1)
        history = seen(history, one, C.DEAD, policy, at)
        if at != ends[-1]:
            history = charged(history, one, policy, at)
    assert history is not None
    return history


def step_after(*ends: float, now: float, policy: RecoveryPolicy = POLICY) -> Step:
    """What is planned some time after such ends."""
    last = sight(f"s{len(ends) - 1}", "exit 1")
    return plan(after_ends(*ends, policy=policy), last, C.DEAD, policy, now)


@pytest.mark.parametrize(
    ("strikes", "expected"), [(0, 0), (1, 0), (2, 30), (3, 60), (4, 120), (6, 480), (7, 600),
                              (5000, 600)],
)  # fmt: skip
def test_the_pause_begins_with_the_second_restart_and_doubles(strikes: int, expected: int) -> None:
    """At once, then backoff_s, twice that, and so on, up to the most."""
    assert pause(strikes, POLICY) == expected


def test_the_first_restart_is_at_once_and_the_second_waits() -> None:
    """The pause is counted from the end."""
    assert step_after(NOW, now=NOW).deed is D.RESTART
    waits = step_after(NOW, NOW + 5, now=NOW + 20)
    assert (waits.deed, waits.until) == (D.WAIT, NOW + 35)
    assert step_after(NOW, NOW + 5, now=NOW + 35).deed is D.RESTART


def test_a_crash_loop_is_suspended() -> None:
    """So many ends within the window; the reason says how often, and how the last one was."""
    step = step_after(*(NOW + 100 * number for number in range(5)), now=NOW + 400)
    assert step.deed is D.SUSPEND
    assert step.why == "it ended 5 times within 15 min, the last time: exit 1"


def test_long_pauses_hide_no_loop() -> None:
    """Of sessions that never came to life, the fifth is the last, however far apart they are."""
    slow = replace(POLICY, backoff_s=600)
    ends = [NOW + 700 * number for number in range(5)]
    assert step_after(*ends[:4], now=ends[3] + 600, policy=slow).deed is D.RESTART
    assert "without having come to life" in step_after(*ends, now=ends[4], policy=slow).why


def test_to_have_lived_for_long_or_to_have_made_a_sign_alone_is_no_good_start() -> None:
    """Both are needed; then the row of bad starts is over."""
    history = after_ends(NOW, NOW + 1)
    for lived, sign, bad in [(500, False, 3), (5, True, 3), (25, True, 1)]:
        runs = sight("s9", started=NOW + 1, sign=sign)
        found = seen(history, runs, C.WORKING, POLICY, NOW + 1 + lived)
        ended = seen(found, replace(runs, how="exit 1"), C.DEAD, POLICY, NOW + 2 + lived)
        assert ended.bad_starts == bad - (bad == 1)
        assert (ended.strikes, len(ended.ends)) == (3, 3)


def test_ends_are_forgotten_only_long_after_a_good_start() -> None:
    """A crash after ten minutes of good work counts like any other; after 30 minutes none does."""
    history = after_ends(NOW, NOW + 1, NOW + 2)
    runs = sight("s9", started=NOW + 2, sign=True)
    history = seen(history, runs, C.WORKING, POLICY, NOW + 30)
    later = seen(history, runs, C.WORKING, POLICY, NOW + 600)
    assert (later.strikes, len(later.ends)) == (3, 3)
    much_later = seen(history, runs, C.WORKING, POLICY, NOW + 30 + 1800)
    assert (much_later.strikes, much_later.ends) == (0, ())
    assert much_later.is_empty is False or much_later.restarts == ()


def test_a_session_ends_once() -> None:
    """However often it is looked at; the next one ends anew."""
    history = after_ends(NOW)
    again = seen(history, sight("s0", "exit 1"), C.DEAD, POLICY, NOW + 9)
    assert again.ends == history.ends
    assert len(seen(again, sight("s1", "killed"), C.DEAD, POLICY, NOW + 10).ends) == 2


@pytest.mark.parametrize("changes", [{"generation": 2}, {"bead": "mp-2"}, {"placed": "t1"}])
def test_a_new_sling_and_a_resume_begin_anew(changes: dict[str, object]) -> None:
    """Other work, another generation, or a move of the hook since."""
    history = after_ends(NOW, NOW + 1, NOW + 2, NOW + 3)
    fresh = seen(history, sight("s9", "exit 1", **changes), C.DEAD, POLICY, NOW + 4)
    assert len(fresh.ends) == 1


@pytest.mark.parametrize("condition", [C.STALLED, C.PROPULSION])
def test_a_silent_one_is_called_then_restarted_then_suspended(condition: Condition) -> None:
    """Each step waits for the one before."""
    runs = sight()
    history = seen(None, runs, condition, POLICY, NOW)
    assert plan(history, runs, condition, POLICY, NOW).deed is D.NUDGE
    history = replace(history, helped=NOW)
    waits = plan(history, runs, condition, POLICY, NOW + 299)
    assert (waits.deed, waits.until) == (D.WAIT, NOW + 300)
    assert plan(history, runs, condition, POLICY, NOW + 300).deed is D.RESTART
    history = charged(history, runs, POLICY, NOW + 300)
    again = sight("s2", started=NOW + 301)
    history = seen(history, again, condition, POLICY, NOW + 2000)
    step = plan(history, again, condition, POLICY, NOW + 2000)
    assert step == Step(D.SUSPEND, "again, after it was called and restarted", verdict=condition)


def test_a_stopped_process_is_continued_first() -> None:
    """In place of the call; then as for any other."""
    runs = sight(halted=True)
    history = seen(None, runs, C.STALLED, POLICY, NOW)
    assert plan(history, runs, C.STALLED, POLICY, NOW).deed is D.CONTINUE
    history = replace(history, helped=NOW)
    assert plan(history, runs, C.STALLED, POLICY, NOW + 300).deed is D.RESTART


def test_who_cannot_hear_is_not_called() -> None:
    """The embedded agent is restarted at once."""
    history = seen(None, sight(), C.STALLED, POLICY, NOW)
    assert plan(history, sight(), C.STALLED, POLICY, NOW, hears=False).deed is D.RESTART


def test_that_it_was_silent_is_forgotten_after_long_good_work() -> None:
    """Not when it answers the call and falls silent again."""
    history = replace(seen(None, sight(), C.STALLED, POLICY, NOW), helped=NOW)
    assert seen(history, sight(), C.WORKING, POLICY, NOW + 60).helped == NOW
    assert seen(history, sight(), C.IDLE, POLICY, NOW + 9000).helped == NOW
    assert seen(history, sight(), C.WORKING, POLICY, NOW + 1800).helped is None


@pytest.mark.parametrize(
    "condition", [C.STARTING, C.WORKING, C.WAITING, C.IDLE, C.UNKNOWN, C.DEAD, C.CRASH_LOOP]
)
def test_who_runs_and_is_well_is_left_alone(condition: Condition) -> None:
    """Also where a verdict is older than its session."""
    history = seen(after_ends(NOW, NOW + 1), sight("s9"), condition, POLICY, NOW + 2)
    assert plan(history, sight("s9"), condition, POLICY, NOW + 2).deed is D.NOTHING


def test_what_is_switched_off_or_given_up_is_left_alone() -> None:
    """Until the next session, which a person has started."""
    history = after_ends(NOW)
    off = replace(POLICY, enabled=False)
    ended = sight("s0", "exit 1")
    assert plan(history, ended, C.DEAD, off, NOW).deed is D.NOTHING
    given_up = replace(history, given_up=True)
    assert plan(given_up, ended, C.DEAD, POLICY, NOW).deed is D.NOTHING
    again = seen(given_up, sight("s1", "exit 1"), C.DEAD, POLICY, NOW + 5)
    assert plan(again, sight("s1", "exit 1"), C.DEAD, POLICY, NOW + 5).deed is D.RESTART


def test_a_handed_in_session_is_stopped() -> None:
    """And one that is gone is not."""
    history = seen(None, sight(), C.DONE, POLICY, NOW)
    assert plan(history, sight(), C.DONE, POLICY, NOW).deed is D.STOP
    assert plan(history, sight(how="exit 0"), C.DONE, POLICY, NOW).deed is D.NOTHING


def test_a_rig_over_its_budget_waits_for_the_oldest_restart_to_be_forgotten() -> None:
    """What was charged before is not asked again."""
    policy = replace(POLICY, rig_restarts=2)
    history, ended = after_ends(NOW), sight("s0", "exit 1")
    full = plan(history, ended, C.DEAD, policy, NOW, spent=[NOW - 10, NOW - 500])
    assert (full.deed, full.until, full.of_rig) == (D.WAIT, NOW + 400, True)
    assert plan(history, ended, C.DEAD, policy, NOW, spent=[NOW - 901, NOW]).deed is D.RESTART
    paid = charged(history, ended, policy, NOW)
    assert plan(paid, ended, C.DEAD, policy, NOW, spent=[NOW, NOW, NOW]).deed is D.RESTART


def test_what_cannot_be_started_counts_like_an_end() -> None:
    """The pauses grow, and the fifth time it is over."""
    history, ended = after_ends(NOW), sight("s0", "exit 1")
    for number in range(1, 5):
        history = failed(charged(history, ended, POLICY, NOW), "no such program", POLICY, NOW)
        step = plan(history, ended, C.DEAD, POLICY, NOW)
        assert step.deed is (D.SUSPEND if number == 4 else D.WAIT)
    assert "not started: no such program" in step.why


def test_after_the_clock_was_set_nothing_is_due_early_or_in_a_year() -> None:
    """Known jumps move all times; a time in the future counts as now."""
    year = 365 * 86_400.0
    history, ended = after_ends(NOW, NOW + 5), sight("s1", "exit 1")
    for jump in (year, -year, 3600.0):
        moved = shifted(history, jump)
        assert plan(moved, ended, C.DEAD, POLICY, NOW + jump + 30).deed is D.WAIT
        assert plan(moved, ended, C.DEAD, POLICY, NOW + jump + 35).deed is D.RESTART
    back = seen(history, ended, C.DEAD, POLICY, NOW - year)
    assert plan(back, ended, C.DEAD, POLICY, NOW - year + 30).deed is D.RESTART


def ends(**agents: tuple[float, str]) -> dict[str, list[End]]:
    """One end of each agent, so many seconds ago."""
    return {name: [End(NOW - ago, how)] for name, (ago, how) in agents.items()}


@pytest.mark.parametrize(
    ("found", "alarmed", "named"),
    [
        (ends(a=(9, "killed"), b=(5, "killed"), c=(4, "exit 1")), {}, ("a", "b", "c")),
        (ends(a=(9, "killed"), b=(5, "killed")), {}, ()),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(40, "exit 1")), {}, ()),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(4, "stalled")), {}, ()),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(1, "exit 1")), {}, ()),
        (ends(a=(11, "killed"), b=(5, "killed"), c=(1, "exit 1")), {}, ("a", "b", "c")),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(4, "exit 1")), {"a": NOW - 60}, ()),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(4, "exit 1")), {"d": NOW}, ("a", "b", "c")),
        (ends(a=(9, "killed"), b=(5, "killed"), c=(4, "exit 1")), {"a": NOW - 901},
         ("a", "b", "c")),
    ],
)  # fmt: skip
def test_a_mass_death_is_told_once_when_it_has_settled(
    found: dict[str, list[End]], alarmed: dict[str, float], named: tuple[str, ...]
) -> None:
    """One agent that dies again and again is none; what we stopped ourselves is no death."""
    assert mass_death(found, POLICY, NOW, alarmed) == named


def test_one_that_dies_often_is_no_mass() -> None:
    """It takes several agents."""
    often = {"a": [End(NOW - number, "exit 1") for number in range(5, 9)]}
    assert mass_death(often, POLICY, NOW, {}) == ()
