"""Odd surroundings: terminals, closed streams, encodings, missing homes, rigs that lost a part."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.desk import SCRIPTS, Desk
from tests.support.people import git, make_project


def on_a_terminal(desk: Desk, *words: str) -> tuple[int, str]:
    """Run a command on a terminal of its own; its status and all it showed."""
    master, slave = pty.openpty()
    child = subprocess.Popen([SCRIPTS / words[0], *words[1:]], cwd=desk.root, stdin=slave,
                             stdout=slave, stderr=slave, start_new_session=True)  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(master)
    return child.wait(30), shown.decode("utf-8", "replace")


def test_a_clone_shows_its_progress_on_a_terminal(desk: Desk, project: Path) -> None:
    """On a terminal there is a bar while git fetches, and the same words at the end."""
    status, shown = on_a_terminal(desk, "gt", "rig", "add", "second", str(project))
    assert status == 0, shown
    assert "fetching" in shown or "receiving" in shown
    assert "rig second: branch main" in shown


def test_every_view_works_on_a_terminal(desk: Desk) -> None:
    """The lists are shown on a terminal as well."""
    bead = desk.bead("x")
    for line in ("gt status", "gt agents", "bd list", f"bd show {bead}", "gt log", "gt prime"):
        status, shown = on_a_terminal(desk, *line.split())
        assert status == 0, shown
        assert "Traceback" not in shown


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"},
        {"LANG": "de_DE.UTF-8", "LANGUAGE": "de"}, {"COLUMNS": "20"}, {"TERM": "dumb"},
        {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
    ],
    ids=str,
)  # fmt: skip
def test_the_whole_way_in_odd_environments(desk: Desk, env: dict[str, str]) -> None:
    """Encodings, languages and warnings as errors change nothing but how a character looks."""
    bead = desk.run("bd", "create", "Grüße 日本", "--silent", env=env).out.strip()
    assert desk.shown(bead)["title"] == "Grüße 日本"
    desk.run("gt", "sling", bead, "mp", "--no-start", env=env)
    tree = desk.root / "mp" / "polecats" / "toast"
    desk.work(tree)
    desk.run("gt", "done", at=tree, env=env)
    desk.run("gt", "refinery", "run", env=env)
    for line in ("bd show", "gt log"):
        said = desk.run(*line.split(), bead, env=env)
        assert said.err == ""
    assert desk.shown(bead)["status"] == "closed"


def test_without_a_home(desk: Desk) -> None:
    """HOME may be missing."""
    line = f"unset HOME XDG_CONFIG_HOME; exec {SCRIPTS}/bd create x --silent"
    assert desk.run("sh", "-c", line).out.strip() in desk.bd("list").out


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_with_closed_streams(desk: Desk, closed: str) -> None:
    """A command without standard input, output or error still does its work, and only that."""
    before = len(desk.bd("list", "--json").json)
    desk.run("sh", "-c", f"{SCRIPTS}/bd create x {closed}")
    assert len(desk.bd("list", "--json").json) == before + 1
    desk.run("sh", "-c", f"{SCRIPTS}/gt status {closed}")
    said = desk.run("sh", "-c", f"{SCRIPTS}/bd show nope {closed}", status=3)
    assert "bug" not in said.err


def test_inside_a_git_hook_of_another_repository(desk: Desk, project: Path) -> None:
    """A command in somebody's git hook, with GIT_DIR and an index set, works on the town alone."""
    hook = project / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncd {desk.root} && {SCRIPTS}/bd create from-a-hook\n")
    hook.chmod(0o755)
    (project / "new.txt").write_text("new\n")
    git(project, "add", "new.txt")
    git(project, "commit", "--quiet", "-m", "with a hook")
    assert git(project, "show", "--name-only", "--format=") == "new.txt"
    assert "from-a-hook" in desk.bd("list").out
    assert git(desk.root / "hq", "status", "--porcelain") == ""


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_persons_umask(tmp_path: Path, umask: int) -> None:
    """Whatever the umask, the town's own folder is for its owner only."""
    before = os.umask(umask)
    try:
        desk = Desk(tmp_path)
        desk.gt("install", "gt")
        make_project(tmp_path / "project")
        town = Desk(tmp_path / "gt")
        town.gt("rig", "add", "mp", tmp_path / "project")
        town.sling()
    finally:
        os.umask(before)
    assert (tmp_path / "gt" / ".gt").stat().st_mode & 0o077 == 0


def test_a_branch_with_slashes_is_a_target(desk: Desk, tmp_path: Path) -> None:
    """`release/1.0` works as well as `main`."""
    make_project(tmp_path / "other", branch="release/1.0")
    desk.gt("rig", "add", "second", tmp_path / "other")
    bead, _ = desk.hand_in("x", {"new.txt": "new\n"}, rig="second")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert desk.on_target("new.txt", "second", "release/1.0") == "new"


def test_a_rig_whose_repository_is_gone_is_said(desk: Desk, broken_town: None) -> None:
    """Every command goes on or ends with a sentence; the other rigs are not held up."""
    make_project(desk.root.parent / "other")
    desk.gt("rig", "add", "second", desk.root.parent / "other")
    bead, tree = desk.hand_in(rig="mp")
    good, _ = desk.hand_in(rig="second")
    shutil.rmtree(desk.root / "mp" / "repo.git")
    for line in ("gt status", "gt rig list", "gt agents", "bd list", "gt mq list", "gt prime"):
        desk.run(*line.split())
    for line, status in (("gt hooks list", 1), ("gt hooks repair", 1),
                         ("gt rig remove mp", 1), ("gt crew add me --rig mp", 1)):  # fmt: skip
        said = desk.run(*line.split(), status=status)
        assert "bug" not in said.err
    desk.gt("sling", desk.bead("x", "--rig", "mp"), "mp", "--no-start", status=1)
    desk.gt("done", at=tree, status=1)
    desk.gt("refinery", "run", status=1)
    assert desk.shown(good)["status"] == "closed"
    assert desk.shown(bead)["status"] == "in_progress"
