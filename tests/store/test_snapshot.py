"""Snapshots: all work of a worktree is held by a ref, and the worktree does not notice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gastown.errors import GitFailed
from gastown.store import snapshot
from tests.support.environment import Traps
from tests.support.people import commit_all, git, make_project, write
from tests.support.rigs import Rig

REF = snapshot.wip_ref("toast", 1)
ODD = [
    "with space.txt",
    "-x",
    "ünï.txt",
    "new\nline.txt",
    'qu"ote.txt',
    "deep/er/file.txt",
    ":(top)x",
]


@pytest.fixture
def tree(rig: Rig) -> Path:
    """The worktree of a hook."""
    return rig.worktree()


def content(tree: Path) -> dict[str, tuple[bytes | str, bool]]:
    """Every file of a worktree: its bytes, or where it points, and whether it can be run."""
    found: dict[str, tuple[bytes | str, bool]] = {}
    for path in tree.rglob("*"):
        name = str(path.relative_to(tree))
        if path.is_symlink():
            found[name] = (str(path.readlink()), False)
        elif path.is_file() and name != ".git":
            found[name] = (path.read_bytes(), os.access(path, os.X_OK))
    return found


def untouched(tree: Path) -> tuple[str, ...]:
    """All that a snapshot must not change: status, index, HEAD, stash."""
    return tuple(
        git(tree, *words)
        for words in (
            ("status", "--porcelain=v2", "--branch", "-z"), ("ls-files", "--stage", "-z"),
            ("rev-parse", "HEAD"), ("stash", "list"), ("diff", "--no-ext-diff"),
        )
    )  # fmt: skip


def make_a_mess(tree: Path) -> None:
    """Work of every kind: changed, staged, deleted, new, executable, binary, linked, odd names."""
    write(tree, {"README.md": "changed\n", "src/a.txt": "staged\n"})
    git(tree, "add", "src/a.txt")
    write(tree, {"src/a.txt": "staged, and changed again\n", "new.bin": bytes(range(256))})
    write(tree, {name: f"{name}\n" for name in ODD})
    write(tree, {"crlf.txt": b"a\r\nb\n", "empty": b"", "run.sh": "#!/bin/sh\n"})
    (tree / "run.sh").chmod(0o755)
    (tree / "src/b.txt").unlink()
    (tree / "link").symlink_to("/nowhere/at all")
    write(tree, {"added.txt": "added\n"})
    git(tree, "add", "added.txt")


def test_everything_is_held_and_nothing_is_touched(
    rig: Rig, tree: Path, any_gitconfig: Traps | None
) -> None:
    """A snapshot holds every byte; index, status and HEAD of the worktree stay as they are."""
    make_a_mess(tree)
    before, files = untouched(tree), content(tree)
    springs = any_gitconfig.sprung() if any_gitconfig else []
    made = snapshot.take(tree, REF, "the agent stopped")
    assert (any_gitconfig.sprung() if any_gitconfig else []) == springs
    assert made is not None
    assert untouched(tree) == before
    assert rig.git.oid(REF) == made.oid
    assert (made.left_out, made.nested) == ((), ())
    git(tree, "reset", "--quiet", "--hard")
    git(tree, "clean", "-fdq")
    snapshot.restore(tree, made.oid)
    assert content(tree) == files
    assert git(tree, "diff", "--cached", "--name-only") == ""


def test_the_index_is_held_too(rig: Rig, tree: Path) -> None:
    """What was staged is the second parent, so that a staged version differs from the file's."""
    make_a_mess(tree)
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert git(tree, "show", f"{made.oid}^2:src/a.txt") == "staged"
    assert git(tree, "show", f"{made.oid}:src/a.txt") == "staged, and changed again"
    assert git(tree, "rev-parse", f"{made.oid}^1") == rig.base


def test_staged_work_that_was_undone_in_the_file(tree: Path) -> None:
    """Where the files equal HEAD but the index does not, there is something to hold."""
    original = (tree / "src/a.txt").read_text()
    write(tree, {"src/a.txt": "staged\n"})
    git(tree, "add", "src/a.txt")
    write(tree, {"src/a.txt": original})
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert git(tree, "show", f"{made.oid}^2:src/a.txt") == "staged"


def test_a_clean_worktree_needs_none(rig: Rig, tree: Path) -> None:
    """Nothing is written where HEAD holds all there is."""
    rig.commit_on(tree, new_txt="n\n")
    assert snapshot.take(tree, REF, "stop") is None
    assert rig.git.oid(REF) is None


def test_earlier_snapshots_stay_reachable(rig: Rig, tree: Path) -> None:
    """Each snapshot moves the ref, and the ref's log holds the ones before."""
    oids = []
    for number in range(3):
        write(tree, {"README.md": f"{number}\n"})
        made = snapshot.take(tree, REF, f"stop {number}")
        assert made is not None
        oids.append(made.oid)
    assert git(rig.trees.repository, "log", "-g", "--format=%H", REF).splitlines() == oids[::-1]


