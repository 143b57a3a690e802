"""Wisps: worked like other molecules, never committed, gone after a while."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gastown.domain.bead import Bead
from gastown.domain.wisp import TTL, is_overdue
from gastown.store.wisps import Wisps
from tests.molecules.formulas import TALK, put
from tests.support.desk import Desk
from tests.support.people import git

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def wisp(desk: Desk) -> str:
    """Make a wisp of two steps; its root."""
    put(desk, TALK)
    return str(desk.bd("mol", "wisp", "talk", "--rig", "mp", "--json").json["new_epic_id"])


def test_a_wisp_is_worked_and_never_committed(desk: Desk) -> None:
    """Its steps move like others; the ledger does not hear of it."""
    before = desk.town.commit()
    root = wisp(desk)
    assert "-wisp-" in root
    committed = git(desk.root / "hq", "rev-parse", "HEAD")
    desk.bd("mol", "step", "start", f"{root}.1")
    desk.bd("mol", "step", "done", f"{root}.1")
    said = desk.bd("mol", "current", root, "--json").json[0]
    assert [step["status"] for step in said["steps"]] == ["done", "ready"]
    assert desk.bd("mol", "step", "start", f"{root}.1", status=4).err
    assert git(desk.root / "hq", "rev-parse", "HEAD") == committed
    assert root not in git(desk.root / "hq", "log", f"{before}..", "--format=%B")
    listed = desk.bd("mol", "wisp", "list", "--json").json
    assert [one["id"] for one in listed["wisps"]] == [root]
    assert desk.bd("mol", "list", "--json").json == []


def test_squashed_one_permanent_bead_is_left(desk: Desk) -> None:
    """The digest is committed, closed, and tells the steps; the wisp is gone."""
    root = wisp(desk)
    desk.bd("mol", "step", "done", f"{root}.1")
    said = desk.bd("mol", "squash", root, "--summary", "All went well", "--json").json
    digest = desk.town.read().bead(said["digest_id"])
    assert digest.state == "closed"
    assert "All went well" in digest.description
    assert "- think: done\n- write: pending" in digest.description
    assert said["squashed_count"] == said["deleted_count"] == 3
    assert desk.bd("mol", "wisp", "list", "--all", "--json").json["count"] == 0


def test_burnt_nothing_is_left(desk: Desk) -> None:
    """Without a question: nothing was promised."""
    root = wisp(desk)
    desk.bd("mol", "burn", root)
    assert list((desk.root / ".gt/run/wisps").rglob("*.json")) == []
    desk.bd("mol", "show", root, status=3)


def test_old_ones_are_collected_whole(desk: Desk) -> None:
    """By age, by being closed, or by what they are; a molecule goes as one or stays as one."""
    root = wisp(desk)
    desk.bd("mol", "step", "done", f"{root}.1")
    assert desk.bd("mol", "wisp", "gc", "--json").json["cleaned_count"] == 0
    dry = desk.bd("mol", "wisp", "gc", "--age", "0s", "--dry-run", "--json").json
    assert dry["cleaned_count"] == 3
    assert desk.bd("mol", "show", root)
    assert desk.bd("mol", "wisp", "gc", "--age", "0s", "--json").json["cleaned_count"] == 3
    assert list((desk.root / ".gt/run/wisps").rglob("*.json")) == []


def test_a_single_wisp_is_made_changed_and_closed(desk: Desk) -> None:
    """The usual commands work on it, also beside beads that are committed, and commit nothing."""
    said = desk.bd("create", "beat", "-e", "--wisp-type", "heartbeat", "--rig", "mp", "--json").json
    name = said["id"]
    assert name.startswith("mp-wisp-")
    commit = desk.town.commit()
    desk.bd("update", name, "--claim", "--append-notes", "alive", "--add-label", "x")
    [shown] = desk.bd("show", name, "--json").json
    assert (shown["status"], shown["notes"], shown["labels"]) == ("in_progress", "alive", ["x"])
    assert [one["id"] for one in desk.bd("list", "--ephemeral", "--json").json] == [name]
    desk.bd("close", name, "-r", "over")
    assert desk.bd("list", "--ephemeral", "--json").json == []
    desk.bd("reopen", name)
    assert desk.town.commit() == commit
    other = desk.bead("Other", "--rig", "mp")
    closed = desk.bd("close", name, other, "--json").json
    assert {one["id"] for one in closed} == {name, other}
    assert "stands alone" in desk.bd("create", "x", "-e", "--parent", other, status=1).err
    desk.bd("create", "x", "-e", "--wisp-type", "moon", status=2)


def test_steps_of_a_wisp_are_closed_in_turn(desk: Desk) -> None:
    """`bd close` asks what a step waits for, as for any bead."""
    root = wisp(desk)
    assert f"waits for {root}.1" in desk.bd("close", f"{root}.2", status=1).err
    desk.bd("close", f"{root}.1")
    desk.bd("close", f"{root}.2")
    assert desk.bd("mol", "progress", root, "--json").json["percent"] == 100


@pytest.mark.parametrize(("kind", "ttl"), TTL.items())
def test_how_long_a_kind_is_kept(kind: str, ttl: timedelta) -> None:
    """Until then, and not longer."""
    for late, expected in ((-timedelta(seconds=1), False), (timedelta(seconds=1), True)):
        then = (NOW - ttl - late).isoformat()
        bead = Bead({"id": "mp-wisp-a", "title": "x", "updated_at": then, "wisp_type": kind}, "mp")
        assert is_overdue(bead, NOW) is expected


def test_a_closed_one_goes_after_an_hour() -> None:
    """Whatever its kind."""
    data = {"id": "mp-wisp-a", "title": "x", "status": "closed", "wisp_type": "error"}
    for minutes, expected in ((59, False), (61, True)):
        then = (NOW - timedelta(minutes=minutes)).isoformat()
        assert is_overdue(Bead({**data, "updated_at": then}, "mp"), NOW) is expected


def test_a_committed_bead_may_be_called_like_a_wisp(desk: Desk) -> None:
    """Imported lines bring such ids: every command finds the bead in the ledger."""
    line = json.dumps({"id": "mp-wisp-abc", "title": "Imported", "priority": 2, "ephemeral": True})
    desk.bd("import", "-", "--rig", "mp", stdin=line)
    assert desk.bd("show", "mp-wisp-abc", "--json").json[0]["title"] == "Imported"
    desk.bd("update", "mp-wisp-abc", "--append-notes", "seen")
    desk.bd("close", "mp-wisp-abc", "-r", "over")
    assert desk.bd("reopen", "mp-wisp-abc", "--json").json[0]["notes"] == "seen"
    gone = desk.bd("close", "mp-wisp-xyz", status=3)
    assert "wisps are gone after a while" in gone.err


@pytest.mark.parametrize(("fanout", "held"), [("all-children", True), ("any-children", False)])
def test_a_wisp_waits_for_children_as_a_bead_does(desk: Desk, fanout: str, held: bool) -> None:
    """One of two children is closed: that ends a wait for any of them, not one for all."""
    wait = {"depends_on_id": "mp-wisp-s", "type": "waits-for", "metadata": {"gate": fanout}}
    family = {"depends_on_id": "mp-wisp-s", "type": "parent-child"}
    beads = [
        Bead({"id": f"mp-wisp-{name}", "title": name, **more}, "mp")
        for name, more in {
            "s": {}, "w": {"dependencies": [wait]}, "a": {"dependencies": [family]},
            "b": {"dependencies": [family], "status": "closed"},
        }.items()
    ]  # fmt: skip
    wisps = Wisps(desk.town.layout)
    with wisps.changing() as change:
        for bead in beads:
            change.put(bead)
    assert wisps.open_blockers(beads[1]) == (("mp-wisp-a",) if held else ())
