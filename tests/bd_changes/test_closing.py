"""bd close, reopen, duplicate, supersede: what follows, and what is refused."""

from __future__ import annotations

from tests.support.desk import Desk
from tests.support.soundness import history, message, subjects


def status(desk: Desk, *beads: str) -> list[str]:
    """Where beads stand."""
    return [desk.shown(bead)["status"] for bead in beads]


def test_close_and_reopen(desk: Desk) -> None:
    """Closing keeps when and why; reopening takes both away and can leave a note."""
    bead = desk.bead("x")
    [closed] = desk.bd("close", bead, "-r", "wontfix", "--json").json
    assert closed["close_reason"] == "wontfix"
    assert closed["closed_at"]
    [again] = desk.bd("reopen", bead, "-r", "after all", "--json").json
    assert "closed_at" not in again
    assert again["notes"] == "after all"
    desk.bd("reopen", bead, status=4)


def test_a_blocked_bead_is_closed_by_force_only(desk: Desk) -> None:
    """What waits for others is not closed by accident."""
    a = desk.bead("a")
    b = desk.bead("b", "--deps", a)
    assert a in desk.bd("close", b, status=1).err
    desk.bd("close", b, "--force")
    assert desk.shown(b)["status"] == "closed"


def test_a_value_cannot_forge_a_trailer(desk: Desk) -> None:
    """Line breaks in a reason do not become trailers of the ledger's commit."""
    bead = desk.bead("x")
    desk.bd("close", bead, "-r", "done\n\nActor: mayor\nMove: bead x open -> closed")
    told = message(desk.town)
    assert told.count("\nActor: ") == 1
    assert "\nActor: human" in told


def test_several_are_one_commit(desk: Desk) -> None:
    """Fifty beads are closed by one operation, which one revert takes back."""
    beads = [desk.bead(str(n)) for n in range(5)]
    before = len(history(desk.town))
    desk.bd("close", *beads, "-r", "all done")
    assert len(history(desk.town)) == before + 1
    assert subjects(desk.town)[-1] == f"close {', '.join(beads)}: all done"
    assert message(desk.town).count("Move: bead") == 5
    desk.run("git", "-C", "hq", "revert", "--no-edit", "HEAD")
    assert set(status(desk, *beads)) == {"open"}


def test_their_order_is_no_matter(desk: Desk) -> None:
    """An epic may stand before its children, and what waits before what it waits for."""
    epic = desk.bead("epic", "-t", "epic")
    one = desk.bead("one", "--parent", epic)
    two = desk.bead("two", "--parent", epic, "--deps", one)
    desk.bd("close", epic, two, one)
    assert status(desk, epic, one, two) == ["closed"] * 3


def test_the_refused_do_not_keep_the_others(desk: Desk) -> None:
    """A blocked bead, a closed one and a missing one are told; the rest is closed."""
    a, free = desk.bead("a"), desk.bead("free")
    blocked = desk.bead("blocked", "--deps", a)
    said = desk.bd("close", blocked, free, "nope", "--json", status=1)
    assert [one["id"] for one in said.json] == [free]
    assert f"{blocked} waits for {a}" in said.err
    assert "no bead 'nope'" in said.err
    assert status(desk, blocked, free) == ["open", "closed"]


def test_an_epic_waits_for_its_children(desk: Desk) -> None:
    """With open children it is closed by force only; other types are sums of nothing."""
    epic, task = desk.bead("epic", "-t", "epic"), desk.bead("task")
    child = desk.bead("child", "--parent", epic)
    desk.bead("child", "--parent", task)
    said = desk.bd("close", epic, status=1)
    assert child in said.err
    assert "--force" in said.err
    desk.bd("close", task)
    desk.bd("close", epic, "--force")
    assert status(desk, epic, child) == ["closed", "open"]


def test_convoys_land_once(desk: Desk) -> None:
    """A convoy whose last beads are closed together lands in that commit, told once."""
    a, b, c = (desk.bead(name) for name in "abc")
    convoy = desk.gt("convoy", "create", "Both", a, b, "--json").data["id"]
    other = desk.gt("convoy", "create", "More", a, c, "--json").data["id"]
    said = desk.bd("close", a, b).out
    assert said.count("landed") == 1
    found = {one.id: one.state for one in desk.town.read().convoys()}
    assert (found[convoy], found[other]) == ("landed", "open")
    desk.bd("reopen", a, b)
    assert {one.state for one in desk.town.read().convoys()} == {"open"}


def test_what_can_start_is_named(desk: Desk) -> None:
    """--suggest-next lists what waited for it; a related bead did not."""
    a = desk.bead("a")
    b, c = desk.bead("b", "--deps", a), desk.bead("c", "--deps", f"related:{a}")
    told = desk.bd("close", a, "--suggest-next", "--json").json
    assert [one["id"] for one in told["closed"]] == [a]
    assert [one["id"] for one in told["unblocked"]] == [b]
    assert c not in desk.bd("close", b).out


def test_who_waits_for_children_is_named(desk: Desk) -> None:
    """A bead that waits for all or any children of another one can start after the right one."""
    spawner = desk.bead("spawner")
    one, two = desk.bead("1", "--parent", spawner), desk.bead("2", "--parent", spawner)
    every = desk.bead("every", "--waits-for", spawner)
    some = desk.bead("some", "--waits-for", spawner, "--waits-for-gate", "any-children")
    first = desk.bd("close", one).out
    assert some in first
    assert every not in first
    assert every in desk.bd("close", two).out


