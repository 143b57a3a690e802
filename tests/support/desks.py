"""Fixtures with a whole town and somebody at a desk in it; imported by the conftest of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.store.git import environment
from tests.support.desk import Desk, copy_template, make_template
from tests.support.environment import seal
from tests.support.soundness import assert_sound


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that is made once and copied for each test."""
    with pytest.MonkeyPatch.context() as patch:
        seal(tmp_path_factory.mktemp("template-home"), patch)
        made = make_template(tmp_path_factory.mktemp("template"))
    environment.cache_clear()
    return made


@pytest.fixture
def desk(template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Somebody at the root of a town of their own, `tmp_path/town`, with the rig `mp`.

    The rig's project is `tmp_path/project`. After the test no agent is left running, and the town
    is sound unless the test asked for `broken_town`.
    """
    made = copy_template(template, tmp_path)
    yield made
    made.tidy()
    if "broken_town" not in request.fixturenames:
        assert_sound(made.town)


@pytest.fixture
def broken_town() -> None:
    """Say that the town is left unsound by this test, on purpose."""


@pytest.fixture
def project(desk: Desk) -> Path:
    """The repository that the rig `mp` was cloned from."""
    return desk.root.parent / "project"
