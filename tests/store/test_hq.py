"""hq follows the ledger, heals from whatever was left, and never eats what a person wrote."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from gastown.errors import Refused
from gastown.store.layout import record_path
from gastown.store.town import Town
from tests.support.environment import Traps
from tests.support.living import git_holding_the_index
from tests.support.people import commit_all, git
from tests.support.soundness import assert_sound, history, status, subjects
from tests.support.towns import a_bead, a_hook, a_rig, put


def file_of(town: Town, identifier: str = "mp-abc") -> Path:
    """The bead's file in hq."""
    return town.layout.hq / record_path(a_bead(identifier))


def lock_of(town: Town) -> Path:
    """The lock of hq's index."""
    return town.layout.town_git / "worktrees" / "hq" / "index.lock"


def plant(lock: Path, age_s: float = 0) -> None:
    """Leave a lock behind, as a killed git does."""
    lock.write_text("")
    then = time.time() - age_s
    os.utime(lock, (then, then))


def test_hq_and_index_are_in_step(bare_town: Town, any_gitconfig: Traps | None) -> None:
    """After every operation the files, the index and the ref agree, for changes and removals."""
    put(bare_town, a_bead("mp-a"), a_bead("mp-b"), a_hook())
    put(bare_town, a_bead("mp-a").with_(status="closed"))
    with bare_town.transaction("delete", actor="human") as tx:
        tx.delete(tx.bead("mp-b"))
    assert any_gitconfig is None or any_gitconfig.sprung() == []
    assert git(bare_town.layout.hq, "write-tree") == git(
        bare_town.layout.hq, "rev-parse", "town^{tree}"
    )
    assert git(bare_town.layout.hq, "diff", "--no-ext-diff", "--name-only") == ""
    assert not file_of(bare_town, "mp-b").exists()
    assert_sound(bare_town)


def test_a_persons_commit_in_hq_is_the_state(bare_town: Town) -> None:
    """What a person commits with plain git is read at once and is the next operation's base."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    path = file_of(bare_town)
    path.write_text(path.read_text().replace("Title of mp-abc", "By hand"))
    theirs = commit_all(bare_town.layout.hq, "by hand")
    assert bare_town.read().bead("mp-abc").title == "By hand"
    put(bare_town, a_bead("mp-b", status="closed"))
    assert history(bare_town)[-3] == theirs  # then it is adopted
    assert bare_town.read().bead("mp-abc").title == "By hand"
    assert_sound(bare_town)


def test_git_revert_in_hq_takes_effect(bare_town: Town) -> None:
    """Plain git is a first-class client: a revert is a commit like any other."""
    put(bare_town, a_bead())
    put(bare_town, a_bead(status="closed"))
    git(bare_town.layout.hq, "-c", "core.editor=true", "revert", "--no-edit", "HEAD")
    assert bare_town.read().bead("mp-abc").state == "open"
    put(bare_town, a_bead("mp-b"))
    assert_sound(bare_town)


def test_an_uncommitted_edit_blocks_only_its_record(bare_town: Town) -> None:
    """Operations on the edited record are refused with the file's name; all others go on."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    path = file_of(bare_town)
    edited = path.read_text().replace("Title", "My title")
    path.write_text(edited)
    before = history(bare_town)
    with pytest.raises(Refused, match=f"hq/{record_path(a_bead())} has a change") as refused:
        put(bare_town, a_bead(status="closed"))
    assert f"git -C hq restore {record_path(a_bead())}" in str(refused.value.hint)
    assert history(bare_town) == before
    put(bare_town, a_bead("mp-b", status="closed"))
    assert bare_town.read().bead("mp-abc").title == "Title of mp-abc"  # not state
    assert path.read_text() == edited
    git(bare_town.layout.hq, "restore", record_path(a_bead()))
    put(bare_town, a_bead(status="closed"))
    assert_sound(bare_town)


