"""A lifecycle as a state diagram: drawn from the very table that decides, with where a record is.

The present state is lit, and the moves that the record has made are numbered in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gastown.web.drawing.layers import layered
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from gastown.domain.lifecycle import Lifecycle

WIDTH, HEIGHT = 116, 38
_ACROSS, _DOWN, _MARGIN, _BOW, _LETTER = 104, 64, 16, 26, 7


@dataclass(frozen=True)
class Step:
    """A move that a record has made. `before`: None: it was made then; `at`: as records have it."""

    before: str | None
    after: str
    at: str
    commit: str | None = None
    actor: str = ""


@dataclass(frozen=True)
class Arrow:
    """From state to state. `numbers`: of the steps that went this way; empty: none did."""

    before: str
    after: str
    triggers: tuple[str, ...]
    numbers: tuple[int, ...]
    path: str
    x: int
    y: int

    @property
    def label(self) -> str:
        """Its triggers, and when it was gone."""
        gone = f" ({', '.join(map(str, self.numbers))})" if self.numbers else ""
        return f"{', '.join(self.triggers)}{gone}"


@dataclass(frozen=True)
class Diagram:
    """Where everything is, in pixels. `boxes`: each state's top left corner."""

    boxes: Mapping[str, tuple[int, int]]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def diagram(lifecycle: Lifecycle[Any], steps: Sequence[Step] = ()) -> Diagram:
    """The states and moves of a table, laid out."""
    triggers: dict[tuple[str, str], list[str]] = {}
    for move in lifecycle.moves:
        for origin in move.origins:
            if origin is not move.dest:
                triggers.setdefault((origin.value, move.dest.value), []).append(move.trigger)
    layers = layered([state.value for state in lifecycle.states], list(triggers))
    columns = [[slot for slot in layer if isinstance(slot, str)] for layer in layers.slots]
    most = max(len(column) for column in columns)
    boxes = {}
    for x, column in enumerate(columns):
        top = (most - len(column)) * (HEIGHT + _DOWN) // 2
        for y, state in enumerate(column):
            boxes[state] = (x * (WIDTH + _ACROSS), top + y * (HEIGHT + _DOWN))
    rank = {state: x for x, column in enumerate(columns) for state in column}
    gone: dict[tuple[str, str], list[int]] = {}
    for number, step in enumerate(steps, 1):
        if step.before is not None:
            gone.setdefault((step.before, step.after), []).append(number)
    drawn = [
        (pair, names, _way(boxes[pair[0]], boxes[pair[1]], rank[pair[1]] - rank[pair[0]]))
        for pair, names in triggers.items()
    ]
    low = min([y for _, _, (_, _, y) in drawn] + [0])
    high = max([y for _, _, (_, _, y) in drawn] + [y + HEIGHT for _, y in boxes.values()])
    shift = (_MARGIN, _MARGIN - low)
    arrows = tuple(
        Arrow(pair[0], pair[1], tuple(dict.fromkeys(names)), tuple(gone.get(pair, ())),
              _moved(points, shift), x + shift[0], y + shift[1])
        for pair, names, (points, x, y) in drawn
    )  # fmt: skip
    width = len(columns) * (WIDTH + _ACROSS) - _ACROSS + 2 * _MARGIN
    moved = {state: (x + shift[0], y + shift[1]) for state, (x, y) in boxes.items()}
    return Diagram(moved, arrows, width, high - low + 2 * _MARGIN)


Points = list[tuple[int, int]]


def _way(start: tuple[int, int], end: tuple[int, int], across: int) -> tuple[Points, int, int]:
    """The points of an arrow (a line, or a curve with its bow), and where its words stand."""
    (ax, ay), (bx, by) = start, end
    middle = HEIGHT // 2
    if across == 1:
        points = [(ax + WIDTH, ay + middle), (bx, by + middle)]
        return points, (ax + WIDTH + bx) // 2, (ay + by) // 2 + middle - 6
    over = across > 1
    foot = 0 if over else HEIGHT
    reach = _BOW + 16 * abs(across)
    bow = (min(ay, by) - reach) if over else (max(ay, by) + HEIGHT + reach)
    offset = 14 if over else -14
    points = [(ax + WIDTH // 2 + offset, ay + foot), ((ax + bx) // 2 + WIDTH // 2, bow),
              (bx + WIDTH // 2 - offset, by + foot)]  # fmt: skip
    height = (ay + foot + 2 * bow + by + foot) // 4
    return points, points[1][0], height - 5 if over else height + 14


def _moved(points: Points, shift: tuple[int, int]) -> str:
    at = [f"{x + shift[0]} {y + shift[1]}" for x, y in points]
    return f"M{at[0]} L{at[1]}" if len(at) == 2 else f"M{at[0]} Q{at[1]} {at[2]}"


def draw(
    lifecycle: Lifecycle[Any], state: str | None, steps: Sequence[Step] = (), *,
    whole: bool = True,
) -> Markup:  # fmt: skip
    """The diagram of a table.

    Args:
        state: where the record is now; `steps`: the moves it has made.
        whole: with every arrow; otherwise only those that it went, and may go from here.
    """
    found = diagram(lifecycle, steps)
    if not whole:
        kept = tuple(one for one in found.arrows if one.numbers or one.before == state)
        found = replace(found, arrows=kept)
    way = " → ".join([steps[0].after, *(step.after for step in steps[1:])]) if steps else ""
    label = f"The life of a {lifecycle.kind}; now: {state or 'unknown'}" + (
        f"; the path it took: {way}" if way else ""
    )
    been = {step.after for step in steps} | {step.before for step in steps}
    return render(
        "drawing/lifecycle.html", found=found, state=state, label=label, been=been,
        box_width=WIDTH, box_height=HEIGHT, final=lifecycle.final(),
    )  # fmt: skip


def steps_of(moves: Sequence[tuple[str, str, str | None, str]], kind: str, name: str) -> list[Step]:
    """The moves of one record, oldest first.

    Args:
        moves: of each operation, oldest first: the trailer, when, its commit, who.
    """
    found = []
    for text, at, commit, actor in moves:
        start = f"{kind} {name} "
        if not text.startswith(start):
            continue
        before, arrow, after = text.removeprefix(start).partition(" -> ")
        if arrow:
            found.append(Step(None if before == "none" else before, after, at, commit, actor))
    return found
