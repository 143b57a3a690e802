"""Refs from their files: always what git says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.store.refs import Refs
from tests.support.people import commit_all, git, make_project


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A bare repository with a branch."""
    make_project(tmp_path / "project")
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "project"), "bare")
    return tmp_path / "bare"


def test_loose_packed_moved_and_deleted(repository: Path, tmp_path: Path) -> None:
    """Whatever git does with a ref, the file tells the same."""
    refs = Refs(repository)
    first = git(repository, "rev-parse", "main")
    assert refs.oid("refs/heads/main") == first
    git(repository, "update-ref", "refs/heads/a/b", first)
    assert refs.oid("refs/heads/a/b") == first
    assert refs.oid("refs/heads/a") is None  # a folder
    git(repository, "pack-refs", "--all")
    assert refs.oid("refs/heads/a/b") == first
    second = commit_all(tmp_path / "project")
    git(repository, "fetch", "--quiet", str(tmp_path / "project"), "main:main")
    assert refs.oid("refs/heads/main") == second
    git(repository, "update-ref", "-d", "refs/heads/a/b")
    assert refs.oid("refs/heads/a/b") is None
    git(repository, "pack-refs", "--all")
    assert refs.oid("refs/heads/main") == second


def test_a_symbolic_ref_is_followed(repository: Path) -> None:
    """An alias of a branch stands for its commit."""
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert Refs(repository).oid("refs/heads/alias") == git(repository, "rev-parse", "main")


def test_damage_is_no_answer(repository: Path) -> None:
    """An empty or torn ref file is no commit."""
    (repository / "refs" / "heads" / "torn").write_text("")
    assert Refs(repository).oid("refs/heads/torn") is None
    assert Refs(repository).oid("refs/heads/none") is None
    assert Refs(repository / "nowhere").oid("refs/heads/main") is None
