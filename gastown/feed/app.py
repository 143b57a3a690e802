"""The feed as a textual app: what it shows, when it looks, and what its keys do.

One timer looks at two files (`source.stamp`); only when they have changed is the town gathered
anew, in a thread. Every action goes through `ops`, with the person as actor, in a thread, too. The
colours are those of the terminal, so that it may be dark or light.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App, SuspendNotSupported
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.widgets import Static

from gastown.errors import GtError
from gastown.feed import lines
from gastown.feed.board import Board
from gastown.feed.deeds import Deeds
from gastown.feed.details import agent_of, details, log, title_of
from gastown.feed.errands import Errands, Returned
from gastown.feed.filtering import Filter, filter_of
from gastown.feed.screens import KEYS, Ask, Viewer
from gastown.feed.style import CSS
from gastown.ops.picture import LOOK_S, Asked, Picture, Source, Stamp, stamp
from gastown.render.text import safe
from gastown.store.notices import HEARTBEAT_S, note_presence

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from gastown.feed.rows import Rows
    from gastown.ops.attaching import Attachment
    from gastown.ops.host import Host
    from gastown.store.town import Town

TICK_S = 0.5
AGES_S = 15.0
SAID_S = 20.0
_HINTS = "? keys · enter details · p problems · n nudge · / search · f filter · q quit"
_HINTS_OF_PROBLEMS = "p back · enter details · l log · n nudge · a attach · h hand off · ? keys"
_THEMES = ("ansi-dark", "textual-ansi")


class FeedApp(App[None]):
    """The town as it lives.

    Args:
        open_town: gives a town to whoever asks; threads do not share one.
        problems: begin with the problems view.
    """

    CSS = CSS
    TITLE = "gt feed"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS: ClassVar[list[Any]] = [
        Binding("q", "quit", show=False),
        Binding("question_mark", "keys", show=False),
        Binding("1", "panel('agents')", show=False),
        Binding("2", "panel('convoys')", show=False),
        Binding("3", "panel('events')", show=False),
        Binding("p", "problems", show=False),
        Binding("R", "look", show=False),
        Binding("o,l", "log", show=False),
        Binding("n", "nudge", show=False),
        Binding("h", "hand_off", show=False),
        Binding("a", "attach", show=False),
        Binding("slash", "search", show=False),
        Binding("f", "filter", show=False),
        Binding("escape", "forget", show=False),
    ]

    def __init__(
        self, open_town: Callable[[], Town], host: Host, asked: Asked, *, problems: bool = False
    ) -> None:
        super().__init__()
        self._town = open_town()
        self._host = host
        self._source = Source(host, asked)
        self._errands = Errands(self, open_town, self.complain)
        self._deeds = Deeds(host)
        self._begins_with_problems = problems
        self._board = Board(self._town.edge.clock)
        self._stamp: Stamp | None = None
        self._picture: Picture | None = None
        self._gathering = False
        self._due = 0.0
        self._was_here = float("-inf")
        self._searched = ""
        self._said = ""
        self._trouble = f"looking at {safe(self._town.layout.root)} …"

    def compose(self) -> ComposeResult:
        """The head, the panels, the line below."""
        yield Static(id="head", markup=False)
        yield self._board
        yield Static(id="foot", markup=False)

    def on_mount(self) -> None:
        """Begin to look."""
        known = self.available_themes
        self.theme = next((name for name in _THEMES if name in known), self.theme)
        self._board.turn_to(problems=self._begins_with_problems)
        self._foot()
        self.set_interval(TICK_S, self._tick)
        self.set_interval(AGES_S, self._draw)
        self._tick()

    def on_key(self) -> None:
        """The person is here: what they see need not be told on their desktop."""
        now = monotonic()
        if now - self._was_here >= HEARTBEAT_S:
            self._was_here = now
            note_presence(self._town.layout, "feed")

    def on_unmount(self) -> None:
        """Let go of the town."""
        self._town.close()

    def on_returned(self, message: Returned) -> None:
        """An errand is done."""
        with suppress(NoMatches):  # what it was for may have been closed meanwhile
            message.deliver()

    def complain(self, text: str) -> None:
        """Show what went wrong."""
        self._say(f"! {text}")

    def _tick(self) -> None:
        if self._gathering:
            return
        try:
            now = stamp(self._town)
        except (GtError, OSError) as error:
            self._could_not_gather(safe(error))
            return
        clock = self._town.edge.clock().timestamp()
        watched = self._picture is not None and self._picture.status.watch.published
        if now == self._stamp and (watched or clock < self._due):
            return
        self._gather(now, clock)

    def _gather(self, now: Stamp, clock: float) -> None:
        self._gathering, self._stamp, self._due = True, now, clock + LOOK_S
        self._errands.send(self._source.gather, self._show, self._could_not_gather)

    def _show(self, picture: Picture) -> None:
        self._gathering = False
        self._trouble = ""
        self._picture = picture
        self._board.picture = picture
        self._draw()

    def _could_not_gather(self, text: str) -> None:
        self._gathering = False
        self._trouble = f"! {text}"
        self._foot()

    def _draw(self) -> None:
        """Bring everything to the picture and the time."""
        if self._picture is None:
            return
        found = self._picture
        head = lines.heading(found.status, len(found.problems), self.size.width - 2)
        self._static("head").update(Text.assemble(*head))
        self._board.draw()
        self._foot()

    def on_resize(self) -> None:
        """Another size: other heights."""
        self.call_after_refresh(self._draw)

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """Enter: all about it."""
        if message.rows.current is not None:
            self._view(message.rows.current.thing, details_of=True)

    def _view(self, thing: object, *, details_of: bool) -> None:
        def gather(viewer: Viewer) -> None:
            now = self._town.edge.clock()
            self._errands.send(
                lambda town: details(town, self._host, thing, now) if details_of
                else log(town, self._host, thing),
                viewer.show_text, viewer.show_text,
            )  # fmt: skip

        title = title_of(thing) if details_of else f"{title_of(thing)}: log"
        self.push_screen(Viewer(title, None, again=gather, at_end=not details_of))

    # -- keys --------------------------------------------------------------------------------------

    def action_keys(self) -> None:
        """Say what keys there are."""
        self.push_screen(Viewer("Keys", KEYS))

    def action_panel(self, name: str) -> None:
        """Go to a panel."""
        self._turn_to(problems=False)
        self._board.give_keys_to(name)

    def action_problems(self) -> None:
        """To the problems, and back."""
        self._turn_to(problems=not self._board.in_problems)

    def action_look(self) -> None:
        """Look at everything now."""
        if not self._gathering:
            self._stamp = None
            self._tick()

    def action_log(self) -> None:
        """What a session showed, or gates printed."""
        thing = self._board.thing
        if thing is not None:
            self._view(thing, details_of=False)

    def action_nudge(self) -> None:
        """Call an agent."""
        agent = self._agent()
        if agent is None:
            return

        def call(text: str | None) -> None:
            if text is not None:
                self._say(f"calling {agent} …")
                self._errands.send(
                    lambda town: self._deeds.nudge(town, agent, text.strip() or None), self._say
                )

        question = f"nudge {agent}: a text, or Enter alone: look at your hook"
        self.push_screen(Ask(question), call)

    def action_hand_off(self) -> None:
        """Hand an agent's session off."""
        agent = self._agent()
        if agent is None:
            return

        def go_on(note: str | None) -> None:
            if not (note or "").strip():
                self._say("nothing was handed off: that takes a note")
                return
            self._say(f"handing {agent} off …")
            self._errands.send(lambda town: self._deeds.hand_off(town, agent, str(note)), self._say)

        question = f"hand {agent} off: a note for its next session, and Enter; Esc: leave it"
        self.push_screen(Ask(question), go_on)

    def action_attach(self) -> None:
        """Show an agent's terminal here."""
        agent = self._agent()
        if agent is not None:
            self._errands.send(lambda town: self._deeds.attach(town, agent), self._attached)

    def _attached(self, found: Attachment) -> None:
        if found.argv is None:
            self._say(f"! {found.agent}: {found.state}; {found.advice or 'its session is over'}")
            return
        try:
            with self.suspend():
                status = self._deeds.show(found, self._town.layout.root)
        except SuspendNotSupported:
            self._say(f"type in another terminal: {found.command}")
            return
        self._say(f"back from {found.agent}" if not status else f"! tmux ended with {status}")

    def action_search(self) -> None:
        """Go to a row."""

        def look(words: str | None) -> None:
            if words is None:
                return
            again = not words.strip() or words == self._searched
            self._searched = words.strip() or self._searched
            rows = self._board.focused
            if self._searched and rows is not None:
                found = rows.find_next(self._searched)
                self._say("" if found else f"nothing here says {self._searched!r}")
            elif not again:
                self._say("")

        again = f" (Enter: {self._searched!r} again)" if self._searched else ""
        self.push_screen(Ask(f"search{again}"), look)

    def action_filter(self) -> None:
        """Show less."""

        def choose(words: str | None) -> None:
            if words is not None and self._picture is not None:
                rigs = [rig.name for rig in self._picture.status.rigs]
                self._board.filter = filter_of(words, rigs)
                self._said = ""
                self._draw()

        question = "filter by words: an agent, a rig, a kind (bead hook merge mail …)"
        self.push_screen(Ask(question, str(self._board.filter)), choose)

    def action_forget(self) -> None:
        """Forget search and filter, then leave the problems."""
        if self._board.filter.is_empty and not self._said and self._board.in_problems:
            self._turn_to(problems=False)
        self._board.filter, self._searched, self._said = Filter(), "", ""
        self._draw()

    # -- parts -------------------------------------------------------------------------------------

    def _turn_to(self, *, problems: bool) -> None:
        self._board.turn_to(problems=problems)
        self._foot()

    def _agent(self) -> str | None:
        """Whom the row under the cursor is about."""
        agent = agent_of(self._board.thing)
        if agent is None:
            self._say("choose an agent first: its row, or a row that is about it")
        return agent

    def _static(self, name: str) -> Static:
        return self.screen_stack[0].query_one(f"#{name}", Static)

    def _say(self, text: str) -> None:
        self._said = text
        self._foot()
        if text:
            self.set_timer(SAID_S, partial(self._forget_saying, text))

    def _forget_saying(self, text: str) -> None:
        if self._said == text:
            self._said = ""
            self._foot()

    def _foot(self) -> None:
        shown = f"filter: {self._board.filter} (esc)" if not self._board.filter.is_empty else ""
        hints = _HINTS_OF_PROBLEMS if self._board.in_problems else _HINTS
        told = self._said or self._trouble
        text = told or " · ".join(part for part in (shown, hints) if part)
        style = "bold" if told else "dim"
        self._static("foot").update(Text(text, style))
