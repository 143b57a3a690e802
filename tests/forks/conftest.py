"""A desk in a town with forks."""

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]
