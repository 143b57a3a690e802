"""What can be slung, and how far a convoy is."""

from __future__ import annotations

from dataclasses import replace

from gastown.domain.convoy import ConvoyState
from gastown.domain.dispatch import Dispatch
from gastown.domain.health import Condition, Health, Wait
from gastown.render.convoys import convoy as text
from gastown.render.ready import ready as ready_text
from gastown.render.screen import Screen
from gastown.render.text import width
from gastown.views.convoys import convoy_view
from gastown.views.ready import ready_list
from tests.seeing.conftest import LATER
from tests.support.desk import Desk
from tests.support.towns import NOW, put


def test_what_is_ready_in_all_rigs(desk: Desk) -> None:
    """What `bd ready` tells, by rig, most urgent first; what waits for a place is marked."""
    late = desk.bead("Late", "-p", "3", "--rig", "mp")
    first = desk.bead("First", "-p", "0", "--rig", "mp")
    blocked = desk.bead("Blocked", "--rig", "mp", "--deps", f"blocks:{first}")
    own = desk.bead("The town's own", "--rig", "hq")
    put(desk.town, Dispatch(id=late, rig="mp", by="human", created_at=NOW, updated_at=NOW))
    found = desk.gt("ready", "--json").data
    assert [(rig["rig"], [bead["id"] for bead in rig["beads"]]) for rig in found] == [
        ("mp", [first, late]), ("hq", [own]),
    ]  # fmt: skip
    assert [bead["queued"] for bead in found[0]["beads"]] == [False, True]
    shown = desk.gt("ready", "-n", "1").out
    assert f"mp: 2 ready   gt sling {first} mp" in shown
    assert "… and 1 more: gt ready --rig mp -n 0" in shown
    assert blocked not in shown
    assert desk.gt("ready", "--rig", "hq", "--json").data[0]["command"] == "gt sling ISSUE RIG"
    desk.gt("ready", "--rig", "nowhere", status=3)
    assert ready_list(desk.town.read(), 0, rig="nowhere") == []
    assert "nothing is ready" in ready_text([])


def test_a_convoy_with_its_workers(desk: Desk) -> None:
    """Who works on what and how they are, what is queued or merging, and what waits for what."""
    handed, tree = desk.hand_in("Handed in")
    worked, other = desk.sling("Worked on 🐛 " * 9)
    queued = desk.bead("Queued", "--rig", "mp")
    blocked = desk.bead("Blocked", "--rig", "mp", "--deps", f"blocks:{queued}")
    made = desk.gt("convoy", "create", "Spring", handed, worked, queued, blocked, "--json").data
    put(desk.town, Dispatch(id=queued, rig="mp", by="human", created_at=NOW, updated_at=NOW))
    reader = desk.town.read()
    convoy = reader.find("convoy", made["id"])
    health = Health(Condition.WAITING, "May I?", wait=Wait.PERMISSION)
    view = convoy_view(reader, convoy, healths={f"mp/{other.name}": health})
    by_id = {member.id: member for member in view.members}
    assert by_id[handed].merge_state == "queued"
    assert by_id[worked].health == health
    assert by_id[queued].queued
    assert by_id[blocked].blocked_by == (queued,)
    shown = text(view, LATER, Screen(80))
    assert max(map(width, shown.splitlines())) <= 80
    for said in ("merge queued", "◔ waiting for", f"{blocked} waits for {queued}", "0/4"):
        assert said in shown
    launched = replace(convoy, launched=True)
    assert "slung by themselves" in text(replace(view, convoy=launched), LATER)
    paused = replace(launched, paused="over its budget", state=ConvoyState.OPEN)
    assert "not slung by themselves now: over its budget" in text(
        replace(view, convoy=paused), LATER
    )
    assert tree.exists()
    brief = convoy_view(reader, convoy)
    assert brief.members[0].merge is None
