"""A town at a real desktop: X server, session bus, notification daemon, and trays when wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.desks import broken_town, desk, project, template
from tests.support.desktop import PROGRAMS, Desktop, missing

__all__ = ["broken_town", "desk", "project", "template"]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A desktop; the test is skipped, loudly, where its programs are not installed."""
    lacking = missing(*PROGRAMS)
    if lacking:
        pytest.skip(f"NO DESKTOP HERE: {lacking} missing: the tray and notices are not tried")
    made = Desktop(tmp_path / "desktop")
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def watched(desk: Desk, desktop: Desktop) -> Iterator[Desk]:
    """A town with a monitor on that desktop; agents run in tmux."""
    desk.gt("config", "set", "town.runner", "tmux")
    desk.run("gt", "daemon", "start")
    yield desk
    desk.run("gt", "tray", "--quit", status=None)
    desk.run("gt", "daemon", "stop", status=None)
