"""gt install: a town, or nothing at all."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, make_project, write
from tests.support.soundness import assert_sound, message, subjects
from tests.support.trees import listing
from tests.support.users import as_nobody


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    """Somebody in a folder that is no town yet."""
    return Desk(tmp_path)


def test_a_town_is_a_tree_a_ledger_and_a_mayor(here: Desk) -> None:
    """`gt install PATH --git` makes hq and mayor clean worktrees and the first commit."""
    said = here.gt("install", "gt", "--git")
    assert "next: cd" in said.out
    root = here.root / "gt"
    assert git(root / "hq", "status", "--porcelain") == ""
    assert git(root / "mayor", "status", "--porcelain") == ""
    assert git(root / "hq", "log", "--format=%s") == "install gt"
    assert git(root / "hq", "log", "--format=%an <%ae>") == "Ada Person <ada@example.org>"
    assert (root / "hq" / "town.toml").is_file()
    assert (root / ".beads" / "formulas").is_dir()
    assert not (root / ".git").exists()
    assert (root / ".gt").stat().st_mode & 0o777 == 0o700
    assert_sound(Desk(root).town)


def test_the_name_is_the_folders_or_the_one_given(here: Desk) -> None:
    """`--name` and `--owner` stand in the settings and the first commit."""
    here.gt("install", "one")
    here.gt("install", "two", "--name", "city", "--owner", "Bo")
    assert here.gt("config", "get", "town.name", at="one").out == "one\n"
    assert here.gt("config", "get", "town.name", at="two").out == "city\n"
    assert here.gt("config", "get", "owner.name", at="two").out == "Bo\n"


def test_again_is_refused_and_changes_nothing(desk: Desk) -> None:
    """A second install at the same place says so and leaves every file and commit as it was."""
    before, commit = listing(desk.root), desk.town.commit()
    said = desk.gt("install", desk.root, status=1)
    assert "is a town already; nothing was changed" in said.err
    assert (listing(desk.root), desk.town.commit()) == (before, commit)


def test_force_keeps_edited_settings(desk: Desk) -> None:
    """`--force` completes a town; an edited town.toml stays and becomes a commit."""
    settings = desk.root / "hq" / "town.toml"
    edited = settings.read_text().replace('name = "gt"', 'name = "mine"  # edited')
    settings.write_text(edited)
    desk.gt("install", desk.root, "--force")
    assert settings.read_text() == edited
    shutil.rmtree(desk.root / "hq" / "directives")
    desk.gt("install", desk.root, "--force")
    assert (desk.root / "hq" / "directives" / "polecat.md").is_file()
    assert settings.read_text() == edited


def test_force_brings_lost_settings_back_as_they_were(desk: Desk) -> None:
    """A town.toml that was deleted comes back with what it said, not with the template's words."""
    settings = desk.root / "hq" / "town.toml"
    desk.gate("make test")
    before = settings.read_text()
    settings.unlink()
    desk.gt("install", desk.root, "--force")
    assert settings.read_text() == before


def test_force_brings_the_mayor_and_the_link_back(desk: Desk) -> None:
    """What is missing of a town's own folders is put back by `--force`."""
    shutil.rmtree(desk.root / "mayor")
    (desk.root / ".beads").unlink()
    desk.gt("install", desk.root, "--force")
    assert (desk.root / "mayor" / "README.md").is_file()
    assert (desk.root / ".beads").is_symlink()


def test_inside_a_town_is_refused(desk: Desk) -> None:
    """A town within a town is refused, with --force too."""
    for place in ("inner", "mp/inner"):
        for more in ((), ("--force",)):
            said = desk.gt("install", place, *more, status=1)
            assert "inside the town" in said.err
    assert not (desk.root / "inner").exists()


def test_inside_a_repository_is_refused(here: Desk) -> None:
    """A town within a person's repository needs --force."""
    make_project(here.root / "project")
    assert "inside the git repository" in here.gt("install", "project/gt", status=1).err
    assert not (here.root / "project" / "gt").exists()
    here.gt("install", "project/gt", "--force")
    assert_sound(Desk(here.root / "project" / "gt").town)


def test_what_is_in_the_way_stays(here: Desk) -> None:
    """A folder with something in it, or a file, is refused and untouched."""
    write(here.root, {"full/notes.txt": "mine\n", "file": "mine\n"})
    before = listing(here.root)
    assert "is not empty" in here.gt("install", "full", status=1).err
    assert "is no folder" in here.gt("install", "file", status=1).err
    assert here.gt("install", "file/below", status=1).err
    assert listing(here.root) == before


def test_without_git_is_no_choice(here: Desk) -> None:
    """`--no-git` is a usage error."""
    assert "cannot be without git" in here.gt("install", "gt", "--no-git", status=2).err


@pytest.mark.parametrize("place", ["gt", "new/below/gt", "empty"])
@pytest.mark.parametrize("point", ["commit:before-import", "commit:after-import", "install:hq"])
def test_a_full_disk_leaves_nothing(here: Desk, place: str, point: str) -> None:
    """An install that meets a full disk says so with status 74 and leaves nothing behind."""
    (here.root / "empty").mkdir()
    said = here.run("gt", "install", place, env={"GT_FAULT": f"{point}:enospc"}, status=74)
    assert "disk" in said.err
    assert listing(here.root) == {"empty": None}


@pytest.mark.parametrize("point", ["commit:before-import", "commit:after-import", "install:hq"])
def test_a_killed_install_can_be_repeated(here: Desk, point: str) -> None:
    """After kill -9 in the middle the same command makes a sound town."""
    here.run("gt", "install", "gt", env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    assert "town" in here.run("gt", "status", at="gt", status=None).err
    here.gt("install", "gt")
    assert_sound(Desk(here.root / "gt").town)
    assert len(subjects(Desk(here.root / "gt").town)) == 1


def test_a_parent_that_cannot_be_written_is_said(here: Desk) -> None:
    """Without permission there is one sentence, no trace of a bug, and nothing on the disk."""
    with as_nobody() as (folder, nobody):
        folder.chmod(0o555)
        said = here.run(*nobody, "gt", "install", folder / "gt", status=74)
        assert "Permission denied" in said.err
        assert "bug" not in said.err
        assert listing(folder) == {}


def test_the_first_commit_is_an_operation(here: Desk) -> None:
    """The ledger begins with an operation that tells its actor and its move."""
    here.gt("install", "gt")
    told = message(Desk(here.root / "gt").town)
    assert "Actor: human" in told
    assert "Move: hook mayor none -> created" in told


def test_a_place_with_odd_characters_works(here: Desk) -> None:
    """Spaces, quotes and unicode in the path are no trouble."""
    root = here.root / "my 'odd' \"tów#n $HOME"
    here.gt("install", root)
    desk = Desk(root)
    make_project(here.root / "a project")
    desk.gt("rig", "add", "mp", here.root / "a project")
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert not tree.exists()
    assert_sound(desk.town)


def test_a_home_without_an_identity_is_enough(
    here: Desk, gitconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs to have told git their name for a town to be made and used."""
    gitconfig.write_text("")
    here.gt("install", "gt")
    assert git(here.root / "gt" / "hq", "log", "--format=%an") == "human"
