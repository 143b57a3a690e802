"""The panels: agents, convoys and events, or the problems instead of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Container, Vertical
from textual.widgets import Static

from gastown.feed import lines
from gastown.feed.filtering import Filter
from gastown.feed.rows import Rows
from gastown.render.feed import NO_PROBLEMS, problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual.app import ComposeResult

    from gastown.ops.picture import Picture

_EVENTS = "3 Events"


class Board(Container):
    """Shows a picture of the town; only panels whose rows have changed are drawn.

    Args:
        clock: the time, for ages.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(id="board")
        self._clock = clock
        self.picture: Picture | None = None
        self._folded: set[str] = set()
        self._opened: set[str] = set()
        self.filter = Filter()
        self.in_problems = False

    def compose(self) -> ComposeResult:
        """The panels, and the problems with what is known of the one under the cursor."""
        with Container(id="main"):
            with Vertical(id="left"):
                yield Rows("1 Agents", name="agents", empty="no agents: gt sling ISSUE RIG")
                yield Rows("2 Convoys", name="convoys", empty="no open convoys")
            yield Rows(_EVENTS, name="events", grows=True, empty="nothing has happened")
        with Vertical(id="trouble"):
            yield Rows("Problems", name="problems", empty=NO_PROBLEMS)
            yield Static(id="why", markup=False)

    def turn_to(self, *, problems: bool) -> None:
        """Show the problems, or the panels."""
        self.in_problems = problems
        self.query_one("#main").display = not problems
        self.query_one("#trouble").display = problems
        self.give_keys_to("problems" if problems else "agents")
        self.draw()

    def give_keys_to(self, name: str) -> None:
        """Focus a panel at once, so that the very next key is for it."""
        self.screen.set_focus(self.panel(name))

    def panel(self, name: str) -> Rows:
        """A panel."""
        return self.query_one(f"#{name}", Rows)

    @property
    def focused(self) -> Rows | None:
        """The panel that has the keys."""
        return next((panel for panel in self.query(Rows) if panel.has_focus), None)

    @property
    def thing(self) -> object | None:
        """What the row under the cursor stands for."""
        panel = self.focused
        return panel.current.thing if panel is not None and panel.current is not None else None

    def draw(self) -> None:
        """Bring the panels to the picture, the filter and the time."""
        found = self.picture
        if found is None:
            return
        now = self._clock()
        if self.in_problems:
            rows = lines.troubles(found.problems, self.filter, now)
            self.panel("problems").show_rows(rows)
            self._explain()
            return
        agents, convoys, events = map(self.panel, ("agents", "convoys", "events"))
        agents.show_rows(lines.agents(found.status, self._folded, self.filter, now))
        convoys.show_rows(lines.convoys(found.status, self._opened, self.filter, now))
        self._fit(agents, convoys)
        events.show_rows(lines.happenings(found.events, self.filter, now))
        self._tell_unseen(events)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        """The cursor is elsewhere."""
        if message.rows.id == "problems":
            self._explain()
        elif message.rows.id == "events":
            self._tell_unseen(message.rows)

    def on_rows_folded(self, message: Rows.Folded) -> None:
        """A rig or convoy is to be opened or closed."""
        row = message.rows.current
        if row is not None:
            kind, _, name = row.key.partition(" ")
            changed = self._folded if kind == "rig" else self._opened
            changed ^= {name}
            self.draw()

    def _fit(self, *panels: Rows) -> None:
        """No panel is higher than what it holds."""
        heights = [max(1, len(panel.rows)) + 1 for panel in panels]
        for panel, height in zip(panels, heights, strict=True):
            panel.styles.max_height = height
        stacked = not self.screen.has_class("-wide")
        self.query_one("#left").styles.max_height = sum(heights) if stacked else None

    def _explain(self) -> None:
        row = self.panel("problems").current
        told = problem(row.thing, self._clock()) if row is not None else []
        self.query_one("#why", Static).update(Text("\n".join(told)))

    def _tell_unseen(self, events: Rows) -> None:
        below = f" · {events.unseen} new below (G)" if events.unseen else ""
        events.border_title = f"{_EVENTS}{below}"
