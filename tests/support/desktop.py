"""A desktop that nobody sits at: a real X server, session bus, notification daemon and trays.

What is said on the bus about notices is recorded as a monitor of the bus hears it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_fast import MessageType
from PIL import Image

from gastown.runtime.dbus import Bus, connect
from tests.support.waiting import until

PROGRAMS = ("Xvfb", "dbus-daemon", "dunst", "dunstctl", "xdotool", "import")
TRAYS = ("trayer", "xfce4-panel", "xfconfd")
_NOTIFICATIONS = "org.freedesktop.Notifications"
_XFCONFD = "/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd"
_DUNSTRC = """\
[global]
    origin = top-right
    offset = 10x50
    width = (0, 420)
    notification_limit = 6
    font = DejaVu Sans 10
    dmenu = {chooser}
    markup = full
    format = "<b>%s</b>\\n%b"
    mouse_left_click = do_action
    show_age_threshold = -1
    icon_position = off
    sort = no
"""
_PANEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="{dark}"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="30"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">{colour}</property>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray"/>
  </property>
</channel>
"""


def missing(*programs: str) -> str:
    """Which of these programs are not installed, for the reason of a skip; empty: none."""
    return ", ".join(name for name in programs if shutil.which(name) is None and not (
        name == "xfconfd" and Path(_XFCONFD).exists()))  # fmt: skip


@dataclass(frozen=True)
class Notified:
    """One call of Notify, as it went over the bus, and the number that answered it."""

    app: str
    replaces: int
    icon: str
    title: str
    body: str
    actions: tuple[str, ...]
    hints: Mapping[str, Any]
    timeout: int


@dataclass
class Recorder:
    """What was said about notices. `closed`: the numbers that CloseNotification was called with."""

    notified: list[Notified] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)

    def hear(self, message: Any) -> bool:
        """Note one message; it is not to be answered: a monitor that speaks is thrown out."""
        if message.interface == _NOTIFICATIONS and message.member == "Notify":
            app, replaces, icon, title, body, actions, hints, timeout = message.body
            plain = {name: one.value for name, one in hints.items()}
            self.notified.append(
                Notified(app, replaces, icon, title, body, tuple(actions), plain, timeout)
            )
        elif message.interface == _NOTIFICATIONS and message.member == "CloseNotification":
            self.closed.append(message.body[0])
        elif message.interface == "org.kde.StatusNotifierItem":
            self.properties.append(message.member)
        return bool(message.message_type is MessageType.METHOD_CALL)

    def titled(self, words: str) -> list[Notified]:
        """The notices with these words in their titles."""
        return [one for one in self.notified if words in one.title]


