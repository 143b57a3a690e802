"""The tray on a real desktop: what is shown, told on the bus, and done on a press."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from gastown_tray import record
from PIL import Image

from gastown.domain.scheduler import SchedulerState
from tests.support import asking
from tests.support.desk import Desk
from tests.support.desktop import TRAYS, Desktop, missing
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(110)
AMBER, BLUE, RED = "amber", "blue", "red"


def hue(desktop: Desktop) -> set[str]:
    """The strong colours at the right end of the top of the screen."""
    corner: Image.Image = desktop.picture().crop((1000, 0, 1100, 30))
    found = set()
    data = corner.tobytes()
    for red, green, blue in zip(data[::3], data[1::3], data[2::3], strict=True):
        if red > 150 and 90 < green < 215 and blue < 100:
            found.add(AMBER)
        elif blue > 150 and red < 140:
            found.add(BLUE)
        elif red > 170 and green < 120 and blue < 120:
            found.add(RED)
    return found


def need_tray() -> None:
    lacking = missing(*TRAYS)
    if lacking:
        pytest.skip(f"NO TRAYS HERE: {lacking} missing: the icon is not tried in them")


@pytest.mark.parametrize(("host", "place", "dark"), [
    ("panel", "StatusNotifierItem", True), ("trayer", "XEmbed", False),
])  # fmt: skip
def test_the_icon_and_its_notices(
    watched: Desk, desktop: Desktop, tmp_path: Path, host: str, place: str, dark: bool
) -> None:
    """In both kinds of trays: idle, working, somebody asks; the notice is as the rules say."""
    need_tray()
    start: Callable[..., object] = getattr(desktop, host)
    start(dark=dark)
    assert place in watched.run("gt", "tray").out
    until(lambda: hue(desktop) == set())
    asking.client(watched, tmp_path / "client")
    agent = asking.sling(watched, "Write the parser")
    asking.says(watched, agent, "prompt")
    until(lambda: BLUE in hue(desktop), 40)
    asking.asks_permission(watched, agent, "run <b>rm</b> & more")
    [told] = until(lambda: desktop.told.notified)
    until(lambda: AMBER in hue(desktop), 15)
    assert (told.app, told.replaces, told.icon) == ("Gas Town", 0, "gastown")
    assert told.title == f"{agent} asks for permission"
    assert told.body == "“Claude needs your permission to run &lt;b&gt;rm&lt;/b&gt; &amp; more”"
    assert told.actions == ("default", "Attach", "attach", "Attach", "open", "Open",
                            "mute", "Mute 1 h")  # fmt: skip
    assert (told.hints["urgency"], told.hints["desktop-entry"]) == (2, "gastown")
    assert told.timeout == 0
    asking.says(watched, agent, "prompt")
    until(lambda: desktop.told.closed, 15)
    until(lambda: AMBER not in hue(desktop), 15)


def test_a_menu_entry_is_chosen(watched: Desk, desktop: Desktop) -> None:
    """The panel draws the menu; the entry that is clicked does what it says, in the ledger."""
    need_tray()
    desktop.panel(dark=True)
    watched.run("gt", "tray")
    with desktop.client() as bus:
        [name] = until(lambda: [
            one for one in bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                    "org.freedesktop.DBus", "ListNames")[0][0]
            if one.startswith("org.kde.StatusNotifierItem")
        ])  # fmt: skip

        def entries() -> dict[str, int]:
            answer, _ = bus.call(name, "/MenuBar", "com.canonical.dbusmenu", "GetLayout", "iias",
                                 [0, -1, []])  # fmt: skip
            rows = [one.value for one in answer[1][2]]
            return {row[1]["label"].value: row[0] for row in rows if "label" in row[1]}

        number = until(lambda: entries().get("Pause dispatch"))
        bus.call(name, "/MenuBar", "com.canonical.dbusmenu", "Event", "isvu",
                 [number, "clicked", _variant("s", ""), 0])  # fmt: skip
        until(lambda: watched.town.read().scheduler().state is SchedulerState.PAUSED)
        until(lambda: "Resume dispatch" in entries())
        before = desktop.picture()
        desktop.run("xdotool", "mousemove", "1085", "15", "click", "1")
        until(lambda: desktop.picture().tobytes() != before.tobytes())
        desktop.run("xdotool", "key", "Escape")
        number = entries()["Quit (the town goes on)"]
        bus.call(name, "/MenuBar", "com.canonical.dbusmenu", "Event", "isvu",
                 [number, "clicked", _variant("s", ""), 0])  # fmt: skip
    until(lambda: record.running() is None)
    assert "runs (pid" in watched.run("gt", "daemon", "status").out


def test_buttons_of_a_notice(watched: Desk, desktop: Desktop, tmp_path: Path) -> None:
    """Attach opens the person's terminal, Open the dashboard at the agent, Mute mutes it."""
    opened = tmp_path / "opened"
    for name in ("myterm", "mybrowser"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >>{opened}\n')
        program.chmod(0o755)
    surroundings = {"TERMINAL": str(tmp_path / "myterm"), "BROWSER": str(tmp_path / "mybrowser")}
    desk = watched
    assert "no tray is on this desktop" in desk.run("gt", "tray", env=surroundings).out
    asking.client(desk, tmp_path / "client")
    agent = asking.sling(desk)
    asking.asks_permission(desk, agent)
    until(lambda: len(desktop.told.notified) == 1)
    desktop.choose("Attach")
    until(lambda: opened.exists() and f"session attach {agent}" in opened.read_text())
    asking.says(desk, agent, "prompt")
    until(lambda: desktop.told.closed, 15)
    asking.asks_permission(desk, agent, "use Bash: make")
    until(lambda: len(desktop.told.notified) == 2)
    desktop.choose("Open")
    until(lambda: "mybrowser http://127.0.0.1" in opened.read_text(), 30)
    assert f"&to=agents/{agent}" in opened.read_text()
    asking.says(desk, agent, "prompt")
    until(lambda: len(desktop.told.closed) == 2, 15)
    asking.asks_permission(desk, agent, "use Bash: make again")
    until(lambda: len(desktop.told.notified) == 3)
    desktop.choose("Mute 1 h")
    until(lambda: f"{agent} is muted until" in desk.run("gt", "notify", "rules").out)
    told = desk.gt("notify", "list", "--json").data["told"]
    assert [one["event"] for one in told] == ["told", "pressed"] * 3
    _end_dashboard(desk)


def test_one_tray_and_nothing_twice(watched: Desk, desktop: Desktop, tmp_path: Path) -> None:
    """A second one shows its town in the first; --replace takes over, and tells nothing again."""
    first = watched.gt("tray", "--json").data
    again = watched.gt("tray", "--json").data
    assert (again["already"], again["pid"]) == (True, first["pid"])
    asking.client(watched, tmp_path / "client")
    agent = asking.sling(watched)
    asking.asks_permission(watched, agent)
    until(lambda: len(desktop.told.notified) == 1)
    other = watched.gt("tray", "--replace", "--json").data
    assert other["pid"] != first["pid"]
    nux = asking.sling(watched)
    asking.asks_permission(watched, nux)
    until(lambda: len(desktop.told.notified) == 2)
    assert [one.title.partition(" ")[0] for one in desktop.told.notified] == [agent, nux]
    watched.run("gt", "tray", "--quit")
    watched.run("gt", "daemon", "stop")
    watched.run("gt", "daemon", "start")  # which tells now
    slit = asking.sling(watched)
    asking.asks_permission(watched, slit)
    until(lambda: len(desktop.told.notified) == 3, 20)
    assert desktop.told.notified[-1].title == "3 agents need you"  # within ten seconds


def test_an_icon_when_a_tray_comes(watched: Desk, desktop: Desktop) -> None:
    """Without a tray it says so once and goes on; the panel comes, goes, and comes again."""
    need_tray()
    assert "notices are told without an icon" in watched.run("gt", "tray").out
    log = Path(os.environ["XDG_STATE_HOME"]) / "gastown" / "tray.log"
    panel = desktop.panel(dark=True)
    until(lambda: "StatusNotifierItem" in log.read_text(), 15)
    assert log.read_text().count("no tray is on this desktop") == 1
    panel.kill()
    panel.wait()
    until(lambda: not desktop.has_owner("org.kde.StatusNotifierWatcher"), 15)
    desktop.panel(dark=True)

    def registered() -> bool:
        with desktop.client() as bus:
            answer, _ = bus.call("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher",
                                 "org.freedesktop.DBus.Properties", "Get", "ss",
                                 ["org.kde.StatusNotifierWatcher",
                                  "RegisteredStatusNotifierItems"])  # fmt: skip
            return bool(answer[0].value)

    until(registered, 15)


def test_a_convoy_for_the_person(watched: Desk, desktop: Desktop) -> None:
    """`gt convoy create --notify --human` reaches the desktop when it lands; the monitor tells."""
    bead = watched.bead("Say hello", "-d", "```sh\necho hi > hi; git add .; git commit -qm hi\n```",
                        "--rig", "mp")  # fmt: skip
    watched.gt("convoy", "create", "Feature X", bead, "--notify", "--human")
    watched.gt("sling", bead, "mp")
    [told] = until(lambda: desktop.told.titled("Feature X"), 30)
    assert (told.title, told.body) == ("Feature X has landed", "its bead is closed")
    assert told.actions[:2] == ("default", "Open")
    assert told.hints["urgency"] == 1


def test_an_escalation_is_told_and_noted(desk: Desk, desktop: Desktop) -> None:
    """By its route: shown, and its record says so; several at once are one notice."""
    desk.gt("escalate", "The keys expire", "-s", "high")
    [told] = desktop.told.titled("human escalated")
    assert told.body == "“The keys expire”"
    assert told.actions == ()  # the command has ended: nobody would hear a press
    [found] = desk.town.read().escalations()
    assert "high notify" in found.delivered
    desk.gt("escalate", "Only for the mayor", "-s", "low")
    assert len(desktop.told.notified) == 1
    desk.gt("escalate", "Second", "-s", "high")
    desk.gt("escalate", "Third", "-s", "critical")
    last = desktop.told.notified[-1]
    assert last.title == "3 things to look at in gt"
    assert last.replaces > 0


def _end_dashboard(desk: Desk) -> None:
    import signal
    import subprocess

    found = subprocess.run(["pgrep", "-f", "gastown dashboard --port"], capture_output=True,
                           text=True, check=False)  # fmt: skip
    for pid in found.stdout.split():
        place = Path(f"/proc/{pid}/environ").read_bytes()
        if f"GT_TOWN={desk.root.resolve()}".encode() in place:
            os.kill(int(pid), signal.SIGTERM)


def _variant(signature: str, value: object) -> object:
    from dbus_fast import Variant

    return Variant(signature, value)
