"""Where text is shown: how wide it may be, and whether in colour; tables that fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.render.text import cut, safe, width

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODES = {
    "bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35,
    "cyan": 36,
}  # fmt: skip
_GAP = 2
_MOST_OF_A_COLUMN = 30
_FOR_THE_LAST = 20
_LEAST = 12

Cell = str | tuple[str, str]
"""Text, or text and its style as rich writes it."""


@dataclass(frozen=True)
class Screen:
    """A terminal, or what stands in for one.

    Attributes:
        columns: how wide a line may be; None: nobody counts, and little is cut.
        colour: whether colours are wanted.
    """

    columns: int | None = None
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """`text` in a style of rich (`bold red`), where colours are wanted."""
        if not (self.colour and style and text):
            return text
        codes = ";".join(str(_CODES[word]) for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def room(self, used: int, *, most: int = 60) -> int:
        """How many columns a line has left that has used so many."""
        return most if self.columns is None else max(_LEAST, self.columns - used)

    def fit(self, text: str, used: int = 0, *, most: int = 100) -> str:
        """`text` made safe, cut to what a line has left that has used so many columns."""
        return cut(safe(text), self.room(used, most=most))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
        """The lines of a table; what does not fit is cut from its widest columns."""
        lines = [[(name, "dim") for name in header], *([_pair(cell) for cell in r] for r in rows)]
        for line in lines:
            line[:-1] = [(cut(text, _MOST_OF_A_COLUMN), style) for text, style in line[:-1]]
        last = len(header) - 1
        widths = [max(width(line[i][0]) for line in lines) for i in range(last)]
        while (self.columns is not None and max(widths, default=0) > _LEAST
               and sum(widths) + _GAP * last > self.columns - _FOR_THE_LAST):  # fmt: skip
            widths[widths.index(max(widths))] -= 1
        used = sum(widths) + _GAP * last
        return [self._line(line, widths, used) for line in lines]

    def _line(self, line: Sequence[tuple[str, str]], widths: Sequence[int], used: int) -> str:
        padded = []
        for (text, style), room in zip(line, widths, strict=False):
            shown = cut(text, room)
            padded.append(self.paint(shown, style) + " " * (room - width(shown) + _GAP))
        text, style = line[-1]
        return ("".join(padded) + self.paint(self.fit(text, used, most=60), style)).rstrip()


PLAIN = Screen()


def _pair(cell: Cell) -> tuple[str, str]:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return safe(text), style
