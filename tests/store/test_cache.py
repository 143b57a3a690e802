"""The cache: no git when warm, the same rows however it was made, rebuilt when it is odd."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.bead import Bead
from gastown.errors import DiskTrouble, Unreadable
from gastown.store import cache as cache_module
from gastown.store import commits
from gastown.store.cache import Cache
from gastown.store.codec import encode
from gastown.store.layout import record_path
from gastown.store.objects import blob_oid
from gastown.store.town import Town
from tests.support.children import fake_git, finish, python
from tests.support.people import git
from tests.support.soundness import fresh_rows, rows
from tests.support.towns import EDGE, a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig, put

WHO = commits.Signature("t", "t@t", 0)


def test_a_warm_read_starts_no_git(bare_town: Town, tmp_path: Path) -> None:
    """Everything that a reading command asks is answered without one git process."""
    put(bare_town, a_bead(), a_hook(), a_convoy(), a_merge(), a_mail(), a_rig())
    bare_town.read()
    stub = fake_git(tmp_path / "bin", f"echo \"$*\" >>'{tmp_path}/calls'; exit 97")
    child = python(
        """
        read = town.read()
        assert [bead.id for bead in read.beads()] == ["mp-abc"]
        assert [bead.id for bead in read.ready(0)] == ["mp-abc"]
        assert read.hooks() and read.convoys() and read.merges() and read.mail() and read.rigs()
        assert read.documents() and not read.broken() and town.settings().owner_name
        """,
        str(bare_town.layout.root), extra=stub,
    )  # fmt: skip
    finish(child)
    assert not (tmp_path / "calls").exists()
    cold = "town.layout.cache.unlink(); town.read()"
    finish(python(cold, str(bare_town.layout.root), extra=stub), status=1)
    assert (tmp_path / "calls").exists()  # the stub does count


IDS = st.sampled_from(["a", "b", "c", "d"])
EDGES = st.lists(
    st.builds(
        lambda target, kind: {"issue_id": "x", "depends_on_id": f"mp-{target}", "type": kind},
        IDS, st.sampled_from(["blocks", "parent-child", "related"]),
    ),
    max_size=2,
)  # fmt: skip


@st.composite
def changes_of_files(draw: st.DrawFn) -> dict[str, bytes | None]:
    """What one commit changes: beads that come, move between rigs, break or go; other records."""
    files: dict[str, bytes | None] = {}
    for name in draw(st.sets(IDS, max_size=3)):
        rig = draw(st.sampled_from(["mp", "ot"]))
        bead = a_bead(
            f"mp-{name}", rig, status=draw(st.sampled_from(["open", "closed", "blocked"])),
            priority=draw(st.integers(0, 4)), dependencies=draw(EDGES) or None,
        )  # fmt: skip
        for other in ("mp", "ot"):
            files[record_path(Bead(bead.data, other))] = None
        content = draw(st.sampled_from(["whole", "gone", "broken", "misnamed"]))
        if content != "gone":
            text = {"whole": encode(bead), "broken": b"{", "misnamed": encode(a_bead("mp-z"))}
            files[record_path(bead)] = text[content]
    if draw(st.booleans()):
        hook = a_hook(f"mp/{draw(IDS)}", generation=draw(st.integers(1, 3)))
        files[record_path(hook)] = encode(hook)
    if draw(st.booleans()):
        files[f"directives/{draw(IDS)}.md"] = draw(st.none() | st.binary(max_size=3))
    return files


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(changes_of_files(), min_size=1, max_size=4))
def test_however_it_was_made_it_holds_the_same(
    bare_town: Town, history: list[dict[str, bytes | None]]
) -> None:
    """After any commits, a cache that was advanced or refreshed equals one built from nothing."""
    advanced, refreshed = Cache(Path(":memory:")), Cache(Path(":memory:"))
    base = bare_town.commit()
    advanced.refresh(bare_town.ledger, base)
    refreshed.refresh(bare_town.ledger, base)
    for files in history:
        new = commits.commit(
            bare_town.ledger, parent=base, message="x", files=files, who=WHO, committer=WHO
        )
        described = {p: None if d is None else (blob_oid(d), d) for p, d in files.items()}
        advanced.advance(base, new, described)
        base = new
    refreshed.refresh(bare_town.ledger, base)
    expected = fresh_rows(bare_town)
    assert rows(advanced) == expected
    assert rows(refreshed) == expected
    assert advanced.commit() == refreshed.commit() == base
    advanced.close()
    refreshed.close()


def test_a_bead_that_moves_to_another_rig(bare_town: Town) -> None:
    """Found as a bug: removing the old file after adding the new one took the bead away."""
    for source, target in (("ot", "mp"), ("mp", "ot")):
        put(bare_town, a_bead("mp-x", source))
        with bare_town.transaction("move", actor="human") as tx:
            bead = tx.bead("mp-x")
            tx.put(Bead(bead.data, target))
            tx.delete(bead)
        assert [bead.rig for bead in bare_town.read().beads()] == [target]
        other = Town(bare_town.layout.root, EDGE)
        assert rows(Cache(other.layout.cache)) == fresh_rows(bare_town)
        with bare_town.transaction("clear", actor="human") as tx:
            tx.delete(Bead(bead.data, target))


def test_a_record_in_another_records_place_is_broken(bare_town: Town) -> None:
    """Found as a bug: a file whose id was another's shadowed it, and changes wrote a second one."""
    put(bare_town, a_bead())
    wrong = bare_town.layout.hq / "beads/mp/00/mp-abc.json"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(encode(a_bead(title="shadow")))
    git(bare_town.layout.hq, "add", "--force", ".")
    git(bare_town.layout.hq, "commit", "--quiet", "-m", "misplaced")
    assert bare_town.read().bead("mp-abc").title == "Title of mp-abc"
    [broken] = bare_town.read().broken()
    assert broken.path == "beads/mp/00/mp-abc.json"
    assert f"belongs in {record_path(a_bead())}" in broken.error


