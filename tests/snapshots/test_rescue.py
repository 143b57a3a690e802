"""gt rescue list, restore: everything that removals have kept is listed, and can be had back."""

from __future__ import annotations

from tests.snapshots.trees import files, make_a_mess
from tests.support.desk import Desk
from tests.support.people import git, make_project, write


def test_nothing_was_kept(desk: Desk) -> None:
    """A town without removals says so, and finds nothing to restore."""
    desk.sling()
    assert "nothing is kept" in desk.gt("rescue", "list").out
    assert desk.gt("rescue", "list", "--json").data == []
    assert "gt rescue list" in desk.gt("rescue", "restore", "mp/toast@1", status=3).err


def test_changes_commits_and_secrets_of_one_life(desk: Desk) -> None:
    """One line tells all that is kept of a generation: files, size, branch, what was set aside."""
    bead, tree = desk.sling("Half done")
    desk.work(tree, {"one.txt": "1\n"})
    desk.work(tree, {"two.txt": "2\n"})
    make_a_mess(tree)
    write(tree, {".env": "hunter2\n"})
    want = {name: file for name, file in files(tree).items() if name != b".env"}
    desk.gt("unsling", bead)
    [entry] = desk.gt("rescue", "list", "--json").data
    assert (entry["id"], entry["bead"], entry["ahead"]) == ("mp/toast@1", bead, 2)
    assert entry["branch"] == f"polecat/toast/{bead}@1"
    assert entry["set_aside"] == [".env"]
    said = desk.gt("rescue", "list").out
    assert f"2 commits on polecat/toast/{bead}@1" in said
    assert "set aside: .env" in said
    said = desk.gt("rescue", "restore", "mp/toast@1").out
    assert files(desk.root / "mp-toast-1") == want
    assert f"its commits are on polecat/toast/{bead}@1" in said
    assert "quarantine" in said
    assert f"gt sling {bead} mp" in said
    desk.gt("rescue", "restore", "mp/toast@1", status=1)
    desk.gt("rescue", "restore", entry["commit"][:9], "--to", "other", at="mp")
    assert files(desk.root / "mp" / "other") == want
    assert len(desk.gt("rescue", "list", "--json").data) == 1


def test_the_way_on_that_is_told_works(desk: Desk) -> None:
    """The branch can be gone on from in a worktree of one's own, as the advice says."""
    bead, tree = desk.sling()
    commit = desk.work(tree, {"one.txt": "1\n"})
    write(tree, {"half.txt": "half\n"})
    desk.gt("unsling", bead)
    said = desk.gt("rescue", "restore", "mp/toast@1").out
    desk.gt("crew", "add", "ada", "--rig", "mp")
    command = next(line for line in said.splitlines() if "git switch" in line).partition(": git ")[
        2
    ]
    crew = desk.root / "mp" / "crew" / "ada"
    git(crew, *command.replace("NAME", "again").split())
    assert git(crew, "rev-parse", "HEAD") == commit


def test_commits_alone(desk: Desk) -> None:
    """A branch that was never merged is kept work, also without uncommitted changes."""
    bead, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"})
    desk.gt("unsling", bead)
    [entry] = desk.gt("rescue", "list", "--json").data
    assert (entry["id"], entry["commit"], entry["ahead"]) == ("mp/toast@1", None, 1)
    desk.gt("rescue", "restore", "mp/toast@1")
    assert (desk.root / "mp-toast-1" / "one.txt").read_text() == "1\n"


def test_secrets_alone(desk: Desk) -> None:
    """Where only a secret was set aside it is listed, and a restore says where it is."""
    bead, tree = desk.sling()
    write(tree, {".env": "hunter2\n"})
    desk.gt("unsling", bead)
    assert "set aside: .env" in desk.gt("rescue", "list").out
    assert "mp-toast-1" in desk.gt("rescue", "restore", "mp/toast@1", status=1).err


def test_what_was_merged_is_told(desk: Desk) -> None:
    """Merged branches are no kept work; of rescued files it is said how many the target has."""
    bead, tree = desk.hand_in("Merged", {"one.txt": "1\n"})
    write(tree, {"same.txt": "same\n", "other.txt": "other\n"})
    desk.gt("refinery", "run")
    desk.hand_in("Later", {"same.txt": "same\n"})
    desk.gt("refinery", "run")
    [entry] = desk.gt("rescue", "list", "--json").data
    assert (entry["bead"], entry["branch"]) == (bead, None)
    assert (entry["files"], entry["merged"]) == (2, 1)
    assert "2 files +2 -0, 1 of them merged" in desk.gt("rescue", "list").out


def test_generations_rigs_and_persons(desk: Desk) -> None:
    """Each life of a name is one entry, of every rig or of one; crew worktrees as well."""
    make_project(desk.root.parent / "second")
    desk.gt("rig", "add", "mp-two", desk.root.parent / "second")
    first, tree = desk.sling()
    write(tree, {"half.txt": "first\n", ".env": "1\n"})
    desk.gt("unsling", first)
    desk.gt("sling", first, "mp/toast", "--no-start")
    write(tree, {"half.txt": "second\n"})
    desk.gt("unsling", first)
    bead = desk.bead("Elsewhere", "--rig", "mp-two")
    desk.gt("sling", bead, "mp-two", "--no-start")
    write(desk.root / "mp-two" / "polecats" / "toast", {"half.txt": "third\n", ".env": "3\n"})
    desk.gt("unsling", bead)
    desk.gt("crew", "add", "ada", "--rig", "mp")
    desk.work(desk.root / "mp" / "crew" / "ada", {"hers.txt": "h\n"})
    desk.gt("crew", "remove", "ada", "--rig", "mp", "--force")
    entries = {one["id"]: one for one in desk.gt("rescue", "list", "--json").data}
    assert sorted(entries) == ["mp-two/toast@1", "mp/ada@1", "mp/toast@1", "mp/toast@2"]
    assert {key: one["bead"] for key, one in entries.items()} == {
        "mp-two/toast@1": bead, "mp/ada@1": None, "mp/toast@1": first, "mp/toast@2": first,
    }  # fmt: skip
    aside = {key for key, one in entries.items() if one["set_aside"] == [".env"]}
    assert aside == {"mp-two/toast@1", "mp/toast@1"}
    assert [one["id"] for one in desk.gt("rescue", "list", "--rig", "mp-two", "--json").data] == [
        "mp-two/toast@1"
    ]
    desk.gt("rescue", "restore", "mp/toast@1")
    assert (desk.root / "mp-toast-1" / "half.txt").read_text() == "first\n"
