"""State diagrams are drawn from the tables that decide, and show where a record is."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import BEAD
from gastown.domain.convoy import CONVOY
from gastown.domain.dispatch import DISPATCH
from gastown.domain.escalation import ESCALATION
from gastown.domain.hook import HOOK
from gastown.domain.lifecycle import Lifecycle
from gastown.domain.merge import MERGE
from gastown.domain.step import STEP
from gastown.web.drawing.lifecycle import HEIGHT, WIDTH, Step, diagram, draw, steps_of
from gastown.web.drawing.timeline import spread


@pytest.mark.parametrize(
    "table", [HOOK, MERGE, BEAD, CONVOY, STEP, ESCALATION, DISPATCH], ids=lambda one: one.kind
)
def test_every_state_and_every_move_is_drawn(table: Lifecycle[Any]) -> None:
    found = diagram(table)
    assert set(found.boxes) == {state.value for state in table.states}
    boxes = list(found.boxes.values())
    for number, (x, y) in enumerate(boxes):
        assert 0 <= x <= found.width - WIDTH
        assert 0 <= y <= found.height - HEIGHT
        for ox, oy in boxes[number + 1 :]:
            assert abs(x - ox) >= WIDTH or abs(y - oy) >= HEIGHT
    drawn = {(one.before, one.after, trigger) for one in found.arrows for trigger in one.triggers}
    assert drawn == {
        (origin.value, move.dest.value, move.trigger)
        for move in table.moves for origin in move.origins if origin is not move.dest
    }  # fmt: skip


def test_the_present_state_is_lit_and_the_path_is_numbered() -> None:
    moves = [
        ("bead mp-a1 open -> hooked", "t0", "c0", "human"),
        ("hook mp/nux none -> created", "t1", "c1", "human"),
        ("hook mp/nux created -> active", "t1", "c1", "human"),
        ("hook mp/nuxx created -> active", "t1", "c1", "human"),
        ("hook mp/nux active -> suspended", "t2", "c2", "human"),
        ("hook mp/nux suspended -> active", "t3", "c3", "human"),
    ]  # fmt: skip
    steps = steps_of(moves, "hook", "mp/nux")
    assert [(one.before, one.after) for one in steps] == [
        (None, "created"), ("created", "active"), ("active", "suspended"), ("suspended", "active"),
    ]  # fmt: skip
    labels = {(one.before, one.after): one.label for one in diagram(HOOK, steps).arrows}
    assert labels["active", "suspended"] == "suspend (3)"
    assert labels["suspended", "active"] == "resume (4)"
    assert labels["completed", "archived"] == "archive"
    html = str(draw(HOOK, "active", steps))
    assert "now: active; the path it took: created → active → suspended → active" in html
    assert html.count(' now been"') == 1
    assert "style=" not in html


def test_a_name_that_is_hostile_stays_text() -> None:
    step = Step(None, "<script>", "t", None, "<b>")
    assert "<script>" not in str(draw(HOOK, "<script>", [step]))


@given(st.lists(st.floats(0, 1e10), min_size=1, max_size=40).map(sorted))
def test_marks_keep_their_order_and_their_distance(times: list[float]) -> None:
    places = spread(times, 900, 15)
    assert len(places) == len(times)
    assert places[0] == 0
    assert all(b - a >= 14 for a, b in itertools.pairwise(places))
    assert places[-1] <= max(900, 15 * len(times))