SECRETS = [".env", ".env.local", "deep/.env", "key.pem", "x.key", "id_rsa", "id_ed25519.pub",
           ".netrc", ".npmrc", "a.p12"]  # fmt: skip


def test_secrets_stay_out_and_are_named(tree: Path) -> None:
    """Untracked files that look like secrets are in no commit, and the caller learns of them."""
    write(tree, dict.fromkeys(SECRETS, "hunter2\n"))
    write(tree, {"README.md": "changed\n"})
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert sorted(made.left_out) == sorted(SECRETS)
    assert not set(SECRETS) & set(git(tree, "ls-tree", "-r", "--name-only", made.oid).splitlines())


def test_tracked_files_are_work_whatever_they_are_called(tree: Path) -> None:
    """Found as a bug: a tracked `.env.example` was left out, and nobody was told."""
    write(tree, {".env.example": "A=1\n", "test.pem": "t\n"})
    commit_all(tree)
    write(tree, {".env.example": "A=2\n"})
    (tree / "test.pem").unlink()
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert git(tree, "show", f"{made.oid}:.env.example") == "A=2"
    assert "test.pem" not in git(tree, "ls-tree", "--name-only", made.oid).splitlines()
    assert made.left_out == ()


def test_ignored_files_stay_out(tree: Path) -> None:
    """What the project ignores is no work."""
    write(tree, {".gitignore": "build/\n*.log\n", "build/x": "x\n", "a.log": "l\n"})
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    names = git(tree, "ls-tree", "-r", "--name-only", made.oid).splitlines()
    assert ".gitignore" in names
    assert not {"build/x", "a.log"} & set(names)


def test_nested_repositories_are_named(tree: Path) -> None:
    """A repository inside the worktree cannot be held, and the snapshot says so."""
    make_project(tree / "vendor" / "thing")
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert [name.rstrip("/") for name in made.nested] == ["vendor/thing"]


def test_an_empty_nested_repository_stops_nothing(tree: Path) -> None:
    """Found as a bug: after `git init` in a subfolder no snapshot could be taken any more."""
    (tree / "sub").mkdir()
    git(tree / "sub", "init", "--quiet", "--template=")
    write(tree, {"sub/file.txt": "work\n", "README.md": "changed\n", "zz.txt": "z\n"})
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert git(tree, "show", f"{made.oid}:README.md") == "changed"
    assert git(tree, "show", f"{made.oid}:zz.txt") == "z"
    assert [name.rstrip("/") for name in made.nested] == ["sub"]


def test_a_merge_in_progress(rig: Rig, tree: Path) -> None:
    """Conflicted files are held with their markers, and the merge goes on as if nothing was."""
    rig.commit_on(tree, README_md="ours\n")
    git(tree, "switch", "--quiet", "-c", "theirs", rig.base)
    rig.commit_on(tree, README_md="theirs\n", other_txt="o\n")
    git(tree, "switch", "--quiet", rig.hook().branch)
    git(tree, "merge", "theirs", check=False)
    before = untouched(tree)
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert "<<<<<<<" in git(tree, "show", f"{made.oid}:README.md")
    assert git(tree, "show", f"{made.oid}:other.txt") == "o"
    assert untouched(tree) == before
    merging = git(tree, "rev-parse", "MERGE_HEAD")
    said = git(tree, "log", "-1", "--format=%P%n%B", made.oid)
    assert f"Merge-Head: {merging}" in said
    assert merging in said.splitlines()[0].split()


def test_a_held_index_is_no_obstacle(rig: Rig, tree: Path) -> None:
    """An agent's own git, alive or killed, may hold the index: a snapshot needs it not."""
    admin = rig.trees.admin(rig.hook())
    assert admin is not None
    (admin / "index.lock").write_text("")
    write(tree, {"README.md": "changed\n"})
    made = snapshot.take(tree, REF, "stop")
    assert made is not None
    assert git(tree, "show", f"{made.oid}:README.md") == "changed"
    assert not list((admin / "gt").glob("index-*"))


def test_what_is_no_worktree_is_an_error(tmp_path: Path, tree: Path) -> None:
    """A folder that lost its repository is never taken for a clean one."""
    with pytest.raises(GitFailed):
        snapshot.take(tmp_path, REF, "stop")
    (tree / ".git").unlink()
    with pytest.raises(GitFailed):
        snapshot.take(tree, REF, "stop")


def test_refs_of_agents_are_apart() -> None:
    """Live work and rescued work have refs of their own for each generation."""
    assert snapshot.wip_ref("toast", 2) == "refs/gt/wip/toast/2"
    assert snapshot.rescue_ref("toast", 2) == "refs/gt/rescue/toast/2"
