"""gt crew add, list, remove: people's own worktrees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, write


@pytest.fixture
def mine(desk: Desk) -> Path:
    """The worktree of crew member `me`."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    return desk.root / "mp" / "crew" / "me"


def test_a_worktree_on_a_branch_of_its_own(desk: Desk, mine: Path) -> None:
    """The new worktree is clean, on its branch, at the rig's target."""
    assert git(mine, "status", "--porcelain") == ""
    assert git(mine, "symbolic-ref", "HEAD") == "refs/heads/crew/me"
    assert git(mine, "rev-parse", "HEAD") == desk.target()
    assert "locked" in git(mine, "worktree", "list", "--porcelain")


def test_the_rig_is_where_one_stands_or_the_only_one(desk: Desk, tmp_path: Path) -> None:
    """Without --rig the directory decides, then the only rig; else it is a question."""
    desk.gt("crew", "add", "one")
    desk.gt("rig", "add", "second", tmp_path / "project")
    said = desk.gt("crew", "add", "two", status=2)
    assert "--rig" in said.err
    desk.gt("crew", "add", "two", at="second")
    assert (desk.root / "second" / "crew" / "two").is_dir()
    assert desk.gt("crew", "add", "x", "--rig", "nope", status=3).err.startswith("gt: no rig")


@pytest.mark.parametrize("name", ["Upper", "a.b", "human", "mayor", "../x", "a/b", "refs", ""])
def test_bad_names_are_usage_errors(desk: Desk, name: str) -> None:
    """Names that could not be a path, a ref and an address are refused."""
    desk.gt("crew", "add", name, status=2)
    assert desk.gt("crew", "list", "--json").data["hooks"] == []


def test_a_taken_name_is_refused(desk: Desk, mine: Path) -> None:
    """Crew and polecats of a rig share one set of names."""
    assert "is there already" in desk.gt("crew", "add", "me", status=1).err
    desk.sling()
    assert "is there already" in desk.gt("crew", "add", "toast", status=1).err


def test_the_list_shows_crew_only(desk: Desk, mine: Path) -> None:
    """Polecats are not crew; a worktree with changes is told as such."""
    desk.sling()
    write(mine, {"new.txt": "x"})
    [hook] = desk.gt("crew", "list", "--json").data["hooks"]
    assert (hook["id"], hook["dirty"], hook["trouble"]) == ("mp/me", True, None)
    assert "mp/toast" not in desk.gt("crew", "list").out


def test_remove_takes_a_clean_worktree_and_keeps_the_branch(desk: Desk, mine: Path) -> None:
    """The directory is gone, the branch is there, and the name can come back to its work."""
    desk.work(mine)
    desk.gt("crew", "remove", "me", "--rig", "mp", status=1)
    head = git(mine, "rev-parse", "HEAD")
    desk.gt("crew", "remove", "me", "--rig", "mp", "--force")
    assert not mine.exists()
    assert git(desk.root / "mp" / "repo.git", "rev-parse", "refs/heads/crew/me") == head
    desk.gt("crew", "add", "me")
    assert git(mine, "rev-parse", "HEAD") == head


@pytest.mark.parametrize("what", ["dirty", "commits"])
def test_work_is_not_removed_without_force(desk: Desk, mine: Path, what: str) -> None:
    """Changes and unmerged commits hold the worktree; the refusal says which and how to go on."""
    if what == "dirty":
        write(mine, {"README.md": "changed\n"})
    else:
        desk.work(mine)
    said = desk.gt("crew", "remove", "me", status=1)
    assert ("uncommitted" if what == "dirty" else "unmerged commits on crew/me") in said.err
    assert "--force" in said.err
    assert mine.is_dir()


