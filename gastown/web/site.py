"""One running dashboard: its town (if there is one yet), who watches it, and what was rendered."""

from __future__ import annotations

import asyncio
import traceback
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gastown.errors import GtError, NotFound
from gastown.store.past import Moment, moment_of
from gastown.store.town import Edge, Town
from gastown.web.live import Hub
from gastown.web.readers import Readers
from gastown.web.watcher import Seen, Watcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from pathlib import Path

    from gastown.ops.host import Host

T = TypeVar("T")
TRACES = "dashboard.log"
_KEPT = 200
_SEEN_BY_THEN_S = 0.5
_FRESH_S = 5.0
"""So long an answer is good while the town does not move: ages, sizes and costs go on."""


@dataclass(frozen=True)
class Answer:
    """A rendered answer."""

    body: bytes
    tag: str
    status: int = 200


class Site:
    """What the routes share.

    Args:
        root: the town's folder; None: there is none yet, and the dashboard sets one up.
        here: where it was started.
        settled: told of the town that was set up.
    """

    def __init__(
        self, root: Path | None, host: Host, edge: Edge, *, read_only: bool, here: Path,
        settled: Callable[[Path], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.host = host
        self.edge = edge
        self.read_only = read_only
        self.here = here
        self.hub = Hub(self._latest)
        self.root: Path | None = None
        self._settled = settled
        self._watcher: Watcher | None = None
        self._readers: Readers | None = None
        self._kept: OrderedDict[Hashable, tuple[float, asyncio.Future[Answer]]] = OrderedDict()
        if root is not None:
            self._show(root)

    def settle(self, root: Path) -> None:
        """Show a town that was set up just now, from now on."""
        self._settled(root)
        self._show(root)

    def _show(self, root: Path) -> None:
        self.root = root
        self._readers = Readers(root, self.open_town)
        self._watcher = Watcher(
            self.open_town, self.host, self.hub.ring, lambda: self.hub.listeners > 0
        )
        self._watcher.start()

    def open_town(self) -> Town:
        """The town, opened anew; threads do not share one."""
        assert self.root is not None
        return Town(self.root, self.edge)

    @property
    def readers(self) -> Readers:
        """Who reads the town."""
        assert self._readers is not None
        return self._readers

    async def seen(self) -> Seen:
        """What was seen last; right after the start, and after a rest: once it has been seen."""
        assert self._watcher is not None
        found = self._watcher.ask()
        return found if found is not None else await asyncio.to_thread(self._watcher.wait)

    async def moment(self, seen: Seen, text: str) -> Moment | None:
        """The moment that `?at=` or the slider's `?step=` means; None: the present.

        Raises:
            NotFound: there is none.
            UsageTrouble: it means nothing.
        """
        if not text:
            return None
        now = self.edge.clock().astimezone()
        try:
            return moment_of(seen.moments, text, now)
        except NotFound:  # perhaps it was made a moment ago
            await asyncio.sleep(_SEEN_BY_THEN_S)
            return moment_of((await self.seen()).moments, text, now)

    async def kept(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """An answer that is made once for all who ask for it while it is fresh."""
        loop = asyncio.get_running_loop()
        found = self._kept.get(key)
        if found is not None and found[0] > loop.time():
            return await asyncio.shield(found[1])
        future: asyncio.Future[Answer] = loop.create_future()
        self._kept[key] = (loop.time() + _FRESH_S, future)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        try:
            future.set_result(await make())
        except BaseException as error:
            self._kept.pop(key, None)
            if isinstance(error, asyncio.CancelledError):
                future.cancel()
                raise
            future.set_exception(error)
        return await future

    def forget(self) -> None:
        """Something was done: what was rendered before is old."""
        self._kept.clear()

    def trace(self, error: BaseException) -> str:
        """Keep the trace of a mistake of ours; a sentence about it."""
        text = "".join(traceback.format_exception(error))
        if self.root is not None:
            with suppress(OSError, GtError):
                town = self.open_town()
                file = town.layout.logs / TRACES
                town.layout.logs.mkdir(parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8", errors="replace") as log:
                    log.write(f"{town.now()}\n{text}\n")
                return f"this is a bug in gastown; its trace is in {file}"
        return f"this is a bug in gastown: {type(error).__name__}"

    def close(self) -> None:
        """Stop watching and reading."""
        self.hub.close()
        if self._watcher is not None:
            self._watcher.stop()
        if self._readers is not None:
            self._readers.close()

    def _latest(self) -> Seen:
        return self._watcher.latest if self._watcher is not None else Seen()
