"""A town whose hq is guarded, with one rig, and somebody at a desk in it."""

from collections.abc import Iterator

import pytest

from tests.hq.guarded import Guarded, guard
from tests.support.desk import Desk
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "hq", "project", "template"]


@pytest.fixture
def hq(desk: Desk) -> Iterator[Guarded]:
    """The hq of the desk's town, with its git hooks in place; in step again after the test."""
    yield guard(desk)
    desk.gt("status")
