"""Notices by the freedesktop.org Desktop Notifications Specification 1.3, over D-Bus.

What the server can do is asked once for each connection; where it reads markup the text is escaped.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from gastown.runtime.dbus import NoBus, connect
from gastown.runtime.desktop.way import APP, NAME, CannotShow, Note, Placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbus_fast import Message

    from gastown.runtime.dbus import Bus

_NOTIFICATIONS = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_RULE = f"type='signal',interface='{_NOTIFICATIONS}',path='{_PATH}'"
_STAYS_MS, _AS_SET = 0, -1


class Freedesktop:
    """The session's notification server.

    Args:
        pressed: called in some thread with a note's number and the key of the button pressed.
        closed: called so with the number of a note that has left the screen, and with whether the
            person closed it.
    """

    name = "dbus"

    def __init__(
        self, address: str, pressed: Callable[[int, str], None],
        closed: Callable[[int, bool], None],
    ) -> None:  # fmt: skip
        self._address = address
        self._pressed = pressed
        self._closed = closed
        self._bus: Bus | None = None
        self._can: frozenset[str] = frozenset()

    def show(self, note: Note) -> Placed:
        """Show a note.

        Raises:
            CannotShow: there is no bus, or no notification server on it.
        """
        from dbus_fast import Variant

        try:
            bus = self._connected()
            markup = "body-markup" in self._can
            buttons = note.buttons if "actions" in self._can else ()
            hints: dict[str, Any] = {
                "urgency": Variant("y", note.rank), "desktop-entry": Variant("s", APP),
                "category": Variant("s", "im.received"),
            }  # fmt: skip
            if note.quiet:
                hints["suppress-sound"] = Variant("b", True)
            body = html.escape(note.body, quote=False) if markup else note.body
            words = [word for one in buttons for word in (one.key, one.label)]
            stays = _STAYS_MS if note.rank == 2 else _AS_SET
            answer, server = bus.call(
                _NOTIFICATIONS, _PATH, _NOTIFICATIONS, "Notify", "susssasa{sv}i",
                [NAME, note.replaces or 0, APP, note.title, body, words, hints, stays],
            )  # fmt: skip
        except NoBus as trouble:
            raise CannotShow(trouble.message, hint=trouble.hint) from None
        return Placed(self.name, int(answer[0]), server, bool(buttons))

    def close(self, number: int) -> None:
        """Take a note off the screen, if it is there."""
        try:
            self._connected().call(
                _NOTIFICATIONS, _PATH, _NOTIFICATIONS, "CloseNotification", "u", [number]
            )  # fmt: skip
        except NoBus:
            return

    def server(self) -> str | None:
        """Who shows notes now, as the bus calls them; None: nobody does.

        Raises:
            NoBus: there is no bus.
        """
        return self._connected().owner(_NOTIFICATIONS)

    def stop(self) -> None:
        """Leave the bus."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _connected(self) -> Bus:
        if self._bus is not None and self._bus.is_open:
            return self._bus
        self.stop()
        bus = connect(self._address)
        try:
            told, _ = bus.call(_NOTIFICATIONS, _PATH, _NOTIFICATIONS, "GetCapabilities")
            bus.listen(_RULE, self._hear)
        except NoBus:
            bus.close()
            raise
        self._can = frozenset(str(word) for word in told[0])
        self._bus = bus
        return bus

    def _hear(self, message: Message) -> None:
        if message.interface != _NOTIFICATIONS or not message.body:
            return
        if message.member == "ActionInvoked":
            self._pressed(int(message.body[0]), str(message.body[1]))
        elif message.member == "NotificationClosed":
            self._closed(int(message.body[0]), message.body[1] == 2)
