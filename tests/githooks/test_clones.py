"""A person's own clone outside the town: it reports, and loses nothing by it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.githooks.helpers import (
    commit,
    executable,
    kinds,
    lines,
    photograph,
    put_script,
    told,
    typed,
)
from tests.support.desk import Desk
from tests.support.people import git


@pytest.fixture
def clone(desk: Desk, project: Path, tmp_path: Path) -> Path:
    """A clone of the rig's project, in a folder with an odd name."""
    place = tmp_path / "my 'own' \"clone\""
    git(tmp_path, "clone", "--quiet", str(project), str(place))
    git(desk.root / "mp" / "repo.git", "config", "remote.origin.url", str(project))
    with desk.town.transaction("the rig's place", actor="human") as tx:
        rig = tx.rig("mp")
        tx.put(rig.__class__(**{**vars(rig), "url": str(project)}))
    (place / ".git" / "config").chmod(0o640)
    return place


def _plain(clone: Path, ran: Path) -> None:
    """Nothing special."""


def _scripted(clone: Path, ran: Path) -> None:
    """Scripts of the person's own, one of them with one of our names."""
    body = f'echo "$0" >>"{ran}"'
    put_script(clone / ".git" / "hooks" / "post-commit", executable(body))
    put_script(clone / ".git" / "hooks" / "pre-commit", executable(body))


def _global(clone: Path, ran: Path) -> None:
    """Git hooks of the person for all of their repositories."""
    folder = ran.with_name("global-hooks")
    put_script(folder / "post-commit", executable(f'echo "$0" >>"{ran}"'))
    git(clone, "config", "--global", "core.hooksPath", str(folder))


def _bare_template(clone: Path, ran: Path) -> None:
    """No hooks folder at all."""
    for file in (clone / ".git" / "hooks").iterdir():
        file.unlink()
    (clone / ".git" / "hooks").rmdir()


@pytest.mark.parametrize("prepare", [_plain, _scripted, _global, _bare_template])
def test_in_and_out(desk: Desk, clone: Path, ran: Path, prepare: object) -> None:
    """It reports; installing again changes nothing; afterwards every byte and mode is back."""
    prepare(clone, ran)  # type: ignore[operator]
    commit(clone, "first")
    expected = lines(ran)
    told(desk)
    before = photograph(clone / ".git")
    planned = desk.gt("githooks", "install", clone, "--dry-run", "--json").data
    assert photograph(clone / ".git") == before
    done = desk.gt("githooks", "install", clone, "--json").data
    assert len(done["changes"]) == len(planned["changes"]) > 1
    installed = photograph(clone / ".git")
    assert desk.gt("githooks", "install", clone, "--json").data["changes"] == []
    assert photograph(clone / ".git") == installed
    desk.gt("githooks", "test", clone)
    after_test = photograph(clone / ".git")
    assert {name for name in after_test if name not in installed} <= {
        "refs/gt", "refs/gt/sentinel"
    }  # fmt: skip
    desk.gt("githooks", "list", clone)
    assert git(clone, "status", "--porcelain") == ""
    desk.gt("githooks", "uninstall", clone)
    assert photograph(clone / ".git") == before
    ran.unlink(missing_ok=True)
    desk.gt("githooks", "install", clone)
    commit(clone, "second")
    assert [event.rig for event in told(desk)] == ["mp", "mp"]
    assert lines(ran) == expected


def test_only_observers(desk: Desk, clone: Path) -> None:
    """A person's messages and pushes are their own."""
    desk.gt("githooks", "install", clone)
    (clone / ".git" / "gt" / "hook").open("a").write("bead mp-abc\nrole polecat\ntarget main\n")
    commit(clone, "mine")
    assert git(clone, "log", "-1", "--format=%B") == "mine"
    git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/main2")


def test_a_linked_worktree_of_the_clone_reports(desk: Desk, clone: Path, tmp_path: Path) -> None:
    """Its worktrees share the clone's git hooks."""
    desk.gt("githooks", "install", clone)
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
    told(desk)
    commit(tmp_path / "side")
    assert {event.gitdir for event in told(desk)} == {str(clone / ".git" / "worktrees" / "side")}
    assert "Nothing" in desk.gt("githooks", "install", tmp_path / "side").out


