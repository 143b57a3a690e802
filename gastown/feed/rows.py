"""A list of lines that scrolls: the one widget that all panels of the feed are.

Each row is one line; what does not fit ends in "…". A new list keeps the cursor on the row where it
was and the rows under the reader's eyes, except where the cursor stood on the last row of a list
that grows: then it stays on the last one. Rows hold text, never markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_CURSOR = Style(reverse=True)
_MARK = ">"


@dataclass(frozen=True)
class Row:
    """One line.

    Attributes:
        key: tells it from all others of its list.
        parts: texts and their styles.
        thing: what it stands for.
        is_open: whether what belongs to it is shown below; None: nothing does.
    """

    key: str
    parts: tuple[tuple[str, str], ...]
    thing: Any = field(default=None, compare=False)
    is_open: bool | None = None

    @property
    def plain(self) -> str:
        """Its text."""
        return "".join(text for text, _ in self.parts)


class Rows(ScrollView, can_focus=True):
    """A list of rows with a cursor.

    Args:
        title: stands in its border.
        grows: whether new rows come at its end, and the end is what one wants to see.
        empty: what stands there if there are no rows.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown,ctrl+d", "page(1)", show=False),
        Binding("pageup,ctrl+u", "page(-1)", show=False),
        Binding("g,home", "first", show=False),
        Binding("G,end", "last", show=False),
        Binding("enter", "choose", show=False),
        Binding("space,right,left", "fold", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row, or its row says something else."""

        def __init__(self, rows: Rows) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> Rows:
            """The list."""
            return self.rows

    class Chosen(Moved):
        """Enter was pressed on a row."""

    class Folded(Moved):
        """A row is to be opened or closed."""

    def __init__(self, title: str, *, name: str, grows: bool = False, empty: str = "") -> None:
        super().__init__(id=name)
        self.border_title = title
        self._grows = grows
        self._empty = empty
        self._rows: tuple[Row, ...] = ()
        self._cursor = 0
        self._unseen = 0
        self._was_shown = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed."""
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last row."""
        return self._cursor >= len(self._rows) - 1

    @property
    def unseen(self) -> int:
        """How many rows have come since the cursor was on the last one."""
        return 0 if self.at_end else self._unseen

    def show_rows(self, rows: Sequence[Row]) -> None:
        """List other rows."""
        if self._was_shown and tuple(rows) == self._rows:
            self._rows = tuple(rows)  # what they stand for may say more
            return
        before, stays = self.current, self._grows and self.at_end
        end = self._rows[-1].key if self._rows else ""
        above = self._cursor - self.scroll_offset.y
        self._rows = tuple(rows)
        self._was_shown = True
        places = {row.key: place for place, row in enumerate(self._rows)}
        last = max(0, len(self._rows) - 1)
        known = places.get(before.key) if before is not None else None
        self._cursor = last if stays else min(self._cursor if known is None else known, last)
        self._unseen = 0 if stays else self._unseen + last - places.get(end, last)
        self._measure()
        if stays:
            self._follow()
        elif known is not None:
            self.scroll_to(y=self._cursor - above, animate=False, immediate=True)
            self._follow()
        self.call_after_refresh(self._follow)  # now it is known how much of it can be seen
        self.refresh()
        self.post_message(self.Moved(self))

    def select(self, place: int) -> None:
        """Put the cursor on a row."""
        place = max(0, min(place, len(self._rows) - 1))
        if place != self._cursor:
            self._cursor = place
            self._unseen = 0 if self.at_end else self._unseen
            self.refresh()
            self.post_message(self.Moved(self))
        self._follow()

    def find(self, words: str, *, begin: int) -> bool:
        """Go to the next row, from `begin` on and around, that holds these words."""
        wanted = words.casefold()
        count = len(self._rows)
        for step in range(count):
            place = (begin + step) % count
            if wanted in self._rows[place].plain.casefold():
                self.select(place)
                return True
        return False

    def find_next(self, words: str) -> bool:
        """Go to the next row after the cursor that holds these words."""
        return self.find(words, begin=self._cursor + 1)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.select(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self.select(self._cursor + by * max(1, self._height - 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self.select(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self.select(len(self._rows) - 1)

    def action_choose(self) -> None:
        """Tell that Enter was pressed."""
        if self.current is not None:
            self.post_message(self.Chosen(self))

    def action_fold(self) -> None:
        """Tell that a row is to be opened or closed."""
        if self.current is not None and self.current.is_open is not None:
            self.post_message(self.Folded(self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; on the cursor's own row it is Enter."""
        offset = event.get_content_offset(self)
        if offset is None or not self._rows:
            return
        place = offset.y + self.scroll_offset.y
        if place == self._cursor:
            self.action_choose()
        elif place < len(self._rows):
            self.select(place)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._measure()
        self._follow()
        self.call_after_refresh(self._follow)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of what is in sight."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if not self._rows and y == 0:
            return _strip(((f" {self._empty}", "dim"),), width, self.rich_style)
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        if self.has_focus and place == self._cursor:
            return _strip(((f"{_MARK}{row.plain}", ""),), width, self.rich_style + _CURSOR)
        return _strip(((" ", ""), *row.parts), width, self.rich_style)

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))

    def _follow(self) -> None:
        """Scroll no further than it takes to see the cursor."""
        height = self._height
        if height <= 0:
            return
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, immediate=True)


def _strip(parts: Sequence[tuple[str, str]], width: int, base: Style) -> Strip:
    """One line of exactly `width` columns."""
    segments = [Segment(text, base + Style.parse(style)) for text, style in parts if text]
    strip = Strip(segments)
    if strip.cell_length > width > 0:
        last = segments[-1].style
        strip = Strip([*strip.crop(0, width - 1), Segment("…", last)])
    return strip.adjust_cell_length(width, base)