class Desktop:
    """A running desktop.

    Attributes:
        env: what programs on it are given.
        told: what was said on its bus.
    """

    def __init__(self, folder: Path, *, daemon: bool = True, display: bool = True) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._children: list[subprocess.Popen[bytes]] = []
        run = folder / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        self.env = {"XDG_RUNTIME_DIR": str(run)}
        if display:
            self.env["DISPLAY"] = self._display()
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus(run)
        self.told = Recorder()
        self._monitor = self._listen()
        if daemon:
            self.start_daemon()

    def stop(self) -> None:
        """End all of it."""
        self._monitor.close()
        for child in reversed(self._children):
            child.terminate()
        for child in reversed(self._children):
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program on the desktop."""
        with (self._folder / f"{Path(words[0]).name}.log").open("ab") as log:
            child = subprocess.Popen(
                words, env={**os.environ, **self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._children.append(child)
        return child

    def run(self, *words: str) -> str:
        """Run a program on the desktop to its end; what it printed."""
        done = subprocess.run(
            words, env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}{done.stdout}"
        return done.stdout

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """The notification daemon; `choose` decides which action its menu gives."""
        chooser = self._folder / "chooser"
        chooser.write_text(f'#!/bin/sh\ngrep -F "$(cat {self._folder}/choice)" | head -n 1\n')
        chooser.chmod(0o755)
        config = self._folder / "dunstrc"
        config.write_text(_DUNSTRC.format(chooser=chooser))
        child = self.start("dunst", "-config", str(config))
        until(lambda: self.has_owner(_NOTIFICATIONS))
        return child

    def choose(self, words: str) -> None:
        """Press the button with these words on the newest notice, by the daemon's own menu."""
        (self._folder / "choice").write_text(words)
        self.run("dunstctl", "context")

    def has_owner(self, name: str) -> bool:
        """Whether somebody has a name on the bus."""
        with self.client() as bus:
            return bus.owner(name) is not None

    @contextmanager
    def client(self) -> Iterator[Bus]:
        """A connection to the bus of its own."""
        bus = connect(self.env["DBUS_SESSION_BUS_ADDRESS"])
        try:
            yield bus
        finally:
            bus.close()

    def panel(self, *, dark: bool) -> subprocess.Popen[bytes]:
        """Xfce's panel, a host of StatusNotifierItems, at the top of the screen."""
        config = Path(self.env["XDG_RUNTIME_DIR"]) / "config"
        place = config / "xfce4" / "xfconf" / "xfce-perchannel-xml" / "xfce4-panel.xml"
        place.parent.mkdir(parents=True, exist_ok=True)
        levels = (0.16, 0.16, 0.18, 1.0) if dark else (0.91, 0.91, 0.90, 1.0)
        colour = "".join(f'<value type="double" value="{one:.6f}"/>' for one in levels)
        place.write_text(_PANEL.format(dark=str(dark).lower(), colour=colour))
        mine = {"XDG_CONFIG_HOME": str(config)}
        self.start(_XFCONFD, env=mine)
        until(lambda: self.has_owner("org.xfce.Xfconf"))
        child = self.start("xfce4-panel", "--disable-wm-check", "--sm-client-disable", env=mine)
        until(lambda: self.has_owner("org.kde.StatusNotifierWatcher"), deadline_s=20)
        return child

    def trayer(self, *, dark: bool) -> subprocess.Popen[bytes]:
        """Trayer, an XEmbed tray, at the top of the screen."""
        tint = "0x28282c" if dark else "0xe8e8e6"
        child = self.start(
            "trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height",
            "30", "--transparent", "true", "--alpha", "0", "--tint", tint, "--SetDockType", "true",
        )  # fmt: skip
        until(self.has_tray, deadline_s=20)
        return child

    def has_tray(self) -> bool:
        """Whether an XEmbed tray is there."""
        from Xlib.display import Display

        display = Display(self.env["DISPLAY"])
        try:
            return bool(display.get_selection_owner(display.intern_atom("_NET_SYSTEM_TRAY_S0")))
        finally:
            display.close()

    def picture(self, file: Path | None = None) -> Image.Image:
        """The whole screen."""
        target = file or self._folder / "screen.png"
        self.run("import", "-window", "root", str(target))
        with Image.open(target) as found:
            return found.convert("RGB")

    def _display(self) -> str:
        reader, writer = os.pipe()
        try:
            with (self._folder / "Xvfb.log").open("ab") as log:
                child = subprocess.Popen(
                    ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1100x700x24", "-nolisten",
                     "tcp", "-noreset"],
                    pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
            self._children.append(child)
            os.close(writer)
            writer = -1
            with os.fdopen(reader) as answer:
                reader = -1
                return f":{answer.readline().strip()}"
        finally:
            for one in (reader, writer):
                if one >= 0:
                    os.close(one)

    def _bus(self, run: Path) -> str:
        address = f"unix:path={run}/bus"
        self.start("dbus-daemon", "--session", "--nofork", f"--address={address}")
        until((run / "bus").is_socket)
        return address

    def _listen(self) -> Bus:
        bus = connect(self.env["DBUS_SESSION_BUS_ADDRESS"])
        bus.listen("type='method_call',member='NeverCalled'", self.told.hear)
        bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                 "org.freedesktop.DBus.Monitoring", "BecomeMonitor", "asu", [[], 0])  # fmt: skip
        return bus
