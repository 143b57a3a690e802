"""A town with one rig, somebody at a desk in it, and clients that take prompts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.store.git import environment
from tests.runtime.conftest import make_sessions, sessions, start, tmux
from tests.support.desk import Desk, copy_template
from tests.support.desks import broken_town, desk, project, template
from tests.support.environment import seal
from tests.support.soundness import assert_sound

__all__ = [
    "broken_town", "desk", "make_sessions", "people", "people_template", "project", "sessions",
    "start", "template", "tmux",
]  # fmt: skip


@pytest.fixture(scope="session")
def people_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town with people, made once."""
    with pytest.MonkeyPatch.context() as patch:
        seal(tmp_path_factory.mktemp("people-home"), patch)
        made = copy_template(template, tmp_path_factory.mktemp("people"))
        made.gt("crew", "add", "ada")
        made.gt("crew", "add", "bob")
        made.sling("Work")
    environment.cache_clear()
    return made.root.parent


@pytest.fixture
def people(people_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """A town with the crew `ada` and `bob`, and the polecat `toast`, whose agent does not run."""
    made = copy_template(people_template, tmp_path)
    yield made
    made.tidy()
    assert_sound(made.town)
