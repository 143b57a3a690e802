"""A town with one rig, somebody at a desk in it, and its monitor where one is asked for."""

from __future__ import annotations

from tests.monitor.conftest import monitor
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "monitor", "project", "template"]
