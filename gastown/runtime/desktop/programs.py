"""Notices by small programs that many desktops have: last resorts, which cannot tell of a press."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.runtime.dbus import session_bus
from gastown.runtime.desktop.way import APP, NAME, CannotShow, Note, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATIENCE_S = 5.0
_SCRIPT = (
    "on run argv\n"
    "display notification (item 2 of argv) with title (item 1 of argv) subtitle (item 3 of argv)\n"
    "end run"
)


@dataclass(frozen=True)
class Program:
    """One of them. `words`: its arguments for a note; what the person reads is never a script."""

    name: str
    words: Callable[[Note], list[str]]
    env: Mapping[str, str]

    def show(self, note: Note) -> Placed:
        """Show a note.

        Raises:
            CannotShow: the program is not there, or it failed.
        """
        binary = shutil.which(self.name, path=self.env.get("PATH", os.defpath))
        if binary is None:
            raise CannotShow("it is not installed")
        try:
            done = subprocess.run(
                [binary, *self.words(note)], env=dict(self.env), stdin=subprocess.DEVNULL,
                capture_output=True, timeout=_PATIENCE_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotShow(str(error)) from None
        if done.returncode:
            said = (
                done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
            )
            raise CannotShow(f"{self.name}: {said.splitlines()[-1]}")
        return Placed(self.name)

    def close(self, number: int) -> None:
        """Not to be done with a program that has ended."""

    def stop(self) -> None:
        """Nothing is held."""


def programs(env: Mapping[str, str], platform: str = sys.platform) -> tuple[Program, ...]:
    """Those that may be there on a platform, the best first."""
    if platform == "darwin":
        return (
            Program("terminal-notifier", _terminal_notifier, env),
            Program("osascript", _osascript, env),
        )
    if platform.startswith(("win", "cygwin")) or session_bus(env) is None:
        return ()
    return (Program("notify-send", _notify_send, env),)


def _notify_send(note: Note) -> list[str]:
    urgency = ("low", "normal", "critical")[note.rank]
    return ["-a", NAME, "-i", APP, "-u", urgency, "--", note.title,
            html.escape(note.body, quote=False)]  # fmt: skip


def _terminal_notifier(note: Note) -> list[str]:
    # A first character that it reads as something else is escaped with a backslash.
    body = f"\\{note.body}" if note.body[:1] in ("[", "(", "{", "<", "-") else note.body
    sound = [] if note.quiet else ["-sound", "default"]
    return ["-title", NAME, "-subtitle", note.title, "-message", body, "-group", APP, *sound]


def _osascript(note: Note) -> list[str]:
    return ["-e", _SCRIPT, NAME, note.body or " ", note.title]
