"""The tray as a process: finds a place for the icon, shows the town there, does what is chosen.

The icon has the main thread, as pystray wants it; looking and doing have threads of their own.
Where no tray is, notices are told all the same, and the icon comes when a tray does.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GtError, Refused
from gastown.runtime.dbus import session_bus
from gastown.runtime.desktop.desk import Desk
from gastown.runtime.desktop.way import Note
from gastown.store.layout import find_root
from gastown.store.town import Edge, Town
from gastown_tray import record
from gastown_tray.deeds import do
from gastown_tray.drawing import Panel
from gastown_tray.shell import Place, find
from gastown_tray.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host
    from gastown_tray.face import Face
    from gastown_tray.menu import Item
    from gastown_tray.shell import Shell

_LOOK_FOR_A_TRAY_S = 3.0
_WISHES_S = 0.5


class App:
    """One run of the tray.

    Args:
        say: prints a line.
    """

    def __init__(self, root: Path, host: Host, edge: Edge, say: Callable[[str], None]) -> None:
        self._host = host
        self._edge = edge
        self._say = say
        self._over = threading.Event()
        self._shell: Shell | None = None
        self._shown: tuple[Face, tuple[Item, ...]] | None = None
        self._watcher = Watcher(root, host, edge, self._show)
        self._desk = Desk(host.clean_env())

    def run(self) -> None:
        """Show the town until the person has enough, or the process is asked to end.

        Raises:
            Refused: there is no desktop, or what an icon needs is not installed.
            Busy: a tray runs.
        """
        gc.enable()  # commands are too short-lived for it
        place = find(self._host.env)  # whoever cannot have an icon learns it before anything else
        with record.only_one():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._ask_to_stop())
            record.write_wishes(record.read_wishes().showing(str(self._watcher.root)))
            self._watcher.start()
            threading.Thread(target=self._heed, daemon=True).start()
            try:
                self._live(place)
            finally:
                self._over.set()
                self._watcher.stop()
                self._desk.stop()

    def _live(self, place: Place) -> None:
        told: Place | None = None
        while not self._over.is_set():
            if place is not told:
                self._say(_said(place))
                told = place
            record.say(place.value)
            if place is not Place.NOWHERE:
                self._be(place)
            self._over.wait(_LOOK_FOR_A_TRAY_S if place is Place.NOWHERE else 0.5)
            place = self._found() if not self._over.is_set() else place

    def _found(self) -> Place:
        try:
            return find(self._host.env)
        except Refused:  # the desktop has gone, and may come again
            return Place.NOWHERE

    def _be(self, place: Place) -> None:
        """Be the icon until it is stopped, or the tray has gone."""
        panel = _panel(self._host.env.get("XDG_CURRENT_DESKTOP", ""))
        try:
            self._shell = self._made(place, panel)
            if self._shown is not None:
                threading.Thread(target=self._shell.show, args=self._shown, daemon=True).start()
            self._shell.run()
        except GtError as trouble:
            self._say(f"{place}: {trouble.message}")
        finally:
            self._shell = None

    def _made(self, place: Place, panel: Panel) -> Shell:
        if place is Place.NOTIFIER:
            from gastown_tray.notifier_item import NotifierShell

            return NotifierShell(session_bus(self._host.env) or "", self._choose, panel)
        from gastown_tray.icon import PystrayShell

        return PystrayShell(self._choose, panel)

    def _show(self, face: Face, menu: tuple[Item, ...]) -> None:
        self._shown = face, menu
        shell = self._shell
        if shell is not None:
            shell.show(face, menu)

    def _choose(self, deed: tuple[str, ...]) -> None:
        if deed == ("quit",):
            self._ask_to_stop()
        elif deed and deed[0] == "town":
            record.write_wishes(record.read_wishes().showing(deed[1]))
        elif deed:
            threading.Thread(target=self._do, args=(deed,), daemon=True).start()

    def _do(self, deed: tuple[str, ...]) -> None:
        try:
            with closing(Town(self._watcher.root, self._edge)) as town:
                self._say(do(town, self._host, deed))
        except GtError as trouble:
            hint = f" ({trouble.hint})" if trouble.hint else ""
            self._complain(f"{trouble.message}{hint}")
        except Exception as error:  # noqa: BLE001  (a mistake of ours must not take the icon away)
            self._say(traceback.format_exc())
            self._complain(f"this is a bug in gastown: {type(error).__name__}: {error}")
        self._watcher.look()

    def _complain(self, text: str) -> None:
        self._say(text)
        self._desk.show(Note("Gas Town could not do that", text), None)

    def _heed(self) -> None:
        """Show the town that the person wishes to see, also when another command says so."""
        while not self._over.wait(_WISHES_S):
            wished = record.read_wishes().town
            if wished and Path(wished) != self._watcher.root and find_root(Path(wished)):
                self._watcher.look_at(Path(wished))

    def _ask_to_stop(self) -> None:
        self._over.set()
        shell = self._shell
        if shell is not None:
            threading.Thread(target=shell.stop, daemon=True).start()


def _panel(desktop: str) -> Panel:
    """What the icon stands on: as the person says; GNOME's bar is dark, whatever its theme."""
    wished = record.read_wishes().panel
    if wished in (Panel.DARK, Panel.LIGHT):
        return Panel(wished)
    return Panel.DARK if "GNOME" in desktop.split(":") and sys.platform == "linux" else Panel.EITHER


def _said(place: Place) -> str:
    if place is Place.NOWHERE:
        return (
            "no tray is on this desktop: there is no icon (on GNOME the AppIndicator extension"
            " brings one), but notices are told, and the icon comes when a tray does"
        )
    return f"the icon is in the tray ({place})"
