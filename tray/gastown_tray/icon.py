"""The icon by pystray, and the only import of it: macOS, Windows, and trays of the XEmbed kind.

pystray wants the main thread. Without a toolkit its X backend knows no menu, no clear background
and no click; what is here adds the last two, and a click opens the dashboard.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PIL import Image

from gastown.errors import Refused
from gastown.runtime.desktop.way import APP, NAME
from gastown_tray.drawing import Panel, draw_face
from gastown_tray.face import Face, Mood
from gastown_tray.menu import LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown_tray.menu import Item
    from gastown_tray.shell import Choose

_SIZE = 64
_BRIGHT = 128


class PystrayShell:
    """A shell by pystray.

    Raises:
        Refused: pystray has no backend here.
    """

    def __init__(self, choose: Choose, panel: Panel, platform: str = sys.platform) -> None:
        try:
            import pystray  # here: without a display it raises all kinds of errors
        except ImportError as error:
            raise Refused(f"pystray cannot be used here: {error}",
                          hint="pip install 'gastown[tray]'") from None  # fmt: skip
        except Exception as error:  # noqa: BLE001  (Xlib's own errors are no ImportErrors)
            raise Refused(f"pystray finds no display: {error or type(error).__name__}",
                          hint="see DISPLAY") from None  # fmt: skip
        logging.getLogger("pystray").addHandler(logging.NullHandler())
        logging.getLogger("pystray").propagate = False
        self._pystray = pystray
        self._choose = choose
        self._panel = panel
        self._platform = platform
        self._face = Face(Mood.UNKNOWN, 0, NAME)
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._icon = self._made()

    def run(self) -> None:
        """Be the icon, in the main thread, until `stop`, or until the tray is gone."""
        with suppress(Exception) if self._platform == "linux" else _nothing():
            self._icon.run(setup=self._begin)
        self._running.clear()

    def show(self, face: Face, menu: tuple[Item, ...]) -> None:
        """Show another face and menu."""
        with self._lock:
            before, self._face = self._face, face
            self._later(lambda: self._apply(before, face, menu))

    def stop(self) -> None:
        """Take the icon away."""
        with suppress(Exception):
            self._later(self._icon.stop)

    def _made(self) -> Any:
        picture = draw_face(self._face, _SIZE, self._panel)
        icon = self._pystray.Icon(APP, picture, NAME)
        if hasattr(icon, "_window") and hasattr(icon, "_assert_icon_data"):
            return _for_x(self._pystray, self._choose, lambda: self._face, self._panel)
        return icon

    def _begin(self, icon: Any) -> None:
        icon.visible = True
        self._running.set()

    def _apply(self, before: Face, face: Face, menu: tuple[Item, ...]) -> None:
        self._icon.menu = self._pystray.Menu(*(self._entry(item) for item in menu))
        if (before.mood, before.count) != (face.mood, face.count):
            self._icon.icon = draw_face(face, _SIZE, self._panel)
        if before.tip != face.tip:
            self._icon.title = face.tip[:127]  # Windows takes no more

    def _entry(self, item: Item) -> Any:
        if item == LINE:
            return self._pystray.Menu.SEPARATOR
        label = item.label.replace("&", "&&") if self._platform == "win32" else item.label
        if item.items:
            submenu = self._pystray.Menu(*(self._entry(one) for one in item.items))
            return self._pystray.MenuItem(label, submenu)
        ticked = (lambda _: bool(item.ticked)) if item.ticked is not None else None
        return self._pystray.MenuItem(label, self._doing(item.deed), checked=ticked,
                                      enabled=item.is_enabled,
                                      default=item.deed == ("page", ""))  # fmt: skip

    def _doing(self, deed: tuple[str, ...]) -> Callable[[], None]:
        return lambda: self._choose(deed) if deed else None

    def _later(self, work: Callable[[], None]) -> None:
        """Where the system wants it: in the main thread."""
        if not self._running.wait(10):
            return
        if self._platform == "darwin":
            from PyObjCTools import AppHelper

            AppHelper.callAfter(work)
        else:
            work()


class _nothing:  # noqa: N801  (a context manager, used as a word)
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def _for_x(pystray: Any, choose: Choose, face: Callable[[], Face], panel: Panel) -> Any:
    """The X icon, on the background that it stands on, and with a click that is heard."""
    from Xlib import X

    class XIcon(pystray.Icon):  # type: ignore[misc]
        _icon_data: Any

        def __call__(self) -> None:
            choose(("page", ""))

        def _create_window(self) -> Any:
            window = super()._create_window()
            mask = X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask
            window.change_attributes(event_mask=mask, background_pixmap=X.ParentRelative)
            return window

        def _on_expose(self, event: Any) -> None:
            self._icon_data = None  # the tray may have moved it, or have another colour now
            super()._on_expose(event)

        def _assert_icon_data(self, width: int, height: int) -> None:
            if self._icon_data and self._icon_data.size == (width, height):
                return
            back = self._background(width, height)
            known = panel
            if known is Panel.EITHER:
                bright = back.resize((1, 1)).convert("L").tobytes()[0]
                known = Panel.LIGHT if bright >= _BRIGHT else Panel.DARK
            side = max(1, min(width, height))
            mine = draw_face(face(), side, known)
            back.paste(mine, ((width - side) // 2, (height - side) // 2), mine)
            self._icon_data = back.convert("RGB")

        def _background(self, width: int, height: int) -> Image.Image:
            """What the tray shows where the icon is."""
            with suppress(Exception):  # not shown yet, or a picture of another kind
                self._window.clear_area(0, 0, width, height)
                raw = self._window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
                return Image.frombytes("RGB", (width, height), raw.data, "raw", "BGRX")
            return Image.new("RGB", (width, height))

    return XIcon(APP, draw_face(face(), _SIZE, panel), NAME)
