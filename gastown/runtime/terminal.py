"""Opening a terminal window, or a page in the browser, on the person's desktop."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.runtime.command import detached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# A window that closes before anybody could read why tells nothing.
_STAYS = 'cd "$1" && shift && "$@" && exit; printf "\\n(this window closes on Enter) "; read -r _'
_EMULATORS: Mapping[str, tuple[str, ...]] = {
    "xdg-terminal-exec": (), "x-terminal-emulator": ("-e",), "gnome-terminal": ("--",),
    "ptyxis": ("--",), "kgx": ("-e",), "konsole": ("-e",), "xfce4-terminal": ("-x",),
    "mate-terminal": ("-x",), "kitty": (), "ghostty": ("-e",), "alacritty": ("-e",), "foot": (),
    "wezterm": ("start", "--"), "tilix": ("-e",), "terminator": ("-x",), "lxterminal": ("-e",),
    "qterminal": ("-e",), "urxvt": ("-e",), "st": ("-e",), "xterm": ("-e",),
}  # fmt: skip
_OPENERS = ("xdg-open", "gio", "wslview")


def open_terminal(
    argv: Sequence[str], *, folder: Path, env: Mapping[str, str], log: Path,
    platform: str = sys.platform,
) -> str:  # fmt: skip
    """Run a program in a new window of the person's terminal; the name of the terminal.

    $TERMINAL comes first, then what the system calls its terminal, then those that are known.

    Raises:
        Refused: there is no display, or no terminal that is known.
    """
    inside = ["/bin/sh", "-c", _STAYS, "gt-window", str(folder), *argv]
    words = _terminal_words(inside, env, platform)
    with detached(words, env=env, log=log):
        pass
    return Path(words[0]).name


def open_page(
    address: str, *, env: Mapping[str, str], log: Path, platform: str = sys.platform
) -> None:
    """Show a page in the person's browser.

    Raises:
        Refused: there is no program that opens pages.
    """
    with detached(_page_words(address, env, platform), env=env, log=log):
        pass


def has_display(env: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether windows can be opened."""
    return platform in ("darwin", "win32") or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def _terminal_words(inside: list[str], env: Mapping[str, str], platform: str) -> list[str]:
    if platform == "darwin":
        script = f'tell application "Terminal" to do script {_apple_text(shlex.join(inside))}'
        return ["osascript", "-e", script, "-e", 'tell application "Terminal" to activate']
    if not has_display(env, platform):
        raise Refused("there is no display to open a terminal on",
                      hint="type it in your terminal")  # fmt: skip
    for words in _emulators(env):
        return [*words, *inside]
    raise Refused("no terminal program was found", hint="set TERMINAL to yours, e.g. xterm")


def _emulators(env: Mapping[str, str]) -> Iterator[list[str]]:
    path = env.get("PATH", os.defpath)
    chosen = shlex.split(env.get("TERMINAL", ""))
    if chosen and (binary := shutil.which(chosen[0], path=path)):
        known = _EMULATORS.get(Path(chosen[0]).name, ("-e",))
        yield [binary, *(chosen[1:] or known)]
    for name, words in _EMULATORS.items():
        if binary := shutil.which(name, path=path):
            yield [binary, *words]


def _page_words(address: str, env: Mapping[str, str], platform: str) -> list[str]:
    if platform == "darwin":
        return ["open", address]
    path = env.get("PATH", os.defpath)
    for name in (env.get("BROWSER", "").split(":")[0], *_OPENERS):
        if name and (binary := shutil.which(name, path=path)):
            return [binary, *(["open"] if Path(binary).name == "gio" else []), address]
    raise Refused("no program was found that opens pages", hint="set BROWSER, or install xdg-utils")


def _apple_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
