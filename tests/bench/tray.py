"""Pictures of the icon in every mood, in both kinds of trays, dark and light, and of every notice.

python -m tests.bench.tray FOLDER
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from gastown_tray.drawing import Panel
from gastown_tray.face import Face, Mood
from gastown_tray.shell import Shell
from PIL import Image

from gastown.domain.notifying.occurrence import Kind, Occurrence, Urgency
from gastown.domain.notifying.words import Notice
from gastown.ops.notifying import note_of
from gastown.runtime.desktop.desk import Desk
from tests.support.desktop import Desktop

FACES = (
    Face(Mood.UNKNOWN, 0, "gt is down"), Face(Mood.IDLE, 0, "gt: all is quiet"),
    Face(Mood.WORKING, 3, "gt: 3 working"), Face(Mood.NEEDS, 2, "gt: 2 need you"),
    Face(Mood.TROUBLE, 1, "gt: 1 needs you"),
)  # fmt: skip
SAID = {
    Kind.PERMISSION: ("mp/toast", "May it run Bash: rm -rf <build>?"),
    Kind.QUESTION: ("mp/nux", "Should the lexer keep comments?"),
    Kind.CRASH_LOOP: ("mp/slit", "5 ends within 15 minutes"),
    Kind.ESCALATION: ("mayor", "The keys expire tonight"),
    Kind.BUDGET: ("the town", "the budget of day 2026-11-23 is used up: 2,000,000 tokens"),
    Kind.DISK: ("the disk of gt", "312 MiB are free: when it is full no work can be committed"),
    Kind.MONITOR: ("the town", "no monitor runs: nobody looks after agents and queues"),
    Kind.MERGE: ("mr-a1ovn", "mp-x1 failed: gate test ended with status 1"),
    Kind.DISPATCH: ("mp-x2", "it could not be slung three times: no such agent command"),
    Kind.RECORD: ("beads/mp/ab/mp-x3.json", "it cannot be read: line 3"),
    Kind.REVIEW: ("mr-b2", "review mp-x4 by mp/toast"),
    Kind.LIMIT: ("claude", "nothing is started with it until 15:00: you've hit your limit"),
    Kind.LANDED: ("Feature X", "all of its 4 beads are closed"),
}
_LOUD = (Kind.PERMISSION, Kind.CRASH_LOOP, Kind.DISK)


def icons(folder: Path, host: str, *, dark: bool) -> Image.Image:
    """All faces in one tray, side by side, four times as large."""
    desktop = Desktop(folder / f"{host}-{dark}", daemon=False)
    os.environ.update(desktop.env)
    try:
        getattr(desktop, host)(dark=dark)
        shell = _shell(desktop, host)
        threading.Thread(target=shell.run, daemon=True).start()
        time.sleep(1.0)
        strip = Image.new("RGB", (len(FACES) * 200, 120))
        for place, face in enumerate(FACES):
            shell.show(face, ())
            time.sleep(0.6)
            corner = desktop.picture().crop((1050, 0, 1100, 30))
            strip.paste(corner.resize((200, 120), Image.Resampling.NEAREST), (place * 200, 0))
        shell.stop()
        time.sleep(0.3)
        return strip
    finally:
        desktop.stop()


def notices(folder: Path) -> Image.Image:
    """A notice of every kind, and a group, as dunst shows them."""
    desktop = Desktop(folder / "notices")
    ways = Desk(desktop.env)
    try:
        found = [
            Occurrence(f"{kind} x", kind, who, said,
                       Urgency.CRITICAL if kind in _LOUD else Urgency.NORMAL)
            for kind, (who, said) in SAID.items()
        ]  # fmt: skip
        parts = [found[:5], found[5:10], found[10:]]
        pictures = []
        for part in parts:
            numbers = [ways.show(note_of(Notice("1", "gt", (one,))), None).placed for one in part]
            if part is parts[-1]:
                group = Notice("2", "gt", tuple(found[:4]))
                numbers.append(ways.show(note_of(group), None).placed)
            time.sleep(0.8)
            pictures.append(desktop.picture().crop((660, 40, 1100, 440)))
            for placed in filter(None, numbers):
                ways.close(placed)
            time.sleep(0.5)
        sheet = Image.new("RGB", (440 * len(pictures), 400))
        for place, picture in enumerate(pictures):
            sheet.paste(picture, (440 * place, 0))
        return sheet
    finally:
        ways.stop()
        desktop.stop()


def _shell(desktop: Desktop, host: str) -> Shell:
    if host == "panel":
        from gastown_tray.notifier_item import NotifierShell

        return NotifierShell(desktop.env["DBUS_SESSION_BUS_ADDRESS"], print, Panel.EITHER)
    from gastown_tray.icon import PystrayShell

    return PystrayShell(print, Panel.EITHER)


def main(folder: Path) -> None:
    """Make all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        rows = [icons(Path(place), host, dark=dark)
                for host in ("panel", "trayer") for dark in (True, False)]  # fmt: skip
        sheet = Image.new("RGB", (rows[0].width, 120 * len(rows)))
        for number, row in enumerate(rows):
            sheet.paste(row, (0, 120 * number))
        sheet.save(folder / "icons.png")
        notices(Path(place)).save(folder / "notices.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
