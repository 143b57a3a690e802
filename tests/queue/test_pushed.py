"""Branches pushed as mq/NAME: requests as long as they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.queue import requests
from tests.support.waiting import until


@pytest.fixture
def clone(desk: Desk, tmp_path: Path) -> Path:
    """Somebody's own clone of the rig's repository, with a commit on `work`."""
    place = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(desk.root / "mp" / "repo.git"), str(place))
    more(place, "one")
    return place


def more(place: Path, name: str, trailers: str = "") -> str:
    """One more commit; returns it."""
    write(place, {name: "x\n"})
    return commit_all(place, f"add {name}\n\n{trailers}")


def push(place: Path, *words: str) -> None:
    """Push to the rig's repository."""
    git(place, "push", "--quiet", "origin", *words)


def test_a_push_is_a_request(desk: Desk, clone: Path) -> None:
    """Made at the next command, moved by a push, off when deleted; made anew when it is back."""
    push(clone, "HEAD:refs/heads/mq/mine")
    desk.bead()
    [one] = requests(desk)
    assert (one["branch"], one["author"], one["state"]) == ("mq/mine", "human", "queued")
    head = more(clone, "two")
    push(clone, "HEAD:refs/heads/mq/mine")
    desk.bead()
    [moved] = requests(desk)
    assert (moved["id"], moved["head"]) == (one["id"], head)
    push(clone, ":refs/heads/mq/mine")
    desk.bead()
    assert requests(desk)[0]["state"] == "withdrawn"
    push(clone, "HEAD:refs/heads/mq/mine")
    desk.gt("refinery", "run")
    assert sorted(m["state"] for m in requests(desk)) == ["merged", "withdrawn"]
    assert desk.on_target("two") == "x"
    count = len(desk.gt("log", "--json").data)
    desk.gt("refinery", "run")
    assert len(desk.gt("log", "--json").data) == count


def test_what_a_person_took_off_stays_off(desk: Desk, clone: Path) -> None:
    """The same commit does not come back; the next one does. Its bead is that of the trailers."""
    bead = desk.bead("Work", "--rig", "mp")
    more(clone, "two", f"Bead: {bead}")
    push(clone, "HEAD:refs/heads/mq/mine")
    desk.bead()
    [one] = requests(desk)
    assert one["bead"] == bead
    desk.gt("mq", "withdraw", one["id"])
    desk.gt("refinery", "run")
    assert [m["state"] for m in requests(desk)] == ["withdrawn"]
    more(clone, "three")
    push(clone, "HEAD:refs/heads/mq/mine")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_a_branch_on_the_origin(desk: Desk, clone: Path, tmp_path: Path) -> None:
    """It is seen once it is fetched."""
    git(clone, "push", "--quiet", str(tmp_path / "project"), "HEAD:refs/heads/mq/far")
    git(desk.root / "mp" / "repo.git", "fetch", "--quiet", "origin")
    desk.gt("refinery", "run")
    [one] = requests(desk)
    assert (one["branch"], one["state"]) == ("origin/mq/far", "merged")


def test_the_monitor_sees_it(desk: Desk, clone: Path) -> None:
    """Nobody has to type anything."""
    desk.run("gt", "daemon", "start")
    try:
        push(clone, "HEAD:refs/heads/mq/mine")
        until(lambda: [m["state"] for m in requests(desk)] == ["merged"], 20)
    finally:
        desk.run("gt", "daemon", "stop")
