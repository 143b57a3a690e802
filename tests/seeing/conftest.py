"""A town with one rig, somebody at a desk in it, and agents that are whatever a test says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gastown.domain.health import Condition, Health
from gastown.views.agents import AgentView
from tests.support.desks import broken_town, desk, project, template
from tests.support.towns import NOW

__all__ = ["broken_town", "desk", "project", "template"]

LATER = datetime(2026, 1, 5, 10, 5, tzinfo=UTC)


def an_agent(identifier: str = "mp/toast", **changes: Any) -> AgentView:
    """An agent at work in tmux; `condition`, `wait` and what else a `Health` has are its health."""
    names = ("condition", "wait", "detail", "evidence", "since", "until")
    found = {name: changes.pop(name) for name in names if name in changes}
    health = Health(**({"condition": Condition.WORKING} | found))
    values: dict[str, Any] = {
        "id": identifier, "role": "polecat", "state": "active", "bead": "mp-abc",
        "title": "Title", "runtime": "claude", "session": "running", "generation": 1,
        "since": NOW, "health": health, "runner": "tmux",
    }  # fmt: skip
    return AgentView(**(values | changes))
