"""A town with one rig, somebody at a desk in it, and its monitor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gastown.ops.monitor import log_file
from gastown.runtime.journal import read
from tests.support.desk import Desk
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "monitor", "project", "template"]


@pytest.fixture
def monitor(desk: Desk) -> Iterator[Desk]:
    """The desk, with the monitor running; it must not meet a bug, and must end when told to."""
    desk.run("gt", "daemon", "start")
    yield desk
    desk.run("gt", "daemon", "stop")
    bugs = [entry.fields for entry in read(log_file(desk.town), 10_000) if entry.event == "bug"]
    assert bugs == []
