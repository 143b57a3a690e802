"""Giving the origin what was tested: never by force, and what it refuses is told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gastown.domain.merge_settings import Gate, MergePolicy, Phase
from gastown.domain.rig import Rig as RigRecord
from gastown.ops.refining.publishing import publish, push_wanted
from gastown.store.merging import move_target
from gastown.store.pushing import push, redacted
from gastown.store.repository import fetch
from tests.support.environment import Traps
from tests.support.people import git
from tests.support.rigs import Rig
from tests.support.waiting import until

MAIN = "refs/heads/main"
GATE = Gate("test", "true")


@pytest.fixture
def origin(rig: Rig, tmp_path: Path) -> Path:
    """A bare repository that is the origin of `rig`."""
    bare = tmp_path / "origin.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(rig.origin), str(bare))
    git(bare, "config", "core.logAllRefUpdates", "always")
    git(rig.git.place, "config", "remote.origin.url", str(bare))
    return bare


def make(bare: Path, parent: str, name: str) -> str:
    """A commit with a new file on top of another, in a bare repository; nothing points at it."""
    blob = git(bare, "hash-object", "-w", "--stdin", stdin=f"{name}\n")
    listed = git(bare, "ls-tree", parent)
    tree = git(bare, "mktree", stdin=f"{listed}\n100644 blob {blob}\t{name}\n")
    return git(bare, "commit-tree", "-p", parent, "-m", name, tree)


def ours(rig: Rig, name: str = "ours", parent: str | None = None) -> str:
    """A tested commit on top of the rig's target."""
    return make(rig.git.place, parent or rig.base, name)


def theirs(origin: Path, rig: Rig, name: str = "theirs") -> str:
    """A commit that somebody else has pushed."""
    commit = make(origin, rig.base, name)
    git(origin, "update-ref", MAIN, commit)
    return commit


def record(rig: Rig) -> RigRecord:
    """The rig's record."""
    return rig.town.read().rig("mp")


def decline(origin: Path, words: str = "not today") -> None:
    """Let the origin refuse every push."""
    script = origin / "hooks" / "pre-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    script.chmod(0o755)


def test_a_push_is_one_branch_and_no_more(rig: Rig, origin: Path, hostile_gitconfig: Traps) -> None:
    """The branch comes forward, the remote-tracking ref with it; no tag, no git hook, no force."""
    bare, commit = rig.git.place, ours(rig)
    for key, value in {"push.followTags": "true", "push.default": "matching",
                       "remote.origin.push": "+refs/*:refs/*"}.items():  # fmt: skip
        git(bare, "config", "--global", key, value)
    git(bare, "tag", "-m", "a tag", "v1", commit)
    git(origin, "config", "core.hooksPath", str(origin / "hooks"))  # its side is its own matter
    for trap in hostile_gitconfig.folder.iterdir():  # what the person's own git walked into
        trap.unlink()
    done = push(rig.git, commit, "main")
    assert (done.ok, done.moved) == (True, False)
    assert git(origin, "for-each-ref", "--format=%(refname) %(objectname)") == f"{MAIN} {commit}"
    assert rig.git.oid("refs/remotes/origin/main") == commit
    assert push(rig.git, commit, "main").ok
    assert push(rig.git, commit, "gt/mr-1").ok
    assert hostile_gitconfig.sprung() == []


def test_what_has_moved_is_told_from_other_trouble(rig: Rig, origin: Path) -> None:
    """Elsewhere, known or not; declined by its git hook; no answer; a branch checked out there."""
    known = theirs(origin, rig)
    commit = ours(rig)
    for _ in range(2):
        done = push(rig.git, commit, "main")
        assert (done.ok, done.moved) == (False, True)
        fetch(rig.git)
    assert git(origin, "rev-parse", MAIN) == known
    decline(origin)
    done = push(rig.git, ours(rig, "more", known), "main")
    assert (done.ok, done.moved) == (False, False)
    assert "pre-receive hook declined" in done.said
    assert "not today" in done.said
    git(rig.git.place, "config", "remote.origin.url", str(rig.origin))
    done = push(rig.git, commit, "main")
    assert (done.ok, done.moved) == (False, False)
    assert "branch is currently checked out" in done.said
    git(rig.git.place, "config", "remote.origin.url", str(origin / "nowhere"))
    assert "does not appear to be a git repository" in push(rig.git, commit, "main").said


