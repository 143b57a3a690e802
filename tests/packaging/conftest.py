"""A town of one's own."""

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
