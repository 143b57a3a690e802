"""Showing the person something at once: in the terminals that look at agents, on the desktop.

The text is nobody's language: not tmux's, not the desktop's markup.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.runtime.tmux import Tmux

_NAME = "Gas Town"
_PATIENCE_S = 5.0


def show(
    tmux: Tmux | None, env: Mapping[str, str], title: str, body: str, *, urgent: bool
) -> int:  # fmt: skip
    """Show a notice wherever somebody may see it; at how many places.

    Raises:
        TmuxError: tmux cannot say who looks.
    """
    shown = 0
    for terminals in tmux.clients().values() if tmux is not None else ():
        for terminal in terminals:
            assert tmux is not None
            shown += tmux.say(terminal, f"{_NAME}: {title}")
    return shown + _on_desktop(env, title, body, urgent=urgent)


def _on_desktop(env: Mapping[str, str], title: str, body: str, *, urgent: bool) -> int:
    program = shutil.which("notify-send", path=env.get("PATH", os.defpath))
    if program is None or not env.get("DBUS_SESSION_BUS_ADDRESS"):
        return 0
    words = [program, "-a", _NAME, "-u", "critical" if urgent else "normal", "--",
             _plain(title), html.escape(_plain(body))]  # fmt: skip
    try:
        done = subprocess.run(
            words, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=_PATIENCE_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return int(done.returncode == 0)


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\n")
