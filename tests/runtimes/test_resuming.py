"""A client without hooks of ours goes on with its last conversation, if it can have one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.ops.starting import start
from tests.runtimes.conftest import said
from tests.support.desk import Desk, host
from tests.support.waiting import until


def begin(desk: Desk, agent: str, program: Path, *, fresh: bool = False) -> list[str]:
    """Start the agent's session; the words that its client got."""
    out = Path(f"{program}.said")
    out.unlink(missing_ok=True)
    start(desk.town, host(), desk.hook(agent), fresh=fresh)
    until(out.exists)
    return said(program)


def end(desk: Desk, agent: str, lasted_s: float) -> None:
    """End its session, which said its last word so long after its start."""
    sessions = sessions_of(desk.town, host())
    session = sessions.get(agent)
    assert session is not None
    assert sessions.stop(session, grace_s=0)
    begun = datetime.fromisoformat(session.started_at).timestamp()
    os.utime(session.log, (begun + lasted_s, begun + lasted_s))
    sessions.forget(agent)  # as a stop does


def name(desk: Desk, *words: str) -> None:
    """Name a command `mine`, the default."""
    desk.gt("config", "agent", "set", "mine", *words)
    desk.gt("config", "default-agent", "mine")


@pytest.mark.parametrize(("lasted_s", "resumes"), [(60.0, True), (1.0, False)])
def test_the_last_one_of_its_folder(
    desk: Desk, client: Callable[..., Path], lasted_s: float, resumes: bool
) -> None:
    """After a session that lasted; one that ended at once has nothing to go on with."""
    program = client("mine")
    name(desk, "mine --x", "--prompt", "arg", "--resume", "--again", "--headless", "--now")
    _, tree = desk.sling()
    agent = f"mp/{tree.name}"
    first = begin(desk, agent, program)
    assert first[:2] == ["--x", "--now"]
    assert "run `gt prime`" in first[-1]
    end(desk, agent, lasted_s)
    desk.gt("config", "set", "town.runner", "tmux")
    again = begin(desk, agent, program)
    assert again[:-1] == (["--x", "--again"] if resumes else ["--x"])
    assert ("interrupted" in again[-1]) is resumes
    end(desk, agent, 60.0)
    assert begin(desk, agent, program, fresh=True)[:-1] == ["--x"]


def test_by_the_id_that_it_was_given(desk: Desk, client: Callable[..., Path]) -> None:
    """A client that lets us choose its conversation's id is asked for that one."""
    program = client("gemini")
    desk.gt("config", "default-agent", "gemini")
    _, tree = desk.sling()
    agent = f"mp/{tree.name}"
    first = begin(desk, agent, program)
    assert first[2] == "--session-id"
    end(desk, agent, 60.0)
    again = begin(desk, agent, program)
    assert again[2:5] == ["--resume", first[3], "-p"]


def test_not_that_of_other_work(desk: Desk, client: Callable[..., Path]) -> None:
    """The same name with another bead, which is another generation, begins anew."""
    program = client("gemini")
    desk.gt("config", "default-agent", "gemini")
    bead, tree = desk.sling()
    agent = f"mp/{tree.name}"
    begin(desk, agent, program)
    end(desk, agent, 60.0)
    desk.gt("unsling", bead)
    other = desk.bead()
    desk.gt("sling", other, agent, "--no-start")
    assert begin(desk, agent, program)[2] == "--session-id"
