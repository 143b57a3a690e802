"""`gt status`: what needs the person first, then the town, in 80 columns and in JSON."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gastown.domain.health import Condition, Wait
from gastown.domain.hook import HookState
from gastown.render.screen import Screen
from gastown.render.text import width
from gastown.render.town import status as text
from gastown.views.status import RigStatus, Scheduling, Status, Watch
from tests.seeing.conftest import LATER, an_agent
from tests.support.desk import Desk


def a_status(**changes: object) -> Status:
    """A town at rest."""
    found = Status(
        name="gt", root="/home/ada/gt", commit="a" * 40, needs=(), rigs=(), agents=(), convoys=(),
        unread=0, broken=(), acknowledged=0,
        watch=Watch(monitor=True, beat=None, down=False, frozen=False, looked_at=None,
                    published=False),
        scheduler=Scheduling(paused=False, reason=None, queued=0, most=0, holds=()),
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", [80, 120])
def test_thirty_agents_fit(columns: int) -> None:
    """Every line fits, whatever is in the titles; who is worst comes first, with the evidence."""
    titles = (
        "Fix 🐛 in the launcher " * 5,
        "日本語のタイトルを正しく切り詰める" * 4,
        "A\x1b[31m\nb",
    )
    agents = tuple(
        an_agent(f"mp/agent{i}", condition=condition, title=titles[i % 3], detail="why " * 40,
                 wait=Wait.ANSWER if condition is Condition.WAITING else None)
        for i, condition in enumerate(list(Condition) * 3)
    )  # fmt: skip
    rig = RigStatus("mp", "main", "/src", "mp", 0, 30, {"open": 3}, {"queued": 2, "failed": 1},
                    paused="the disk", ready=2, waiting=1,
                    conditions={one.value: 3 for one in Condition})  # fmt: skip
    shown = text(a_status(agents=agents, rigs=(rig,)), LATER, Screen(columns))
    assert max(map(width, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    order = re.findall(r"^(.)  mp/agent", shown, re.MULTILINE)
    assert "".join(dict.fromkeys(order)) == "✗†◔▲△?◆◌●○"
    assert "✗ 3 crash loop  † 3 dead" in shown
    assert "2, 1 back, paused" in shown


def test_nobody_looked_is_not_none() -> None:
    """Where no health is known the numbers say unknown, not zero."""
    rig = RigStatus("mp", "main", "/src", "mp", 0, 1, {}, {}, conditions=None)
    shown = text(a_status(rigs=(rig,), agents=(an_agent(health=None),)), LATER)
    assert re.search(r"^mp .* unknown$", shown, re.MULTILINE)
    assert "?  mp/toast  unknown" in shown


def test_a_town_by_hand(desk: Desk) -> None:
    """The whole way: rigs, agents and convoys as they are, and their health in the JSON."""
    bead, tree = desk.hand_in("Title of it")
    desk.sling("Another")
    found = desk.gt("status", "--json").data
    assert [need["command"] for need in found["needs"]] == ["gt daemon start"]
    assert found["watch"]["monitor"] is False
    [rig] = found["rigs"]
    assert (rig["queue"], rig["ready"], rig["conditions"]) == ({"queued": 1}, 0, {"idle": 2})
    shown = desk.run("gt", "status", env={"COLUMNS": "80"}).out
    assert f"mp/{tree.name}" in shown
    assert bead in shown
    assert "mayor" not in shown
    assert max(map(width, shown.splitlines()[1:])) <= 80
    assert desk.hook(f"mp/{tree.name}").state is HookState.COMPLETED


def test_agents_tell_their_health(desk: Desk) -> None:
    """A column of words, the evidence with -v, all of it in the JSON; gone ones have none."""
    bead, tree = desk.sling("Title of it")
    [row] = desk.gt("agents", "--rig", "mp", "--json").data
    assert (row["health"]["condition"], row["looked_at"]) == ("idle", None)
    assert "○  mp/toast  idle " in desk.gt("agents").out
    assert "by: " in desk.gt("agents", "-v").out
    desk.gt("unsling", bead)
    gone = desk.gt("agents", "--all", "--json").data[-1]
    assert (gone["state"], gone["health"]) == ("archived", None)
    assert "·  mp/toast  gone" in desk.gt("agents", "--all").out
    assert not tree.exists()


def test_watching_into_a_pipe_prints_changes(desk: Desk) -> None:
    """One block at once and one for each change; Ctrl-C ends it with 130."""
    watching = desk.start("gt", "agents", "--watch", "--rig", "mp")
    assert watching.stdout is not None
    try:
        assert watching.stdout.readline() == "no agents: gt sling ISSUE RIG\n"
        desk.sling("Title of it")
        lines = iter(watching.stdout.readline, "")
        assert any("mp/toast" in line for line in lines)
    finally:
        watching.send_signal(2)
        watching.communicate(timeout=20)
    assert watching.returncode == 130
