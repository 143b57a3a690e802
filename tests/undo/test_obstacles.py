"""Which operations are meant, what stands in the way, and what is refused."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.people import git
from tests.undo.test_kinds import tree


def subjects(desk: Desk, *words: str) -> list[str]:
    """What a dry run would take back, newest first."""
    found = desk.gt("undo", "--dry-run", "--json", *words).data
    return [one["subject"] for one in found["operations"]]


def test_without_words_it_is_the_persons_last_operation(desk: Desk) -> None:
    """Not the monitor's, not an agent's, and not that a message was read."""
    bead, worktree = desk.sling("One")
    desk.work(worktree)
    desk.gt("done", at=worktree)
    desk.gt("mail", "send", "human", "-s", "hello", "-m", "x")
    [mail] = [one.id for one in desk.town.read().mail("human") if one.subject == "hello"]
    desk.gt("mail", "read", mail)
    assert subjects(desk) == ["mail to human: hello"]
    assert subjects(desk, "2") == ["mail to human: hello", f"sling {bead} to mp/toast"]
    assert subjects(desk, "--bead", bead) == [f"sling {bead} to mp/toast"]


def test_later_operations_are_named_and_taken_back_only_when_asked(desk: Desk) -> None:
    before = tree(desk)
    bead = desk.bead("One")
    desk.bd("update", bead, "-p", "0")
    desk.bd("comments", "add", bead, "noted")
    made = desk.gt("log", bead, "--json").data[-1]["op"]
    refused = desk.gt("undo", made, "--json", status=1).error
    assert refused["code"] == "in-the-way"
    assert f"update {bead}" in refused["message"]
    assert "--with-later" in refused["hint"]
    told = desk.gt("undo", made, "--dry-run", "--json").data
    assert [one["subject"] for one in told["in_the_way"]] == [f"update {bead}"]
    desk.gt("undo", made, "--with-later")  # the comment, too: it would be on nothing
    assert tree(desk) == before


@pytest.mark.parametrize("words", [(), ("--with-later",)])
def test_with_later_is_harmless_where_nothing_is(desk: Desk, words: tuple[str, ...]) -> None:
    desk.bead("One")
    before = tree(desk)
    desk.bead("Two")
    desk.gt("undo", *words)
    assert tree(desk) == before


def test_what_would_be_left_dangling_stands_in_the_way(desk: Desk) -> None:
    """A comment, a convoy and a bead that depend on what would vanish."""
    bead = desk.bead("One")
    made = desk.gt("log", bead, "--json").data[0]["op"]
    desk.bd("comments", "add", bead, "noted")
    desk.gt("convoy", "create", "C", bead)
    desk.bead("Two", "--deps", bead)
    told = desk.gt("undo", made, "--dry-run", "--json").data
    assert len(told["in_the_way"]) == 3
    desk.gt("undo", made, "--with-later")
    assert desk.town.read().convoys() == []


def test_a_rig_with_beads_is_in_the_way_of_its_rig_add(desk: Desk) -> None:
    desk.gt("rig", "add", "other", desk.root.parent / "project")
    made = desk.gt("log", "--json").data[0]["op"]
    desk.bead("One", "--rig", "other")
    assert desk.gt("undo", made, "--json", status=1).error["code"] == "in-the-way"
    desk.gt("undo", made, "--with-later")
    assert not (desk.root / "other").exists()


def test_all_since_a_moment(desk: Desk) -> None:
    """By a commit, by everybody."""
    bead = desk.bead("One")
    before, since = tree(desk), desk.town.commit()
    worktree = desk.root / "mp/polecats/toast"
    desk.gt("sling", bead, "mp", "--no-start")
    desk.work(worktree)
    desk.gt("done", at=worktree)
    desk.gt("undo", "--since", since)
    assert tree(desk) == before
    assert not worktree.exists()
    said = desk.gt("undo", "--since", since, "--json", status=1).error
    assert "nothing of these 3 operations is left" in said["message"]
    desk.gt("undo", "--since", desk.town.commit(), status=3)


def test_since_before_the_town_was_made(desk: Desk) -> None:
    """All of it but the town itself."""
    bead = desk.bead("One")
    told = subjects(desk, "--since", "9000d")
    assert told[0] == f"create {bead}: One"
    assert not any(one.startswith("install") for one in told)
    desk.gt("undo", "--since", "9000d")
    assert desk.town.read().rigs() == []


def test_since_a_moment_what_is_merged_stays(desk: Desk) -> None:
    """With what it rests on; the rest goes."""
    since = desk.town.commit()
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run")
    other = desk.bead("Other")
    told = desk.gt("undo", "--since", since, "--dry-run", "--json").data
    assert f"create {other}: Other" in [one["subject"] for one in told["operations"]]
    desk.gt("undo", "--since", since)
    desk.bd("show", other, status=3)
    assert desk.shown(bead)["status"] == "closed"
    left = {one["subject"]: one["why"] for one in told["left"]}
    assert left[f"merge {bead} into main"] == "its work is merged"
    assert left[f"sling {bead} to mp/toast"] == "a later one stays"


def test_twice_is_said(desk: Desk) -> None:
    desk.bead("One")
    made = desk.gt("log", "--json").data[0]["op"]
    desk.gt("undo")
    refused = desk.gt("undo", made, "--json", status=1).error
    assert "is taken back already" in refused["message"]
    desk.gt(*refused["hint"].partition("gt ")[2].split())
    assert "is left to take back" not in desk.gt("undo", made, "--dry-run").out


def test_two_undos_lead_back_and_two_at_once_further(desk: Desk) -> None:
    desk.bead("Zero")
    first = tree(desk)
    desk.bead("One")
    second = tree(desk)
    desk.gt("undo")
    desk.gt("undo")
    assert tree(desk) == second
    assert desk.gt("log", "--json").data[0]["subject"].startswith("redo: create ")
    desk.gt("undo", "3")
    assert tree(desk) == first


def test_names_that_mean_nothing(desk: Desk) -> None:
    assert desk.gt("undo", "abcdef", "--json", status=3).error["code"] == "not-found"
    desk.gt("undo", "0", status=2)
    desk.gt("undo", "--since", "whenever", status=2)
    desk.gt("undo", "--since", "1h", "2", status=2)
    root = git(desk.root / "hq", "rev-list", "--max-parents=0", "refs/heads/town")
    said = desk.gt("undo", root, "--with-later", "--json", status=1).error
    assert "began with that commit" in said["message"]


def test_an_agent_takes_back_only_what_it_did(desk: Desk) -> None:
    bead, worktree = desk.sling()
    op = desk.gt("log", bead, "--json").data[0]["op"]
    said = desk.gt("undo", op, "--json", at=worktree, status=1).error
    assert "it is not yours" in said["message"]
    desk.gt("undo", at=worktree, status=3)
    desk.bd("comments", "add", bead, "mine", at=worktree)
    desk.gt("undo", at=worktree)
    assert desk.shown(bead).get("comments", []) == []


def test_plain_git_in_hq_is_taken_back_as_well(desk: Desk) -> None:
    """A commit of the person, and the operation that took notice of it."""
    hq = desk.root / "hq"
    before = tree(desk)
    (hq / "directives" / "crew.md").write_text("Be kind.\n")
    git(hq, "add", "-A")
    git(hq, "commit", "-qm", "kindness")
    desk.bead("One")  # adopts it
    desk.gt("undo")
    adopted = next(
        one["op"] for one in desk.gt("log", "--json").data if one["subject"].startswith("adopt")
    )
    desk.gt("undo", adopted)
    assert tree(desk) == before
    assert "This reverts commit" in git(hq, "log", "-1", "--format=%B")


def test_an_edit_in_hq_that_is_not_committed_is_not_overwritten(desk: Desk) -> None:
    bead = desk.bead("One")
    desk.bd("update", bead, "-p", "0")
    file = next((desk.root / "hq" / "beads").rglob(f"{bead}.json"))
    file.write_text(file.read_text().replace("One", "Uno"))
    said = desk.gt("undo", "--json", status=1).error
    assert "not committed" in said["message"]
    assert "Uno" in file.read_text()
    file.write_text(file.read_text().replace("Uno", "One"))


def test_as_many_as_may_be_are_at_work(desk: Desk) -> None:
    """An agent that an undo would start takes a place like any other; a pause does not stop it."""
    desk.gt("config", "set", "scheduler.max_polecats", "1")
    desk.gt("config", "agent", "set", "sleeper", "sleep 600")
    for name in ("mp-x", "mp-y"):
        desk.bead("Work", "--id", name, "--rig", "mp")
    desk.gt("sling", "mp-x", "mp/toast", "--agent", "sleeper")
    desk.gt("unsling", "mp-x")
    unslung = desk.town.commit()
    desk.gt("sling", "mp-y", "mp/nux", "--agent", "sleeper")
    before = desk.town.commit()
    assert desk.gt("undo", unslung, "--json", status=1).error["code"] == "no-place"
    assert desk.town.commit() == before
    desk.gt("unsling", "mp-y")
    desk.gt("scheduler", "pause")
    desk.gt("undo", unslung)
    assert desk.shown("mp-x")["status"] == "hooked"
