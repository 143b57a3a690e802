"""Without a desktop, and where something is missing: a sentence, an exit status, no half icon."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from gastown_tray.drawing import Panel
from gastown_tray.shell import Place, find

from gastown.errors import Refused
from tests.support.desk import Desk


def test_no_desktop(desk: Desk) -> None:
    """It says so at once, with status 1; and what still works."""
    for words in (("tray",), ("tray", "--foreground")):
        said = desk.run("gt", *words, status=1)
        assert "there is no desktop here: neither a display nor a session bus" in said.err
        assert "gt notify test" in said.err
    assert desk.gt("tray", "--quit").out == "no tray was running\n"
    desk.gt("tray", "--quit", "--replace", status=2)


def test_a_display_that_does_not_answer(desk: Desk) -> None:
    """A dead DISPLAY and a dead bus are no desktop with a tray, and no traceback."""
    env = {"DISPLAY": ":973", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert find(env) is Place.NOWHERE
    found = desk.run("gt", "notify", "test", env=env, status=1)
    assert "nobody could be shown the notice" in found.out
    assert "no bus at unix:path=/nonexistent" in found.out


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_platforms_have_their_own(platform: str) -> None:
    """There pystray finds the place."""
    assert find({}, platform) is Place.NATIVE


def test_pystray_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own error, which is no ImportError, becomes a sentence."""
    from gastown_tray.icon import PystrayShell

    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("PYSTRAY_BACKEND", raising=False)
    for name in [name for name in sys.modules if name.startswith("pystray")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(Refused, match="pystray finds no display"):
        PystrayShell(lambda deed: None, Panel.DARK)


def test_outside_a_town(tmp_path: Path, desk: Desk) -> None:
    """Nobody knows which town; the one that was shown last is remembered."""
    assert "this is no town" in desk.run("gt", "tray", at=tmp_path, status=3).err