def test_where_husky_is_nothing_is_changed(desk: Desk, clone: Path) -> None:
    """Another tool's setting is respected; the words that are told work when they are done."""
    git(clone, "config", "core.hooksPath", ".husky/_")
    put_script(clone / ".husky" / "_" / "post-commit",
               executable('s=.husky/post-commit; [ ! -f $s ] || sh -e $s "$@"'))  # fmt: skip
    before = photograph(clone / ".git")
    said = desk.gt("githooks", "install", clone, status=1)
    assert photograph(clone / ".git") == before
    assert ".husky/_" in said.err
    first, *others = said.err.partition("by hand:\n")[2].splitlines()
    subprocess.run(["sh", "-c", first.strip()], check=True)
    [line] = [other for other in others if "/post-commit the line: " in other]
    (clone / ".husky" / "post-commit").write_text(line.partition("the line: ")[2] + "\n")
    told(desk)
    commit(clone)
    assert kinds(desk) == {"post-commit"}


def test_what_others_have_changed_since_stays(desk: Desk, clone: Path, ran: Path) -> None:
    """A setting made later, an edited script, and one that a tool has renamed."""
    _scripted(clone, ran)
    desk.gt("githooks", "install", clone)
    git(clone, "config", "user.nickname", "ada")
    desk.gt("githooks", "uninstall", clone)
    config = (clone / ".git" / "config").read_text()
    assert "hooksPath" not in config
    assert "nickname = ada" in config
    (clone / ".git" / "hooks" / "post-commit").unlink()
    desk.gt("githooks", "install", clone)
    hooks = clone / ".git" / "hooks"
    (hooks / "post-merge").rename(hooks / "post-merge.legacy")
    (hooks / "post-rewrite").open("a").write("echo mine\n")
    left = desk.gt("githooks", "uninstall", clone, "--json").data["left"]
    assert left == [str(hooks / "post-rewrite")]
    ours = {"gt-lib.sh", "post-commit", "post-merge", "post-merge.legacy", "post-checkout"}
    assert ours & {file.name for file in hooks.iterdir()} == set()


def test_which_rig_a_clone_belongs_to(desk: Desk, clone: Path) -> None:
    """It is told by a remote, of the project or of the rig itself, or said; or asked for."""
    rig = desk.root / "mp" / "repo.git"
    git(clone, "remote", "set-url", "origin", f"{rig}/")
    assert desk.gt("githooks", "install", clone, "--dry-run", "--json").data["kind"] == "clone"
    git(clone, "remote", "set-url", "origin", "https://example.org/nothing.git")
    said = desk.gt("githooks", "install", clone, status=3)
    assert "--rig" in said.err
    desk.gt("githooks", "install", clone, "--rig", "mp")
    desk.gt("githooks", "install", clone, "--rig", "none", status=3)


def test_from_within_the_clone(desk: Desk, clone: Path) -> None:
    """What is installed knows its town; uninstalling needs none."""
    at = os.path.relpath(clone, desk.root)
    assert "no town" in desk.gt("githooks", "install", at=at, status=3).err
    desk.gt("githooks", "install", clone)
    desk.gt("githooks", "test", at=at)
    assert "Nothing" in desk.gt("githooks", "install", at=at).out
    desk.gt("githooks", "uninstall", at=at)
    assert "no git hooks of ours" in desk.gt("githooks", "uninstall", at=at, status=1).err
    assert "not set up" in desk.gt("githooks", "list", at=at).out
    assert desk.gt("githooks", "test", at=at, status=1).out


def test_a_town_that_is_gone_does_not_disturb(desk: Desk, clone: Path, ran: Path) -> None:
    """The clone's scripts are its own: they need nothing of the town."""
    _scripted(clone, ran)
    desk.gt("githooks", "install", clone)
    desk.root.rename(desk.root.with_name("gone"))
    typed(clone, "commit", "--quiet", "--allow-empty", "-m", "x")
    assert len(lines(ran)) == 2
    desk.root.with_name("gone").rename(desk.root)
