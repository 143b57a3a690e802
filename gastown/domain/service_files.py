"""Which files start the monitor and the tray at login, on each platform, and what is in them: pure.

The texts are templates of `packaging/`; what is filled in is escaped as each format wants it.
Sources: systemd.service(5), systemd-escape(1), the XDG Desktop Entry and Autostart specifications,
launchd.plist(5).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import PurePath

UNIT = "gastown-monitor@.service"
WANTED = "default.target.wants"


class Part(StrEnum):
    """What is started at login, and what shows it in menus."""

    MONITOR = "monitor"
    TRAY = "tray"
    MENU = "menu entry"
    ICON = "icon"


class Form(StrEnum):
    """How a file is written, which decides how words are quoted in it."""

    UNIT = "systemd"
    ENTRY = "desktop"
    PLIST = "launchd"
    BATCH = "windows"
    PLAIN = "icons"


@dataclass(frozen=True)
class Home:
    """Where a person's files are. `config`, `data`: as the XDG specification has them."""

    home: PurePath
    config: PurePath
    data: PurePath
    roaming: PurePath


@dataclass(frozen=True)
class File:
    """One file.

    Attributes:
        template: of `packaging/`, named as `form/name`.
        shared: other towns of this person use it, too.
        link: it is a symbolic link to this instead.
    """

    part: Part
    path: PurePath
    form: Form
    template: str = ""
    shared: bool = False
    link: PurePath | None = None

    def text(self, template: str, values: Values) -> str:
        """What stands in it."""
        words = {"GT": _ARGV[self.form](values.argv), "TOWN": _ONE[self.form](values.town),
                 "PATH": _ONE[self.form](values.search), "LABEL": label(self.part, values.town),
                 "ARGV": _plist_array(values.argv, self.part)}  # fmt: skip
        for name, word in words.items():
            template = template.replace(f"@{name}@", word)
        return template


@dataclass(frozen=True)
class Values:
    """What is filled in: how `gt` is called, the town's folder, the search path of programs."""

    argv: tuple[str, ...]
    town: str
    search: str


def files(platform: str, home: Home, town: str, *, systemd: bool) -> tuple[File, ...]:
    """The files that start a town's monitor, and the tray, at login.

    Args:
        systemd: whether the person has a systemd of their own; else the desktop's session does it.
    """
    if platform == "darwin":
        agents = home.home / "Library" / "LaunchAgents"
        return (
            File(Part.MONITOR, agents / f"{label(Part.MONITOR, town)}.plist", Form.PLIST,
                 "launchd/town.gas.monitor.plist"),
            File(Part.TRAY, agents / f"{label(Part.TRAY, town)}.plist", Form.PLIST,
                 "launchd/town.gas.tray.plist", shared=True),
        )  # fmt: skip
    if platform == "win32":
        start = home.roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "Startup"
        return (File(Part.TRAY, start / "gastown-tray.cmd", Form.BATCH,
                     "windows/gastown-tray.cmd", shared=True),)  # fmt: skip
    autostart = home.config / "autostart"
    units = home.config / "systemd" / "user"
    monitor = (
        File(Part.MONITOR, units / UNIT, Form.UNIT, f"systemd/{UNIT}", shared=True),
        File(Part.MONITOR, units / WANTED / instance(town), Form.UNIT, link=units / UNIT),
    ) if systemd else (
        File(Part.MONITOR, autostart / f"gastown-monitor-{_short(town)}.desktop", Form.ENTRY,
             "desktop/gastown-monitor.desktop"),
    )  # fmt: skip
    return (
        *monitor,
        File(Part.TRAY, autostart / "gastown-tray.desktop", Form.ENTRY,
             "desktop/gastown-tray.desktop", shared=True),
        File(Part.MENU, home.data / "applications" / "gastown.desktop", Form.ENTRY,
             "desktop/gastown.desktop", shared=True),
        File(Part.ICON, home.data / "icons" / "hicolor" / "scalable" / "apps" / "gastown.svg",
             Form.PLAIN, "icons/gastown.svg", shared=True),
    )  # fmt: skip


def instance(town: str) -> str:
    """The unit of a town: its folder, escaped as `systemd-escape --path` does it."""
    return UNIT.replace("@", f"@{escaped_path(town)}")


def escaped_path(path: str) -> str:
    """A path as the name of a unit's instance."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "-"
    text = "/".join(parts)
    out = []
    for place, byte in enumerate(text.encode("utf-8", "surrogateescape")):
        char = chr(byte)
        if char == "/":
            out.append("-")
        elif (char.isascii() and char.isalnum()) or char in ":_" or (char == "." and place):
            out.append(char)
        else:
            out.append(f"\\x{byte:02x}")
    return "".join(out)


def label(part: Part, town: str) -> str:
    """The name of a launchd agent; there is one monitor for a town, and one tray."""
    return f"town.gas.{part}.{_short(town)}" if part is Part.MONITOR else f"town.gas.{part}"


def _short(town: str) -> str:
    return hashlib.sha256(town.encode("utf-8", "surrogateescape")).hexdigest()[:10]


def _unit_word(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")


def _unit_argv(argv: Sequence[str]) -> str:
    return " ".join(f'"{_unit_word(word).replace("$", "$$")}"' for word in argv)


def _entry_argv(argv: Sequence[str]) -> str:
    # Quoted for the Exec key first, then as a string of the file.
    return " ".join(f'"{_entry_quoted(word)}"' for word in argv)


def _entry_quoted(word: str) -> str:
    for char in ("\\", '"', "`", "$"):
        word = word.replace(char, f"\\{char}")
    return word.replace("\\", "\\\\").replace("%", "%%")


def _batch_argv(argv: Sequence[str]) -> str:
    return " ".join(f'"{word.replace("%", "%%")}"' for word in argv)


def _plist_array(argv: Sequence[str], part: Part) -> str:
    words = [*argv, *(("daemon", "run") if part is Part.MONITOR else ("tray", "--foreground"))]
    lines = "".join(f"    <string>{escape(word)}</string>\n" for word in words)
    return f"<array>\n{lines}  </array>"


def _as_it_is(word: str) -> str:
    return word


def _joined(argv: Sequence[str]) -> str:
    return " ".join(argv)


_ARGV: Mapping[Form, Callable[[Sequence[str]], str]] = {
    Form.UNIT: _unit_argv, Form.ENTRY: _entry_argv, Form.PLIST: _joined, Form.BATCH: _batch_argv,
    Form.PLAIN: _joined,
}  # fmt: skip
_ONE: Mapping[Form, Callable[[str], str]] = {
    Form.UNIT: _unit_word, Form.ENTRY: lambda word: word.replace("\\", "\\\\"),
    Form.PLIST: escape, Form.BATCH: _as_it_is, Form.PLAIN: _as_it_is,
}  # fmt: skip
