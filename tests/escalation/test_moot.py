"""Escalations that nobody has to see to any more are resolved by the town, once."""

from __future__ import annotations

from gastown.domain.escalation import GIVEN_UP, Severity
from gastown.ops.escalations import escalate_in
from gastown.ops.moot import moot, resolve_moot
from gastown.ops.observe import MONITOR
from tests.support.desk import Desk
from tests.support.people import git


def test_an_agent_that_goes_on_needs_nobody(desk: Desk) -> None:
    """Resolved when its hook is resumed; and opened again by a person it stays open."""
    desk.sling()
    desk.gt("hooks", "suspend", "mp/toast")
    town = desk.town
    for agent in ("mp/toast", "mayor"):
        with town.transaction("give up", actor=MONITOR) as tx:
            escalate_in(tx, town, f"{agent} was suspended", severity=Severity.HIGH, source=MONITOR,
                        agent=agent, key=f"{GIVEN_UP}{agent}")  # fmt: skip
    assert moot(town.read()) == []
    desk.gt("hooks", "resume", "mp/toast")
    [done] = resolve_moot(town)
    assert (done.agent, done.resolved_by, done.resolution) == (
        "mp/toast", MONITOR, "its hook rests no more",
    )  # fmt: skip
    assert resolve_moot(town) == []
    git(desk.root / "hq", "revert", "--no-edit", town.commit())
    desk.gt("status")
    assert {one.agent for one in desk.town.read().escalations()} == {"mp/toast", "mayor"}
    assert resolve_moot(desk.town) == []
