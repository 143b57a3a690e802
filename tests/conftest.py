"""Fixtures for every test: a sealed HOME, hostile git settings on demand, a small town."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gastown.store.town import Town
from tests.support.children import end_all
from tests.support.environment import Traps, fingerprint, make_hostile, seal
from tests.support.rigs import Rig, make_rig
from tests.support.towns import make_town

REAL_HOME = Path(os.environ.get("HOME", "/nonexistent"))

settings.register_profile("suite", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "suite")


@pytest.fixture(autouse=True)
def gitconfig(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Seal HOME, XDG_* and git's configuration; the value is the global git configuration.

    Fails a test that left something in the real HOME.
    """
    before = fingerprint(REAL_HOME)
    yield seal(tmp_path_factory.mktemp("home"), monkeypatch)
    assert fingerprint(REAL_HOME) == before, f"the test changed {REAL_HOME}"


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """Nothing that a test has started goes on after it."""
    yield
    end_all()


@pytest.fixture
def hostile_gitconfig(gitconfig: Path) -> Traps:
    """The person's git configuration is odd and runs traps; `sprung()` names those that ran."""
    return make_hostile(gitconfig)


@pytest.fixture(params=["plain", "hostile"])
def any_gitconfig(request: pytest.FixtureRequest, gitconfig: Path) -> Traps | None:
    """Run the test twice: with a plain and with a hostile git configuration."""
    return make_hostile(gitconfig) if request.param == "hostile" else None


@pytest.fixture
def bare_town(tmp_path: Path) -> Iterator[Town]:
    """A town at `tmp_path/town` that the store alone has made: a ledger, hq, a town.toml."""
    town = make_town(tmp_path / "town")
    yield town
    town.close()


@pytest.fixture
def rig(bare_town: Town, tmp_path: Path) -> Rig:
    """A rig `mp` of `bare_town`, cloned from a small project at `tmp_path/project`."""
    return make_rig(bare_town, tmp_path / "project")
