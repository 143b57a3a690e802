"""What every way to have an icon has in common, and which one there is here."""

from __future__ import annotations

import sys
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from gastown.errors import Refused
from gastown.runtime.dbus import NoBus, connect, session_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown_tray.face import Face
    from gastown_tray.menu import Item

    Choose = Callable[[tuple[str, ...]], None]
    """Told the deed of the entry that was chosen, in some thread."""

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_INSTALL = "pip install 'gastown[tray]'"


class Place(StrEnum):
    """Where an icon can be.

    NOTIFIER: a host of StatusNotifierItems (KDE, Xfce, GNOME with its extension, waybar …).
    EMBEDDED: a tray of the older XEmbed kind. NATIVE: the system's own, on macOS and Windows.
    NOWHERE: there is no tray, but a desktop on which one may come.
    """

    NOTIFIER = "StatusNotifierItem"
    EMBEDDED = "XEmbed"
    NATIVE = "native"
    NOWHERE = "none"


class Shell(Protocol):
    """An icon with its menu."""

    def run(self) -> None:
        """Be the icon, in the main thread, until `stop`, or until there is no tray any more."""

    def show(self, face: Face, menu: tuple[Item, ...]) -> None:
        """Show another face and menu; from any thread."""

    def stop(self) -> None:
        """Take the icon away; from any thread."""


def find(env: Mapping[str, str], platform: str = sys.platform) -> Place:
    """Where an icon can be now.

    Raises:
        Refused: there is no desktop, or what an icon needs is not installed.
    """
    if platform in ("darwin", "win32"):
        _need_pillow()
        return Place.NATIVE
    bus = session_bus(env)
    if bus is None and not env.get("DISPLAY"):
        raise Refused(
            "there is no desktop here: neither a display nor a session bus",
            hint="notices still reach the terminals that look at agents: gt notify test",
        )
    _need_pillow()
    if bus is not None and has_notifier_host(bus):
        return Place.NOTIFIER
    if env.get("DISPLAY") and _has_embedding_tray():
        return Place.EMBEDDED
    return Place.NOWHERE


def has_notifier_host(address: str) -> bool:
    """Whether somebody on a bus shows StatusNotifierItems.

    Raises:
        Refused: dbus-fast is not installed, so nobody could be asked.
    """
    try:
        bus = connect(address)
    except NoBus as trouble:
        if isinstance(trouble.__cause__, ImportError) or "not installed" in trouble.message:
            raise Refused(trouble.message, hint=trouble.hint) from None
        return False
    try:
        answer, _ = bus.call(WATCHER, WATCHER_PATH, _PROPERTIES, "Get", "ss",
                             [WATCHER, "IsStatusNotifierHostRegistered"])  # fmt: skip
        return bool(answer[0].value)
    except NoBus:
        return False
    finally:
        bus.close()


def _has_embedding_tray() -> bool:
    with suppress(Exception):  # no display that answers, no python-xlib: no tray
        from Xlib.display import Display

        display = Display()
        try:
            name = f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}"
            return bool(display.get_selection_owner(display.intern_atom(name)))
        finally:
            display.close()
    return False


def _need_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise Refused("Pillow, which draws the icon, is not installed", hint=_INSTALL) from None
