"""A desk in a town that signs its operations."""

import shutil

import pytest

from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]


@pytest.fixture(autouse=True, scope="session")
def ssh() -> None:
    """Without OpenSSH nothing signs."""
    if shutil.which("ssh-keygen") is None or shutil.which("ssh-agent") is None:
        pytest.skip("NO ssh-keygen HERE: signed operations are not tried (apt: openssh-client)")
