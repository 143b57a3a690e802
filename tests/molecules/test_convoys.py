"""Formulas of the convoy kind: an agent for each step, and what sums them up follows by itself."""

from __future__ import annotations

from pathlib import Path

from gastown.ops import reconcile, wants
from gastown.ops.reconcile import Kind, Need
from gastown.ops.sessions import sessions_of
from tests.molecules.formulas import FAN, pour, put, shown
from tests.support.desk import Desk, host


def needs(desk: Desk) -> list[Need]:
    """What a monitor would do about molecules."""
    town = desk.town
    running = sessions_of(town, host())
    found = reconcile.needs(town, wants.wanted(town.read()), running, running.all())
    return [need for need in found if need.kind in (Kind.GO_ON, Kind.OPEN_GATE)]


def meet(desk: Desk) -> list[str | None]:
    """Do that."""
    return [reconcile.meet(desk.town, host(), need) for need in needs(desk)]


def slung(desk: Desk) -> tuple[str, dict[str, Path]]:
    """Sling the formula without agents; the root, and the worktree of each bead."""
    put(desk, FAN)
    found = desk.gt("sling", "fan", "mp", "--yes", "--no-start", "--json").data
    root = found[0]["bead"].rpartition(".")[0]
    return root, {one["bead"]: Path(one["path"]) for one in found}


def test_every_step_has_an_agent_of_its_own(desk: Desk) -> None:
    """Those that wait for nothing are slung at once, all are on one convoy."""
    root, trees = slung(desk)
    assert list(trees) == [f"{root}.1", f"{root}.2"]
    [convoy] = desk.town.read().convoys()
    assert convoy.beads == (f"{root}.1", f"{root}.2", f"{root}.3")
    assert needs(desk) == []


def test_a_leg_is_told_its_text_once(desk: Desk) -> None:
    """In gt prime the step is the bead: its description does not stand there twice."""
    found = desk.gt("sling", "harden", "mp", "--var", "part=src", "--no-start", "--json").data
    said = desk.gt("prime", at=Path(found[0]["path"])).out
    assert said.count("You are one of several agents who harden src") == 1
    assert "whole work" in said


def test_with_wait_all_of_it_lands(desk: Desk) -> None:
    """The legs, then the sum of their merged work, then the root is closed and the convoy lands."""
    put(desk, FAN)
    said = desk.gt("sling", "fan", "mp", "--yes", "--wait")
    assert desk.on_target("sum.txt") == "left\nright"
    [molecule] = desk.bd("mol", "list", "--all", "--json").json
    assert (molecule["status"], molecule["completed"]) == ("closed", 3)
    assert desk.town.read().convoys()[0].state == "landed"
    assert "every step" in said.err


def test_a_monitor_slings_what_became_ready(desk: Desk) -> None:
    """Once, and only when all that it waits for is merged; what a person took off stays off."""
    root, trees = slung(desk)
    for bead, tree in trees.items():
        assert needs(desk) == []
        desk.work(tree, {f"{bead}.txt": "x\n"})
        desk.gt("done", at=tree)
        desk.gt("refinery", "run")
    [said] = meet(desk)
    assert f"{root}.3 is slung" in str(said)
    assert shown(desk, f"{root}.3")["status"] in ("hooked", "in_progress")
    desk.gt("unsling", f"{root}.3")
    assert needs(desk) == []
    [again] = desk.gt("sling", root, "mp", "--no-start", "--json").data
    assert again["bead"] == f"{root}.3"


def test_a_monitor_closes_the_root(desk: Desk) -> None:
    """When every step is done, and then leaves it alone."""
    root, trees = slung(desk)
    for bead in trees:
        desk.gt("unsling", bead)
    desk.bd("mol", "step", "skip", f"{root}.1", f"{root}.2", f"{root}.3")
    assert "is closed" in str(meet(desk))
    assert shown(desk, root)["status"] == "closed"
    assert needs(desk) == []


def test_a_leg_on_a_hook_is_closed_by_its_merge(desk: Desk) -> None:
    """Nobody moves a step past its hook."""
    root, _ = slung(desk)
    for word in ("done", "skip", "fail"):
        assert "its merge closes it" in desk.bd("mol", "step", word, f"{root}.1", status=1).err


def test_a_gate_opens_by_the_monitors_round(desk: Desk) -> None:
    """A timer by the clock; one that is not due is left alone."""
    bead = desk.bead("Wait for it")
    late = desk.bd("gate", "create", "--type", "timer", "--timeout", "1h", "--blocks", bead,
                   "--json").json  # fmt: skip
    assert needs(desk) == []
    soon = desk.bd("gate", "create", "--type", "timer", "--timeout", "1ns", "--blocks", bead,
                   "--json").json  # fmt: skip
    [said] = meet(desk)
    assert f"{soon['id']} is open" in str(said)
    assert shown(desk, late["id"])["status"] == "open"
    assert needs(desk) == []


def test_a_whole_convoy_on_a_bead(desk: Desk) -> None:
    """The bead is the root, in progress until its steps are done; one agent for all is refused."""
    bead = desk.bead("Review it", "--rig", "mp")
    put(desk, FAN)
    said = desk.gt("sling", "fan", "--on", bead, "mp/toast", "--yes", status=1)
    assert "an agent of its own" in said.err
    desk.gt("sling", "fan", "--on", bead, "mp", "--yes", "--no-start")
    assert shown(desk, bead)["status"] == "in_progress"
    assert shown(desk, f"{bead}.1")["status"] == "hooked"


def test_a_convoy_that_was_poured_first_is_slung_as_one(desk: Desk) -> None:
    """From then on its steps are tracked together, and what waits for them follows by itself."""
    root = pour(desk, FAN)["new_epic_id"]
    assert needs(desk) == []
    assert "name only the rig" in desk.gt("sling", root, "mp/toast", status=1).err
    found = desk.gt("sling", root, "--no-start", "--json").data
    assert [one["bead"] for one in found] == [f"{root}.1", f"{root}.2"]
    [convoy] = desk.town.read().convoys()
    assert len(convoy.beads) == 3
    for one in found:
        desk.gt("unsling", one["bead"])
    desk.bd("mol", "step", "skip", f"{root}.1", f"{root}.2")
    assert [need.subject for need in needs(desk)] == [root]
