"""Notices of macOS and Windows, by desktop-notifier; it is installed there with the extra `tray`.

macOS shows them only for programs in a signed bundle; others are refused, and say so.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING, Any

from gastown.runtime.desktop.way import NAME, CannotShow, Note, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_PATIENCE_S = 10.0


class Native:
    """The system's own notification centre.

    Args:
        pressed: called in some thread with a note's number and the key of the button pressed.
    """

    name = "desktop-notifier"

    def __init__(self, pressed: Callable[[int, str], None]) -> None:
        self._pressed = pressed
        self._notifier: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._numbers = itertools.count(1)
        self._shown: dict[int, str] = {}

    def show(self, note: Note) -> Placed:
        """Show a note.

        Raises:
            CannotShow: desktop-notifier is missing, or the system does not let us.
        """
        try:
            return Placed(self.name, self._run(self._show(note)), self.name, bool(note.buttons))
        except ImportError:
            raise CannotShow("desktop-notifier is not installed",
                             hint="pip install 'gastown[tray]'") from None  # fmt: skip
        except CannotShow:
            raise
        except Exception as error:  # whatever the system's own library makes of it
            raise CannotShow(f"desktop-notifier: {error or type(error).__name__}") from error

    def close(self, number: int) -> None:
        """Take a note off the screen."""
        identifier = self._shown.pop(number, None)
        if identifier is not None and self._notifier is not None:
            self._run(self._notifier.clear(identifier))

    def stop(self) -> None:
        """End its thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    async def _show(self, note: Note) -> int:
        from desktop_notifier import DEFAULT_SOUND, Button, DesktopNotifier, Urgency

        if self._notifier is None:
            self._notifier = DesktopNotifier(app_name=NAME)
        if not await self._notifier.has_authorisation():
            await self._notifier.request_authorisation()
            if not await self._notifier.has_authorisation():
                raise CannotShow("the system does not let this program show notices",
                                 hint="allow it in the system's settings")  # fmt: skip
        number = next(self._numbers)
        ranks = (Urgency.Low, Urgency.Normal, Urgency.Critical)
        if note.replaces is not None and note.replaces in self._shown:
            await self._notifier.clear(self._shown.pop(note.replaces))
        self._shown[number] = await self._notifier.send(
            title=note.title, message=note.body, urgency=ranks[note.rank],
            sound=None if note.quiet else DEFAULT_SOUND,
            buttons=[Button(title=one.label, on_pressed=self._press(number, one.key))
                     for one in note.buttons if one.key != "default"],
            on_clicked=self._press(number, "default"),
        )  # fmt: skip
        return number

    def _press(self, number: int, key: str) -> Callable[[], None]:
        return lambda: self._pressed(number, key)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="notices", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)
