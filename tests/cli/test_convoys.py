"""gt convoy: bundles that land when their last bead is closed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write


def create(desk: Desk, *words: str) -> str:
    """Make a convoy; its id."""
    return str(desk.gt("convoy", "create", *words, "--json").data["id"])


def state(desk: Desk, convoy: str) -> str:
    """Where a convoy stands."""
    return str(desk.gt("convoy", "show", convoy, "--json").data["convoy"]["state"])


def inbox(desk: Desk, at: str = "") -> list[str]:
    """Subjects of unread mail."""
    return [mail["subject"] for mail in desk.gt("mail", "inbox", "--json", at=at).data]


def test_it_lands_with_its_last_bead_and_tells_once(desk: Desk) -> None:
    """Closing the last bead lands the convoy and mails each subscriber one message."""
    desk.gt("crew", "add", "me")
    a, b = desk.bead("a"), desk.bead("b")
    words = ("--notify", "--human", "--notify", "mp/me", "--owner", "ada")
    convoy = create(desk, "Feature X", a, b, *words)
    desk.bd("close", a)
    assert (state(desk, convoy), inbox(desk)) == ("open", [])
    assert "landed" in desk.bd("close", b).out
    assert state(desk, convoy) == "landed"
    assert inbox(desk) == ["convoy landed: Feature X"]
    assert inbox(desk, "mp/crew/me") == ["convoy landed: Feature X"]
    [mail] = desk.gt("mail", "inbox", "--json").data
    assert a in desk.gt("mail", "read", mail["id"][-6:]).out
    assert inbox(desk) == []
    assert len(desk.gt("mail", "inbox", "--all", "--json").data) == 1
    desk.gt("mail", "read", "nope", status=3)


def test_an_empty_one_never_lands(desk: Desk) -> None:
    """A convoy without beads is made without complaint and stays open, refreshed or not."""
    convoy = create(desk, "Bug Fixes", "--human")
    desk.gt("convoy", "refresh", convoy)
    desk.gt("convoy", "refresh")
    assert state(desk, convoy) == "open"
    assert "no beads yet" in desk.gt("convoy", "show", convoy).out


def test_an_added_bead_reopens_a_landed_one(desk: Desk) -> None:
    """Adding an open bead opens the convoy again; adding a closed one does not."""
    a, b, c = desk.bead("a"), desk.bead("b"), desk.bead("c")
    convoy = create(desk, "X", a)
    desk.bd("close", a, b)
    assert state(desk, convoy) == "landed"
    desk.gt("convoy", "add", convoy, b)
    assert state(desk, convoy) == "landed"
    assert "open again" in desk.gt("convoy", "add", convoy, c).out
    assert state(desk, convoy) == "open"
    desk.bd("close", c)
    assert state(desk, convoy) == "landed"


def test_a_reopened_bead_reopens_it(desk: Desk) -> None:
    """A bead that is open again takes its landed convoy with it."""
    a = desk.bead("a")
    convoy = create(desk, "X", a)
    desk.bd("close", a)
    desk.bd("reopen", a)
    assert state(desk, convoy) == "open"


def test_beads_of_several_rigs_count(desk: Desk, tmp_path: Path) -> None:
    """A convoy over two rigs lands when the merges of both have closed their beads."""
    make_project(tmp_path / "other", branch="trunk")
    desk.gt("rig", "add", "second", tmp_path / "other")
    a, _ = desk.hand_in("a", rig="mp")
    b, _ = desk.hand_in("b", rig="second")
    convoy = create(desk, "Both", a, b)
    desk.gt("refinery", "run", "mp")
    assert state(desk, convoy) == "open"
    desk.gt("refinery", "run", "second")
    assert state(desk, convoy) == "landed"


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_work_merged_out_of_band_is_found(desk: Desk, project: Path, how: str) -> None:
    """After a person's own merge in the project, `refresh` closes the bead and lands the convoy."""
    bead, tree = desk.hand_in("a", {"one.txt": "1\n"})
    branch = git(tree, "symbolic-ref", "--short", "HEAD")
    convoy = create(desk, "X", bead)
    git(project, "fetch", "--quiet", str(desk.root / "mp" / "repo.git"), branch)
    write(project, {"mine.txt": "mine\n"})
    commit_all(project)
    git(project, "merge", "--quiet", *(["--squash"] if how == "squash" else []), "FETCH_HEAD")
    commit_all(project)
    desk.gt("convoy", "refresh", convoy)
    assert desk.shown(bead)["status"] == "closed"
    assert state(desk, convoy) == "landed"
    assert not tree.exists()
    assert desk.hook("mp/toast").state == "archived"
    [merge] = desk.gt("mq", "list", "--all", "--json").data
    assert merge["state"] == "merged"


