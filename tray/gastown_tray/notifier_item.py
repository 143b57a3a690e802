"""The icon as a StatusNotifierItem over D-Bus: no toolkit, no files, any host of such items.

The pictures travel with the item, so nothing is left in a temporary folder. When the host restarts,
the item registers again by itself.
"""

# Without `from __future__ import annotations`: dbus-fast reads the signatures, and a deferred
# `None` is none to it.

import os
import struct
import threading
from typing import TYPE_CHECKING, Annotated, Any

from dbus_fast import PropertyAccess
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from gastown.runtime.dbus import NoBus, connect
from gastown.runtime.desktop.way import APP, NAME
from gastown_tray.dbusmenu import PATH as MENU_PATH
from gastown_tray.dbusmenu import DBusMenu
from gastown_tray.drawing import SIZES, Panel, draw_face
from gastown_tray.face import Face, Mood
from gastown_tray.shell import WATCHER, WATCHER_PATH

if TYPE_CHECKING:
    from dbus_fast import Message
    from PIL import Image

    from gastown_tray.menu import Item
    from gastown_tray.shell import Choose

PATH = "/StatusNotifierItem"
_OWNERS = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'"
_DRIVER = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

Pixmaps = Annotated[list[Any], DBusSignature("a(iiay)")]
ToolTips = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]


class NotifierShell:
    """A shell for hosts of StatusNotifierItems. `address`: of the session's bus."""

    def __init__(self, address: str, choose: "Choose", panel: Panel) -> None:
        self._bus = connect(address)
        self._menu = DBusMenu(choose)
        self._item = _Item(choose, panel)
        self._name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._over = threading.Event()

    def run(self) -> None:
        """Be the icon until `stop`, or until the bus is gone.

        Raises:
            NoBus: the bus does not let us.
        """
        try:
            self._bus.export(PATH, self._item)
            self._bus.export(MENU_PATH, self._menu)
            self._bus.call(*_DRIVER, "RequestName", "su", [self._name, 4])
            self._bus.listen(_OWNERS.format(WATCHER), self._hear)
            self._register()
            while not self._over.wait(1.0) and self._bus.is_open:
                pass
        finally:
            self._bus.close()

    def show(self, face: Face, menu: "tuple[Item, ...]") -> None:
        """Show another face and menu."""

        def work() -> None:
            self._item.show(face)
            self._menu.show(menu)

        self._bus.later(work)

    def stop(self) -> None:
        """Take the icon away."""
        self._over.set()

    def _register(self) -> None:
        self._bus.call(WATCHER, WATCHER_PATH, WATCHER, "RegisterStatusNotifierItem", "s",
                       [self._name])  # fmt: skip

    def _hear(self, message: "Message") -> None:
        if message.member == "NameOwnerChanged" and message.body[0] == WATCHER and message.body[2]:
            threading.Thread(target=self._register_again, daemon=True).start()

    def _register_again(self) -> None:
        try:
            self._register()
        except NoBus:
            self._over.set()  # the caller looks for another place


class _Item(ServiceInterface):
    """The item. Its methods run in the bus's thread."""

    def __init__(self, choose: "Choose", panel: Panel) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._choose = choose
        self._panel = panel
        self._face = Face(Mood.UNKNOWN, 0, NAME)
        self._pixmaps = self._drawn()

    def show(self, face: Face) -> None:
        before, self._face = self._face, face
        if (before.mood, before.count) != (face.mood, face.count):
            self._pixmaps = self._drawn()
            self.NewIcon()
            self.NewAttentionIcon()
        if before.tip != face.tip:
            self.NewToolTip()
            self.NewTitle()
        if before.mood is not face.mood:
            self.NewStatus()

    def _drawn(self) -> list[Any]:
        pictures = (draw_face(self._face, size, self._panel) for size in SIZES)
        return [[one.width, one.height, network_argb(one)] for one in pictures]

    @property
    def _status(self) -> str:
        return "NeedsAttention" if self._face.mood in (Mood.NEEDS, Mood.TROUBLE) else "Active"

    @dbus_property(access=PropertyAccess.READ)
    def Category(self) -> DBusStr:
        return "ApplicationStatus"

    @dbus_property(access=PropertyAccess.READ)
    def Id(self) -> DBusStr:
        return APP

    @dbus_property(access=PropertyAccess.READ)
    def Title(self) -> DBusStr:
        return self._face.tip

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:
        return self._status

    @dbus_property(access=PropertyAccess.READ)
    def WindowId(self) -> DBusInt32:
        return 0

    @dbus_property(access=PropertyAccess.READ)
    def IconName(self) -> DBusStr:
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconPixmap(self) -> Pixmaps:
        return self._pixmaps

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconName(self) -> DBusStr:
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def OverlayIconPixmap(self) -> Pixmaps:
        return []

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconName(self) -> DBusStr:
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def AttentionIconPixmap(self) -> Pixmaps:
        return self._pixmaps

    @dbus_property(access=PropertyAccess.READ)
    def AttentionMovieName(self) -> DBusStr:
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def IconThemePath(self) -> DBusStr:
        return ""

    @dbus_property(access=PropertyAccess.READ)
    def ToolTip(self) -> ToolTips:
        return ["", [], NAME, self._face.tip]

    @dbus_property(access=PropertyAccess.READ)
    def ItemIsMenu(self) -> DBusBool:
        return True

    @dbus_property(access=PropertyAccess.READ)
    def Menu(self) -> DBusObjectPath:
        return MENU_PATH

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> None:
        self._choose(("page", ""))

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:
        self._choose(("page", "needs"))

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:
        """The host draws the menu itself."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:
        """Nothing scrolls."""

    @dbus_signal()
    def NewTitle(self) -> None:
        """The title has changed."""

    @dbus_signal()
    def NewIcon(self) -> None:
        """The picture has changed."""

    @dbus_signal()
    def NewAttentionIcon(self) -> None:
        """The picture has changed."""

    @dbus_signal()
    def NewToolTip(self) -> None:
        """The tip has changed."""

    @dbus_signal()
    def NewStatus(self) -> DBusStr:
        return self._status


def network_argb(picture: "Image.Image") -> bytes:
    """An RGBA picture as the protocol has it: 32 bits a pixel, alpha first, network byte order."""
    data = picture.convert("RGBA").tobytes()
    words = struct.unpack(f">{len(data) // 4}I", data)
    return struct.pack(f">{len(words)}I", *(((one & 0xFF) << 24) | (one >> 8) for one in words))
