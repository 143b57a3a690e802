"""Work that takes its time: done in threads, each with a town of its own, so that the screen lives.

What went wrong becomes a line to be shown; a mistake of ours leaves its trace in the town's log.
"""

from __future__ import annotations

import traceback
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from gastown.errors import DiskTrouble, GtError
from gastown.render.text import safe
from gastown.store.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from gastown.store.town import Town

T = TypeVar("T")
TRACES = "feed.log"


class Returned(Message):
    """An errand is done; `deliver` is called where the screen may be changed."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.deliver = deliver


class Errands:
    """Sends threads out for an app, which calls `deliver` of each `Returned` that it gets.

    Args:
        complain: shows what went wrong.
    """

    def __init__(
        self, app: App[Any], open_town: Callable[[], Town], complain: Callable[[str], None]
    ) -> None:
        self._app = app
        self._open_town = open_town
        self._complain = complain

    def send(
        self, do: Callable[[Town], T], then: Callable[[T], None],
        otherwise: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """Have something done, and deliver its result; what went wrong: to `otherwise`."""
        work = partial(self._run, do, then, otherwise or self._complain)
        self._app.run_worker(work, thread=True, exit_on_error=False)

    def _run(
        self, do: Callable[[Town], T], then: Callable[[T], None], otherwise: Callable[[str], None]
    ) -> None:
        deliver: Callable[[], None]
        try:
            with disk_errors(), closing(self._open_town()) as town:
                deliver = partial(then, do(town))
        except GtError as error:
            deliver = partial(otherwise, in_words(error))
        except Exception:  # noqa: BLE001  (a mistake of ours must not take the screen away)
            deliver = partial(otherwise, self._keep_trace())
        self._app.post_message(Returned(deliver))

    def _keep_trace(self) -> str:
        trace = traceback.format_exc()
        with suppress(OSError, GtError), closing(self._open_town()) as town:
            file = town.layout.logs / TRACES
            with file.open("a", encoding="utf-8", errors="replace") as log:
                log.write(f"{town.now()}\n{trace}\n")
            return f"this is a bug in gastown; its trace is in {safe(file)}"
        return "this is a bug in gastown, and its trace could not be kept"


def in_words(error: GtError) -> str:
    """An error in a line: what, why, next."""
    line = safe(error.message)
    if isinstance(error, DiskTrouble):
        line = f"the disk: {line}"
    return f"{line} (try: {safe(error.hint)})" if error.hint else line
