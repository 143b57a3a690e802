"""`gt demo`, as a newcomer runs it."""

import subprocess
import sysconfig
from pathlib import Path

GT = str(Path(sysconfig.get_path("scripts")) / "gt")


def _git(place: Path, *words: str) -> str:
    argv = ["git", "-C", str(place), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def _play(folder: Path, *options: str) -> str:
    done = subprocess.run(
        [GT, "demo", str(folder), *options],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_demo_lands_its_convoy(tmp_path: Path) -> None:
    """Four beads arrive on main, one after a red gate, and a fifth by git alone; hq is in step."""
    shown = _play(tmp_path / "demo")
    town = tmp_path / "demo" / "town"
    assert "gate test ended with status 1" in shown
    assert "landed: The demo's work" in shown
    merged = _git(town / "calc" / "repo.git", "log", "--merges", "--format=%s", "main")
    assert len(merged.splitlines()) == 5
    assert "Bead-Status: done" in shown
    assert "the town is down" in shown
    assert _git(town / "hq", "status", "--porcelain") == ""
    assert list((town / "calc" / "polecats").iterdir()) == []
    files = _git(town / "calc" / "repo.git", "ls-tree", "-r", "--name-only", "main").split()
    assert {"calc/divide.py", "calc/square.py", "tests/test_divide_zero.py"} <= set(files)


def test_every_commit_on_the_demos_main_passes_its_gate(tmp_path: Path) -> None:
    """The target never held an untested commit: each merge, checked out, passes the gate."""
    _play(tmp_path / "demo")
    clone = tmp_path / "clone"
    source = str(tmp_path / "demo" / "town" / "calc" / "repo.git")
    subprocess.run(["git", "clone", "-q", source, str(clone)], check=True)
    for commit in _git(clone, "rev-list", "--first-parent", "main").split():
        _git(clone, "checkout", "-q", "--detach", commit)
        gate = ["python3", "-m", "unittest", "discover", "-q", "-s", "tests", "-t", "."]
        assert subprocess.run(gate, cwd=clone, capture_output=True, check=False).returncode == 0


def test_the_demo_does_not_touch_a_given_repository(tmp_path: Path) -> None:
    """With --repo the person's repository keeps its refs, files and configuration to the byte."""
    mine = tmp_path / "mine"
    mine.mkdir()
    _git(mine, "init", "-q", "-b", "trunk")
    (mine / "a.txt").write_text("a\n")
    _git(mine, "add", "-A")
    _git(mine, "commit", "-q", "-m", "one")
    before = {p: p.read_bytes() for p in mine.rglob("*") if p.is_file()}
    shown = _play(tmp_path / "demo", "--repo", str(mine))
    assert "landed: The demo's work" in shown
    assert {p: p.read_bytes() for p in mine.rglob("*") if p.is_file()} == before


def test_the_demo_refuses_a_folder_with_things_in_it(tmp_path: Path) -> None:
    """A folder that is not empty is left alone."""
    (tmp_path / "keep").write_text("me")
    done = subprocess.run([GT, "demo", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, [p.name for p in tmp_path.iterdir()]) == (1, ["keep"])
    assert "not empty" in done.stderr
