"""gt rig add, list, remove: projects come in whole or not at all, and go only without work."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write
from tests.support.servers import guarded_repository
from tests.support.soundness import assert_sound, subjects
from tests.support.trees import listing


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another project, whose branch is `trunk`."""
    make_project(tmp_path / "other", {"other.txt": "other\n"}, branch="trunk")
    return tmp_path / "other"


def rigs(desk: Desk) -> dict[str, dict[str, object]]:
    """What `gt rig list` tells, by name."""
    return {rig["name"]: rig for rig in desk.gt("rig", "list", "--json").data}


@pytest.mark.parametrize("how", ["{}", "file://{}", "../other", "{}/.git"])
def test_a_project_comes_by_path_or_url(desk: Desk, other: Path, how: str) -> None:
    """A local path, a relative one, a file URL: the rig has its branch and its commit."""
    said = desk.gt("rig", "add", "second", how.format(other))
    head = git(other, "rev-parse", "HEAD")
    assert head[:12] in said.out
    assert desk.target("second", "trunk") == head
    assert rigs(desk)["second"]["branch"] == "trunk"
    assert git(desk.root / "second" / "repo.git", "for-each-ref", "--format=%(refname)",
               "refs/heads") == "refs/heads/trunk"  # fmt: skip


def test_the_project_is_never_touched(desk: Desk, project: Path, other: Path) -> None:
    """Adding a rig and working in it leaves the person's repository exactly as it was."""
    before = listing(project)
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert listing(project) == before


def test_work_goes_from_and_to_trunk(desk: Desk, other: Path) -> None:
    """Where the default branch is `trunk`, hooks start from it and merge into it."""
    desk.gt("rig", "add", "second", other)
    bead, tree = desk.sling(rig="second")
    assert git(tree, "rev-parse", "HEAD") == git(other, "rev-parse", "HEAD")
    desk.work(tree, {"new.txt": "new\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.on_target("new.txt", "second", "trunk") == "new"
    assert desk.shown(bead)["status"] == "closed"


def test_a_branch_of_choice(desk: Desk, other: Path) -> None:
    """`--branch` chooses the target; one that is missing is refused with those there are."""
    git(other, "branch", "stable")
    desk.gt("rig", "add", "second", other, "--branch", "stable")
    assert rigs(desk)["second"]["branch"] == "stable"
    said = desk.gt("rig", "add", "third", other, "--branch", "nope", status=1)
    assert "stable" in said.err
    assert "trunk" in said.err
    assert not (desk.root / "third").exists()


def test_branches_with_odd_names_do_no_harm(desk: Desk, other: Path) -> None:
    """A project whose branches are called like options or like HEAD is added and worked in."""
    head = git(other, "rev-parse", "HEAD")
    for name in ("-x", "--upload-pack=pwned", "HEAD", "\u202etxt"):
        file = other / ".git" / "refs" / "heads" / name
        file.write_text(f"{head}\n")
    desk.gt("rig", "add", "second", other)
    bead, _ = desk.hand_in(rig="second")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert not list(desk.root.parent.rglob("pwned"))


@pytest.mark.parametrize(
    "name", ["Upper", "a.b", "hq", "head", "crew", "-x", "--help-me", "a/b", "../x", "", "a" * 41,
             "x.lock", "con", "tail-", "1st", "ü"],
)  # fmt: skip
def test_bad_names_are_usage_errors(desk: Desk, other: Path, name: str) -> None:
    """A name that could not be a path, a ref and an argument is refused before anything is made."""
    before = listing(desk.root)
    said = desk.gt("rig", "add", "--", name, other, status=2)
    assert "name" in said.err
    assert listing(desk.root) == before


def test_a_better_name_is_proposed(desk: Desk, other: Path) -> None:
    """The refusal of a name proposes one that works."""
    assert "e.g. my-project" in desk.gt("rig", "add", "My.Project", other, status=2).err


def test_a_name_like_an_option_is_no_option(desk: Desk, other: Path) -> None:
    """A leading dash is taken as an unknown option by the parser and never reaches git."""
    assert desk.gt("rig", "add", "-x", other, status=2)


def test_a_duplicate_is_refused(desk: Desk, other: Path) -> None:
    """A second rig of one name is refused, whatever its source."""
    before, commit = listing(desk.root), desk.town.commit()
    assert "is there already" in desk.gt("rig", "add", "mp", other, status=1).err
    assert (listing(desk.root), desk.town.commit()) == (before, commit)


def test_a_folder_in_the_way_stays(desk: Desk, other: Path) -> None:
    """What a person put where the rig would go is kept."""
    write(desk.root, {"second/mine.txt": "mine\n"})
    assert "in the way" in desk.gt("rig", "add", "second", other, status=1).err
    assert (desk.root / "second" / "mine.txt").read_text() == "mine\n"


def test_prefixes_do_not_clash(desk: Desk, other: Path) -> None:
    """A derived prefix avoids those that are taken; a chosen one that is taken is refused."""
    taken = str(rigs(desk)["mp"]["prefix"])
    assert taken in desk.gt("rig", "add", "second", other, "--prefix", taken, status=1).err
    desk.gt("rig", "add", "mp2", other)
    assert rigs(desk)["mp2"]["prefix"] != taken
    desk.gt("rig", "add", "third", other, "--prefix", "th")
    assert desk.bead("x", "--rig", "third").startswith("th-")
    for bad in ("A", "a/b", "-x", "x" * 13):
        desk.gt("rig", "add", "fourth", other, f"--prefix={bad}", status=2)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere", "neither a git URL nor a folder"),
        ("file:///nowhere/at/all", "cannot fetch"),
        ("ext::sh -c touch% pwned", "neither"),
        ("--upload-pack=touch pwned", ""),
        ("-oProxyCommand=touch pwned", ""),
        ("ssh://-oProxyCommand=touch%20pwned/x", "cannot fetch"),
        ("http://127.0.0.1:1/x.git", "cannot fetch"),
    ],
)
def test_a_source_that_is_none_is_said(desk: Desk, source: str, words: str) -> None:
    """A missing path, a dead URL or an option in disguise: one sentence, and nothing is left."""
    before, commit = listing(desk.root), desk.town.commit()
    said = desk.gt("rig", "add", "second", "--", source, status=1)
    assert words in said.err
    assert "bug" not in said.err
    assert (listing(desk.root), desk.town.commit()) == (before, commit)
    assert not list(desk.root.parent.rglob("pwned"))


