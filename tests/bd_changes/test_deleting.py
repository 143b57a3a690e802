"""bd delete: what is taken away with a bead, what keeps it, and how it comes back."""

from __future__ import annotations

from tests.support.desk import Desk
from tests.support.soundness import history, subjects


def test_without_force_it_is_only_shown(desk: Desk) -> None:
    """The answer names what refers to the bead and what to type; nothing is changed."""
    bead = desk.bead("x")
    other = desk.bead("y", "--deps", bead)
    commit = desk.town.commit()
    said = desk.bd("delete", bead).out
    assert f"{other} would no longer point at {bead} (blocks)" in said
    assert f"bd delete {bead} --force" in said
    told = desk.bd("delete", bead, "--force", "--dry-run", "--json").json
    assert (told["would_delete"], told["deleted"], told["dry_run"]) == ([bead], [], True)
    assert desk.town.commit() == commit


def test_a_tombstone_stays(desk: Desk) -> None:
    """The record says who, when and why; its links in others are gone, their other keys are not."""
    bead = desk.bead("x", "-t", "bug")
    other = desk.bead("y", "--deps", f"{bead},related:{bead}", "-d", f"see {bead}")
    before = len(history(desk.town))
    told = desk.bd("delete", bead, "--force", "-r", "a mistake", "--json").json
    assert len(history(desk.town)) == before + 1
    assert subjects(desk.town)[-1] == f"delete {bead}: a mistake"
    assert (told["deleted"], told["updated"], told["dependencies_removed"]) == ([bead], [other], 2)
    stone = desk.town.read().bead(bead).data
    assert (stone["status"], stone["delete_reason"]) == ("tombstone", "a mistake")
    assert (stone["deleted_by"], stone["original_type"]) == ("human", "bug")
    assert stone["deleted_at"]
    shown = desk.shown(other)
    assert (shown["dependencies"], shown["description"]) == ([], f"see {bead}")
    assert [one["id"] for one in desk.bd("list", "--all", "--json").json] == [other]


def test_a_deleted_bead_is_left_alone(desk: Desk) -> None:
    """Nothing changes it any more, and its id is never given again."""
    bead, other = desk.bead("x", "--id", "mp-x"), desk.bead("y")
    desk.bd("delete", bead, "--force")
    for words in (
        ("update", bead, "-p", "0"), ("delete", bead, "--force"), ("comment", bead, "hello"),
        ("label", "add", bead, "z"), ("dep", "add", other, bead), ("defer", bead),
        ("create", "z", "--parent", bead), ("create", "z", "--deps", bead),
    ):  # fmt: skip
        assert "was deleted" in desk.bd(*words, status=3).err, words
    desk.bd("close", bead, status=4)
    desk.bd("reopen", bead, status=4)
    assert "not given again" in desk.bd("create", "z", "--id", bead, status=1).err


def test_it_comes_back_by_a_revert(desk: Desk) -> None:
    """`git revert` in hq restores the bead, the links of others and the convoy."""
    bead, rest = desk.bead("x"), desk.bead("rest")
    other = desk.bead("y", "--deps", bead)
    convoy = desk.gt("convoy", "create", "X", bead, rest, "--json").data["id"]
    desk.bd("delete", bead, "--force")
    assert desk.town.read().convoys()[0].beads == (rest,)
    desk.run("git", "-C", "hq", "revert", "--no-edit", "HEAD")
    assert desk.shown(bead)["status"] == "open"
    assert [d["id"] for d in desk.shown(other)["dependencies"]] == [bead]
    assert desk.town.read().convoys()[0].beads == (bead, rest)
    assert desk.gt("convoy", "show", convoy, "--json").data["convoy"]["state"] == "open"


def test_convoys_no_longer_carry_it(desk: Desk) -> None:
    """A convoy of which only closed beads are left lands; one that is empty does not."""
    a, b, c = (desk.bead(name) for name in "abc")
    desk.gt("convoy", "create", "Two", a, b)
    desk.gt("convoy", "create", "One", c)
    desk.bd("close", a)
    said = desk.bd("delete", b, c, "--force").out
    assert said.count("landed") == 1
    found = {one.title: (one.state, one.beads) for one in desk.town.read().convoys()}
    assert found == {"Two": ("landed", (a,)), "One": ("open", ())}


def test_all_that_depends_on_it(desk: Desk) -> None:
    """--cascade takes children, followers and theirs along; a related bead stays."""
    root = desk.bead("root")
    child = desk.bead("child", "--parent", root)
    follower = desk.bead("follower", "--deps", child)
    related = desk.bead("related", "--deps", f"related:{root},discovered-from:{child}")
    dry = desk.bd("delete", root, "--cascade", "--json").json
    assert set(dry["would_delete"]) == {root, child, follower}
    desk.bd("delete", root, "--cascade", "--force")
    assert {b: desk.town.read().bead(b).state.value for b in (root, child, follower, related)} == {
        root: "tombstone", child: "tombstone", follower: "tombstone", related: "open",
    }  # fmt: skip
    assert desk.shown(related)["dependencies"] == []


def test_orphans_keep_their_ids(desk: Desk) -> None:
    """Without --cascade a child stays, as nobody's child."""
    root = desk.bead("root", "--id", "root")
    child = desk.bead("child", "--parent", root)
    desk.bd("delete", root, "--force")
    assert child == "root.1"
    assert "parent" not in desk.shown(child)


def test_what_is_worked_on_is_not_deleted(desk: Desk) -> None:
    """A bead on a hook or in the merge queue is refused, and with it all that was named."""
    free = desk.bead("free")
    slung, _ = desk.sling("slung")
    queued, _ = desk.hand_in("queued")
    assert "gt unsling" in desk.bd("delete", free, slung, "--force", status=1).err
    assert desk.bd("delete", queued, free, "--force", status=1).err
    assert desk.shown(free)["status"] == "open"
    assert "no bead" in desk.bd("delete", free, "nope", "--force", status=3).err
    assert desk.shown(free)["status"] == "open"
