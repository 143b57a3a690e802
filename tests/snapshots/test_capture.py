"""Captures of live hooks: when one is taken, what is in it, and that nobody notices."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gastown.errors import Busy, GitFailed, Refused
from gastown.ops.retire import place_held
from gastown.ops.snapshots import capture, capture_held
from gastown.store import snapshot
from gastown.store.git import Git
from gastown.store.history import tell
from gastown.store.snapshots import keep_head
from tests.snapshots.trees import captured, files, log, make_a_mess, placed, reflog
from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write
from tests.support.waiting import until

WIP = "refs/gt/wip/toast/1"


def at(desk: Desk, spec: str) -> str:
    """What is at COMMIT:PATH of the rig."""
    return git(desk.root / "mp" / "repo.git", "show", spec)


def test_only_what_is_new_is_captured(desk: Desk) -> None:
    """A clean worktree, and one that looks as it did, need no snapshot; staging alone is news."""
    _, tree = desk.sling()
    assert captured(desk) is None
    write(tree, {"half.txt": "half\n"})
    first = captured(desk)
    assert first is not None
    assert captured(desk, "stopped") is None
    git(tree, "add", "half.txt")
    staged = captured(desk, "asked")
    assert staged not in (None, first)
    assert captured(desk) is None
    desk.work(tree, {"other.txt": "o\n"})
    write(tree, {"half.txt": "more\n"})
    assert captured(desk, "crashed") is not None
    assert [one["subject"] for one in log(desk) if one["kind"] == "snapshot"] == [
        "crashed", "asked", "settled",
    ]  # fmt: skip


def test_the_mayors_and_a_persons_work_is_captured_too(desk: Desk) -> None:
    """Every hook has snapshots, each in the repository that it belongs to."""
    desk.gt("crew", "add", "ada", "--rig", "mp")
    write(desk.root / "mayor", {"plan.md": "plan\n"})
    write(desk.root / "mp" / "crew" / "ada", {"half.txt": "half\n"})
    assert captured(desk, agent="mayor")
    assert captured(desk, agent="mp/ada")
    assert git(desk.town.layout.town_git, "show", "refs/gt/wip/mayor/1:plan.md") == "plan"
    (desk.root / "mayor" / "plan.md").unlink()
    desk.gt("hooks", "restore", "mayor")
    assert (desk.root / "mayor" / "plan.md").read_text() == "plan\n"
    assert [one["kind"] for one in log(desk, agent="mayor")] == ["snapshot"]
    assert "half.txt" in desk.gt("hooks", "diff", at="mp/crew/ada").out


def test_places_that_are_being_changed(desk: Desk) -> None:
    """Who holds the place may capture; others wait for it, and say so when it takes too long."""
    _, tree = desk.sling()
    hook = desk.hook("mp/toast")
    write(tree, {"half.txt": "half\n"})
    with place_held(desk.town, hook):
        with ThreadPoolExecutor(1) as other, pytest.raises(Busy):
            other.submit(capture, desk.town, hook, "settled", wait_s=0.05).result()
        assert capture_held(desk.town, hook, "settled") is not None
    (tree / ".git").unlink()
    with pytest.raises(Refused, match="no worktree"):
        capture(desk.town, hook, "settled")


def test_of_a_worktree_that_is_gone_nothing_is_said(desk: Desk) -> None:
    """Neither a missing directory nor another generation's is taken for an empty one."""
    bead, tree = desk.sling()
    old = desk.hook("mp/toast")
    desk.gt("unsling", bead)
    assert capture(desk.town, old, "settled") is None
    desk.gt("sling", bead, "mp/toast", "--no-start")
    write(tree, {"half.txt": "of the new one\n"})
    assert capture(desk.town, old, "settled") is None
    assert reflog(desk, WIP) == []
    assert captured(desk) is not None


def test_many_takers_at_once(desk: Desk) -> None:
    """Eight threads on one worktree: each snapshot is whole, and nothing is left behind."""
    _, tree = desk.sling()
    make_a_mess(tree)
    status = git(tree, "status", "--porcelain=v2", "-z")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: snapshot.take(tree, WIP, f"taker {n}"), range(8)))
    oids = {one.oid for one in made if one is not None}
    repository = desk.root / "mp" / "repo.git"
    assert len({git(repository, "rev-parse", f"{oid}^{{tree}}") for oid in oids}) == 1
    assert set(reflog(desk, WIP)) == oids
    assert git(tree, "status", "--porcelain=v2", "-z") == status
    admin = Path(git(tree, "rev-parse", "--absolute-git-dir"))
    assert not list((admin / "gt").glob("index-*"))


