"""gt mq approve, reject, withdraw, retry and diff: who may, when, and what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import letters, request

BAD = "! test -f bad || test -f fixed"


def in_state(desk: Desk, state: str) -> tuple[str, Path]:
    """A bead whose request is in a state; its id and worktree."""
    desk.gate(BAD)
    files = {"bad": "1\n"} if state == "failed" else {"one.txt": "1\n"}
    bead, tree = desk.hand_in("The work", files)
    if state in ("failed", "merged"):
        desk.gt("refinery", "run", status=None)
    elif state == "rejected":
        desk.gt("mq", "reject", bead, "-r", "no")
    elif state == "withdrawn":
        desk.gt("mq", "withdraw", bead)
    assert request(desk, bead)["state"] == state
    return bead, tree


ALLOWED = {
    "queued": {"approve", "reject", "withdraw"},
    "failed": {"reject", "withdraw", "retry"},
    "rejected": {"withdraw", "retry"},
    "withdrawn": set(),
    "merged": set(),
}


@pytest.mark.parametrize("state", list(ALLOWED))
def test_what_may_follow_in_each_state(desk: Desk, state: str) -> None:
    """Whatever the table does not have is refused as an illegal move, and changes nothing."""
    bead, _ = in_state(desk, state)
    for what in ("approve", "reject", "withdraw", "retry"):
        if what not in ALLOWED[state]:
            before = request(desk, bead)
            words = ("-r", "why") if what == "reject" else ()
            desk.gt("mq", what, bead, *words, status=4)
            assert request(desk, bead) == before
    for what in ALLOWED[state] & {"approve", "retry"}:
        desk.gt("mq", what, bead)


@pytest.mark.parametrize("what", ["approve", "reject", "withdraw"])
def test_a_polecat_does_not_decide_about_others(desk: Desk, what: str) -> None:
    """Not about another's work; of its own it may only take it off."""
    bead, tree = desk.hand_in("mine", {"one": "1\n"})
    _, other = desk.hand_in("other's", {"two": "2\n"})
    words = (what, bead, *(("-r", "why") if what == "reject" else ()))
    assert "person or the mayor" in desk.gt("mq", *words, at=other, status=1).err
    desk.gt("mq", *words, at=tree, status=0 if what == "withdraw" else 1)
    assert request(desk, bead)["state"] == ("withdrawn" if what == "withdraw" else "queued")


@pytest.mark.parametrize("at", ["", "mp/crew/me", "mayor"])
def test_people_and_the_mayor_decide(desk: Desk, at: str) -> None:
    """From anywhere, from a person's own worktree, and as the mayor."""
    bead, _ = desk.hand_in("The work", {"one.txt": "1\n"})
    if at == "mp/crew/me":
        desk.gt("crew", "add", "me")
    if at == "mayor" and not (desk.root / "mayor").is_dir():
        (desk.root / "mayor").mkdir()
    desk.gt("mq", "approve", bead, at=at)
    assert request(desk, bead)["approved_by"] in ("human", "mp/me", "mayor")


