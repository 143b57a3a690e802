"""A town whose polecats are the real Claude Code client, and the server that it talks to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.claude_code import set_up, variables
from tests.support.desk import Desk
from tests.support.desks import broken_town, desk, project, template
from tests.support.messages_api import MessagesApi

__all__ = ["broken_town", "desk", "project", "template"]


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    """A scripted Messages API server."""
    with MessagesApi() as server:
        yield server


@pytest.fixture
def claude(desk: Desk, api: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A town with Claude Code set up for its person, and trusted by them."""
    for name, value in variables(api.url).items():
        monkeypatch.setenv(name, value)
    set_up(Path(os.environ["HOME"]))
    desk.gt("config", "trust", "claude")
    return desk