def spoil(file: Path, how: str) -> None:
    """Damage a cache in one of several ways."""
    data = file.read_bytes()
    if how == "empty":
        file.write_bytes(b"")
    elif how == "noise":
        file.write_bytes(os.urandom(8192))
    elif how == "half":
        file.write_bytes(data[: len(data) // 2])
    elif how == "text":
        file.write_text("no database\n" * 100)
    elif how == "folder":
        file.unlink()
        file.mkdir()
    else:
        connection = sqlite3.connect(file)
        statement = {
            "boot": "UPDATE meta SET value='[\"3\", \"another boot\"]' WHERE key='stamp'",
            "tables": "DROP TABLE bead",
            "commit": f"UPDATE meta SET value='{'1' * 40}' WHERE key='commit'",
            "nothing": "DELETE FROM meta",
        }[how]
        connection.execute(statement)
        if how == "boot":
            connection.execute("DELETE FROM bead")
        connection.commit()
        connection.close()


@pytest.mark.parametrize(
    "how", ["empty", "noise", "half", "text", "folder", "boot", "commit", "nothing"]
)
def test_an_odd_cache_is_rebuilt(bare_town: Town, how: str) -> None:
    """Whatever became of the file, reads answer from the ledger, and operations go on."""
    put(bare_town, a_bead(), a_rig())
    bare_town.close()
    spoil(bare_town.layout.cache, how)
    town = Town(bare_town.layout.root, EDGE)
    assert [bead.id for bead in town.read().beads()] == ["mp-abc"]
    put(town, a_bead("mp-b"))
    assert town.read().count_beads() == 2
    town.close()


def test_a_full_disk_is_no_reason_not_to_answer(bare_town: Town) -> None:
    """Found as a bug: where the cache could not grow, every reading command failed."""
    put(bare_town, *(a_bead(f"mp-{n}", description="x" * 2000) for n in range(100)))
    bare_town.layout.cache.unlink()
    child = python(
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        print(town.read().count_beads())
        """,
        str(bare_town.layout.root),
    )
    assert finish(child) == "100\n"


def test_a_deleted_cache_comes_back(bare_town: Town) -> None:
    """The cache may be deleted at any time, even while a process has it open."""
    put(bare_town, a_bead())
    shutil.rmtree(bare_town.layout.cache.parent)
    put(bare_town, a_bead("mp-b"))
    other = Town(bare_town.layout.root, EDGE)
    assert other.read().count_beads() == 2
    assert bare_town.read().count_beads() == 2
    other.close()


def test_another_boot_is_noticed(bare_town: Town) -> None:
    """The stamp in the file is this machine's boot: after a machine's crash it is rebuilt."""
    put(bare_town, a_bead())
    stamp = sqlite3.connect(bare_town.layout.cache).execute(
        "SELECT value FROM meta WHERE key='stamp'"
    )
    assert cache_module._boot_id() in stamp.fetchone()[0]


def test_advance_from_another_commit_changes_nothing(bare_town: Town) -> None:
    """A cache that is not at the operation's base waits for the next refresh."""
    put(bare_town, a_bead())
    cache = Cache(Path(":memory:"))
    cache.refresh(bare_town.ledger, bare_town.commit())
    before = rows(cache)
    cache.advance("1" * 40, "2" * 40, {record_path(a_bead()): None})
    assert (rows(cache), cache.commit()) == (before, bare_town.commit())
    cache.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Within the block we are a user without rights, where we are root outside of it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def readable_by_all() -> Iterator[Path]:
    """A folder that another user can enter."""
    with tempfile.TemporaryDirectory(prefix="gt-shared-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_read_only_disk_can_be_read(bare_town: Town, readable_by_all: Path) -> None:
    """Where nothing can be written, reads work from memory, and operations say why they do not."""
    put(bare_town, a_bead())
    bare_town.close()
    root = readable_by_all / "town"
    shutil.copytree(bare_town.layout.root, root, symlinks=True)
    warm = Town(root, EDGE)
    warm.read()  # its links are mended, its cache is warm
    warm.close()
    commits.commit(
        Town(root, EDGE).ledger, parent=bare_town.commit(), message="x", who=WHO, committer=WHO,
        files={record_path(a_bead("mp-b")): encode(a_bead("mp-b"))},
    )  # fmt: skip
    for path in (root, *root.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody():
        town = Town(root, EDGE)
        assert [bead.id for bead in town.read().beads()] == ["mp-abc", "mp-b"]
        with pytest.raises(DiskTrouble) as refused:
            put(town, a_bead("mp-c"))
    assert refused.value.exit_status == 74
    town.close()
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def test_a_reader_keeps_its_picture(bare_town: Town) -> None:
    """While another process writes, a reader goes on answering from its own commit."""
    put(bare_town, a_bead("mp-1"))
    reader = bare_town.read()
    assert reader.count_beads() == 1
    other = Town(bare_town.layout.root)
    put(other, a_bead("mp-2"))
    assert (reader.count_beads(), other.read().count_beads()) == (1, 2)
    assert bare_town.read().count_beads() == 2
    other.close()


def test_a_page_that_went_bad_is_said_and_mended(bare_town: Town) -> None:
    """A damaged page is an error with a next step, and the next command answers."""
    put(bare_town, *(a_bead(f"mp-{number}") for number in range(300)))
    bare_town.read()
    bare_town.close()
    file = bare_town.layout.cache
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)
    with suppress(Unreadable):
        Town(bare_town.layout.root).read().beads()
    assert len(Town(bare_town.layout.root).read().beads()) == 300
