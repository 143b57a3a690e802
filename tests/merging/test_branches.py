"""Branches of merged work go in time, and nothing of the work goes with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gastown.ops.refining.branches import tidy_branches
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import request

IN_TIME, TOO_EARLY = timedelta(days=31), timedelta(days=29)


def merged(desk: Desk, style: str = "merge") -> tuple[str, str]:
    """Merged work: the request's id, and its branch."""
    desk.gt("config", "set", "rigs.mp.merge.style", style)
    desk.hand_in("Other", files={"other.txt": "x\n"})
    bead, tree = desk.hand_in(files={"one.txt": "1\n"})
    branch = git(tree, "symbolic-ref", "--short", "HEAD")
    desk.gt("refinery", "run")
    found = request(desk, bead)
    assert (found["state"], found["style"]) == ("merged", style)
    return found["id"], branch


def tidy(desk: Desk, later: timedelta) -> list[str]:
    """What is dropped some time later."""
    return tidy_branches(desk.town, "mp", desk.town.edge.clock() + later)


def refs(desk: Desk) -> list[str]:
    """Every ref of the rig."""
    bare = desk.root / "mp" / "repo.git"
    return git(bare, "for-each-ref", "--format=%(refname)").splitlines()


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_in_time_a_branch_goes(desk: Desk, style: str) -> None:
    """Not before; its commit is held by the target, or by a ref of its own."""
    identifier, branch = merged(desk, style)
    head = git(desk.root / "mp" / "repo.git", "rev-parse", branch)
    assert tidy(desk, TOO_EARLY) == []
    assert len(tidy(desk, IN_TIME)) == 2
    assert f"refs/heads/{branch}" not in refs(desk)
    holders = git(desk.root / "mp" / "repo.git", "for-each-ref", "--contains", head,
                  "--format=%(refname)").splitlines()  # fmt: skip
    expected = "refs/heads/main" if style == "merge" else f"refs/gt/merged/{identifier}"
    assert expected in holders
    assert tidy(desk, IN_TIME) == []


def test_without_days_it_goes_at_once(desk: Desk) -> None:
    """By the refinery's own run."""
    desk.gt("config", "set", "rigs.mp.merge.keep_days", "0")
    _, branch = merged(desk)
    desk.gt("refinery", "run")
    assert f"refs/heads/{branch}" not in refs(desk)


def test_what_is_needed_stays(desk: Desk) -> None:
    """A branch that has moved on, that is checked out, or that a crew works on."""
    _, moved = merged(desk)
    bare = desk.root / "mp" / "repo.git"
    was = git(bare, "rev-parse", moved)
    git(bare, "update-ref", f"refs/heads/{moved}", desk.target())
    desk.gt("crew", "add", "me")
    crew = desk.root / "mp" / "crew" / "me"
    bead = desk.bead("By hand", "--rig", "mp")
    desk.gt("sling", bead, "mp/me", "--no-start")
    desk.work(crew, {"crew.txt": "x\n"})
    desk.gt("done", at=crew)
    desk.gt("refinery", "run")
    assert request(desk, bead)["state"] == "merged"
    assert moved not in tidy(desk, IN_TIME)
    assert {f"refs/heads/{moved}", "refs/heads/crew/me", "refs/heads/main"} <= set(refs(desk))
    git(bare, "update-ref", f"refs/heads/{moved}", was)
    git(bare, "worktree", "add", "--quiet", str(desk.root / "elsewhere"), moved)
    assert tidy(desk, IN_TIME) == []
    git(bare, "worktree", "remove", str(desk.root / "elsewhere"))
    assert tidy(desk, IN_TIME) == [moved]
