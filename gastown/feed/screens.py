"""What lies over the panels: a text to read, and a line to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

KEYS = """\
  j k ↓ ↑    down, up             g G     first, last
  PgDn PgUp  a page (^d ^u, too)  1 2 3   agents, convoys, events
  tab        the next panel       space   open, close a rig or convoy

  enter      all about it: evidence, bead, commits, screen
  l o        its log: what its session showed, what its gates printed
  p          problems: who is stuck and why, what came back; p: back
  /          search; / and Enter alone: the next one
  f          filter by words: an agent, a rig, a kind (merge, mail …)
  esc        forget search and filter, leave what is open
  R          look at everything now

  n          nudge an agent: a text, or Enter alone: look at your hook
  h          hand its session off: a note, then a new session goes on
  a          attach: its terminal, here; Ctrl-b d comes back
  q          quit; agents go on working

  ● working  ○ idle  ◌ starting  ◔ waiting for somebody  △ stalled
  ▲ work on its hook and nothing happens  † dead  ✗ crash loop
  ◆ done, not gone  ? nobody can tell"""


class Page(VerticalScroll):
    """A text that scrolls."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("j,down", "scroll_down", show=False),
        Binding("k,up", "scroll_up", show=False),
        Binding("pagedown,ctrl+d,space", "page_down", show=False),
        Binding("pageup,ctrl+u", "page_up", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
    ]


class Viewer(ModalScreen[None]):
    """A text to read. Esc or q closes it.

    Args:
        text: is safe to be shown; None: it is on its way.
        again: gathers it anew (for R); None: there is nothing to gather.
        at_end: the end is what one wants to see.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape,q,enter,question_mark", "close", show=False),
        Binding("R", "again", show=False),
    ]

    def __init__(
        self, title: str, text: str | None, *, again: Callable[[Viewer], None] | None = None,
        at_end: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._title = title
        self._text = text
        self._again = again
        self._at_end = at_end

    def compose(self) -> ComposeResult:
        """One page with a frame."""
        with Page(id="page") as page:
            again = " · R again" if self._again is not None else ""
            page.border_title = Text(f"{self._title} · Esc closes{again}")
            yield Static(Text(self._text or "…"), id="text", markup=False)

    def on_mount(self) -> None:
        """Take the keys."""
        self.query_one("#page").focus()
        if self._text is None:
            self.action_again()

    def show_text(self, text: str) -> None:
        """Show another text."""
        self.query_one("#text", Static).update(Text(text))
        if self._at_end:
            self.query_one("#page", Page).scroll_end(animate=False)

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_again(self) -> None:
        """Gather it anew."""
        if self._again is not None:
            self._again(self)


class Ask(ModalScreen[str | None]):
    """A line to be typed below everything; Esc gives None."""

    BINDINGS: ClassVar[list[Any]] = [Binding("escape", "leave", show=False)]

    def __init__(self, question: str, value: str = "") -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """The question, and the line."""
        yield Static(Text(self._question), id="question", markup=False)
        yield Input(self._value, id="answer", compact=True)

    def on_mount(self) -> None:
        """Take the keys."""
        self.query_one("#answer").focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter was pressed."""
        self.dismiss(message.value)

    def action_leave(self) -> None:
        """Nothing is to be done."""
        self.dismiss(None)