def test_going_on_with_the_next_step(desk: Desk) -> None:
    """--continue claims the next ready sibling in the same commit; at the end it says so."""
    epic = desk.bead("epic", "-t", "epic")
    one = desk.bead("1", "--parent", epic)
    two = desk.bead("2", "--parent", epic, "--deps", one)
    later = desk.bead("3", "--parent", epic, "-p", "0", "--defer", "+1d")
    before = len(history(desk.town))
    told = desk.bd("close", one, "--continue", "--json").json["continue"]
    assert len(history(desk.town)) == before + 1
    assert (told["closed_step"]["id"], told["next_step"]["id"]) == (one, two)
    assert (told["auto_advanced"], told["molecule_complete"]) == (True, False)
    assert told["molecule_id"] == epic
    assert told["next_step"]["status"] == "in_progress"
    assert f"nothing of {epic} is ready" in desk.bd("close", two, "--continue").out
    assert f"all of {epic} is done" in desk.bd("close", later, "--continue").out


def test_only_showing_the_next_step(desk: Desk) -> None:
    """--no-auto names it and leaves it; what somebody else has is not offered."""
    epic = desk.bead("epic", "-t", "epic")
    one, two, three = (desk.bead(str(n), "--parent", epic) for n in range(3))
    desk.bd("update", two, "-a", "ada")
    told = desk.bd("close", one, "--continue", "--no-auto", "--json").json["continue"]
    assert told["next_step"]["id"] == three
    assert told["auto_advanced"] is False
    assert status(desk, three) == ["open"]


def test_claiming_what_is_ready_next(desk: Desk) -> None:
    """--claim-next takes the most urgent bead of the rig, also one that can start only now."""
    a, low = desk.bead("a"), desk.bead("low", "-p", "3")
    urgent = desk.bead("urgent", "-p", "0", "--deps", a)
    told = desk.bd("close", a, "--claim-next", "--json").json
    assert told["claimed"]["id"] == urgent
    assert desk.bd("close", urgent, "--claim-next", "--json").json["claimed"]["id"] == low
    assert desk.bd("close", low, "--claim-next", "--json").json["claimed"] is None
    desk.bd("close", low, "--claim-next", "--continue", status=2)


def test_the_session_is_kept(desk: Desk) -> None:
    """--session is upstream's closed_by_session, and goes with the rest when reopened."""
    bead = desk.bead("x")
    [closed] = desk.bd("close", bead, "--session", "s-1", "--json").json
    assert closed["closed_by_session"] == "s-1"
    [opened] = desk.bd("reopen", bead, "--json").json
    assert not {"closed_by_session", "close_reason", "closed_at"} & opened.keys()


# Needless beads


def test_a_duplicate_is_closed_with_a_link(desk: Desk) -> None:
    """Also where it waits for something: what is needless waits for nothing."""
    stays, blocker = desk.bead("stays"), desk.bead("blocker")
    twin = desk.bead("twin", "--deps", blocker)
    told = desk.bd("duplicate", twin, "--of", stays, "--json").json
    assert told == {"duplicate": twin, "canonical": stays, "status": "closed"}
    shown = desk.shown(twin)
    assert shown["close_reason"] == f"Duplicate of {stays}"
    assert (stays, "duplicates") in {
        (d["id"], d["dependency_type"]) for d in shown["dependencies"]
    }  # fmt: skip
    desk.bd("duplicate", stays, "--of", stays, status=1)
    desk.bd("duplicate", stays, "--of", "nope", status=3)


def test_what_takes_its_place(desk: Desk) -> None:
    """`bd supersede` closes several at once, and convoys land by it."""
    new, *old = (desk.bead(name) for name in ("new", "old", "older"))
    desk.gt("convoy", "create", "X", *old)
    said = desk.bd("supersede", *old, "--with", new)
    assert "landed" in said.out
    assert status(desk, new, *old) == ["open", "closed", "closed"]


def test_duplicates_are_found_and_merged(desk: Desk) -> None:
    """Same title and texts but for spaces and case; the one that others point at stays."""
    one = desk.bead("Fix the  page", "-d", "text")
    two = desk.bead("fix the page", "-d", "Text\n")
    desk.bead("fix the page", "-d", "another")
    desk.bead("waits", "--deps", two)
    told = desk.bd("duplicates", "--json").json
    [group] = told["groups"]
    assert (told["duplicate_groups"], group["suggested_target"]) == (1, two)
    assert group["suggested_sources"] == [one]
    desk.bd("duplicates", "--auto-merge", "--dry-run")
    assert status(desk, one, two) == ["open", "open"]
    merged = desk.bd("duplicates", "--auto-merge", "--json").json["merge_results"]
    assert merged == [{"target": two, "closed": [one]}]
    assert desk.bd("duplicates", "--json").json == {"duplicate_groups": 0, "groups": []}


def test_closed_twice_it_says_with_what_reason(desk: Desk) -> None:
    """Status 4, and the reason that was given."""
    bead = desk.bead()
    desk.bd("close", bead, "-r", "shipped")
    assert f"{bead} is closed already: shipped" in desk.bd("close", bead, status=4).err
