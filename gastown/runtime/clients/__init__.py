"""Agents' clients that can run commands of ours at certain moments: how each is told to do so.

One module for each format. What it writes lies outside of the work tree, and no file of the user's
is touched. The clients run `agent-event` (POSIX sh), which starts Python only where there is
something to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMATS = ("claude", "codex", "copilot", "opencode")


@dataclass(frozen=True)
class Desk:
    """What a client's hooks are about.

    Attributes:
        folder: the agent's folder on this machine, in which files may be put.
        script: the program that is run at each moment, with the moment's name and `folder`.
    """

    folder: Path
    script: Path

    def words(self, moment: str) -> tuple[str, ...]:
        """The command for a moment."""
        return ("/bin/sh", str(self.script), moment, str(self.folder))


@dataclass(frozen=True)
class Wiring:
    """What makes a client run our hooks.

    Attributes:
        words: further words of its command.
        env: variables it needs.
        files: what has to lie where, before it starts.
    """

    words: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, bytes] = field(default_factory=dict)


def wire(form: str | None, desk: Desk) -> Wiring:
    """The wiring for a format; none for a client that has no hooks, or none that we know."""
    if form not in FORMATS:
        return Wiring()
    wiring: Wiring = import_module(f"gastown.runtime.clients.{form}").wire(desk)
    return wiring
