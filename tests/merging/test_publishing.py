"""The refinery and the origin: it gets what was tested, before or after the town, never less."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, write
from tests.support.queue import request


@pytest.fixture
def origin(desk: Desk, tmp_path: Path) -> Path:
    """A bare origin of the rig `mp`, which has a gate."""
    bare = tmp_path / "origin.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "project"), str(bare))
    git(desk.root / "mp" / "repo.git", "config", "remote.origin.url", str(bare))
    desk.gate("test -e README.md")
    return bare


def elsewhere(origin: Path, tmp_path: Path, name: str) -> str:
    """Somebody else pushes a commit; returns it."""
    clone = tmp_path / f"clone-{name}"
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    write(clone, {name: "x\n"})
    git(clone, "add", "-A")
    git(clone, "commit", "--quiet", "-m", name)
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    return git(clone, "rev-parse", "HEAD")


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_the_origin_gets_what_landed(desk: Desk, origin: Path, tmp_path: Path, style: str) -> None:
    """Also where somebody else has pushed meanwhile: that is followed, and tested with."""
    desk.gt("config", "set", "rigs.mp.merge.style", style)
    bead, _ = desk.hand_in(files={"one.txt": "1\n"})
    other = elsewhere(origin, tmp_path, "theirs.txt")
    said = desk.gt("refinery", "run").err
    assert "tested again" in said
    found = request(desk, bead)
    assert (found["state"], found["pushed"], found["style"]) == ("merged", "origin", style)
    assert desk.target() == git(origin, "rev-parse", "main") == found["result"]
    assert git(origin, "merge-base", other, "main") == other
    assert found["proof"] == ("ancestry" if style == "merge" else "tree")


@pytest.mark.parametrize(("push", "state"), [("auto", "merged"), ("always", "queued")])
def test_an_origin_that_declines(desk: Desk, origin: Path, push: str, state: str) -> None:
    """auto: it lands here, and the next push brings all; always: it waits."""
    desk.gt("config", "set", "rigs.mp.merge.push", push)
    before = desk.target()
    script = origin / "hooks" / "pre-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    bead, _ = desk.hand_in(files={"one.txt": "1\n"})
    desk.gt("refinery", "run", status=None)
    assert request(desk, bead)["state"] == state
    assert (desk.target() == before) == (state == "queued")
    letters = [m for m in desk.town.read().mail("human") if "cannot be pushed" in m.subject]
    assert len(letters) == 1
    script.unlink()
    desk.hand_in("Next", files={"two.txt": "2\n"})
    desk.gt("refinery", "run")
    assert request(desk, bead)["state"] == "merged"
    assert git(origin, "rev-parse", "main") == desk.target()
