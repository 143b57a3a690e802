"""Without a monitor every writing command takes what git hooks have reported; reading ones do not
write.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.errors import Refused
from gastown.monitor.keeper import Keeper
from gastown.ops.observe import look_at_hook
from gastown.ops.slinging import being_slung, slinging
from gastown.runtime.journal import Journal
from gastown.store.spool import Spool
from gastown.store.upkeep import keep_small, loose_objects
from tests.monitor.test_plain_git import commit, status_of
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import RED
from tests.support.waiting import until


def test_the_next_writing_command_takes_the_events(desk: Desk) -> None:
    """A commit is in the spool until somebody writes."""
    bead, tree = desk.sling()
    commit(tree, "work")
    spool = Spool(desk.town.layout.spool)
    assert not spool.is_empty()
    desk.gt("agents")
    desk.gt("status")
    assert status_of(desk, bead) == "hooked"
    assert not spool.is_empty()
    desk.bead("Another")
    assert status_of(desk, bead) == "in_progress"
    assert spool.is_empty()


def test_a_commit_that_says_done_is_handed_in_by_the_next_command(desk: Desk) -> None:
    """And tested and merged by the refinery."""
    bead, tree = desk.sling()
    commit(tree, "work\n\nBead-Status: done")
    desk.bead("Another")
    [merge] = desk.town.read().merges()
    assert (merge.bead, merge.state) == (bead, "queued")
    desk.gt("refinery", "run")
    assert status_of(desk, bead) == "closed"
    assert not tree.exists()


def test_one_trouble_does_not_keep_the_command_from_its_work(desk: Desk) -> None:
    """What cannot be handed in yet is told, and the command does what was asked."""
    bead, tree = desk.sling()
    (tree / "half").write_text("half\n")
    git(tree, "commit", "--quiet", "--allow-empty", "-m", "x\n\nBead-Status: done")
    desk.bead("Another")
    assert status_of(desk, bead) == "in_progress"
    assert [m.subject for m in desk.town.read().mail("mp/toast")]


def test_what_was_told_and_read_is_not_told_again(desk: Desk) -> None:
    """Found as a bug: once its mail was read, each look sent another."""
    _, tree = desk.sling()
    (tree / "half").write_text("half\n")
    git(tree, "commit", "--quiet", "--allow-empty", "-m", "x\n\nBead-Status: done")
    for _ in range(2):
        with pytest.raises(Refused, match="not committed"):
            look_at_hook(desk.town, "mp/toast")
        [mail] = desk.town.read().mail("human")
        desk.gt("mail", "read", mail.id)


def test_commits_name_the_bead_that_is_on_the_hook_now(desk: Desk) -> None:
    """Found as a bug: after its bead was taken off, a crew's commits went on to name it."""
    desk.gt("crew", "add", "ada", "--rig", "mp")
    tree = desk.root / "mp" / "crew" / "ada"

    def named() -> str:
        commit(tree, "step", {"step.txt": f"{len(git(tree, 'log', '--format=%h'))}\n"})
        return git(tree, "log", "-1", "--format=%(trailers:key=Bead,valueonly)").strip()

    first, second, third = (desk.bead(f"Bead {n}") for n in range(3))
    assert named() == ""
    desk.gt("sling", first, "mp/ada")
    assert named() == first
    desk.gt("unsling", first)
    assert named() == ""
    desk.gt("sling", second, "mp/ada")
    desk.bd("close", second)
    assert named() == ""
    desk.gt("sling", third, "mp/ada")
    assert named() == third
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert named() == ""


def test_done_twice_over_is_one_request(desk: Desk) -> None:
    """The trailer and the command say the same thing."""
    bead, tree = desk.sling()
    commit(tree, "work\n\nBead-Status: done")
    desk.gt("done", at=tree)
    desk.bead("Another")
    assert [m.bead for m in desk.town.read().merges()] == [bead]


def test_the_same_commit_is_not_handed_in_again_after_it_failed(desk: Desk) -> None:
    """A red gate gives the work back; only a new commit says that it is done again."""
    desk.gate(f"[ -e fixed ] || {RED}")
    bead, tree = desk.sling()
    commit(tree, "work\n\nBead-Status: done")
    desk.bead("Another")
    desk.gt("refinery", "run", status=1)
    desk.gt("sling", bead, "mp/toast", "--no-start")
    (tree / "note").write_text("x")
    git(tree, "stash", "--quiet", "--include-untracked")  # an event, and no new commit
    desk.bead("A third")
    assert desk.hook("mp/toast").state == "active"
    commit(tree, "mended\n\nBead-Status: done", {"fixed": "x\n"})
    desk.bead("A fourth")
    assert desk.hook("mp/toast").state == "completed"
    desk.gt("refinery", "run")
    assert status_of(desk, bead) == "closed"


def test_a_sling_that_is_under_way_is_known(desk: Desk) -> None:
    """As long as it runs, and no longer."""
    bead, _ = desk.sling()
    hook = desk.hook("mp/toast")
    assert not being_slung(desk.town, hook)
    with slinging(desk.town, bead):
        assert being_slung(desk.town, hook)
        with slinging(desk.town, "other"):
            assert being_slung(desk.town, hook)
    assert not being_slung(desk.town, hook)
    assert not list(desk.town.layout.locks.glob("sling.*"))


def test_repositories_are_packed_and_nothing_is_lost(desk: Desk, tmp_path: Path) -> None:
    """Many loose objects and refs become few files; what nobody points at is kept, too."""
    bare = desk.root / "mp" / "repo.git"
    assert keep_small(bare) is None
    lost = git(bare, "hash-object", "-w", "--stdin", stdin="nobody points at this")
    blobs = "".join(f"blob\ndata <<E\n{n}\nE\n" for n in range(6000))
    git(bare, "-c", "fastimport.unpackLimit=10000", "fast-import", "--quiet", stdin=blobs)
    head = git(bare, "rev-parse", "main")
    refs = "".join(f"create refs/gt/test/{n} {head}\n" for n in range(1200))
    git(bare, "update-ref", "--stdin", stdin=refs)
    said = keep_small(bare)
    assert said is not None
    assert "loose objects" in said
    assert "loose refs" in said
    assert loose_objects(bare) < 500
    assert git(bare, "cat-file", "-p", lost) == "nobody points at this"
    assert git(bare, "fsck", "--full", "--no-dangling") == ""
    assert keep_small(bare) is None
    _, tree = desk.sling()
    desk.work(tree)


def test_a_snapshot_is_taken_once_files_have_settled(desk: Desk, tmp_path: Path) -> None:
    """Not while they change, once when they do not, and never twice for the same."""
    _, tree = desk.sling()
    town, hook = desk.town, desk.hook("mp/toast")
    keeper = Keeper(Journal(tmp_path / "log", town.now))
    bare = desk.root / "mp" / "repo.git"
    wip = lambda: git(  # noqa: E731
        bare, "rev-parse", "--quiet", "--verify", "refs/gt/wip/toast/1", check=False
    )

    def look() -> None:
        keeper.poke(hook.id)
        until(keeper.is_due)
        keeper.work(town)

    keeper.follow([hook], frozenset())
    look()
    assert wip() == ""
    (tree / "draft").write_text("one")
    look()
    assert wip() == ""
    (tree / "draft").write_text("two, longer")
    look()
    assert wip() == ""
    look()
    first = wip()
    assert git(bare, "show", f"{first}:draft") == "two, longer"
    look()
    look()
    assert wip() == first
    keeper.follow([], frozenset())
    assert keeper.next_due_s() > 1000
