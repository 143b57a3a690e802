"""A town with one rig, and somebody at a desk in it."""

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
