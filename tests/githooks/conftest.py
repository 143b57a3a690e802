"""A town with one rig, and somebody at a desk in it."""

from pathlib import Path

import pytest

from tests.githooks.helpers import executable
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """A file into which the project's scripts of a test write that they ran."""
    return tmp_path / "ran"


@pytest.fixture
def bell(tmp_path: Path, ran: Path) -> str:
    """The text of a script of the project that says its name, its arguments and its input."""
    del tmp_path
    return executable(f'printf "%s [%s] [%s]\\n" "$0" "$*" "$(cat)" >>"{ran}"')