def test_an_agent_that_writes_meanwhile(desk: Desk) -> None:
    """Files that come and go while it is taken neither stop a snapshot nor damage it."""
    _, tree = desk.sling()
    write(tree, {"steady.txt": "steady\n"})
    over = threading.Event()
    rounds = []

    def churn() -> None:
        while not over.is_set():
            for number in range(20):
                write(tree, {f"tmp/{number}.txt": "x" * 2000, "README.md": f"{len(rounds)}\n"})
            for number in range(20):
                (tree / "tmp" / f"{number}.txt").unlink()
            rounds.append(1)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        until(lambda: rounds)
        made = [snapshot.take(tree, WIP, "busy") for _ in range(8)]
    finally:
        over.set()
        thread.join()
    for one in made:
        assert one is not None
        assert at(desk, f"{one.oid}:steady.txt") == "steady"


def test_files_that_vanish_between_two_looks(desk: Desk) -> None:
    """Found as a bug: a tracked file that went midway was fatal to `git add -u`, and to us."""
    _, tree = desk.sling()
    write(tree, {"b.txt": "b\n", "c.txt": "c\n", ".gitattributes": "a.txt filter=thief\n"})
    desk.work(tree, {"a.txt": "a\n"})
    # The first time git only compares; the second time it is in the middle of adding.
    seen = desk.root.parent / "seen"
    thief = f"test -e {seen} && rm -f b.txt new.txt; touch {seen}; cat"
    git(tree, "config", "filter.thief.clean", thief)
    write(tree, {"a.txt": "changed\n", "b.txt": "changed\n", "new.txt": "n\n", "z.txt": "z\n"})
    made = snapshot.take(tree, WIP, "settled")
    assert made is not None
    assert at(desk, f"{made.oid}:a.txt") == "changed"
    assert at(desk, f"{made.oid}:z.txt") == "z"
    names = git(tree, "ls-tree", "-r", "--name-only", made.oid).splitlines()
    assert not {"b.txt", "new.txt"} & set(names)


def test_what_can_never_be_read_is_named(desk: Desk) -> None:
    """A pipe in the place of a tracked file is left out, loudly, and stops nothing."""
    _, tree = desk.sling()
    (tree / "README.md").unlink()
    os.mkfifo(tree / "README.md")
    os.mkfifo(tree / "another")
    write(tree, {"half.txt": "half\n"})
    made = snapshot.take(tree, WIP, "settled")
    assert made is not None
    assert made.left_out == ("README.md",)
    assert log(desk)[0]["left_out"] == ["README.md"]
    assert "! not in it: README.md" in desk.gt("hooks", "log", "mp/toast").out


def test_names_that_were_left_out_are_told_exactly(desk: Desk) -> None:
    """Secrets and repositories of any name stand in the log as they are called."""
    _, tree = desk.sling()
    secrets = ["deep/.env", "a b.pem", "new\nline.key", "ü.key", '"q".key']
    write(tree, dict.fromkeys(secrets, "hunter2\n"))
    write(tree, {"half.txt": "half\n"})
    make_project(tree / "vendor" / "thing")
    captured(desk)
    [entry] = log(desk)
    assert sorted(entry["left_out"]) == sorted(secrets)
    assert entry["nested"] == ["vendor/thing"]
    said = desk.gt("hooks", "log", "mp/toast").out
    assert "new\\nline.key" in said
    assert "hunter2" not in desk.gt("hooks", "diff", "mp/toast").out


def test_files_that_git_was_told_to_overlook(desk: Desk) -> None:
    """Found as a bug: `--assume-unchanged`, a sparse checkout, `safecrlf` kept work out."""
    _, tree = desk.sling()
    desk.work(tree, {"in/a.txt": "a\n", "out/b.txt": "b\n"})
    git(tree, "update-index", "--assume-unchanged", "README.md")
    write(tree, {"README.md": "overlooked\n"})
    git(tree, "config", "core.sparseCheckoutCone", "false")
    git(tree, "sparse-checkout", "set", "--no-cone", "/in/", "/README.md")
    git(tree, "config", "core.safecrlf", "true")
    git(tree, "config", "core.autocrlf", "true")
    write(tree, {"out/new.txt": "outside\n", "mixed.txt": b"a\r\nb\n", "in/n.txt": "n\n"})
    taken = captured(desk)
    names = git(tree, "ls-tree", "-r", "--name-only", str(taken)).splitlines()
    assert {"out/new.txt", "out/b.txt", "mixed.txt", "in/n.txt"} <= set(names)
    assert at(desk, f"{taken}:README.md") == "overlooked"