def test_an_empty_repository_is_said(desk: Desk, tmp_path: Path) -> None:
    """A repository without a commit is refused with what to do."""
    git(tmp_path, "init", "--quiet", "empty")
    before = listing(desk.root)
    said = desk.gt("rig", "add", "second", tmp_path / "empty", status=1)
    assert "is empty" in said.err
    assert "commit something" in said.err
    assert listing(desk.root) == before


def test_a_folder_that_is_no_repository_is_said(desk: Desk, tmp_path: Path) -> None:
    """A plain folder is refused with what to do."""
    (tmp_path / "plain").mkdir()
    said = desk.gt("rig", "add", "second", tmp_path / "plain", status=1)
    assert "is no git repository" in said.err


def test_a_password_is_used_and_never_stored(desk: Desk, other: Path) -> None:
    """Name and password of a URL open the server's door and are written nowhere."""
    with guarded_repository(other, "ada", "s3cr3t-pw") as url:
        door = url.replace("http://", "http://ada:s3cr3t-pw@")
        said = desk.run("gt", "rig", "add", "second", door)
        assert "s3cr3t-pw" not in said.out + said.err
        assert desk.target("second", "trunk") == git(other, "rev-parse", "HEAD")
        assert rigs(desk)["second"]["url"] == url
        wrong = url.replace("http://", "http://ada:wr0ng-pw@")
        said = desk.run("gt", "rig", "add", "third", wrong, status=1)
        assert "wr0ng-pw" not in said.out + said.err
    _, tree = desk.sling(rig="second")
    assert tree.is_dir()
    held = [path for path, data in listing(desk.root).items() if data and b"-pw" in data]
    assert held == []
    assert "-pw" not in git(desk.root / "hq", "log", "--all", "-p")


@pytest.mark.parametrize(
    "url", ["ssh://ada:s3cr3t@127.0.0.1:1/x", "https://ada:s3cr3t@127.0.0.1:1/x.git"]
)
def test_a_password_is_not_shown_when_it_fails(desk: Desk, url: str) -> None:
    """An address that cannot be reached is named without its password."""
    said = desk.gt("rig", "add", "second", url, status=1)
    assert "s3cr3t" not in said.out + said.err
    assert "cannot fetch" in said.err


POINTS = ("tx:before-commit", "commit:before-import", "commit:after-import", "sync:before-restore")


@pytest.mark.parametrize("point", POINTS[:2])
def test_a_full_disk_leaves_nothing(desk: Desk, other: Path, point: str) -> None:
    """A rig add that meets a full disk says so and leaves nothing behind."""
    before, commit = listing(desk.root), desk.town.commit()
    said = desk.run("gt", "rig", "add", "second", other, env={"GT_FAULT": f"{point}:enospc"},
                    status=74)  # fmt: skip
    assert "disk" in said.err
    assert (listing(desk.root), desk.town.commit()) == (before, commit)


