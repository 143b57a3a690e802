"""A town at a real desktop with a notification daemon."""

from tests.tray.conftest import broken_town, desk, desktop, project, template

__all__ = ["broken_town", "desk", "desktop", "project", "template"]
