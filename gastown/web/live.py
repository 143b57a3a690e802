"""The event stream: says that the town has moved, and, when nothing moves, that the line is alive.

What has changed is not in it: a page asks for itself again. So a page that missed an event is as
right as any other after the next one.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gastown.web.watcher import Seen

BEAT_S = 4.0
"""So long a silence at most; a page that hears nothing for three of them says so."""
SPACING_S = 0.3
"""So much time at least between two words that the town has moved."""


class Hub:
    """Rings everybody who listens.

    Args:
        seen: what was seen last.
    """

    def __init__(self, seen: Callable[[], Seen]) -> None:
        self._seen = seen
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self.over = False
        self.listeners = 0

    def begin(self) -> None:
        """Belong to the loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Something has changed; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._swing)

    def close(self) -> None:
        """End every stream."""
        self.over = True
        self._swing()

    def answer(self) -> StreamingResponse:
        """A stream for one listener."""
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._words(), media_type="text/event-stream", headers=headers)

    def _swing(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    async def _words(self) -> AsyncIterator[str]:
        self.listeners += 1
        try:
            async for word in self._tell():
                yield word
        finally:
            self.listeners -= 1

    async def _tell(self) -> AsyncIterator[str]:
        told = -1
        yield "retry: 2000\n\n"
        while not self.over:
            bell, seen = self._bell, self._seen()
            name = "moved" if seen.version != told else "beat"
            told = seen.version
            late = max(0.0, time.time() - seen.looked) if seen.looked else None
            data = json.dumps({"version": told, "at": seen.at, "late": late,
                               "trouble": seen.trouble})  # fmt: skip
            yield f"event: {name}\ndata: {data}\n\n"
            if name == "moved":
                await asyncio.sleep(SPACING_S)
            try:
                await asyncio.wait_for(bell.wait(), BEAT_S)
            except TimeoutError:
                continue