def test_without_an_index_and_without_a_branch(desk: Desk) -> None:
    """A worktree that lost one or the other is captured all the same, on the last known commit."""
    _, tree = desk.sling()
    tip = desk.work(tree, {"one.txt": "1\n"})
    write(tree, {"half.txt": "half\n"})
    (Path(git(tree, "rev-parse", "--absolute-git-dir")) / "index").unlink()
    taken = str(captured(desk))
    assert git(tree, "diff-tree", "-r", "--name-status", tip, taken) == "A\thalf.txt"
    git(tree, "update-ref", "-d", git(tree, "symbolic-ref", "HEAD"))
    write(tree, {"half.txt": "more\n"})
    taken = str(captured(desk))
    told = tell(Git(tree), [taken])[taken]
    assert (told.head, told.subject) == (tip, "settled")
    assert b"half.txt" in placed(desk, taken, "copy")


def test_a_fingerprint_of_what_is_not_committed(desk: Desk) -> None:
    """It is the same as long as nothing happens, and another after every kind of change."""
    _, tree = desk.sling()
    seen = [snapshot.quick_state(tree)]

    def changed() -> bool:
        seen.append(snapshot.quick_state(tree))
        assert seen[-1] == snapshot.quick_state(tree)
        return seen[-1] not in seen[:-1]

    write(tree, {"new file.txt": "n\n"})
    assert changed()
    write(tree, {"new file.txt": "longer\n"})
    assert changed()
    os.utime(tree / "new file.txt", ns=(1, 1))
    assert changed()
    git(tree, "add", ".")
    assert changed()
    commit_all(tree)
    assert changed()
    write(tree, {"README.md": "changed\n"})
    assert changed()
    (tree / "README.md").unlink()
    assert changed()
    (tree / ".git").rename(tree / ".gone")
    assert snapshot.quick_state(tree) is None


def test_heads_are_kept(desk: Desk) -> None:
    """Each commit a branch was at stays held when it is reset; the same one twice costs nothing."""
    _, tree = desk.sling()
    repository = Git(desk.root / "mp" / "repo.git", bare=True)
    hook = desk.hook("mp/toast")
    heads = []
    for number in range(3):
        heads.append(desk.work(tree, {"n.txt": f"{number}\n"}))
        for _ in range(2):
            keep_head(repository, hook, heads[-1])
    keep_head(repository, hook, None)
    git(tree, "reset", "--quiet", "--hard", "HEAD~2")
    assert reflog(desk, "refs/gt/head/toast/1") == heads[::-1]


def test_what_cannot_be_written_is_an_error(desk: Desk) -> None:
    """A repository that refuses objects ends a capture with git's own word, and changes nothing."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    objects = desk.root / "mp" / "repo.git" / "objects"
    aside = objects.rename(objects.with_name("aside"))
    objects.write_text("not a folder\n")
    with pytest.raises(GitFailed):
        captured(desk)
    objects.unlink()
    aside.rename(objects)
    assert files(tree)[b"half.txt"][0] == b"half\n"
    assert captured(desk) is not None


def test_a_change_in_the_same_instant_is_seen(desk: Desk) -> None:
    """Found as a bug: a file that changes within the second of its checkout looks unchanged.

    Git looks closer at what is as new as its index; a copy of the index must not look newer.
    """
    _, tree = desk.sling()
    git(tree, "config", "core.trustctime", "false")  # which no test can set back
    file = tree / "README.md"
    then = file.stat().st_mtime_ns - 60 * 10**9
    os.utime(file, ns=(then, then))
    git(tree, "update-index", "--refresh")
    index = Path(git(tree, "rev-parse", "--absolute-git-dir")) / "index"
    os.utime(index, ns=(then, then))
    file.write_text("".join(reversed(file.read_text())))
    os.utime(file, ns=(then, then))
    taken = captured(desk)
    assert taken is not None
    assert at(desk, f"{taken}:README.md") == file.read_text().rstrip("\n")
