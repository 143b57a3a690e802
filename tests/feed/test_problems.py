"""Problems: what is wrong in a town, and what is said about it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gastown.domain.escalation import Severity
from gastown.domain.health import TROUBLE, Condition, Health, Wait
from gastown.ops.escalations import escalate_in
from gastown.render.feed import ago, problem, sign_of
from gastown.render.text import width
from gastown.views.agents import AgentView
from gastown.views.problems import Grade, _of_agent
from tests.support.desk import Desk

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def an_agent(health: Health | None, **more: object) -> AgentView:
    values: dict[str, object] = {
        "id": "mp/nux", "role": "polecat", "state": "active", "bead": "mp-a", "title": "Parser",
        "runtime": "claude", "session": "running", "generation": 1, "since": "2026-01-05T09:00:00Z",
    }  # fmt: skip
    return AgentView(**(values | more), health=health)  # type: ignore[arg-type]


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_that_is_trouble_is_a_problem_with_advice(condition: Condition) -> None:
    wait = Wait.ANSWER if condition is Condition.WAITING else None
    health = Health(condition, "the detail", ("the evidence",), wait=wait, since=0.0)
    found = list(_of_agent(an_agent(health)))
    is_wrong = condition in TROUBLE or condition in (Condition.WAITING, Condition.UNKNOWN)
    assert len(found) == is_wrong
    for one in found:
        assert one.evidence == ("the evidence",)
        assert any("mp/nux" in advice for advice in one.advice)
        text = "\n".join(problem(one, NOW))
        assert "the detail" in text
        assert "seen: the evidence" in text
        assert "try:" in text


def test_what_helps_itself_or_was_not_looked_at_is_no_problem() -> None:
    limited = Health(Condition.WAITING, "until 14:00", wait=Wait.LIMIT)
    assert not list(_of_agent(an_agent(limited)))
    assert not list(_of_agent(an_agent(None)))
    assert not list(_of_agent(an_agent(Health(Condition.UNKNOWN), runtime=None)))


def test_every_grade_has_a_sign_of_one_column() -> None:
    assert {width(sign_of(grade).symbol) for grade in Grade} == {1}


def test_how_long_ago() -> None:
    assert ago(None, NOW) == ""
    assert ago(NOW.timestamp() - 120, NOW) == "2m"
    assert ago("2026-01-05T07:00:00Z", NOW) == "3h"


def test_problems_of_a_town(desk: Desk) -> None:
    assert "no problems" in desk.gt("feed", "-p").out
    ready = desk.bead("Begin me", "--rig", "mp")
    desk.gt("convoy", "create", "Nobody's", ready)
    desk.gate("false")
    bead, _ = desk.hand_in("Breaks the gate")
    desk.gt("refinery", "run", "mp", status=None)
    desk.gt("unsling", bead, status=None)
    town = desk.town
    with town.transaction("escalate", actor="human") as tx:
        escalate_in(tx, town, "Which licence?", severity=Severity.HIGH, source="human")
    told = desk.gt("feed", "-p").out
    assert "Which licence?" in told
    assert "high escalation" in told
    assert f"seen: {ready}: nobody has it" in told
    found = desk.gt("feed", "-p", "--json").data
    grades = [one["grade"] for one in found]
    assert grades == sorted(grades, key=list(Grade).index)
    assert {"escalation", "stranded convoy"} <= set(grades)
