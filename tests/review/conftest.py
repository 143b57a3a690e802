"""A town with a rig, for requests that people decide about."""

from __future__ import annotations

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
