"""Handing off: a note is committed, and the next session begins with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gastown.ops import reconcile, wants
from gastown.ops.conversations import end
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.records import Session
from tests.sessions.conftest import A, Client
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.support.waiting import until

NOTE = "The parser is done; the printer is not."


def session(desk: Desk, agent: str) -> Session:
    """The latest session of an agent."""
    found = sessions_of(desk.town, host()).get(agent)
    assert found is not None
    return found


def tree(desk: Desk, agent: str) -> Path:
    """An agent's worktree."""
    return Path(desk.root / desk.hook(agent).path)


def round_of_monitor(desk: Desk) -> list[str]:
    """Do what the monitor would do now; what was done."""
    sessions = sessions_of(desk.town, host())
    want = wants.wanted(desk.town.read())
    found = reconcile.needs(desk.town, want, sessions, sessions.all())
    return [said for need in found if (said := reconcile.meet(desk.town, host(), need))]


def test_an_agent_hands_off_in_its_own_hook(
    in_tmux: Desk, fake: Client, works: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is in the ledger, its work in a snapshot; a new session runs, told by the prime."""
    before = session(in_tmux, works)
    (tree(in_tmux, works) / "half.txt").write_text("half\n")
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "of the session that hands off")
    done = in_tmux.gt("handoff", "-m", NOTE, "--json", at=tree(in_tmux, works)).data
    assert done["next"] == "starting"
    assert done["snapshot"]
    until(lambda: session(in_tmux, works).process != before.process)
    [ended] = in_tmux.town.read().conversations(works)
    assert (ended.id, ended.how, ended.note) == (A, "handed off", NOTE)
    assert git(in_tmux.root / "hq", "log", "-1", "--format=%s", "--", "conversations")
    mark = agent_folder(in_tmux.town.layout.agents, works).handoff
    until(lambda: not mark.exists())
    until(lambda: fake.calls.count("--settings") == 2)
    assert "--resume" not in fake.last_start
    assert "of the session" not in fake.calls
    assert NOTE in in_tmux.gt("prime", at=tree(in_tmux, works)).out
    assert round_of_monitor(in_tmux) == []


def test_with_a_monitor_it_is_the_monitor_that_goes_on(
    in_tmux: Desk, fake: Client, works: str
) -> None:
    """It sees the commit and the mark; no process is let go beside it."""
    in_tmux.run("gt", "daemon", "start")
    before = session(in_tmux, works)
    in_tmux.gt("handoff", "-m", NOTE, at=tree(in_tmux, works))
    until(lambda: session(in_tmux, works).process != before.process)
    until(lambda: fake.calls.count("--settings") == 2)
    assert not (in_tmux.town.layout.logs / "handoff.log").exists()
    until(lambda: "started again (fake)" in in_tmux.gt("daemon", "logs").out)


def test_the_person_hands_off_for_an_agent(in_tmux: Desk, fake: Client, works: str) -> None:
    """The next session runs when the command is done; without -m the note is read from stdin."""
    before = session(in_tmux, works)
    done = in_tmux.gt("handoff", works, "--json", stdin=f"{NOTE}\n").data
    assert done["next"] == "started"
    assert session(in_tmux, works).process != before.process
    assert in_tmux.town.read().handed_on(works)[-1].note == NOTE


def test_killed_in_between_the_monitor_goes_on(in_tmux: Desk, works: str) -> None:
    """From the commit on there is a new session in the end, and only one, whatever was killed."""
    sessions = sessions_of(in_tmux.town, host())
    for point in ("committed", "stopped", "started"):
        before = session(in_tmux, works)
        fault = {"GT_FAULT": f"handoff:{point}:kill"}
        in_tmux.run("gt", "handoff", works, "-m", NOTE, env=fault, status=-9)
        round_of_monitor(in_tmux)
        after = session(in_tmux, works)
        assert after.process != before.process, point
        assert sessions.look(after).state == "running"
        assert round_of_monitor(in_tmux) == []
        assert session(in_tmux, works) == after


def test_killed_before_the_commit_nothing_has_happened(in_tmux: Desk, works: str) -> None:
    """The mark alone means nothing: the session runs on with its conversation."""
    before = session(in_tmux, works)
    in_tmux.run(
        "gt", "handoff", works, "-m", NOTE, env={"GT_FAULT": "handoff:marked:kill"}, status=-9
    )
    assert round_of_monitor(in_tmux) == []
    assert session(in_tmux, works) == before
    assert in_tmux.town.read().conversations(works)[0].state == "running"


def test_a_session_that_is_gone_and_forgotten_is_followed(in_tmux: Desk, works: str) -> None:
    """Its process killed and its record lost after the commit: the next one starts all the same."""
    in_tmux.run(
        "gt", "handoff", works, "-m", NOTE, env={"GT_FAULT": "handoff:committed:kill"}, status=-9
    )
    sessions = sessions_of(in_tmux.town, host())
    assert sessions.stop(session(in_tmux, works), grace_s=0)
    sessions.forget(works)
    assert len(round_of_monitor(in_tmux)) == 1
    assert sessions.look(session(in_tmux, works)).state == "running"
    assert not agent_folder(in_tmux.town.layout.agents, works).handoff.exists()


def test_an_agent_without_a_conversation_leaves_its_note(desk: Desk) -> None:
    """No client, no session: a record of ours holds the note, and the prime shows it."""
    _, place = desk.sling("Say hello")
    done = desk.gt("handoff", "-m", NOTE, at=place)
    assert "no session of it ran" in done.out
    assert NOTE in desk.gt("prime", at=place).out
    [record] = desk.town.read().conversations(f"mp/{place.name}")
    assert (record.state, record.how, record.note) == ("ended", "handed off", NOTE)


def test_a_handoff_is_taken_back_by_git_revert(desk: Desk) -> None:
    """The commit is one operation; `git revert` in hq takes the record away again."""
    _, place = desk.sling("Say hello")
    desk.gt("handoff", "-m", NOTE, at=place)
    hq = desk.root / "hq"
    git(hq, "revert", "--no-edit", "HEAD")
    desk.gt("agents")
    assert desk.town.read().conversations() == []
    assert NOTE not in desk.gt("prime", at=place).out


def test_ended_by_several_at_once_it_ends_once(desk: Desk, fake: Client) -> None:
    """Whoever stops a session and the monitor both note its end: one commit, the first word."""
    _, place = desk.sling("Say hello")
    agent = f"mp/{place.name}"
    fake.converse(agent, A)
    with ThreadPoolExecutor(4) as pool:
        towns = [desk.town for _ in range(4)]
        found = list(pool.map(lambda town: end(town, host(), agent, how="exit 0"), towns))
    assert sum(one is not None for one in found) == 1
    assert git(desk.root / "hq", "log", "--format=%s").count("ended: exit 0") == 1


def test_who_may_hand_off_what(desk: Desk) -> None:
    """Not another's session, nothing that is handed in, no novel; outside of hooks name one."""
    _, place = desk.sling("One")
    _, other = desk.sling("Two")
    said = desk.gt("handoff", f"mp/{other.name}", "-m", NOTE, at=place, status=1)
    assert "not yours" in said.err
    desk.gt("handoff", "-m", "x" * 20_000, at=place, status=2)
    desk.gt("handoff", "-m", NOTE, status=1)
    desk.work(place)
    desk.gt("done", at=place)
    assert "handed in" in desk.gt("handoff", "-m", NOTE, at=place, status=1).err
