"""Face, menu and icon: pure functions of how a town is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gastown_tray import record
from gastown_tray.drawing import SIZES, Panel, draw, draw_face
from gastown_tray.face import STALE_S, Face, Mood, Seen, face_of
from gastown_tray.menu import LINE, MOST_NEEDS, Facts, Item, menu_of

from gastown.domain.health import Condition, Health, Wait
from gastown.views.agents import AgentView
from gastown.views.needs import Kind, Need
from gastown.views.status import RigStatus, Scheduling, Status, Watch

NOW = 1_700_000_000.0
WATCH = Watch(monitor=True, beat=None, down=False, frozen=False, looked_at=NOW, published=True)
EMPTY = Status(
    name="gt", root="/t", commit="c", needs=(), rigs=(), agents=(), convoys=(), unread=0, broken=(),
    watch=WATCH, scheduler=Scheduling(False, None, 0, 0, ()), acknowledged=0,
)  # fmt: skip
FACTS = Facts({}, "1.2M tokens", {"/t": "t", "/u": "u"}, "/t", False)


def agent(name: str = "mp/toast", health: Health | None = None) -> AgentView:
    return AgentView(
        id=name, role="polecat", state="active", bead="mp-1", title="Write the parser",
        runtime="claude", session="running", generation=1, since="2023-11-14T22:00:00Z",
        health=health or Health(Condition.WORKING), runner="tmux",
    )  # fmt: skip


def need(kind: Kind = Kind.ASKING, subject: str = "mp/toast", said: str = "asks: Red?") -> Need:
    return Need(kind, subject, said, "gt session attach mp/toast")


HALTED = agent(health=Health(Condition.WAITING, "rm?", wait=Wait.PERMISSION))
STATES = [
    ("nothing yet", Seen("gt"), Mood.UNKNOWN, 0),
    ("trouble", Seen("gt", EMPTY, NOW, "the disk is gone"), Mood.UNKNOWN, 0),
    ("stale", Seen("gt", EMPTY, NOW - STALE_S - 1), Mood.UNKNOWN, 0),
    ("down", Seen("gt", replace(EMPTY, watch=replace(WATCH, down=True)), NOW), Mood.UNKNOWN, 0),
    ("idle", Seen("gt", EMPTY, NOW), Mood.IDLE, 0),
    ("working", Seen("gt", replace(EMPTY, agents=(agent(),)), NOW), Mood.WORKING, 1),
    ("asks", Seen("gt", replace(EMPTY, agents=(HALTED, agent("mp/nux")), needs=(need(),)), NOW),
     Mood.NEEDS, 1),
    ("escalation", Seen("gt", replace(EMPTY, needs=(need(Kind.ESCALATION, "es-1"),)), NOW),
     Mood.NEEDS, 1),
    ("review", Seen("gt", replace(EMPTY, needs=(need(Kind.REVIEW, "mr-1"),)), NOW), Mood.NEEDS, 1),
    ("crash loop", Seen("gt", replace(EMPTY, needs=(need(Kind.CRASH_LOOP), need())), NOW),
     Mood.TROUBLE, 2),
    ("merge", Seen("gt", replace(EMPTY, needs=(need(Kind.MERGE, "mr-1"),)), NOW), Mood.TROUBLE, 1),
    ("budget", Seen("gt", replace(EMPTY, needs=(
        need(Kind.PAUSED, "scheduler", "the scheduler is paused: budget of 2026-01-01"),)), NOW),
     Mood.TROUBLE, 1),
    ("unwatched", Seen("gt", replace(EMPTY, watch=replace(WATCH, monitor=False),
                                     needs=(need(Kind.TOWN, "town"),)), NOW), Mood.TROUBLE, 1),
    ("paused by the person", Seen("gt", replace(EMPTY, needs=(
        need(Kind.PAUSED, "scheduler", "the scheduler is paused: lunch"),)), NOW), Mood.IDLE, 0),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "mood", "count"), [s[1:] for s in STATES],
                         ids=[s[0] for s in STATES])  # fmt: skip
def test_faces(seen: Seen, mood: Mood, count: int) -> None:
    """Every trigger, with its number; the tip names the town."""
    face = face_of(seen, NOW)
    assert (face.mood, face.count) == (mood, count)
    assert "gt" in face.tip


def labels(items: tuple[Item, ...]) -> list[str]:
    return [item.label for item in items]


def test_the_menu_of_a_busy_town() -> None:
    """What needs the person first, requests for permission before all; each with its deed."""
    rig = RigStatus("mp", "main", "u", "mp", 0, 2, {}, {"queued": 2, "testing": 1})
    found = replace(
        EMPTY, agents=(agent("mp/nux"), HALTED), rigs=(rig,),
        needs=(need(Kind.ESCALATION, "es-1", "the keys expire"), need(said="may it: rm?")),
    )  # fmt: skip
    menu = menu_of(Seen("gt", found, NOW), FACTS, NOW)
    shown = labels(menu)
    assert shown[0] == "gt: 2 need you, 1 working"
    assert shown[2:5] == ["Needs you (2)", "mp/toast: may it: rm?", "es-1: the keys expire"]
    by = {item.label: item for item in menu}
    assert by["mp/toast: may it: rm?"].deed == ("attach", "mp/toast")
    assert by["es-1: the keys expire"].deed == ("page", "needs/es-1")
    assert not by["Needs you (2)"].is_enabled
    [row] = by["Working (1)"].items
    assert row.label.startswith("mp/nux  mp-1 Write the parser · ")
    assert labels(by["Merge queue (3)"].items) == ["mp: 3 in line, 1 tested"]
    assert by["Today: 1.2M tokens"].deed == ("page", "costs")
    assert by["Pause dispatch"].deed == ("pause",)
    assert [one.ticked for one in by["Town"].items] == [True, False]
    assert by["Start at login"].ticked is False
    assert shown[-1] == "Quit (the town goes on)"


def test_menus_of_other_towns() -> None:
    """Paused, muted, down, unseen, with more than fits."""
    many = replace(EMPTY, needs=tuple(need(Kind.MERGE, f"mr-{n}") for n in range(MOST_NEEDS + 3)),
                   scheduler=Scheduling(True, "x", 4, 0, ()))  # fmt: skip
    shown = labels(menu_of(Seen("gt", many, NOW), FACTS, NOW))
    assert {"and 3 more", "Resume dispatch (4 wait)"} <= set(shown)
    muted = menu_of(Seen("gt", EMPTY, NOW), replace(FACTS, muted={"*": NOW + 9, "mp/a": NOW + 9}),
                    NOW)  # fmt: skip
    [mute] = [item for item in muted if item.label.startswith("Muted until")]
    assert labels(mute.items)[2:] == ["Not any more", "mp/a: not any more"]
    down = replace(EMPTY, watch=replace(WATCH, down=True))
    assert "Bring the town up" in labels(menu_of(Seen("gt", down, NOW), FACTS, NOW))
    unseen = labels(menu_of(Seen("gt", trouble="it is gone"), FACTS, NOW))
    assert unseen[:2] == ["gt: looking …", "it is gone"]


@pytest.mark.parametrize("panel", list(Panel))
@pytest.mark.parametrize("size", SIZES)
def test_every_mood_has_a_shape_of_its_own(panel: Panel, size: int) -> None:
    """Told apart without colours, at every size, on every panel; corners are clear."""
    pictures = {mood: draw(mood, 1, size, panel) for mood in Mood}
    assert all(one.size == (size, size) and one.mode == "RGBA" for one in pictures.values())
    shapes = {mood: one.getchannel("A").tobytes() for mood, one in pictures.items()}
    assert len(set(shapes.values())) == len(Mood)
    assert all(one.getpixel((0, 0)) == (0, 0, 0, 0) for one in pictures.values())


def test_what_is_drawn_again() -> None:
    """Only what can be seen makes another picture; few are kept."""
    assert draw_face(Face(Mood.WORKING, 1, "a"), 22, Panel.DARK) is draw_face(
        Face(Mood.WORKING, 7, "b"), 22, Panel.DARK)  # fmt: skip
    numbers = [draw_face(Face(Mood.NEEDS, n, ""), 22, Panel.DARK).tobytes() for n in (1, 2, 10, 44)]
    assert len(set(numbers)) == 3
    assert (draw.cache_info().maxsize or 0) <= 20


def test_towns_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    """The tray remembers the towns it has shown, as long as they are there."""
    record.write_wishes(record.Wishes().showing(str(tmp_path / "gone")).showing(str(tmp_path)))
    found = record.read_wishes()
    assert (found.town, found.towns) == (str(tmp_path), (str(tmp_path),))
    record.wishes_file().write_text("no json")
    assert record.read_wishes() == record.Wishes()
    assert LINE.label == ""
