"""Pull requests: offered once they are tested, and merged when the target really holds the work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gastown.ops.refining.proposing import is_due, look
from tests.merging.github import URL, GitHub, make_github
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.support.queue import request


@pytest.fixture
def github(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """A rig that works with pull requests."""
    found = make_github(desk, tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    desk.gt("config", "set", "rigs.mp.merge.mode", "pr")
    return found


def offered(desk: Desk, title: str = "A bead") -> tuple[str, str]:
    """A bead whose work is offered as a pull request, and the branch it is offered from."""
    bead, _ = desk.hand_in(title, files={"one.txt": "1\n"})
    desk.gt("refinery", "run")
    found = request(desk, bead)
    assert (found["state"], found["pull_request"]) == ("proposed", URL), found
    return bead, f"gt/{found['id']}"


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_offered_and_merged(desk: Desk, github: GitHub, how: str) -> None:
    """Opened once, with data as data; the bead is closed when the target holds the work."""
    desk.gate("test -e one.txt", "has-one")
    before = desk.target()
    bead, branch = offered(desk, "$(no) `command` --title=x")
    desk.gt("refinery", "run")
    assert github.asked.count("create") == 1
    assert f"--title={bead}: $(no) `command` --title=x" in github.asked
    body = (github.place / "body").read_text()
    assert f"Bead: {bead}" in body
    assert "has-one" in body
    assert git(github.origin, "rev-parse", branch) == request(desk, bead)["head"]
    assert desk.target() == before == git(github.origin, "rev-parse", "main")
    assert desk.shown(bead)["status"] == "in_progress"
    done = github.merge(branch, how)
    desk.gt("refinery", "run")
    found = request(desk, bead)
    assert (found["state"], found["result"]) == ("merged", done)
    assert found["proof"] == {"merge": "ancestry", "squash": "tree"}[how]
    assert desk.target() == done
    assert desk.shown(bead)["status"] == "closed"


def test_closed_is_failed(desk: Desk, github: GitHub) -> None:
    """Whoever closes it without a merge has said no."""
    bead, _ = offered(desk)
    github.end("CLOSED")
    desk.gt("refinery", "run", status=None)
    found = request(desk, bead)
    assert (found["state"], found["gate"]) == ("failed", "pull request")
    assert "was closed" in found["reason"]


def test_merged_there_is_not_merged_here(desk: Desk, github: GitHub) -> None:
    """What GitHub says is not enough: the target has to hold it."""
    bead, _ = offered(desk)
    github.end("MERGED", desk.target())
    [verdict] = look(desk.town, host(), "mp")
    assert "does not hold it" in (verdict.held or "")
    assert request(desk, bead)["state"] == "proposed"


def test_what_does_not_work_waits_and_is_told_once(desk: Desk, github: GitHub) -> None:
    """Not logged in: the request stays queued with the reason; one that was opened is found."""
    github.say("out")
    bead, _ = desk.hand_in()
    for _ in range(2):
        desk.gt("refinery", "run", status=None)
        found = request(desk, bead)
        assert (found["state"], "gh auth login" in found["reason"]) == ("queued", True)
    letters = [m for m in desk.town.read().mail("human") if "pull requests" in m.subject]
    assert len(letters) == 1
    (github.place / "out").unlink()
    github.say("dies")
    desk.gt("refinery", "run", status=None)
    assert request(desk, bead)["state"] == "queued"
    desk.gt("refinery", "run")
    assert request(desk, bead)["state"] == "proposed"
    assert github.asked.count("create") == 1


def test_more_work_is_offered_again(desk: Desk, github: GitHub) -> None:
    """Handed in while it is open, also where its branch was rewritten: the branch follows."""
    bead, tree = desk.hand_in(files={"one.txt": "1\n"})
    desk.gt("refinery", "run")
    git(tree, "reset", "--quiet", "--hard", "HEAD^")
    head = desk.work(tree, {"two.txt": "2\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    found = request(desk, bead)
    assert (found["state"], found["head"]) == ("proposed", head)
    branch = f"refs/heads/gt/{found['id']}"
    assert git(github.origin, "rev-parse", branch) == head
    assert github.asked.count("create") == 1
    git(github.origin, "update-ref", branch, "main")  # somebody else has pushed to it
    desk.work(tree, {"three.txt": "3\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run", status=None)
    assert "cannot be pushed" in request(desk, bead)["reason"]
    assert git(github.origin, "rev-parse", branch) == git(github.origin, "rev-parse", "main")


def test_when_it_is_looked_at(desk: Desk, github: GitHub) -> None:
    """Only where one is open, and not again at once."""
    assert not is_due(desk.town, "mp")
    offered(desk)
    assert is_due(desk.town, "mp")
    assert look(desk.town, host(), "mp") == []
    assert not is_due(desk.town, "mp")
