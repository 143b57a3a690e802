"""Settings, directives and formulas: they count as they lie, and are committed by themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gastown.errors import Refused, Unreadable
from gastown.store.accepted import accept, is_accepted
from gastown.store.codec import MAX_BYTES
from gastown.store.town import Town
from tests.support.people import commit_all, git, write
from tests.support.soundness import assert_sound, history, status, subjects, trailers
from tests.support.towns import SETTINGS, a_bead, put


def test_a_hand_edit_is_committed_before_the_next_operation(bare_town: Town) -> None:
    """Edited, new and nested documents become one operation of their own, by `hand edit`."""
    write(
        bare_town.layout.hq,
        {
            "directives/mayor.md": "be kind\n",
            ".beads/formulas/release.yaml": "formula: release\n",
            "town.toml": SETTINGS + b"[agents]\nclaude = 'claude'\n",
        },
    )
    put(bare_town, a_bead(), subject="create mp-abc")
    hand_edit = "hand edit of .beads/formulas/release.yaml, directives/mayor.md, town.toml"
    assert subjects(bare_town)[1:] == [hand_edit, "create mp-abc"]
    assert trailers(bare_town, "town~1")[1:] == [("Actor", "hand edit")]
    assert "claude" in bare_town.settings().agents
    assert_sound(bare_town)


def test_a_hand_edit_counts_at_once(bare_town: Town) -> None:
    """Settings are read as they lie, before anything is committed."""
    bare_town.layout.settings.write_bytes(SETTINGS.replace(b"Ada", b"Grace"))
    assert bare_town.settings().owner_name == "Grace Person"
    assert len(history(bare_town)) == 1


def test_a_removed_document_is_an_edit(bare_town: Town) -> None:
    """Deleting a directive by hand takes it away; only town.toml cannot be lost so."""
    with bare_town.transaction("set", actor="human") as tx:
        tx.put_document("directives/mayor.md", b"be kind\n")
    (bare_town.layout.hq / "directives/mayor.md").unlink()
    bare_town.layout.settings.unlink()
    put(bare_town, a_bead())
    assert "directives/mayor.md" not in bare_town.read().documents()
    assert "town.toml" in bare_town.read().documents()
    assert bare_town.settings().owner_name == "Ada Person"
    assert status(bare_town) == " D town.toml"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("town.toml", b"[town]\nrunner = 'screen'\n", "town.runner"),
        ("town.toml", b"[town\n", "town.toml"),
        ("town.toml", b"\xff", "town.toml"),
        ("town.toml", b"schema = 9\n", "schema 9 is newer"),
        ("directives/mayor.md", b"\xff\n", "directives/mayor.md is not UTF-8"),
        ("directives/mayor.md", b"x" * (MAX_BYTES + 1), "directives/mayor.md has 1,048,577 bytes"),
    ],
)
def test_a_wrong_document_stops_operations(
    bare_town: Town, name: str, content: bytes, reason: str
) -> None:
    """The error names the file and the key; nothing is committed until it is mended."""
    write(bare_town.layout.hq, {name: content})
    with pytest.raises(Unreadable, match=reason):
        put(bare_town, a_bead())
    assert len(history(bare_town)) == 1
    write(bare_town.layout.hq, {"town.toml": SETTINGS, "directives/mayor.md": "mended\n"})
    put(bare_town, a_bead())
    assert_sound(bare_town)


ODD = ["mayor.md~", "#mayor.md#", "mayor copy.md", ".mayor.md.swp", "x.md.lock", "ünï.md", "a\nb"]


@pytest.mark.parametrize("name", [*ODD, os.fsdecode(b"\xff.md"), "-.md/../-x."])
def test_odd_files_beside_documents_stop_nobody(bare_town: Town, name: str) -> None:
    """Found as a bug: an editor's backup file made every operation fail."""
    folder = bare_town.layout.hq / "directives"
    folder.mkdir()
    (folder / Path(name).name).write_text("backup\n")
    (folder / "mayor.md").write_text("be kind\n")
    put(bare_town, a_bead())
    assert subjects(bare_town)[1:] == ["hand edit of directives/mayor.md", "put"]
    assert (folder / Path(name).name).exists()


def test_odd_names_that_a_person_committed_stop_nobody(bare_town: Town) -> None:
    """Found as a bug: a committed name that is no UTF-8 made the whole town unreadable."""
    names = [b"directives/mayor copy.md", b"directives/\xff\xfe.md", b"beads/mp/00/\xff.json",
             "directives/ünï.md".encode(), b"directives/a\nb.md"]  # fmt: skip
    for name in names:
        path = bare_town.layout.hq / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    commit_all(bare_town.layout.hq, "odd names")
    put(bare_town, a_bead())
    assert bare_town.read().bead("mp-abc")
    assert [broken.error for broken in bare_town.read().broken()] == [
        "no JSON at line 1: Expecting value"
    ]
    put(bare_town, a_bead(status="closed"))
    for name in names:
        (bare_town.layout.hq / os.fsdecode(name)).unlink()
    commit_all(bare_town.layout.hq, "gone again")
    put(bare_town, a_bead("mp-b"))
    assert_sound(bare_town)


def test_links_and_folders_are_no_documents(bare_town: Town) -> None:
    """A symbolic link could show a file from anywhere; it is not followed into the ledger."""
    folder = bare_town.layout.hq / "directives"
    folder.mkdir()
    (folder / "mayor.md").symlink_to("/etc/passwd")
    (folder / "nested.md").mkdir()
    put(bare_town, a_bead())
    assert subjects(bare_town)[1:] == ["put"]


def test_an_operation_on_an_edited_document(bare_town: Town) -> None:
    """The hand edit is committed first, so the operation decides on it and loses nothing."""
    write(bare_town.layout.hq, {"directives/mayor.md": "by hand\n"})
    with bare_town.transaction("append", actor="human") as tx:
        tx.put_document("directives/mayor.md", b"by hand\nby gt\n")
    shown = git(bare_town.layout.town_git, "log", "-p", "--format=", "town", "--", "directives")
    assert "+by hand" in shown
    assert (bare_town.layout.hq / "directives/mayor.md").read_text() == "by hand\nby gt\n"
    assert_sound(bare_town)


def test_an_edit_within_the_operation_is_not_overwritten(bare_town: Town) -> None:
    """A document that changes between the hand-edit commit and our own is not lost."""
    write(bare_town.layout.hq, {"directives/mayor.md": "first\n"})
    with pytest.raises(Refused, match=r"hq/directives/mayor\.md has a change"):
        with bare_town.transaction("append", actor="human") as tx:
            write(bare_town.layout.hq, {"directives/mayor.md": "second\n"})
            tx.put_document("directives/mayor.md", b"by gt\n")
    assert (bare_town.layout.hq / "directives/mayor.md").read_text() == "second\n"


def test_what_a_person_accepted(bare_town: Town) -> None:
    """Definitions are accepted one by one, on this machine, and stay accepted."""
    layout = bare_town.layout
    assert not is_accepted(layout, "agents.a = x")
    accept(layout, ["agents.a = x", "rigs.mp.gates.t = \ud800"])
    accept(layout, ["agents.a = x", "agents.b = y"])
    assert is_accepted(layout, "agents.a = x")
    assert is_accepted(layout, "rigs.mp.gates.t = \ud800")
    assert not is_accepted(layout, "agents.a = x ")
    assert len(layout.trusted.read_text().splitlines()) == 3
