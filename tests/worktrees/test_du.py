"""Which worktrees there are, and what they take of the disk."""

from __future__ import annotations

import os
import subprocess

from gastown.views.worktrees import measure
from tests.support.desk import Desk
from tests.support.people import git, write

_BIG = b"x" * 300_000


def test_list_names_every_worktree(desk: Desk) -> None:
    bead, tree = desk.sling("A bead")
    git(desk.root / "mp" / "repo.git", "worktree", "add", "-q", "--detach",
        str(desk.root.parent / "own"), "main")  # fmt: skip
    found = {one["path"]: one for one in desk.gt("worktrees", "list", "--json").data}
    mine = found[f"mp/polecats/{tree.name}"]
    assert (mine["kind"], mine["hook"], mine["bead"]) == ("polecat", f"mp/{tree.name}", bead)
    assert found[str(desk.root.parent / "own")]["kind"] == "other"
    assert {found["hq"]["kind"], found["mayor"]["kind"]} == {"hq", "mayor"}
    assert desk.gt("worktrees").out == desk.gt("worktrees", "list").out


def test_what_is_ignored_is_told_apart_and_can_be_freed(desk: Desk) -> None:
    _, tree = desk.sling("A bead")
    write(tree, {".gitignore": "node_modules\n.env\n", ".env": "SECRET=1\n", "big.bin": _BIG,
                 "pkg/node_modules/a b.js": _BIG})  # fmt: skip
    os.link(tree / "pkg/node_modules/a b.js", tree / "pkg/node_modules/again.js")
    found = desk.gt("worktrees", "du", "--rig", "mp", "--json").data
    [mine] = [one for one in found["places"] if one["path"].endswith(tree.name)]
    assert mine["largest"][0]["path"] == "pkg/node_modules"
    assert 300_000 <= mine["regenerable"] < 400_000 <= 500_000 <= mine["total"] < 800_000
    assert mine["regenerable"] < mine["ignored"] < mine["regenerable"] + 50_000
    assert mine["files"] + mine["ignored"] == mine["total"]
    assert found["total"] == sum(one["total"] for one in found["places"])
    assert mine["reclaim"] in desk.gt("worktrees", "du").out

    subprocess.run(mine["reclaim"], shell=True, cwd=desk.root, check=True, capture_output=True)
    assert sorted(one.name for one in tree.iterdir()) == [
        ".env", ".git", ".gitignore", "README.md", "big.bin", "pkg", "src",
    ]  # fmt: skip
    [after] = [one for one in desk.gt("worktrees", "du", "--json").data["places"]
               if one["path"] == mine["path"]]  # fmt: skip
    assert (after["regenerable"], after["reclaim"]) == (0, None)


def test_odd_names_are_freed_and_nothing_else(desk: Desk) -> None:
    """Found as a bug: `--x/target` was read as an option, `[ab]/target` as a pattern."""
    _, tree = desk.sling("A bead")
    odd = ("--x", ":(top)x", "[ab]", "a b", "'")
    write(tree, {".gitignore": "target\n", **{f"{name}/target/f": _BIG for name in odd},
                 "a/target": "a file\n"})  # fmt: skip
    found = desk.gt("worktrees", "du", "--rig", "mp", "--json").data
    [mine] = [one for one in found["places"] if one["path"].endswith(tree.name)]
    done = subprocess.run(mine["reclaim"], shell=True, cwd="/", check=True, capture_output=True)
    assert len(done.stdout.splitlines()) == len(odd)
    assert not list(tree.glob("*/target/f"))
    assert (tree / "a/target").read_text() == "a file\n"


def test_a_rig_without_worktrees_has_its_repository(desk: Desk) -> None:
    found = desk.gt("worktrees", "du", "--rig", "mp", "--json").data["places"]
    assert [one["path"] for one in found] == ["mp/repo.git"]
    places = {one["path"] for one in desk.gt("worktrees", "du", "--json").data["places"]}
    assert {"mp/repo.git", ".gt/town.git", "hq", "mayor"} <= places


def test_a_link_is_not_followed_and_what_is_gone_counts_nothing(desk: Desk) -> None:
    outside = desk.root.parent / "outside"
    write(outside, {"big": _BIG})
    folder = desk.root.parent / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    assert measure(folder, set()) < 20_000
    assert measure(folder / "nothing", set()) == 0
