"""Agents' worktrees: added once, observed as they are, mended, and removed only when recognised."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gastown.errors import Refused
from gastown.store.town import Town
from tests.support.children import fake_git, finish, python
from tests.support.environment import Traps
from tests.support.people import commit_all, git, write
from tests.support.rigs import Rig, make_rig
from tests.support.towns import EDGE, make_town

ADD = """
from tests.support.rigs import Rig
rig = Rig(town, "mp", None, sys.argv[2])
rig.trees.add(rig.hook(sys.argv[3]))
"""


def listed(rig: Rig) -> list[str]:
    """The worktrees that git knows, as it lists them."""
    return git(rig.trees.repository, "worktree", "list", "--porcelain").split("\n\n")[1:]


def test_adding_makes_branch_and_worktree(rig: Rig, any_gitconfig: Traps | None) -> None:
    """A hook gets its branch at its base and a locked worktree of it, with all files."""
    hook = rig.hook()
    path = rig.trees.add(hook)
    assert any_gitconfig is None or any_gitconfig.sprung() == []
    assert (path / "src" / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert git(path, "symbolic-ref", "HEAD") == hook.full_branch
    assert git(path, "rev-parse", "HEAD") == rig.base
    assert git(path, "status", "--porcelain", "--untracked-files=all") == ""
    [shown] = listed(rig)
    assert "locked a gastown hook: remove it with gt" in shown
    state = rig.trees.observe(hook)
    assert (state.trouble, state.dirty, state.head) == (None, False, rig.base)


def test_adding_twice_changes_nothing(rig: Rig) -> None:
    """`add` may be repeated at any time; what was done meanwhile stays."""
    path = rig.worktree()
    head = rig.commit_on(path, new_txt="n\n")
    (path / "src/a.txt").write_text("changed\n")
    assert rig.trees.add(rig.hook()) == path
    assert (path / "src/a.txt").read_text() == "changed\n"
    assert git(path, "rev-parse", "HEAD") == head


def test_a_branch_that_exists_is_used(rig: Rig) -> None:
    """Work that is on the hook's branch already is checked out, not thrown away."""
    path = rig.worktree()
    head = rig.commit_on(path, new_txt="n\n")
    rig.trees.remove(rig.hook())
    assert not path.exists()
    rig.worktree()
    assert (path / "new.txt").read_text() == "n\n"
    assert git(path, "rev-parse", "HEAD") == head


def test_something_in_the_way_is_left_alone(rig: Rig) -> None:
    """A folder with somebody's files is no place for a worktree."""
    path = rig.trees.path(rig.hook())
    write(path, {"mine.txt": "mine\n"})
    with pytest.raises(Refused, match="is in the way"):
        rig.worktree()
    assert [entry.name for entry in path.iterdir()] == ["mine.txt"]
    (path / "mine.txt").unlink()
    rig.worktree()