def test_a_review_holds_until_just_that_commit_is_approved(desk: Desk) -> None:
    """Approved, then more work: it waits again. `--commit` tells of work that came meanwhile."""
    desk.gt("config", "set", "rigs.mp.merge.review", "required")
    bead, tree = desk.hand_in("The work", {"one.txt": "1\n"})
    before = desk.target()
    desk.gt("refinery", "run", status=None)
    assert desk.target() == before
    seen = git(tree, "rev-parse", "HEAD")
    desk.gt("mq", "approve", bead, "--note", "looks good", "--commit", seen[:10])
    assert "looks good" in desk.bd("comments", bead).out
    desk.work(tree, {"two.txt": "2\n"})
    desk.gt("done", at=tree)
    assert "gt mq diff" in desk.gt("mq", "approve", bead, "--commit", seen, status=1).err
    desk.gt("mq", "approve", bead, "--commit", "abc", status=2)
    desk.gt("refinery", "run", status=None)
    assert desk.target() == before
    desk.gt("mq", "approve", bead)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_rejected_work_is_reworked_and_reviewed_again(desk: Desk) -> None:
    """The author is told why, its next context says so, and an agent cannot overrule it."""
    bead, tree = desk.hand_in("The work", {"one.txt": "1\n"})
    desk.gt("mq", "approve", bead)
    desk.gt("mq", "reject", bead, status=2)
    desk.gt("mq", "reject", bead, "-r", "call it two.txt")
    found = request(desk, bead)
    assert (found["state"], found["approved_head"]) == ("rejected", None)
    assert "call it two.txt" in letters(desk, "merge rejected", tree)[0]
    assert "call it two.txt" in desk.gt("prime", at=tree).out
    assert "only a person" in desk.gt("mq", "retry", bead, at=tree, status=1).err
    desk.work(tree, {"two.txt": "2\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_withdrawn_work_is_kept_and_can_come_again(desk: Desk) -> None:
    """Branch, bead and hook stay; `gt done` makes a new request."""
    bead, tree = desk.hand_in("The work", {"one.txt": "1\n"})
    head = git(tree, "rev-parse", "HEAD")
    desk.gt("mq", "withdraw", bead, "-r", "not yet")
    assert request(desk, bead)["reason"] == "not yet"
    assert desk.hook("mp/toast").state == "active"
    assert desk.hook("mp/toast").bead == bead
    assert desk.shown(bead)["status"] == "in_progress"
    assert "not yet" in letters(desk, "merge withdrawn", tree)[0]
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "in_progress"
    assert git(tree, "rev-parse", "HEAD") == head
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert desk.gt("mq", "show", f"mr-{bead}-2").status == 0


def test_what_is_being_tested_is_left_alone(desk: Desk) -> None:
    """Refused with a way to go on."""
    desk.gate("kill -9 $PPID")
    bead, _ = desk.hand_in("The work", {"one.txt": "1\n"})
    desk.run("gt", "refinery", "run", status=None)
    if request(desk, bead)["state"] != "testing":
        pytest.skip("NOT TESTED: the gate did not kill its refinery")
    for words in (("withdraw", bead), ("reject", bead, "-r", "x")):
        assert "gt mq pause mp" in desk.gt("mq", *words, status=4).err
    desk.gate("true")
    desk.gt("refinery", "run")


def test_several_are_tried_again(desk: Desk) -> None:
    """Each for itself: what cannot be is told, the others are queued."""
    desk.gate(BAD)
    one, _ = desk.hand_in("one", {"bad": "1\n"})
    two, _ = desk.hand_in("two", {"two": "2\n"})
    desk.gt("refinery", "run", status=1)
    said = desk.gt("mq", "retry", one, two, "nope", status=None)
    assert f"mr-{one}-1 is queued again" in said.out
    assert "nope" in said.err
    assert said.status in (3, 4)
    assert request(desk, one)["state"] == "queued"


def test_diff_shows_what_would_be_merged(desk: Desk, project: Path) -> None:
    """From where the branch left the target, with nothing of the configuration run for it."""
    bead, tree = desk.hand_in("The work", {"one.txt": "o\x1b[31mne\n", "a b": "x\n"})
    bare = desk.root / "mp" / "repo.git"
    ran = desk.root.parent / "ran"
    git(bare, "config", "diff.external", f"touch {ran}; false")
    git(bare, "config", "diff.noprefix", "true")
    said = desk.gt("mq", "diff", bead)
    assert "+++ b/one.txt" in said.out
    assert "\x1b" not in said.out
    assert not ran.exists()
    assert "one.txt | " in desk.gt("mq", "diff", bead, "--stat").out
    told = desk.gt("mq", "diff", f"mr-{bead}-1", "--json").data
    assert told["head"] == git(tree, "rev-parse", "HEAD")
    assert told["base"] == desk.target()
    assert "a b" in told["text"]
    desk.gt("mq", "diff", "nope", status=3)
    git(bare, "config", "--unset", "diff.external")
    desk.gt("refinery", "run")
    assert "+++ b/one.txt" in desk.gt("mq", "diff", bead).out