def test_refresh_does_not_believe_in_half_the_work(desk: Desk, project: Path) -> None:
    """A merge that was partly undone again by its own squash is not contained."""
    bead, tree = desk.hand_in("a", {"one.txt": "1\n", "two.txt": "2\n"})
    write(project, {"one.txt": "1\n"})
    commit_all(project, "by hand")
    desk.gt("convoy", "refresh")
    assert desk.shown(bead)["status"] == "in_progress"
    assert tree.is_dir()


def test_both_names_of_each_command(desk: Desk) -> None:
    """Show and status, refresh and check, add-issue and add lead to the same."""
    a, b, c = desk.bead("a"), desk.bead("b"), desk.bead("c")
    convoy = create(desk, "X", a)
    assert desk.gt("convoy", "show", convoy).out == desk.gt("convoy", "status", convoy).out
    assert desk.gt("convoy", "refresh", convoy).out == desk.gt("convoy", "check", convoy).out
    desk.gt("convoy", "add-issue", b, "--convoy", convoy)
    desk.gt("convoy", "add", convoy, c)
    assert desk.gt("convoy", "show", convoy, "--json").data["total"] == 3


def test_without_an_id_it_says_what_it_chose(desk: Desk) -> None:
    """Show and add-issue take the newest open convoy, and say so."""
    desk.gt("convoy", "show", status=3)
    a, b = desk.bead("a"), desk.bead("b")
    assert "gt convoy create" in desk.gt("convoy", "add-issue", a, status=3).err
    create(desk, "Old", a)
    new = create(desk, "New", a)
    said = desk.gt("convoy", "show")
    assert new in said.out
    assert "the newest open one" in said.out
    said = desk.gt("convoy", "add-issue", b)
    assert new in said.out
    assert "the newest open one" in said.out
    desk.bd("close", a, b)
    assert "none is open; this is the newest" in desk.gt("convoy", "show").out


def test_a_convoy_of_a_sling_is_not_what_a_person_means(desk: Desk) -> None:
    """The newest open convoy is one that was made by hand, where there is one."""
    a = desk.bead("a")
    mine = create(desk, "Mine")
    desk.sling()
    assert mine in desk.gt("convoy", "add-issue", a).out
    assert mine in desk.gt("convoy", "show").out


def test_an_unknown_bead_tells_how_to_make_it(desk: Desk) -> None:
    """The error names the command with that very id, and no convoy is made."""
    said = desk.gt("convoy", "create", "Feature X", "issue-123", status=3)
    assert "bd create" in said.err
    assert "--id issue-123" in said.err
    assert desk.gt("convoy", "list", "--all", "--json").data == []
    convoy = create(desk, "X")
    assert "--id bug-1" in desk.gt("convoy", "add", convoy, "bug-1", status=3).err


def test_an_address_is_checked(desk: Desk) -> None:
    """Mail to nobody is refused when the convoy is made."""
    for address, status in (("nobody", 3), ("mp/nobody", 3), ("a/b/c", 2)):
        desk.gt("convoy", "create", "X", "--notify", address, status=status)
    create(desk, "X", "--notify", "mayor")
    create(desk, "X", "--notify=human")


def test_given_up(desk: Desk) -> None:
    """A closed convoy leaves its beads alone, never lands and takes no more."""
    a, b = desk.bead("a"), desk.bead("b")
    convoy = create(desk, "X", a)
    desk.gt("convoy", "close", convoy, "-r", "not now")
    desk.gt("convoy", "close", convoy, status=4)
    assert desk.shown(a)["status"] == "open"
    assert "given up" in desk.gt("convoy", "add", convoy, b, status=1).err
    desk.bd("close", a)
    assert state(desk, convoy) == "closed"
    desk.gt("convoy", "close", "nope", status=3)
    desk.gt("convoy", "show", "nope", status=3)
    desk.gt("convoy", "refresh", "nope", status=3)


def test_the_list_shows_open_ones_with_their_progress(desk: Desk) -> None:
    """Open convoys, newest first; all of them with --all."""
    a, b = desk.bead("a"), desk.bead("b")
    first = create(desk, "First", a, b, a)
    second = create(desk, "Second", b)
    desk.bd("close", b)
    told = desk.gt("convoy", "list", "--json").data
    assert [(c["convoy"]["id"], c["completed"], c["total"]) for c in told] == [(first, 1, 2)]
    every = [c["convoy"]["id"] for c in desk.gt("convoy", "list", "--all", "--json").data]
    assert every == [second, first]
    assert "1/2" in desk.gt("convoy", "list").out


def test_a_title_is_needed(desk: Desk) -> None:
    """A convoy without a title is a usage error."""
    desk.gt("convoy", "create", " ", status=2)
    desk.gt("convoy", "create", status=2)
