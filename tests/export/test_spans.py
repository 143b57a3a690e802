"""Who had what on its hook, from when to when, and how it ended."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gastown.views.spans import Span, Stretch, spans
from gastown.web.drawing.lanes import WIDTH, Scale, _bar, _rows
from tests.support.desk import Desk
from tests.support.waiting import until


def told(desk: Desk, *agents: str) -> list[Span]:
    return spans(desk.town, agents, time.time())


def test_from_sling_to_merge(desk: Desk) -> None:
    """A merged one ends with its merge; one that came back goes on anew."""
    desk.gate("test ! -f BROKEN")
    bead, tree = desk.hand_in("Work", {"BROKEN": "yes\n"})
    [one] = told(desk, "mp/toast")
    assert (one.bead, one.end, one.outcome) == (bead, None, None)
    assert [part.kind for part in one.stretches][-1] == "queue"
    desk.gt("refinery", "run", status=1)
    desk.gt("sling", bead, "mp/toast", "--no-start")
    (tree / "BROKEN").unlink()
    desk.work(tree, {"ok.txt": "ok\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    first, second = told(desk, "mp/toast", "mp/nux")
    assert (first.outcome, second.outcome) == ("failed", "merged")
    assert first.end is not None
    assert second.start >= first.end


def test_one_that_is_taken_away(desk: Desk) -> None:
    bead, _ = desk.sling("Work")
    desk.gt("unsling", bead)
    [one] = told(desk, "mp/toast")
    assert (one.bead, one.outcome) == (bead, "released")
    assert one.end is not None
    desk.gt("undo")  # and given back
    assert [span.outcome for span in told(desk, "mp/toast")] == ["released", None]


def test_one_that_rests(desk: Desk) -> None:
    """It is not at work meanwhile."""
    desk.sling("Work")
    for word in ("suspend", "resume"):
        second = int(time.time())
        until(lambda second=second: int(time.time()) > second)  # type: ignore[misc]
        desk.gt("hooks", word, "mp/toast")  # the ledger counts seconds
    [one] = told(desk, "mp/toast")
    assert [part.kind for part in one.stretches][:2] == ["work", "rest"]
    assert one.outcome is None
    assert all(part.end > part.start for part in one.stretches[:2])


SPAN = st.builds(
    lambda start, work, queue: Span(
        "mp/toast", "mp-x", start, None,
        (Stretch("work", start, start + work), Stretch("queue", start + work,
                                                       start + work + queue)), None,
    ),
    st.integers(0, 100_000), st.integers(0, 50_000), st.integers(0, 50_000),
)  # fmt: skip


@given(st.lists(SPAN, max_size=20), st.integers(0, 50_000), st.integers(1, 100_000))
def test_nothing_is_drawn_over_anything(found: list[Span], begin: int, long: int) -> None:
    """Bars of one row do not meet, whatever part of them lies in the picture; none leaves it."""
    found.sort(key=lambda span: span.start)
    scale = Scale(begin, begin + long)
    rows: dict[int, float] = {}
    for span, row in _rows(found, scale):
        bar = _bar(span, row, scale)
        assert bar.parts[0][1] >= rows.get(row, 0.0) - 0.01
        assert bar.end <= WIDTH
        rows[row] = bar.parts[-2][1]
    assert all(0 <= x <= WIDTH for x, _ in scale.ticks())
    assert len(scale.ticks()) <= 11
