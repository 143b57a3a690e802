"""`gt trail` tells what happened, `gt who` who is there, who had a bead, who changed a file."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from gastown.render.trail import trail as text
from gastown.views.trail import Event, Trail, trail
from tests.support.desk import Desk
from tests.support.people import commit_all, write


def told(desk: Desk, *words: object) -> list[dict[str, Any]]:
    """The events of a trail."""
    found: list[dict[str, Any]] = desk.gt("trail", *words, "--json").data["events"]
    return found


def test_the_story_of_a_bead(desk: Desk) -> None:
    """Made, slung, worked on, handed in, refused by a gate, told about, oldest first."""
    desk.gate("test ! -e new.txt")
    bead, tree = desk.sling("The work")
    write(tree, {"new.txt": "x\n"})
    commit = commit_all(tree, f"add it\n\nBead: {bead}")
    desk.gt("done", at=tree)
    desk.gt("refinery", "run", status=None)
    events = told(desk, bead)
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert events[0]["what"] == f"create {bead}: The work"
    [code] = [event for event in events if event["kind"] == "commit"]
    assert (code["commit"], code["actor"], code["rig"]) == (commit, "mp/toast", "mp")
    [failed] = [event for event in events if event["more"]]
    assert failed["more"] == "gate test"
    assert f"bead {bead} open -> hooked" in events[1]["moves"]
    shown = desk.gt("trail", bead).out
    assert f"commits {commit[:10]} add it" in shown
    assert "open → hooked" in shown
    assert failed["more"] in shown
    for subject in ("mp/toast", "mp", failed["moves"][0].split(" ")[1]):
        assert commit in [event["commit"] for event in told(desk, subject)]
    convoy = desk.gt("convoy", "list", "--json").data[0]["convoy"]["id"]
    assert commit in [event["commit"] for event in told(desk, convoy)]


def test_the_whole_town_and_its_latest(desk: Desk) -> None:
    """Without a subject everything is told, the latest so many; reading mail is no event."""
    bead = desk.bead("One", "--rig", "mp")
    other = desk.bead("Two", "--rig", "mp")
    desk.gt("mail", "send", "human", "-s", f"About {bead}", "-m", "hello")
    desk.gt("mail", "inbox")
    desk.gt("mail", "read", desk.gt("mail", "inbox", "--json").data[0]["id"], status=None)
    found = desk.gt("trail", "-n", "2", "--json").data
    assert [event["what"] for event in found["events"]] == [
        f"create {other}: Two", f"mail to human: About {bead}",
    ]  # fmt: skip
    assert found["earlier"] is True
    assert "there is more before this" in desk.gt("trail", "-n", "2").out
    lately, ever = told(desk, "--since", "1.hour.ago"), told(desk)
    assert [one for one in lately if one["op"]] == [one for one in ever if one["op"]]
    assert not trail(desk.town, (), limit=None).earlier
    assert other not in str(told(desk, bead))
    desk.gt("trail", "nothing-like-it", status=3)


def test_lines_are_safe_and_under_their_day() -> None:
    """Each day is said once; what stands in subjects cannot reach the terminal."""
    events = tuple(
        Event(at=f"2026-01-0{day}T10:00:00Z", kind="operation", actor="human",
              what="create x: \x1b[31m\u202e", commit="a" * 40)
        for day in (5, 5, 6)
    )  # fmt: skip
    shown = text(Trail((), events, earlier=False), zone=UTC)
    assert shown.count("2026-01-05") == 1
    assert "10:00:00  human  create x" in shown
    assert not any(char in shown for char in "\x1b\u202e")
    assert text(Trail((), (), earlier=False)) == "nothing has happened"


def test_who_had_a_bead(desk: Desk) -> None:
    """Each time that it was given to somebody or taken back, by whom."""
    bead, _ = desk.sling("The work")
    desk.gt("unsling", bead)
    desk.gt("sling", bead, "mp/nux", "--no-start")
    [found] = desk.gt("who", bead, "--json").data
    assert [(turn["assignee"], turn["actor"]) for turn in found["turns"]] == [
        ("mp/toast", "human"), (None, "human"), ("mp/nux", "human"),
    ]  # fmt: skip
    assert found["assignee"] == "mp/nux"
    assert "mp/nux has it" in desk.gt("who", bead).out


def test_two_agents_on_one_file(desk: Desk) -> None:
    """Committed since they left the target, or lying in the worktree; what is merged is no more."""
    _, one = desk.sling("One")
    _, two = desk.sling("Two")
    _, three = desk.sling("Three")
    desk.work(one, {"src/a.txt": "one\n"})
    write(two, {"src/a.txt": "two\n", "src/b.txt": "new\n"})
    write(three, {"other.txt": "three\n"})
    [found] = desk.gt("who", "mp/src/a.txt", "--json").data
    changes = {c["agent"]: (c["committed"], c["uncommitted"]) for c in found["changes"]}
    assert changes == {
        f"mp/{one.name}": (["src/a.txt"], []), f"mp/{two.name}": ([], ["src/a.txt"]),
    }  # fmt: skip
    shown = desk.gt("who", "a.txt", at=two / "src").out
    assert "! 2 agents are on it" in shown
    assert "src/b.txt" in desk.gt("who", "src").out
    assert "none of 3 hooks has changed it" in desk.gt("who", "README.md").out
    desk.gt("who", "no/such.txt", status=3)
    desk.gt("who", "/etc/passwd", status=3)


@pytest.mark.parametrize(("at", "actor"), [("", "human"), ("mp/polecats/toast", "mp/toast")])
def test_who_is_there(desk: Desk, at: str, actor: str) -> None:
    """The person, the mayor, who runs, and who you are where you stand."""
    desk.sling("One")
    [found] = desk.gt("who", "--json", at=at).data
    assert found["actor"] == actor
    people = {one["who"]: one for one in found["people"]}
    assert people["mayor"]["running"] is False
    assert [who for who, one in people.items() if one["you"]] == [actor]
    assert f"you are {actor}" in desk.gt("who", at=at).out
    assert "mp/toast" in desk.gt("who", "mp/toast").out
