"""gt hooks restore --to: files in an ordinary folder, as git would have checked them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snapshots.trees import captured, files, make_a_mess, placed
from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write


def test_every_byte_mode_and_link(desk: Desk) -> None:
    """Odd names, links and modes are as they were; no trace of a repository is with them."""
    _, tree = desk.sling()
    make_a_mess(tree)
    taken = captured(desk)
    before = git(desk.root / "mp" / "repo.git", "worktree", "list")
    assert placed(desk, str(taken), "out") == files(tree)
    assert not (desk.root.parent / "out" / ".git").exists()
    assert git(desk.root / "mp" / "repo.git", "worktree", "list") == before


def test_attributes_of_the_project_hold(desk: Desk) -> None:
    """Line ends and filters are those that a checkout gives, even for the files listed first."""
    _, tree = desk.sling()
    git(desk.root / "mp" / "repo.git", "config", "filter.rot.smudge", "tr a-z n-za-m")
    git(desk.root / "mp" / "repo.git", "config", "filter.rot.clean", "tr a-z n-za-m")
    attributes = "*.txt text eol=crlf\n*.rot filter=rot\n*.bin -text\n"
    write(tree, {".gitattributes": attributes, "sub/.gitattributes": "*.txt eol=lf\n"})
    write(tree, {"!first.txt": b"a\r\nb\r\n", "sub/x.txt": b"a\nb\n", "s.rot": "secret\n"})
    write(tree, {"y.bin": b"a\r\nb\n"})
    taken = str(captured(desk))
    assert git(tree, "show", f"{taken}:!first.txt") == "a\nb"
    assert git(tree, "show", f"{taken}:s.rot") == "frperg"
    found = placed(desk, taken, "out")
    assert found.pop(b"src/a.txt")[0] == b"a\r\n"  # as a checkout gives it since the attributes
    assert found == {name: file for name, file in files(tree).items() if name != b"src/a.txt"}


def test_automatic_line_ends(desk: Desk, gitconfig: Path) -> None:
    """With the person's `core.autocrlf` what was captured comes back as it was."""
    _, tree = desk.sling()
    with gitconfig.open("a") as file:
        file.write("[core]\n\tautocrlf = true\n\tsafecrlf = true\n")
    write(tree, {"windows.txt": b"a\r\nb\r\n", "image.bin": b"\0\r\n\n"})
    taken = str(captured(desk))
    assert git(tree, "cat-file", "-p", f"{taken}:windows.txt") == "a\nb"
    found = placed(desk, taken, "out")
    assert {name: found[name] for name in (b"windows.txt", b"image.bin")} == {
        b"windows.txt": (b"a\r\nb\r\n", False), b"image.bin": (b"\0\r\n\n", False),
    }  # fmt: skip


def test_five_thousand_files(desk: Desk) -> None:
    """A large worktree is captured and brought back whole."""
    _, tree = desk.sling()
    write(tree, {f"d{number % 50}/f{number}.txt": f"{number}\n" for number in range(5000)})
    taken = str(captured(desk))
    want = files(tree)
    assert len(want) == 5002
    assert placed(desk, taken, "out") == want


def test_what_is_inside_of_nested_repositories_is_not_there(desk: Desk) -> None:
    """Of a repository inside only an empty folder comes back, and the command says so."""
    _, tree = desk.sling()
    make_project(tree / "vendor" / "thing")
    write(tree, {"half.txt": "half\n", ".env": "hunter2\n"})
    taken = str(captured(desk))
    said = desk.gt("hooks", "restore", "mp/toast", taken, "--to", desk.root.parent / "out")
    assert "! not in it: .env, vendor/thing" in said.out
    assert not list((desk.root.parent / "out" / "vendor" / "thing").iterdir())
    (tree / "half.txt").unlink()
    desk.gt("hooks", "restore", "mp/toast")
    assert (tree / "half.txt").exists()
    assert (tree / "vendor" / "thing" / "README.md").exists()
    assert (tree / ".env").read_text() == "hunter2\n"


def test_of_archived_hooks_and_earlier_generations(desk: Desk) -> None:
    """A worktree need not be there any more; what earlier bearers of the name did can be had."""
    bead, tree = desk.sling()
    commit = desk.work(tree, {"one.txt": "1\n"})
    write(tree, {"half.txt": "half\n"})
    taken = str(captured(desk))
    want = files(tree)
    desk.gt("unsling", bead)
    said = desk.gt("hooks", "restore", "mp/toast", status=1)
    assert "--to PATH" in said.err
    assert placed(desk, taken, "of-archived") == want
    second, _ = desk.sling("Second")
    desk.gt("unsling", second)
    desk.gt("sling", second, "mp/toast", "--no-start")
    assert placed(desk, taken[:12], "earlier") == want
    assert b"half.txt" not in placed(desk, commit, "commit")


@pytest.mark.parametrize("place", ["full", "file", "link", "hq/x", ".gt/x"])
def test_only_into_new_or_empty_folders(desk: Desk, place: str) -> None:
    """Nothing that is there is written over, and the town's own places are not for this."""
    _, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    write(desk.root, {"full/x": "x\n", "file": "f\n"})
    (desk.root / "empty").mkdir()
    (desk.root / "link").symlink_to("empty")
    before = sorted(desk.root.iterdir())
    for words in ((), ("--dry-run",)):
        desk.gt("hooks", "restore", "mp/toast", "--to", place, *words, status=1)
    assert sorted(desk.root.iterdir()) == before
    desk.gt("hooks", "restore", "mp/toast", "--to", "new/deep", "--dry-run")
    assert sorted(desk.root.iterdir()) == before
    for target in ("empty", "new/deep"):
        desk.gt("hooks", "restore", "mp/toast", "--to", target)
        assert (desk.root / target / "half.txt").read_text() == "half\n"
        assert not [path for path in (desk.root / target).parent.iterdir() if path.name[:1] == "."
                    and path.name not in (".gt", ".beads")]  # fmt: skip


def test_a_failing_filter_leaves_nothing(desk: Desk) -> None:
    """All files or none: where git cannot write one of them there is no folder at all."""
    _, tree = desk.sling()
    write(tree, {".gitattributes": "z.txt filter=broken\n", "a.txt": "a\n", "z.txt": "z\n"})
    commit = commit_all(tree)
    repository = desk.root / "mp" / "repo.git"
    git(repository, "config", "filter.broken.smudge", "false")
    git(repository, "config", "filter.broken.required", "true")
    out = desk.root.parent / "out"
    said = desk.gt("hooks", "restore", "mp/toast", commit, "--to", out, status=1)
    assert "filter" in said.err
    assert not out.exists()
    assert not list(desk.root.parent.glob(".out.*"))
