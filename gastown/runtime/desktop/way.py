"""What every way to show a notice has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gastown.errors import GtError

NAME = "Gas Town"
APP = "gastown"
"""The name of the icon and of the .desktop file, without its ending."""


class CannotShow(GtError):
    """A way leads nowhere here."""

    code = "notify"


@dataclass(frozen=True)
class Button:
    """Something to press on a notice. `key`: `default` is the notice itself."""

    key: str
    label: str


@dataclass(frozen=True)
class Note:
    """What is shown; plain text, which each way escapes as it needs to.

    Attributes:
        rank: how urgent it is: 0, 1 or 2.
        quiet: it makes no sound.
        replaces: the number of the notice that it takes the place of.
    """

    title: str
    body: str
    rank: int = 1
    quiet: bool = False
    buttons: tuple[Button, ...] = ()
    replaces: int | None = None


@dataclass(frozen=True)
class Placed:
    """How a note was shown.

    Attributes:
        way: which way worked.
        number: by which it is replaced and closed; None: this way cannot.
        server: who gave that number.
        buttons: whether its buttons are there to be pressed.
    """

    way: str
    number: int | None = None
    server: str = ""
    buttons: bool = False


class Way(Protocol):
    """A way to show notes."""

    @property
    def name(self) -> str:
        """How it is called."""

    def show(self, note: Note) -> Placed:
        """Show a note.

        Raises:
            CannotShow: this way leads nowhere here.
        """

    def close(self, number: int) -> None:
        """Take a note off the screen, if it is there and this way can."""

    def stop(self) -> None:
        """Let go of what it holds."""
