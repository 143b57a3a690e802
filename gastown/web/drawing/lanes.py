"""Agents as lanes on a line of time, each with bars for what it had on its hook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

    from gastown.views.report import Lane
    from gastown.views.spans import Span

WIDTH, _NAMES, _ROW, _BAR, _TOP = 1000, 160, 27, 18, 26
_STEPS_S = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
_TICKS = 10
_LEAST, _LETTER, _MARK = 2.0, 7.0, 16
_MARKS = {"merged": "✓", "failed": "✗", "conflicted": "✗", "rejected": "✗"}


@dataclass(frozen=True)
class Bar:
    """A span as it is drawn.

    Attributes:
        y: its top; `end`: its right edge.
        parts: kind, left edge and width of each stretch.
        label: the part that has room for its name; None: none has.
        mark: what stands behind it: how it ended.
    """

    span: Span
    y: int
    end: float
    parts: tuple[tuple[str, float, float], ...]
    label: tuple[str, float, float] | None
    mark: str


@dataclass(frozen=True)
class Drawn:
    """A lane as it is drawn: where it begins, how high it is, and its bars."""

    agent: str
    y: int
    height: int
    bars: tuple[Bar, ...]


class Scale:
    """Where on the line a moment is; `begin` and `end` in seconds since 1970."""

    def __init__(self, begin: float, end: float) -> None:
        self.begin = begin
        self._end = max(end, begin + 1)
        self._per_s = (WIDTH - _NAMES - _MARK) / (self._end - begin)

    def x(self, at: float) -> float:
        """The place of a moment; what lies outside is at the edge."""
        return round(_NAMES + (min(max(at, self.begin), self._end) - self.begin) * self._per_s, 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Round moments and what they are called."""
        span = self._end - self.begin
        step = next((one for one in _STEPS_S if span / one <= _TICKS), None)
        step = step or int(span / _TICKS / 86_400 + 1) * 86_400
        first = int(self.begin // step + 1) * step
        found = []
        day = ""
        for at in range(first, int(self._end) + 1, step):
            time = datetime.fromtimestamp(at, UTC)
            text = time.strftime("%H:%M") if step < 86_400 else ""
            date = time.strftime("%b %d") if time.strftime("%b %d") != day else ""
            day = date or day
            found.append((self.x(at), " ".join(filter(None, (date, text)))))
        return found


def lanes(found: Sequence[Lane], begin: float, end: float, what: str) -> Markup:
    """The picture; `what`: the text that stands for it."""
    scale = Scale(begin, end)
    drawn = []
    y = _TOP
    for lane in found:
        rows = _rows(lane.spans, scale)
        bars = tuple(_bar(span, y + row * _ROW, scale) for span, row in rows)
        height = _ROW * (1 + max((row for _, row in rows), default=0))
        drawn.append(Drawn(lane.agent, y, height, bars))
        y += height
    return render(
        "drawing/lanes.html", lanes=drawn, ticks=scale.ticks(), width=WIDTH, height=y + 8,
        names=_NAMES, bar=_BAR, gap=(_ROW - _BAR) // 2, what=what,
    )  # fmt: skip


def _rows(spans: Iterable[Span], scale: Scale) -> list[tuple[Span, int]]:
    """Each span with the first row in which nothing is in its way."""
    ends: list[float] = []
    found = []
    for span in spans:
        end = max((one.end for one in span.stretches), default=span.start)
        start = scale.x(span.start)
        row = next((n for n, taken in enumerate(ends) if taken <= start), len(ends))
        ends[row : row + 1] = [scale.x(end) + _MARK]
        found.append((span, row))
    return found


def _bar(span: Span, y: int, scale: Scale) -> Bar:
    parts = []
    for one in span.stretches:
        x = scale.x(one.start)
        parts.append((one.kind, x, max(round(scale.x(one.end) - x, 1), _LEAST)))
    end = parts[-1][1] + parts[-1][2] if parts else scale.x(span.start)
    room = len(span.bead) * _LETTER + 6
    label = next((part for part in parts if part[2] >= room), None)
    return Bar(span, y, end, tuple(parts), label, _MARKS.get(span.outcome or "", ""))