@pytest.mark.parametrize("edit", ["removed", "folder", "link"])
def test_other_ways_to_edit_a_record(bare_town: Town, edit: str) -> None:
    """A record that was deleted or replaced by hand is not overwritten either."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    path = file_of(bare_town)
    path.unlink()
    if edit == "folder":
        path.mkdir()
    elif edit == "link":
        path.symlink_to(file_of(bare_town, "mp-b"))
    with pytest.raises(Refused, match="has a change that is not committed"):
        put(bare_town, a_bead(status="closed"))
    put(bare_town, a_bead("mp-b", status="closed"))
    assert status(bare_town) != ""


def test_a_strangers_file_in_a_records_place(bare_town: Town) -> None:
    """A new record does not replace an untracked file; the same content is no obstacle."""
    path = file_of(bare_town)
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    with pytest.raises(Refused, match="has a change"):
        put(bare_town, a_bead())
    assert path.read_text() == "mine\n"
    path.unlink()
    put(bare_town, a_bead())
    assert_sound(bare_town)


def test_an_edit_that_equals_the_operation_is_no_obstacle(bare_town: Town) -> None:
    """Somebody who wrote by hand what the operation writes loses nothing by it."""
    put(bare_town, a_bead())
    path = file_of(bare_town)
    path.write_bytes(path.read_bytes().replace(b'"open"', b'"closed"'))
    put(bare_town, a_bead(status="closed"))
    assert_sound(bare_town)


def test_a_living_git_in_hq_is_waited_for_by_nobody(bare_town: Town) -> None:
    """While a person's git holds the index, operations succeed; hq follows afterwards."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    with git_holding_the_index(bare_town):
        put(bare_town, a_bead(status="closed"))
        put(bare_town, a_bead("mp-c"))
        assert bare_town.read().bead("mp-abc").state == "closed"
        assert '"open"' in file_of(bare_town).read_text()
        assert lock_of(bare_town).exists()
    assert bare_town.read().bead("mp-abc").state == "closed"
    assert_sound(bare_town)


def test_one_record_twice_while_hq_lags(bare_town: Town) -> None:
    """Found as a bug: hq's own lag was taken for a person's edit of the record."""
    put(bare_town, a_bead())
    with git_holding_the_index(bare_town):
        put(bare_town, a_bead(status="closed"))
        put(bare_town, a_bead(status="open", title="again"))
        put(bare_town, a_bead("mp-new"))
        put(bare_town, a_bead("mp-new", status="closed"))
        with bare_town.transaction("delete", actor="human") as tx:
            tx.delete(tx.bead("mp-abc"))
        put(bare_town, a_bead(title="anew"))
    assert bare_town.read().bead("mp-abc").title == "anew"
    assert_sound(bare_town)


def test_hq_on_another_branch(bare_town: Town) -> None:
    """A person who looks at something else in hq stops nobody and finds it followed on return."""
    put(bare_town, a_bead())
    git(bare_town.layout.hq, "switch", "--quiet", "-c", "scratch")
    (bare_town.layout.hq / "town.toml").unlink()
    (bare_town.layout.hq / "note.txt").write_text("mine\n")
    commit_all(bare_town.layout.hq, "elsewhere")
    put(bare_town, a_bead(status="closed"))
    put(bare_town, a_bead("mp-b"))
    with bare_town.transaction("set", actor="human") as tx:
        tx.put_document("directives/mayor.md", b"be kind\n")
    put(bare_town, a_bead(status="open"))
    assert "hand edit" not in " ".join(subjects(bare_town))
    assert git(bare_town.layout.hq, "symbolic-ref", "HEAD") == "refs/heads/scratch"
    assert not (bare_town.layout.hq / "directives").exists()
    git(bare_town.layout.hq, "switch", "--quiet", "town")
    put(bare_town, a_bead("mp-c"))
    assert_sound(bare_town)


def test_an_old_lock_without_an_owner_is_set_aside(bare_town: Town) -> None:
    """A killed git's index.lock older than ten seconds goes to quarantine."""
    plant(lock_of(bare_town), age_s=11)
    put(bare_town, a_bead())
    assert_sound(bare_town)
    assert [p.name[:10] for p in bare_town.layout.quarantine.iterdir()] == ["index.lock"]