def test_git_hooks_learn_whose_worktree_it_is(rig: Rig) -> None:
    """A small file in the worktree's own git folder says hook, generation, bead and spool."""
    rig.worktree(generation=3)
    admin = rig.trees.admin(rig.hook(generation=3))
    assert admin is not None
    assert (admin / "gt" / "hook").read_text().splitlines() == [
        "hook mp/toast", "generation 3", "bead mp-abc", "role polecat", "target main",
        f"spool {rig.town.layout.machine / 'spool'}",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["worktree", "symbolic-ref", "read-tree"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_add_is_finished_by_the_next(
    rig: Rig, tmp_path: Path, command: str, when: str
) -> None:
    """Found as a bug: a worktree whose checkout was cut off was taken for a whole one."""
    script = "kill -9 0" if when == "before" else '"$GIT" "$@"; kill -9 0'
    stub = fake_git(
        tmp_path / "bin", f'case " $* " in *" {command} "*) {script};; esac\nexec "$GIT" "$@"'
    )
    child = python(ADD, str(rig.town.layout.root), rig.base, "toast", extra=stub)
    finish(child, status=-9)
    path = rig.worktree()
    assert git(path, "status", "--porcelain", "--untracked-files=all") == ""
    assert (path / "src/a.txt").exists()
    assert rig.trees.observe(rig.hook()).trouble is None
    assert len(listed(rig)) == 1
    rig.trees.remove(rig.hook())


def test_an_unfinished_worktree_is_seen(rig: Rig, tmp_path: Path) -> None:
    """Until its files are checked out, a worktree counts as gone, so that it is rebuilt."""
    stub = fake_git(
        tmp_path / "bin",
        'case " $* " in *" read-tree "*) touch "$2/src"; kill -9 0;; esac\nexec "$GIT" "$@"',
    )
    finish(python(ADD, str(rig.town.layout.root), rig.base, "toast", extra=stub), status=-9)
    assert rig.trees.observe(rig.hook()).trouble == "its worktree is gone"
    rig.trees.rebuild(rig.hook())
    assert rig.trees.observe(rig.hook()).trouble is None
    assert (rig.trees.path(rig.hook()) / "src/a.txt").exists()


def test_twenty_at_once(rig: Rig) -> None:
    """Twenty processes add worktrees at the same time, and none of them fails."""
    names = [f"cat{number}" for number in range(20)]
    children = [python(ADD, str(rig.town.layout.root), rig.base, name) for name in names]
    for child in children:
        finish(child)
    for name in names:
        state = rig.trees.observe(rig.hook(name))
        assert (state.trouble, state.dirty) == (None, False)
    assert len(listed(rig)) == 20


@pytest.mark.parametrize("name", ["HEAD", "-x", "--upload-pack=x", "refs/heads/main", "main", "@"])
def test_odd_branches_of_the_project_confuse_nobody(rig: Rig, name: str) -> None:
    """Branches that a foreign project may have do not make our full ref names ambiguous."""
    rig.git.run("update-ref", f"refs/heads/{name}", rig.base)
    rig.git.run("update-ref", f"refs/tags/polecat/toast/mp-abc@{1}", rig.base)
    path = rig.worktree()
    assert git(path, "symbolic-ref", "HEAD") == rig.hook().full_branch
    assert rig.trees.observe(rig.hook()).trouble is None
    rig.trees.remove(rig.hook())


def test_every_trouble_is_observed(rig: Rig) -> None:
    """Lost directory, lost registration, other branch, missing branch: each has its words."""
    hook = rig.hook()
    path = rig.worktree()
    admin = rig.trees.admin(hook)
    assert admin is not None
    git(path, "switch", "--quiet", "-c", "elsewhere")
    assert rig.trees.observe(hook).trouble == "its worktree is on another branch"
    git(path, "switch", "--quiet", "--detach", hook.branch)
    assert rig.trees.observe(hook).trouble == "its worktree is on another branch"
    git(path, "switch", "--quiet", hook.branch)
    moved = path.with_name("elsewhere")
    path.rename(moved)
    assert rig.trees.observe(hook).trouble == "its worktree is gone"
    moved.rename(path)
    saved = (path / ".git").read_text()
    (path / ".git").unlink()
    assert rig.trees.observe(hook).trouble == "its worktree's registration is stale"
    (path / ".git").write_text(f"gitdir: {path}/nowhere\n")
    assert rig.trees.observe(hook).trouble == "its worktree's registration is stale"
    (path / ".git").write_text(saved)
    back = (admin / "gitdir").read_text()
    (admin / "gitdir").write_text("/elsewhere/.git\n")
    assert rig.trees.observe(hook).trouble == "its worktree's registration is stale"
    (admin / "gitdir").write_text(back)
    assert rig.trees.observe(hook).trouble is None
    git(rig.trees.repository, "update-ref", "-d", hook.full_branch)
    assert rig.trees.observe(hook).trouble == "its branch is missing"


def test_dirt_is_observed(rig: Rig, any_gitconfig: Traps | None) -> None:
    """Found as a bug: a person's `status.showUntrackedFiles=no` hid new files from us."""
    path = rig.worktree()
    assert rig.trees.observe(rig.hook()).dirty is False
    (path / "new.txt").write_text("new\n")
    assert rig.trees.observe(rig.hook()).dirty is True
    (path / "new.txt").unlink()
    (path / "README.md").unlink()
    assert rig.trees.observe(rig.hook()).dirty is True


@pytest.mark.parametrize("lost", [".git", "admin", "gitdir", "both"])
def test_a_lost_registration_is_mended(rig: Rig, lost: str) -> None:
    """Files stay as they are, the branch is checked out again, and git lists one worktree."""
    hook = rig.hook()
    path = rig.worktree()
    head = rig.commit_on(path, new_txt="n\n")
    write(path, {"src/a.txt": "changed\n", "untracked.txt": "u\n"})
    admin = rig.trees.admin(hook)
    assert admin is not None
    if lost in (".git", "both"):
        (path / ".git").unlink()
    if lost in ("admin", "both"):
        shutil.rmtree(admin)
    if lost == "gitdir":
        (admin / "gitdir").write_text("/elsewhere/.git\n")
    rig.trees.relink(hook)
    state = rig.trees.observe(hook)
    assert (state.trouble, state.dirty, state.head) == (None, True, head)
    assert git(path, "status", "--porcelain").splitlines() == [" M src/a.txt", "?? untracked.txt"]
    [shown] = listed(rig)
    assert "locked" in shown
    assert shown.startswith(f"worktree {path}\n")
    rig.trees.remove(hook)
    assert listed(rig) == []


def test_relinking_keeps_the_index(rig: Rig) -> None:
    """Found as a bug: where only the `.git` file was lost, staged work was unstaged."""
    path = rig.worktree()
    (path / "src/a.txt").write_text("staged\n")
    git(path, "add", "src/a.txt")
    (path / ".git").unlink()
    rig.trees.relink(rig.hook())
    assert git(path, "status", "--porcelain") == "M  src/a.txt"


def test_a_lost_directory_is_rebuilt(rig: Rig) -> None:
    """A directory that was deleted is made again from its branch, committed work included."""
    path = rig.worktree()
    head = rig.commit_on(path, new_txt="n\n")
    shutil.rmtree(path)
    rig.trees.rebuild(rig.hook())
    assert (path / "new.txt").read_text() == "n\n"
    state = rig.trees.observe(rig.hook())
    assert (state.trouble, state.dirty, state.head) == (None, False, head)
    assert len(listed(rig)) == 1


def test_only_the_right_generation_is_removed(rig: Rig) -> None:
    """A worktree that now belongs to a later generation, or to nobody, is not removed."""
    path = rig.worktree(generation=2)
    for other in (rig.hook(), rig.hook(generation=20), rig.hook("other", path="mp/polecats/toast")):
        with pytest.raises(Refused, match="is not the worktree of"):
            rig.trees.remove(other)
    stranger = rig.trees.path(rig.hook("stranger"))
    write(stranger, {"mine.txt": "mine\n"})
    with pytest.raises(Refused, match="is not the worktree of"):
        rig.trees.remove(rig.hook("stranger"))
    assert (stranger / "mine.txt").exists()
    assert (path / "src/a.txt").exists()
    rig.trees.remove(rig.hook(generation=2))
    assert not path.exists()
    rig.trees.remove(rig.hook(generation=2))


def test_the_branch_outlives_its_worktree(rig: Rig) -> None:
    """Removing a worktree removes no commit."""
    head = rig.commit_on(rig.worktree(), new_txt="n\n")
    rig.trees.remove(rig.hook())
    assert rig.git.oid(rig.hook().full_branch) == head
    assert listed(rig) == []


@pytest.mark.parametrize("folder", ["with space", "qu'o\"te", "ünï"])
def test_towns_in_odd_places(tmp_path: Path, folder: str) -> None:
    """Blanks, quotes and other alphabets in the town's path are no trouble."""
    place = tmp_path / folder
    rig = make_rig(make_town(place / "town"), tmp_path / "project")
    rig.worktree()
    assert rig.trees.observe(rig.hook()).trouble is None
    rig.trees.remove(rig.hook())
    rig.town.close()


def test_a_town_that_was_moved(rig: Rig, tmp_path: Path) -> None:
    """After a rename the next command mends every link, that to the spool as well; nothing is lost.

    (Found as a bug: git hooks went on to report into the place where the town had been.)
    """
    path = rig.worktree()
    (path / "src/a.txt").write_text("changed\n")
    rig.town.close()
    there = tmp_path / "another place"
    rig.town.layout.root.rename(there)
    town = Town(there, EDGE)
    moved = Rig(town, "mp", rig.origin, rig.base)
    assert git(town.layout.hq, "status", "--porcelain") == ""
    assert git(there / "mp/polecats/toast", "status", "--porcelain") == " M src/a.txt"
    assert moved.trees.observe(moved.hook()).trouble is None
    admin = moved.trees.admin(moved.hook())
    assert admin is not None
    assert f"\nspool {there}/.gt/spool\n" in (admin / "gt" / "hook").read_text()
    assert town.read().rig("mp").id == "mp"
    commit_all(there / "mp/polecats/toast")
    town.close()


def test_what_is_written_while_a_worktree_goes_is_kept(rig: Rig, tmp_path: Path) -> None:
    """Found in a crowd: a file that came during the removal made it fail half-way."""
    rig.worktree("toast")
    late = (
        'case " $* " in *" worktree remove "*) for last; do :; done; "$GIT" "$@" &&'
        ' mkdir -p "$last" && echo late >"$last/late.txt";'
        ' echo "error: failed to delete: Directory not empty" >&2; exit 255;; esac\n'
        'exec "$GIT" "$@"'
    )
    remove = ADD.replace(".add(", ".remove(")
    assert remove != ADD
    child = python(
        remove, str(rig.town.layout.root), rig.base, "toast",
        extra=fake_git(tmp_path / "bin", late),
    )  # fmt: skip
    finish(child)
    assert not rig.trees.path(rig.hook()).exists()
    [kept] = rig.town.layout.quarantine.glob("mp-toast-*")
    assert (kept / "files" / "late.txt").read_text() == "late\n"
