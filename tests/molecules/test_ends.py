"""Poured molecules that are squashed, burnt or bonded."""

from __future__ import annotations

from tests.molecules.formulas import TALK, pour, put, shown
from tests.support.desk import Desk
from tests.support.people import git


def test_squashed_the_steps_are_tombstones(desk: Desk) -> None:
    """One digest stands for them; `git revert` brings all of it back."""
    root = pour(desk, TALK)["new_epic_id"]
    desk.bd("close", f"{root}.1")
    said = desk.bd("mol", "squash", root, "--summary", "Short", "--json").json
    assert shown(desk, said["digest_id"])["description"].startswith("Short")
    assert [shown(desk, f"{root}.{n}")["status"] for n in (1, 2)] == ["tombstone"] * 2
    assert shown(desk, root)["status"] == "closed"
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert [shown(desk, f"{root}.{n}")["status"] for n in (1, 2)] == ["closed", "open"]


def test_squashed_with_its_steps_kept(desk: Desk) -> None:
    """They are closed, not deleted."""
    root = pour(desk, TALK)["new_epic_id"]
    said = desk.bd("mol", "squash", root, "--summary", "x", "--keep-children", "--json").json
    assert (said["kept_children"], said["deleted_count"]) == (True, 0)
    assert shown(desk, f"{root}.2")["status"] == "closed"


def test_burning_asks_first(desk: Desk) -> None:
    """Without a terminal and --force it is refused; the root goes with its steps."""
    root = pour(desk, TALK)["new_epic_id"]
    assert "--force" in desk.bd("mol", "burn", root, status=1).err
    said = desk.bd("mol", "burn", root, "--force", "--json").json
    assert set(said["deleted_ids"]) == {root, f"{root}.1", f"{root}.2"}
    assert shown(desk, root)["status"] == "tombstone"
    assert desk.bd("mol", "list", "--all", "--json").json[0]["status"] == "tombstone"


def test_a_root_that_was_there_before_is_not_burnt(desk: Desk) -> None:
    """Only what the pour made goes."""
    bead = desk.bead("Mine", "--rig", "mp")
    pour(desk, TALK, "--attach", bead)
    desk.bd("mol", "burn", bead, "--force")
    assert shown(desk, bead)["status"] == "open"
    assert shown(desk, f"{bead}.1")["status"] == "tombstone"


def test_what_is_on_a_hook_is_not_burnt(desk: Desk) -> None:
    """Nor squashed: its agent is at work."""
    name = put(desk, TALK)
    [one] = desk.gt("sling", name, "mp", "--no-start", "--json").data
    assert "gt unsling" in desk.bd("mol", "burn", one["bead"], "--force", status=1).err
    desk.bd("mol", "squash", one["bead"], "--summary", "x", status=1)
    assert shown(desk, f"{one['bead']}.1")["status"] == "open"


def test_bonded_one_waits_for_the_other(desk: Desk) -> None:
    """A formula is poured for it, under the id that was asked for; never in a circle."""
    first = pour(desk, TALK)["new_epic_id"]
    said = desk.bd("mol", "bond", first, "talk", "--ref", f"{first}-next", "--json").json
    second = f"{first}-next"
    assert (said["result_id"], said["bond_type"], said["spawned"]) == (first, "sequential", 3)
    assert said["id_mapping"]["think"] == f"{second}.1"
    reader = desk.town.read()
    assert reader.open_blockers(reader.bead(f"{second}.1")) == (first,)
    compound = desk.bd("mol", "show", first, "--json").json
    assert compound["is_compound"]
    assert compound["bonded_from"] == [{"source_id": second, "bond_type": "sequential"}]
    assert "already" in desk.bd("mol", "bond", second, first, status=1).err


def test_bonded_in_parallel_it_belongs_to_the_other(desk: Desk) -> None:
    """It can be worked at once."""
    first, second = (pour(desk, TALK)["new_epic_id"] for _ in range(2))
    desk.bd("mol", "bond", first, second, "--type", "parallel")
    assert shown(desk, second)["parent"] == first
    reader = desk.town.read()
    assert reader.open_blockers(reader.bead(f"{second}.1")) == ()
