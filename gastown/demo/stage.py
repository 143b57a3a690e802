"""The demo's stage: typed commands with their real output, and a live picture of the agents."""

from __future__ import annotations

import shlex
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gastown.domain.convoy import ConvoyState
from gastown.render.text import bar, safe
from gastown.views.agents import agent_list
from gastown.views.convoys import convoy_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gastown.runtime.sessions import Sessions
    from gastown.store.town import Town

REFRESH_S = 0.1


class Stage:
    """Shows what is typed, and what happens.

    Args:
        invoke: runs one command line of `gt` or `bd` in this process and returns its exit status.
    """

    def __init__(self, invoke: Callable[[list[str]], int]) -> None:
        self._invoke = invoke
        self.console = Console(highlight=False)

    def say(self, text: str) -> None:
        """A line of explanation."""
        self.console.print(Text(f"\n{text}", style="bold"))

    def show(self, text: str) -> None:
        """Text as it is."""
        self.console.print(Text(text))

    def type(self, *words: str, accept: tuple[int, ...] = (0,)) -> int:
        """Type a command and run it for real.

        Raises:
            click.ClickException: it ended with a status that was not expected.
        """
        line = self.command(*words)
        status = self._invoke(list(words))
        if status not in accept:
            raise click.ClickException(f"`{line}` ended with status {status}")
        return status

    def command(self, *words: str) -> str:
        """Show a command line as it is typed; a single word is a whole line. Returns it."""
        line = words[0] if len(words) == 1 else " ".join(_shown(word) for word in words)
        self.console.print(Text(f"$ {line}", style="cyan"))
        return line

    def watch(
        self, town: Town, sessions: Sessions, until: Callable[[], bool], limit_s: float
    ) -> None:
        """Show agents and convoys as they are until a predicate holds.

        Raises:
            click.ClickException: it did not hold within `limit_s` seconds.
        """
        deadline = time.monotonic() + limit_s
        with self._live(lambda: _picture(town, sessions)) as redraw:
            while not until():
                if time.monotonic() > deadline:
                    raise click.ClickException(f"the agents did not end within {limit_s:.0f} s")
                redraw()
                time.sleep(REFRESH_S)
            redraw()

    @contextmanager
    def _live(self, picture: Callable[[], Group]) -> Iterator[Callable[[], None]]:
        with Live(picture(), console=self.console, auto_refresh=False) as live:
            yield lambda: live.update(picture(), refresh=True)
        if not self.console.is_terminal:
            self.console.print()


def _shown(word: str) -> str:
    first, newline, _ = word.partition("\n")
    return f"'{first} …'" if newline else shlex.quote(word)


def _picture(town: Town, sessions: Sessions) -> Group:
    reader = town.read()
    table = Table("agent", "hook", "session", "bead", "title", box=None, pad_edge=False)
    for agent in agent_list(town, sessions):
        if agent.role == "polecat":
            cells = (agent.id, agent.state, agent.session, agent.bead or "-", agent.title or "")
            table.add_row(*(Text(safe(cell)) for cell in cells))
    lines = [
        Text(f"{bar(view.completed, view.total, 20)} {view.completed}/{view.total} "
             f"{safe(view.convoy.title)}")
        for view in convoy_list(reader, every=False)
        if view.convoy.state is ConvoyState.OPEN
    ]  # fmt: skip
    return Group(table, *lines)
