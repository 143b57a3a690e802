"""Integration branches: an epic's work comes together on a branch, and lands as one."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import request


def epic(desk: Desk) -> tuple[str, str, str]:
    """An epic with two children, and an integration branch; the three ids."""
    top = desk.bead("Feature", "-t", "epic", "--rig", "mp")
    one, two = (desk.bead(name, "--parent", top, "--rig", "mp") for name in ("One", "Two"))
    desk.gt("mq", "integration", "create", top)
    return top, one, two


def work(desk: Desk, bead: str) -> None:
    """Sling a bead, do it, hand it in."""
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert slung["hook"]["target"].startswith("integration/")
    tree = desk.root / slung["hook"]["path"]
    desk.work(tree, {f"{bead}.txt": "x\n"})
    desk.gt("done", at=tree)


def test_the_whole_story(desk: Desk) -> None:
    """Children merge into the branch, the branch into main; the epic is closed by that."""
    top, one, two = epic(desk)
    before = desk.target()
    assert desk.target(branch=f"integration/{top}") == before
    desk.gt("mq", "integration", "create", top, status=1)
    work(desk, one)
    desk.gt("refinery", "run")
    assert desk.shown(one)["status"] == "closed"
    assert desk.target() == before
    assert desk.on_target(f"{one}.txt", branch=f"integration/{top}") == "x"
    assert two in desk.gt("mq", "integration", "land", top, status=1).err
    work(desk, two)
    status = desk.gt("mq", "integration", "status", top, "--json").data
    assert (status["open"], len(status["requests"]), status["behind"]) == ([two], 1, 0)
    desk.gt("refinery", "run")

    desk.gt("mq", "integration", "land", top)
    assert [v["integration"]["state"] for v in _list(desk)] == ["landing"]
    desk.gt("refinery", "run")
    assert [v["integration"]["state"] for v in _list(desk)] == ["landed"]
    assert desk.on_target(f"{two}.txt") == "x"
    assert desk.shown(top)["status"] == "closed"
    desk.gt("mq", "integration", "land", top, status=1)


def test_a_landing_that_fails_is_open_again(desk: Desk) -> None:
    """Its request came back: more may be merged, or it is given up."""
    top, one, _ = epic(desk)
    work(desk, one)
    desk.gt("refinery", "run")
    desk.gate("! ls *.txt")
    desk.gt("mq", "integration", "land", top, "--force")
    desk.gt("refinery", "run", status=1)
    assert [v["integration"]["state"] for v in _list(desk)] == ["open"]
    landing = request(desk, top)
    assert (landing["state"], landing["hook"]) == ("failed", None)
    desk.gt("mq", "withdraw", landing["id"])
    desk.gt("mq", "integration", "close", top)
    desk.gt("mq", "integration", "close", top, status=4)


def test_a_merge_by_hand_is_seen(desk: Desk) -> None:
    """A person who merges the branch themselves has landed it."""
    top, one, two = epic(desk)
    work(desk, one)
    desk.gt("refinery", "run")
    desk.bd("close", two)
    desk.gt("crew", "add", "me", "--rig", "mp")
    me = desk.root / "mp" / "crew" / "me"
    git(me, "checkout", "--quiet", "main")
    git(me, "merge", "--quiet", f"integration/{top}")
    desk.bead()
    assert [v["integration"]["state"] for v in _list(desk)] == ["landed"]
    assert desk.shown(top)["status"] == "closed"


def test_a_child_merged_by_hand_is_seen(desk: Desk) -> None:
    """Work that a person merges into the branch is merged, though main did not move."""
    top, one, _ = epic(desk)
    work(desk, one)
    desk.gt("crew", "add", "me", "--rig", "mp")
    me = desk.root / "mp" / "crew" / "me"
    git(me, "checkout", "--quiet", f"integration/{top}")
    git(me, "merge", "--quiet", request(desk, one)["branch"])
    desk.bead()
    assert request(desk, one)["state"] == "merged"
    assert desk.shown(one)["status"] == "closed"


@pytest.mark.parametrize(
    ("words", "status"),
    [(("create", "nope"), 3), (("status", "nope"), 3), (("land", "nope"), 3), (("close", "x"), 3)],
)
def test_what_is_not_there(desk: Desk, words: tuple[str, ...], status: int) -> None:
    """Each command says that there is no such thing."""
    desk.gt("mq", "integration", *words, status=status)


def test_a_plain_bead_is_no_epic(desk: Desk) -> None:
    """Neither is one of the town's own beads."""
    desk.gt("mq", "integration", "create", desk.bead("x", "--rig", "mp"), status=1)
    desk.gt("mq", "integration", "create", desk.bead("x", "-t", "epic", "--rig", "hq"), status=1)


def _list(desk: Desk) -> list[dict[str, dict[str, object]]]:
    return list(desk.gt("mq", "integration", "list", "--json").data)