@pytest.mark.parametrize("point", ["rig:cloned", "rig:placed", *POINTS])
def test_a_killed_rig_add_can_be_repeated(desk: Desk, other: Path, point: str) -> None:
    """After kill -9 anywhere the rig is there, or the same command makes it."""
    desk.run("gt", "rig", "add", "second", other, env={"GT_FAULT": f"{point}:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    if "second" not in rigs(desk):
        desk.gt("rig", "add", "second", other)
    assert desk.target("second", "trunk") == git(other, "rev-parse", "HEAD")
    _, tree = desk.sling(rig="second")
    assert tree.is_dir()
    assert subjects(desk.town).count("rig add second") == 1


def test_two_at_once_are_one(desk: Desk, other: Path) -> None:
    """Two processes that add one rig: one does, the other is told."""
    answers = desk.together(*[("gt", "rig", "add", "second", other)] * 2)
    assert sorted(said.status for said in answers) == [0, 1]
    assert_sound(desk.town)


def test_the_list_counts(desk: Desk) -> None:
    """`gt rig list` tells crew, polecats, open beads and the queue."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    desk.hand_in()
    desk.sling()
    desk.bd("close", desk.bead())
    told = rigs(desk)["mp"]
    assert (told["crew"], told["polecats"], told["queue"]) == (1, 2, {"queued": 1})
    assert told["beads"] == {"hooked": 1, "in_progress": 1, "closed": 1}
    assert "1 queued" in desk.gt("rig", "list").out


def test_a_rig_with_work_is_not_removed(desk: Desk) -> None:
    """Remove is refused while a hook lives or work is unmerged, and names what holds it."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    assert "crew me" in desk.gt("rig", "remove", "mp", status=1).err
    desk.gt("crew", "remove", "me", "--rig", "mp")
    bead, tree = desk.sling()
    desk.work(tree)
    assert "polecat toast has unmerged commits" in desk.gt("rig", "remove", "mp", status=1).err
    desk.gt("unsling", bead)
    said = desk.gt("rig", "remove", "mp", status=1)
    assert f"branch polecat/toast/{bead}@1 is not merged" in said.err
    assert (desk.root / "mp" / "repo.git").is_dir()


def test_work_that_only_the_town_has_keeps_the_rig(desk: Desk, project: Path) -> None:
    """Merged work that its origin does not have yet holds the rig; pushed, it can go."""
    desk.hand_in()
    desk.gt("refinery", "run")
    said = desk.gt("rig", "remove", "mp", status=1)
    assert "its origin does not have" in said.err
    assert "push origin main" in said.err
    git(project, "switch", "--quiet", "--detach")
    git(desk.root / "mp" / "repo.git", "push", "--quiet", "origin", "main")
    kept = Path(desk.gt("rig", "remove", "mp", "--json").data["kept"])
    assert git(kept / "repo.git", "rev-parse", "main") == git(project, "rev-parse", "main")


def test_a_rig_without_work_is_removed_and_can_come_again(desk: Desk, project: Path) -> None:
    """The folder is kept aside, the town is in order, and the name is free again."""
    bead = desk.bead("x", "--rig", "mp")
    bead2, _ = desk.sling()
    desk.gt("unsling", bead2)
    desk.gt("rig", "remove", "mp")
    assert rigs(desk) == {}
    assert not (desk.root / "mp").exists()
    assert "in order" in desk.gt("hooks", "repair").out
    assert desk.shown(bead)["title"] == "x"
    desk.gt("rig", "add", "mp", project)
    assert desk.gt("sling", bead, "mp", "--no-start", "--json").data[0]["hook"]["generation"] == 2


def test_an_unknown_rig_is_not_removed(desk: Desk) -> None:
    """The error names the rigs there are."""
    assert "rigs here: mp" in desk.gt("rig", "remove", "nope", status=3).err


def test_the_base_is_freshly_fetched(desk: Desk, project: Path) -> None:
    """A hook starts from what the project has now, not from what it had when it was added."""
    write(project, {"later.txt": "later\n"})
    later = commit_all(project)
    _, tree = desk.sling()
    assert git(tree, "rev-parse", "HEAD") == later


def test_an_origin_that_is_away_is_a_warning(desk: Desk, project: Path) -> None:
    """Without its origin a rig goes on from what it has, and says so."""
    project.rename(project.with_name("elsewhere"))
    bead = desk.bead()
    said = desk.gt("sling", bead, "mp", "--no-start")
    assert "could not be fetched" in said.out
