"""A desk in a town, whose history is looked at."""

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
