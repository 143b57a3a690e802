"""Paths of commits: git's fast-import accepts nearly everything, so the store checks them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import GitFailed
from gastown.store.commits import check_path
from gastown.store.layout import is_document, kind_of, record_path
from gastown.store.town import Town
from tests.support.soundness import history
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig, put


@pytest.mark.parametrize(
    "path",
    ["", "/", "/etc/passwd", "..", "../evil", "a/../b", "a/..", ".git/config", ".GIT/x", "a/.git",
     "a//b", "a/", "./a", "a/.", "a\0b", "a\nb", "a\n", "a b", "a\\b", "c:x", "a.", "a/b.lock",
     "a.lock/b", "~/x", "\u202ea", "é", "a/-/\udcff", ".beads/.git/x", "git~1:", "beads/.x.json",
     ".beads2/x", ".", "a*", 'a"b', "a\tb"],
)  # fmt: skip
def test_paths_that_are_refused(path: str) -> None:
    """What could leave hq, hide in it or mean something to a file system is not committed."""
    with pytest.raises(GitFailed, match="not allowed in the ledger"):
        check_path(path)


@pytest.mark.parametrize(
    "path",
    ["town.toml", "beads/mp/0a/mp-abc.1.json", ".beads/formulas/release.yaml", "a@b+c_d/x-1.txt",
     "mail/mp.toast/01ARYZ6S41.json", "hooks/mayor.json"],
)  # fmt: skip
def test_paths_that_are_allowed(path: str) -> None:
    """Everything that the town itself writes."""
    check_path(path)


@given(st.text("ab./-_@ ~\\\0é:", max_size=12))
def test_an_allowed_path_stays_inside(path: str) -> None:
    """Whatever passes is a plain relative path without dots to climb by."""
    try:
        check_path(path)
    except GitFailed:
        return
    assert os.path.normpath(path) == path
    assert not path.startswith(("/", "../"))
    assert path != ".."


@pytest.mark.parametrize(
    ("record", "path"),
    [
        (a_bead("mp-abc"), "beads/mp/d8/mp-abc.json"), (a_hook("mp/toast"), "hooks/mp/toast.json"),
        (a_hook("mayor"), "hooks/mayor.json"), (a_convoy("cv-1"), "convoys/cv-1.json"),
        (a_merge("mr-1"), "merges/mp/mr-1.json"), (a_rig("mp"), "rigs/mp.json"),
        (a_mail("m-1", to="mp/toast"), "mail/mp.toast/m-1.json"),
    ],
)  # fmt: skip
def test_where_records_live(record: object, path: str) -> None:
    """One file per record, and its path tells its kind."""
    assert record_path(record) == path  # type: ignore[arg-type]
    assert kind_of(path) == record.KIND  # type: ignore[attr-defined]
    assert not is_document(path)


@pytest.mark.parametrize(
    "record",
    [a_bead("../../../evil"), a_bead("x", rig="../.."), a_hook("../x"), a_convoy(".git/hooks/x"),
     a_mail("m", to="../../x"), a_merge("a/../../b"), a_rig("-x\n")],
)  # fmt: skip
def test_a_hostile_id_never_becomes_a_path(bare_town: Town, record: object) -> None:
    """A record whose id would lead elsewhere is refused, and nothing is committed or written."""
    before = history(bare_town)
    with pytest.raises(GitFailed, match="not allowed"):
        put(bare_town, record)
    assert history(bare_town) == before
    assert not list(bare_town.layout.root.parent.glob("**/*evil*"))