def test_a_push_that_hangs_is_ended(rig: Rig, origin: Path, tmp_path: Path) -> None:
    """With all it has started."""
    pid = tmp_path / "pid"
    script = origin / "hooks" / "pre-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\necho $$ >{pid}\nexec sleep 300\n")
    script.chmod(0o755)
    done = push(rig.git, ours(rig), "main", timeout=1.0)
    assert (done.ok, done.moved) == (False, False)
    assert "took longer than 1 s" in done.said
    until(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    assert git(origin, "rev-parse", MAIN) == rig.base


def test_a_race_is_lost_in_peace(rig: Rig, origin: Path) -> None:
    """Somebody pushes while our push is under way: theirs stays, and ours has to follow."""
    other = make(origin, rig.base, "racing")
    script = origin / "hooks" / "pre-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text(
        f"#!/bin/sh\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\n"
        f"git update-ref {MAIN} {other}\n"
    )
    script.chmod(0o755)
    done = push(rig.git, ours(rig), "main")
    assert (done.ok, done.moved) == (False, True), done.said
    assert git(origin, "rev-parse", MAIN) == other


@pytest.mark.parametrize(
    ("text", "shown"),
    [("fatal: unable to access 'https://ada:s3cr@t@host.org/x.git/': no",
      "fatal: unable to access 'https://host.org/x.git/': no"),
     ("to ssh://git@host/x and https://tok3n@h/y", "to ssh://host/x and https://h/y"),
     ("\x1b[31mred\x07\n\n", "[31mred"), ("mail a@b.org", "mail a@b.org")],
)  # fmt: skip
def test_no_secret_is_shown(text: str, shown: str) -> None:
    """Whatever stands before the host goes, and so do control characters."""
    assert redacted(text) == shown


def test_a_password_in_a_url_is_not_shown(rig: Rig) -> None:
    """Nor in what git says about a server that does not answer."""
    git(rig.git.place, "config", "remote.origin.url", "http://ada:s3cret@127.0.0.1:1/x.git")
    done = push(rig.git, rig.base, "main")
    assert (done.ok, done.moved) == (False, False)
    assert "127.0.0.1" in done.said
    assert "s3cret" not in done.said


POLICY = MergePolicy()
ALWAYS, NEVER = replace(POLICY, push="always"), replace(POLICY, push="never")


@pytest.mark.parametrize(
    ("policy", "gate", "bare", "wanted"),
    [(POLICY, GATE, True, True), (POLICY, GATE, False, False), (POLICY, None, True, False),
     (POLICY, replace(GATE, required=False), True, False),
     (POLICY, replace(GATE, phase=Phase.PRE_MERGE), True, False),
     (NEVER, GATE, True, False), (ALWAYS, None, False, True)],
)  # fmt: skip
def test_when_a_push_is_wanted(
    rig: Rig, origin: Path, policy: MergePolicy, gate: Gate | None, bare: bool, wanted: bool
) -> None:
    """auto: what was tested, and never into somebody's checkout."""
    if not bare:
        git(rig.git.place, "config", "remote.origin.url", f"file://{rig.origin}")
    assert push_wanted(rig.git, policy, (gate,) if gate else ()) is wanted


def letters(rig: Rig) -> list[str]:
    """What the person was told."""
    return [mail.body for mail in rig.town.read().mail("human")]


def test_the_person_is_told_once_until_it_works(rig: Rig, origin: Path) -> None:
    """The same trouble is told once, another one again, and after a success so is the first."""
    first, second, third = ours(rig), ours(rig, "second"), ours(rig, "third")
    decline(origin)
    for commit in (first, second):
        done = publish(rig.town, record(rig), rig.git, commit, POLICY, (GATE,))
        assert done.state == "failed"
    assert len(letters(rig)) == 1
    assert "not today" in letters(rig)[0]
    (origin / "hooks" / "pre-receive").unlink()
    move_target(rig.git, MAIN, rig.base, first)
    assert publish(rig.town, record(rig), rig.git, first, POLICY, (GATE,)).state == "pushed"
    assert git(origin, "rev-parse", MAIN) == first
    decline(origin)
    for mail in rig.town.read().mail("human"):
        with rig.town.transaction("read", actor="human") as tx:
            tx.delete(mail)
    commit = ours(rig, "fourth", first)
    assert publish(rig.town, record(rig), rig.git, commit, ALWAYS, ()).state == "failed"
    assert "Nothing is merged" in letters(rig)[0]
    assert publish(rig.town, record(rig), rig.git, third, NEVER, ()).state == "skipped"


def test_moved_on_or_diverged(rig: Rig, origin: Path) -> None:
    """An origin that can be followed is followed; one that went another way is told of."""
    theirs(origin, rig)
    done = publish(rig.town, record(rig), rig.git, ours(rig), POLICY, (GATE,))
    assert (done.state, letters(rig)) == ("moved", [])
    move_target(rig.git, MAIN, rig.base, ours(rig))
    done = publish(rig.town, record(rig), rig.git, ours(rig, "x", ours(rig)), POLICY, (GATE,))
    assert done.state == "failed"
    assert "have diverged" in letters(rig)[0]