def test_force_rescues_every_byte(desk: Desk, mine: Path) -> None:
    """`--force` prints a ref that holds changed, staged, new and executable files as they were."""
    content = {"README.md": b"changed\r\n\0", "new/\u00fc b.txt": b"new\n", "staged.txt": b"s\n"}
    write(mine, dict(content))
    git(mine, "add", "staged.txt")
    write(mine, {"tool": "#!/bin/sh\n"})
    (mine / "tool").chmod(0o755)
    (mine / "link").symlink_to("README.md")
    (mine / "src" / "a.txt").unlink()
    told = desk.gt("crew", "remove", "me", "--force", "--json").data
    bare = desk.root / "mp" / "repo.git"
    assert not mine.exists()
    back = desk.root.parent / "back"
    git(bare, "worktree", "add", "--detach", str(back), told["rescue"])
    for name, data in content.items():
        assert (back / name).read_bytes() == data
    assert os.access(back / "tool", os.X_OK)
    assert (back / "link").readlink() == Path("README.md")
    assert not (back / "src" / "a.txt").exists()
    git(bare, "worktree", "remove", "--force", str(back))
    desk.gt("crew", "add", "me")
    write(mine, {"more.txt": "more"})
    said = desk.gt("crew", "remove", "me", "--force")
    assert "refs/gt/rescue/me/2" in said.out


@pytest.mark.parametrize("ignored", [False, True])
def test_secrets_stay_on_this_disk(desk: Desk, mine: Path, ignored: bool) -> None:
    """A .env file, ignored or not, is in no commit and is set aside instead of being destroyed."""
    if ignored:
        write(mine, {".gitignore": ".env\n"})
        desk.work(mine, {})
    write(mine, {".env": "TOKEN=hush\n", "sub/id_rsa": "hush\n"})
    said = desk.gt("crew", "remove", "me", "--force")
    assert ".env" in said.out
    kept = {path.name: path.read_text() for path in (desk.root / ".gt").rglob("quarantine/*/**/*")
            if path.is_file()}  # fmt: skip
    assert kept == {".env": "TOKEN=hush\n", "id_rsa": "hush\n"}
    found = git(desk.root / "mp" / "repo.git", "log", "--all", "--name-only", "--format=%D")
    assert ".env" not in found.split()


def test_a_repository_within_the_worktree_stays_on_this_disk(desk: Desk, mine: Path) -> None:
    """A nested repository, whose commits no snapshot can hold, is set aside whole."""
    git(mine, "init", "--quiet", "nested")
    write(mine, {"nested/inner.txt": "inner\n"})
    desk.gt("crew", "remove", "me", "--force")
    kept = desk.root / ".gt" / "quarantine" / "mp-me-1" / "nested"
    assert (kept / "inner.txt").read_text() == "inner\n"
    assert (kept / ".git").is_dir()


def test_a_crew_that_holds_a_bead_stays(desk: Desk, mine: Path) -> None:
    """A bead on the hook is taken off first."""
    bead = desk.bead()
    desk.gt("sling", bead, "mp/me")
    said = desk.gt("crew", "remove", "me", status=1)
    assert f"holds {bead}" in said.err
    desk.gt("unsling", bead)
    desk.gt("crew", "remove", "me")


def test_who_is_no_crew_is_not_removed(desk: Desk) -> None:
    """Neither an unknown name nor a polecat is a crew worktree."""
    desk.sling()
    for name in ("nobody", "toast"):
        desk.gt("crew", "remove", name, status=3)


def test_somebody_elses_folder_is_not_removed(desk: Desk, mine: Path, tmp_path: Path) -> None:
    """A folder that is not the hook's worktree any more is left alone."""
    mine.rename(tmp_path / "moved")
    write(mine, {"precious.txt": "mine\n"})
    desk.gt("crew", "remove", "me", "--force", status=1)
    assert (mine / "precious.txt").read_text() == "mine\n"
    (mine / "precious.txt").unlink()
    mine.rmdir()
    (tmp_path / "moved").rename(mine)
    assert "in order" in desk.gt("hooks", "repair").out
