"""At a limit what spends comes to rest, once; the next day it goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gastown.domain.conversation import Conversation, ConversationState
from gastown.domain.hook import HookState
from gastown.ops import budgets
from gastown.store.town import Edge, Town
from tests.support.desk import Desk, host

NOW = datetime.now(UTC)


def at(desk: Desk, days: int) -> Town:
    """The town so many days from now."""
    return Town(desk.root.resolve(), Edge(clock=lambda: NOW + timedelta(days=days)))


def spend(desk: Desk, bead: str, tokens: int) -> str:
    """Have a bead's polecat at work, with a conversation that has used tokens; its hook."""
    [hook] = [one for one in desk.town.read().hooks() if one.bead == bead]
    usage = {"day": NOW.date().isoformat(), "model": "claude-x", "turns": 1, "input": tokens,
             "output": 0, "cache_read": 0, "cache_write": 0}  # fmt: skip
    with desk.town.transaction("a conversation ended", actor="human") as tx:
        tx.put(Conversation(
            id=f"c-{bead}", state=ConversationState.ENDED, agent=hook.id,
            generation=hook.generation, bead=bead, runtime="claude", usage=(usage,),
            started_at=NOW.isoformat(), updated_at=NOW.isoformat(),
        ))  # fmt: skip
    return hook.id


def active(desk: Desk) -> str:
    bead, tree = desk.sling()
    desk.work(tree)
    desk.gt("status")  # takes the event: the hook is active
    return bead


def test_a_bead_is_warned_of_and_then_rests(desk: Desk) -> None:
    bead = active(desk)
    hook = spend(desk, bead, 90)
    desk.gt("config", "set", "budget.bead_tokens", "100")
    [warned] = budgets.keep(desk.town, host())
    assert "runs low: 90 of 100 tokens" in warned
    assert budgets.keep(desk.town, host()) == []
    desk.gt("config", "set", "budget.bead_tokens", "80")
    [stopped] = budgets.keep(desk.town, host())
    assert "is used up" in stopped
    found = desk.hook(hook)
    assert (found.state, found.reason) == (HookState.SUSPENDED, "budget: 90 of 80 tokens")
    shown = desk.gt("costs", "--budget").out
    assert "90 of 80 tokens" in shown
    assert "over" in shown
    desk.gt("hooks", "resume", hook)
    assert budgets.keep(desk.town, host()) == []  # whoever resumes it is not contradicted


def test_a_day_ends(desk: Desk) -> None:
    hook = spend(desk, active(desk), 90)
    desk.gt("config", "set", "budget.day_tokens", "50")
    budgets.keep(at(desk, 0), host())
    assert desk.town.read().scheduler().paused_by == "budget"
    assert desk.hook(hook).state is HookState.SUSPENDED
    assert len(budgets.keep(at(desk, 1), host())) == 2
    assert desk.town.read().scheduler().paused_by is None
    assert desk.hook(hook).state is HookState.ACTIVE


def test_a_convoy_is_fed_no_more(desk: Desk) -> None:
    bead = active(desk)
    hook = spend(desk, bead, 90)
    [convoy] = desk.town.read().convoys()
    desk.gt("config", "set", "budget.convoy_tokens", "50")
    budgets.keep(desk.town, host())
    [convoy] = desk.town.read().convoys()
    assert convoy.paused == "budget: 90 of 50 tokens"
    assert desk.hook(hook).state is HookState.SUSPENDED
