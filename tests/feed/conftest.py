"""A town with a desk, and the feed opened in a pretended terminal of a given size."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from textual.pilot import Pilot

from gastown.feed.app import FeedApp
from gastown.feed.rows import Rows
from gastown.ops.picture import Asked
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
SMALL, LARGE = (80, 24), (120, 40)


class Viewer:
    """Somebody who looks at the feed of a town."""

    def __init__(self, app: FeedApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text, and Enter."""
        await self.press(*("space" if char == " " else char for char in text), "enter")

    async def until(self, sees: Callable[[], bool], deadline_s: float = 10.0) -> None:
        """Wait until that is so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                while not sees():
                    await self.pilot.pause(0.02)
        assert sees(), self.lines()

    def lines(self) -> list[str]:
        """What stands on the screen."""
        size = self.app.size
        return [
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips(size)
        ]

    def sees(self, text: str) -> bool:
        """Whether it stands on the screen."""
        return any(text in line for line in self.lines())

    def rows(self, panel: str) -> list[str]:
        """All rows of a panel, also those out of sight."""
        return [row.plain for row in self.panel(panel).rows]

    def panel(self, name: str) -> Rows:
        """A panel."""
        return self.app.screen_stack[0].query_one(f"#{name}", Rows)


Story = Callable[[Viewer], Awaitable[None]]
Look = Callable[..., None]


@pytest.fixture
def look(desk: Desk) -> Look:
    """Look at the feed of the town; what is done there is an async function of a `Viewer`."""

    def run(
        story: Story, *, size: tuple[int, int] = SMALL, problems: bool = False,
        asked: Asked | None = None,
    ) -> None:  # fmt: skip
        async def open_it() -> None:
            app = FeedApp(lambda: desk.town, host(), asked or Asked(), problems=problems)
            async with app.run_test(size=size) as pilot:
                viewer = Viewer(app, pilot)
                await viewer.until(lambda: bool(viewer.panel("events").rows) or problems)
                await story(viewer)

        asyncio.run(open_it())

    return run
