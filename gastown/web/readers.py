"""Threads that read the town for requests, each with a town of its own; others that act."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from gastown.store.files import disk_errors
from gastown.store.past import Moment, Past

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gastown.store.town import Town

T = TypeVar("T")
_READING = 2
_ACTING = 4


class Readers:
    """Reads and acts in threads, so that the event loop lives."""

    def __init__(self, root: Path, open_town: Callable[[], Town]) -> None:
        self._root = root
        self._open_town = open_town
        self._own = threading.local()
        self._reading = ThreadPoolExecutor(_READING, thread_name_prefix="reader")
        self._looking_back = ThreadPoolExecutor(1, thread_name_prefix="past")
        self._acting = ThreadPoolExecutor(_ACTING, thread_name_prefix="hand")

    async def read(self, do: Callable[[Town], T], past: Moment | None = None) -> T:
        """What `do` makes of the town, as it is or as it was."""
        loop = asyncio.get_running_loop()
        if past is not None:
            return await loop.run_in_executor(self._looking_back, self._read_past, do, past)
        return await loop.run_in_executor(self._reading, self._read, do)

    async def act(self, do: Callable[[Town], T]) -> T:
        """Have something done; takes what time it takes."""
        return await asyncio.get_running_loop().run_in_executor(self._acting, self._act, do)

    def close(self) -> None:
        """Take nothing more; what is being done is finished."""
        for pool in (self._reading, self._looking_back, self._acting):
            pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, do: Callable[[Town], T]) -> T:
        town: Town | None = getattr(self._own, "town", None)
        if town is None:
            town = self._own.town = self._open_town()
        with disk_errors():
            return do(town)

    def _read_past(self, do: Callable[[Town], T], moment: Moment) -> T:
        known: Past | None = getattr(self._own, "past", None)
        if known is None or known.commit() != moment.commit:
            if known is not None:
                known.close()
            known = self._own.past = Past(self._root, moment.commit, moment.time)
        with disk_errors():
            return do(known)

    def _act(self, do: Callable[[Town], T]) -> T:
        with disk_errors(), closing(self._open_town()) as town:
            return do(town)
