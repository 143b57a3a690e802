"""The person's desk: shows a note by the first way that works here.

Linux: D-Bus, with buttons; notify-send. macOS: desktop-notifier; terminal-notifier; osascript.
Windows: desktop-notifier. Where there is no desktop, or none of it works: the terminals that look
at agents. Which way works is found anew for each note, since a desktop may come and go.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.runtime.dbus import session_bus
from gastown.runtime.desktop.freedesktop import Freedesktop
from gastown.runtime.desktop.native import Native
from gastown.runtime.desktop.programs import programs
from gastown.runtime.desktop.terminals import Terminals
from gastown.runtime.desktop.way import CannotShow, Note, Placed
from gastown.runtime.tmux import TmuxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.runtime.desktop.way import Way
    from gastown.runtime.tmux import Tmux


@dataclass(frozen=True)
class Delivered:
    """What became of a note. `placed`: None: nobody could be shown it; `failed`: way and reason."""

    placed: Placed | None
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def why(self) -> str:
        """Why no way worked."""
        return "; ".join(f"{way}: {reason}" for way, reason in self.failed)


class Desk:
    """Where the person is told.

    Args:
        pressed: called in some thread with the number of a note and the key of the button pressed.
        closed: called so with the number of a note that the person has closed.
    """

    def __init__(
        self, env: Mapping[str, str], pressed: Callable[[int, str], None] | None = None,
        closed: Callable[[int], None] | None = None, platform: str = sys.platform,
    ) -> None:  # fmt: skip
        self._lock = threading.Lock()
        self._ways = _ways(env, pressed, closed, platform)

    def show(self, note: Note, tmux: Tmux | None) -> Delivered:
        """Show a note by the first way that works."""
        failed: list[tuple[str, str]] = []
        with self._lock:
            for way in (*self._ways, Terminals(tmux)):
                try:
                    return Delivered(way.show(note), tuple(failed))
                except (CannotShow, TmuxError) as trouble:
                    failed.append((way.name, trouble.message))
        return Delivered(None, tuple(failed))

    def close(self, placed: Placed) -> None:
        """Take a note off the screen, where the way that showed it can."""
        if placed.number is None:
            return
        with self._lock:
            for way in self._ways:
                if way.name == placed.way:
                    way.close(placed.number)

    def stop(self) -> None:
        """Let go of the desktop."""
        with self._lock:
            for way in self._ways:
                way.stop()


def _ways(
    env: Mapping[str, str], pressed: Callable[[int, str], None] | None,
    closed: Callable[[int], None] | None, platform: str,
) -> tuple[Way, ...]:  # fmt: skip
    hear = pressed or (lambda _number, _key: None)

    def left(number: int, by_person: bool) -> None:
        if by_person and closed is not None:
            closed(number)

    last = programs(env, platform)
    if platform in ("darwin", "win32"):
        return (Native(hear), *last)
    address = session_bus(env)
    return (Freedesktop(address, hear, left), *last) if address is not None else last
