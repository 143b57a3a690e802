"""A red gate: the agent that can mend it gets it back, at most so often; then people are asked."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gastown.ops import reconcile
from gastown.ops.refining import following
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.tmux import available
from tests.rework.conftest import Agents, wanted_by_monitor
from tests.support.desk import Desk, host
from tests.support.people import commit_all
from tests.support.queue import letters, request

GATE = "! test -f bad || test -f fixed"


def rework_wanted(desk: Desk) -> list[str]:
    """The agents whose sessions the monitor would have go on."""
    return [need.subject for need in wanted_by_monitor(desk) if need.kind is reconcile.Kind.REWORK]


def test_the_agent_goes_on_by_itself_until_people_are_asked(desk: Desk, agents: Agents) -> None:
    """Started again with the failure in its context, twice; the third time a person is asked."""
    desk.gt("config", "set", "rigs.mp.merge.rework_max", "2")
    desk.gate(f"echo said-by-the-gate; {GATE}")
    bead, tree = agents.hand_in("The work", {"bad": "1\n"})
    before = desk.target()
    for attempt in (1, 2):
        desk.gt("refinery", "run", status=1)
        assert request(desk, bead)["state"] == "failed"
        assert desk.hook("mp/toast").state == "active"
        agents.started(attempt + 1)
        agents.rest()
        assert "said-by-the-gate" in agents.told.read_text()
        [mail] = letters(desk, "merge failed", tree)
        assert "said-by-the-gate" in mail
        assert f"{attempt} of 2" in mail
        assert letters(desk, "") == []
        desk.work(tree, {f"try-{attempt}": "x\n"})
        desk.gt("done", at=tree)
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["retries"] == 2
    assert desk.hook("mp/toast").state == "completed"
    assert len(agents.starts) == 3
    [mail] = letters(desk, f"[medium] needs you: {bead} failed 3 times")
    for choice in ("gt mq retry", f"gt sling {bead} mp/toast", "gt mq withdraw"):
        assert choice in mail
    assert letters(desk, "[medium] needs you", "mayor") != []
    assert letters(desk, "merge failed", tree) == []
    assert desk.target() == before
    desk.work(tree, {"fixed": "yes\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


@pytest.mark.parametrize("wants", ["retry", "committed"])
def test_retry_after_the_agent_was_given_it_back(desk: Desk, agents: Agents, wants: str) -> None:
    """A flaky gate: queued again as it is, unless the agent has gone on."""
    desk.gate(GATE)
    bead, tree = agents.hand_in("The work", {"bad": "1\n"})
    desk.gt("refinery", "run", status=1)
    agents.rest()
    if wants == "committed":
        commit_all(tree)
        said = desk.gt("mq", "retry", bead, status=4)
        assert "at work" in said.err
        return
    desk.gt("mq", "retry", bead)
    assert desk.hook("mp/toast").state == "completed"
    assert request(desk, bead)["state"] == "queued"
    desk.gt("config", "set", "rigs.mp.gates.test", "true")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


@pytest.mark.parametrize("who", ["monitor", "refinery"])
@pytest.mark.parametrize("point", ["rework:committed", "rework:started"])
def test_killed_between_the_commit_and_the_session(
    desk: Desk, agents: Agents, point: str, who: str
) -> None:
    """Whoever comes next starts the session, once."""
    desk.gate(GATE)
    _, tree = agents.hand_in("The work", {"bad": "1\n"})
    desk.run("gt", "refinery", "run", env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    assert desk.hook("mp/toast").state == "active"
    assert rework_wanted(desk) == ["mp/toast"]
    if who == "refinery":
        desk.gt("refinery", "run")
    else:
        for need in wanted_by_monitor(desk):
            reconcile.meet(desk.town, host(), need)
    agents.started(2)
    agents.rest()
    assert agents.starts == ["mp/toast"] * 2
    assert rework_wanted(desk) == []
    assert len(letters(desk, "merge failed", tree)) == 1


def test_killed_before_the_commit(desk: Desk, agents: Agents) -> None:
    """The mark alone means nothing: the request is tested again, and given back once."""
    desk.gate(GATE)
    bead, _ = agents.hand_in("The work", {"bad": "1\n"})
    desk.run("gt", "refinery", "run", env={"GT_FAULT": "refinery:tested:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    assert rework_wanted(desk) == []
    desk.gt("refinery", "run", status=1)
    agents.started(2)
    assert request(desk, bead)["state"] == "failed"


def test_a_session_that_runs_is_followed_by_one_that_knows(desk: Desk, agents: Agents) -> None:
    """Without a terminal nobody can ring: the session is stopped and goes on with the failure."""
    desk.gate(GATE)
    os.mkfifo(agents.fifo)
    bead = desk.bead("The work", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
    agents.started(1)
    desk.work(desk.root / slung["hook"]["path"], {"bad": "1\n"})
    desk.gt("done", at=slung["path"])
    desk.gt("refinery", "run", status=1)
    agents.started(2)


def test_a_session_in_a_terminal_goes_on(desk: Desk, agents: Agents) -> None:
    """It is not started anew: its doorbell rings for the mail, and no mark is left."""
    if available(os.environ) is None:
        pytest.skip("NOT TESTED: sessions in tmux, because tmux is missing")
    desk.gt("config", "set", "town.runner", "tmux")
    desk.gate(GATE)
    os.mkfifo(agents.fifo)
    bead = desk.bead("The work", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
    agents.started(1)
    desk.work(Path(slung["path"]), {"bad": "1\n"})
    desk.gt("done", at=slung["path"])
    desk.gt("refinery", "run", status=1)
    assert desk.hook("mp/toast").state == "active"
    assert rework_wanted(desk) == []
    assert len(desk.gt("mail", "inbox", "--json", at=slung["path"]).data) == 1
    agents.started(1)


def test_a_session_that_cannot_start_is_told(desk: Desk, agents: Agents) -> None:
    """The failure is recorded all the same; the person hears of the session."""
    desk.gate(GATE)
    bead, _ = agents.hand_in("The work", {"bad": "1\n"})
    desk.gt("config", "agent", "remove", "fake")
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["state"] == "failed"
    assert desk.hook("mp/toast").state == "active"
    [mail] = letters(desk, "mp/toast could not be started")
    assert "gt session start mp/toast" in mail
    assert rework_wanted(desk) == []


def test_in_a_town_that_is_down_it_waits(desk: Desk, agents: Agents) -> None:
    """The mark stays until the town is up again."""
    desk.gate(GATE)
    agents.hand_in("The work", {"bad": "1\n"})
    desk.town.layout.down.touch()
    desk.gt("refinery", "run", status=1)
    assert len(agents.starts) == 1
    assert rework_wanted(desk) == ["mp/toast"]
    desk.town.layout.down.unlink()
    following.go_on(desk.town, host(), "mp")
    agents.started(2)


def test_a_stale_mark_starts_nobody(desk: Desk, agents: Agents) -> None:
    """A mark of work that did not come back is only taken away."""
    bead = desk.bead("The work", "--rig", "mp")
    desk.gt("sling", bead, "mp", "--agent", "fake")
    agents.rest()
    file = agent_folder(desk.town.layout.agents, "mp/toast").rework
    file.write_text("[1, null, null]")
    following.go_on(desk.town, host(), "mp")
    assert not file.exists()
    assert len(agents.starts) == 1
