"""The ways to show a notice, each with a real program at its other end."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from gastown.runtime.dbus import connect
from gastown.runtime.desktop.desk import Desk as Ways
from gastown.runtime.desktop.native import Native
from gastown.runtime.desktop.programs import programs
from gastown.runtime.desktop.way import Button, Note
from tests.support.desk import Desk
from tests.support.desktop import Desktop
from tests.support.waiting import until

HOSTILE = Note("<b>who</b>", "a <img src=x> & b", 2, buttons=(Button("open", "Open"),))


def test_over_dbus(desktop: Desktop) -> None:
    """Escaped where the server reads markup, replaced in its place, closed, heard when pressed."""
    pressed: list[tuple[int, str]] = []
    ways = Ways(desktop.env, lambda number, key: pressed.append((number, key)))
    try:
        placed = ways.show(HOSTILE, None).placed
        assert placed is not None
        assert (placed.way, placed.buttons) == ("dbus", True)
        [told] = until(lambda: desktop.told.notified)
        assert (told.title, told.body) == ("<b>who</b>", "a &lt;img src=x&gt; &amp; b")
        again = ways.show(Note("new", "b", replaces=placed.number, quiet=True), None).placed
        assert again is not None
        assert again.number == placed.number
        quiet = until(lambda: desktop.told.titled("new"))[0]
        assert (quiet.replaces, quiet.hints["suppress-sound"]) == (placed.number, True)
        ways.show(HOSTILE, None)
        desktop.choose("Open")
        until(lambda: pressed)
        assert pressed[0][1] == "open"
        ways.close(again)
        until(lambda: desktop.told.closed == [placed.number])
    finally:
        ways.stop()


def test_a_slow_reader_does_not_end_the_connection(desktop: Desktop) -> None:
    """More than a socket holds is sent all the same, in turn."""
    import asyncio

    from dbus_fast import Message

    bus = connect(desktop.env["DBUS_SESSION_BUS_ADDRESS"])
    try:
        large = [b"x" * 200_000]

        async def burst() -> None:
            assert bus._bus is not None
            calls = [bus._bus.call(Message(
                destination="org.freedesktop.DBus", path="/", interface="no.such",
                member="Thing", signature="ay", body=list(large))) for _ in range(12)]  # fmt: skip
            await asyncio.gather(*calls)

        bus.run(burst(), 20)
        assert bus.is_open
    finally:
        bus.close()


def test_programs_when_nobody_answers(desktop: Desktop, tmp_path: Path) -> None:
    """Without a server the next way is taken, and it is said which ones were tried."""
    for name in ("notify-send", "terminal-notifier", "osascript"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/{name}.said\n')
        program.chmod(0o755)
    env = {**desktop.env, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    said = {}
    for platform in ("linux", "darwin"):
        for program in programs(env, platform):
            program.show(HOSTILE)
            said[program.name] = (tmp_path / f"{program.name}.said").read_text().splitlines()
    assert said["notify-send"][-2:] == ["<b>who</b>", "a &lt;img src=x&gt; &amp; b"]
    assert said["terminal-notifier"][2:6] == ["-subtitle", "<b>who</b>", "-message",
                                              "a <img src=x> & b"]  # fmt: skip
    assert said["osascript"][-1] == "<b>who</b>"
    ways = Ways({**env, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
    found = ways.show(HOSTILE, None)
    assert found.placed is not None
    assert (found.placed.way, [way for way, _ in found.failed]) == ("notify-send", ["dbus"])


def test_the_library_of_other_systems(desktop: Desktop) -> None:
    """desktop-notifier, which macOS and Windows use, through the same interface."""
    native = Native(lambda number, key: None)
    try:
        placed = native.show(Note("who", "what", buttons=(Button("open", "Open"),)))
        assert (placed.way, placed.number) == ("desktop-notifier", 1)
        until(lambda: desktop.told.titled("who"))
        native.close(1)
        until(lambda: desktop.told.closed)
    finally:
        native.stop()


@pytest.mark.parametrize("looks", [True, False])
def test_terminals(desk: Desk, tmp_path: Path, looks: bool) -> None:
    """Where no desktop is: at the foot of the terminals that look at agents; else nobody."""
    from gastown.ops.sessions import sessions_of
    from tests.support.desk import host

    desk.gt("config", "set", "town.runner", "tmux")
    tmux = sessions_of(desk.town, host()).tmux
    if tmux is None:
        pytest.skip("NO tmux HERE: notices in terminals are not tried")
    outer = tmp_path / "outer.sock"
    tmux.start("inner", ["sleep", "100"], cwd=tmp_path, log=tmp_path / "log", width=80, height=10)
    try:
        if looks:
            words = shlex.join(tmux.attach_argv("inner"))
            desk.run("tmux", "-S", outer, "-f", "/dev/null", "new-session", "-d", "-x", "90",
                     "-y", "20", words)  # fmt: skip
            until(lambda: tmux.clients())
        found = desk.gt("notify", "test", "--json", status=0 if looks else 1).data
        assert found["way"] == ("terminals (1)" if looks else None)
        if looks:
            shown = until(lambda: desk.run("tmux", "-S", outer, "capture-pane", "-p").out)
            assert "Gas Town can reach you" in shown or until(
                lambda: "Gas Town can reach you"
                in desk.run("tmux", "-S", outer, "capture-pane", "-p").out)  # fmt: skip
    finally:
        tmux.kill_server()
        if looks:
            desk.run("tmux", "-S", outer, "kill-server", status=None)
    assert "DISPLAY" not in os.environ