def test_a_young_lock_without_an_owner_is_left(bare_town: Town) -> None:
    """A young lock may belong to somebody we cannot see; the operation succeeds without it."""
    plant(lock_of(bare_town))
    put(bare_town, a_bead())
    assert lock_of(bare_town).exists()
    assert not file_of(bare_town).exists()
    plant(lock_of(bare_town), age_s=11)
    bare_town.read()
    assert_sound(bare_town)


def test_an_old_lock_with_an_owner_is_left(bare_town: Town) -> None:
    """Age alone proves nothing: a person's editor may be open for hours."""
    with git_holding_the_index(bare_town):
        plant(lock_of(bare_town), age_s=10_000)
        put(bare_town, a_bead())
        assert lock_of(bare_town).exists()
    put(bare_town, a_bead("mp-b"))
    assert_sound(bare_town)


def test_the_lock_of_our_own_killed_sync_is_set_aside_at_once(bare_town: Town) -> None:
    """A lock younger than our note of a running sync was ours, and its writer is dead."""
    (bare_town.layout.run / "hq-syncing").write_text(f"{bare_town.commit()}\n")
    plant(lock_of(bare_town))
    put(bare_town, a_bead())
    assert_sound(bare_town)


@pytest.mark.parametrize("reader", [True, False], ids=["read", "write"])
def test_hq_that_was_deleted_comes_back(bare_town: Town, reader: bool) -> None:
    """There is nothing in hq that the ledger does not: it is made again by the next command."""
    put(bare_town, a_bead(), a_rig())
    shutil.rmtree(bare_town.layout.hq)
    if reader:
        assert bare_town.read().bead("mp-abc").title
    else:
        put(bare_town, a_bead("mp-b"))
    assert_sound(bare_town)
    assert file_of(bare_town).exists()


def test_hq_without_its_git_file(bare_town: Town) -> None:
    """A lost `.git` file comes back, and what was written meanwhile stays."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    (bare_town.layout.hq / ".git").unlink()
    edited = file_of(bare_town, "mp-b").read_text().replace("Title", "Mine")
    file_of(bare_town, "mp-b").write_text(edited)
    put(bare_town, a_bead(status="closed"))
    put(bare_town, a_rig())
    assert file_of(bare_town, "mp-b").read_text() == edited
    assert status(bare_town).split() == ["M", record_path(a_bead("mp-b"))]


def test_uncommitted_edits_survive_a_heal(bare_town: Town) -> None:
    """Healing brings what nobody touched to the ledger's commit, and leaves the rest alone."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    file_of(bare_town, "mp-b").write_text("mine\n")
    (bare_town.layout.hq / "note.txt").write_text("mine too\n")
    with git_holding_the_index(bare_town):
        put(bare_town, a_bead(status="closed"))
    assert '"open"' in file_of(bare_town).read_text()
    bare_town.read()
    assert '"closed"' in file_of(bare_town).read_text()
    assert file_of(bare_town, "mp-b").read_text() == "mine\n"
    assert status(bare_town).splitlines() == [f" M {record_path(a_bead('mp-b'))}", "?? note.txt"]


def test_a_heal_leaves_no_stale_index(bare_town: Town) -> None:
    """Found as a bug: the index of an edited file stayed behind, as a staged undo of others' work.

    The file that the person wrote stays; the index follows, so that a commit of something else
    does not carry the old content back into the ledger.
    """
    put(bare_town, a_bead())
    with git_holding_the_index(bare_town):
        put(bare_town, a_bead(status="closed"))
        file_of(bare_town).write_text("mine\n")
    bare_town.read()
    assert file_of(bare_town).read_text() == "mine\n"
    assert git(bare_town.layout.hq, "diff", "--cached", "--name-only") == ""
    (bare_town.layout.hq / "note.txt").write_text("n\n")
    git(bare_town.layout.hq, "add", "note.txt")
    git(bare_town.layout.hq, "commit", "--quiet", "-m", "a note")
    assert bare_town.read().bead("mp-abc").state == "closed"
