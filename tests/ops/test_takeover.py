"""Work that changes hands: nothing of the dead is lost, and nothing of the living overwritten."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gastown.ops.events import drain
from tests.support.desk import Desk
from tests.support.people import commit_all, git, make_project, write
from tests.support.trees import listing
from tests.support.waiting import until

AGENT = """\
echo 1 >committed.txt; git add -A; git commit --quiet -m work
echo half >README.md; mkdir new; echo 2 >new/untracked.txt; echo 3 >staged.txt; git add staged.txt
echo $$ >"$1.tmp"; mv "$1.tmp" "$1"; exec sleep 300
"""
HALF = {"README.md": "half\n", "new/untracked.txt": "2\n", "staged.txt": "3\n"}


def session(desk: Desk, agent: str) -> str:
    """What `gt agents` says of a session."""
    return str(next(a["session"] for a in desk.gt("agents", "--json").data if a["id"] == agent))


def at_work(desk: Desk) -> tuple[str, Path, int]:
    """A bead, the worktree of its agent, and the process of the agent, which has begun."""
    folder = desk.root.parent
    (folder / "agent.sh").write_text(AGENT)
    desk.gt("config", "agent", "set", "fake", f"sh {folder}/agent.sh {folder}/pid")
    bead = desk.bead("Half done", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "mp", "--agent", "fake", "--json").data
    until((folder / "pid").exists)
    return bead, Path(slung["path"]), int((folder / "pid").read_text())


def killed_at_work(desk: Desk) -> tuple[str, Path]:
    """The same, and then kill -9."""
    bead, tree, pid = at_work(desk)
    os.kill(pid, signal.SIGKILL)
    until(lambda: session(desk, "mp/toast") != "running")
    drain(desk.town)  # so that the next operation is the one that is meant
    return bead, tree


def test_the_living_keep_their_work(desk: Desk) -> None:
    """An agent that is at work is named, and nothing of it is touched."""
    bead, tree, _ = at_work(desk)
    before = listing(tree)
    said = desk.gt("sling", bead, "mp", status=4)
    assert f"{bead} is on the hook of mp/toast" in said.err
    assert listing(tree) == before
    assert session(desk, "mp/toast") == "running"


def test_the_next_one_gets_all_of_it(desk: Desk) -> None:
    """After kill -9 of the agent another polecat has its commits and all it had not committed."""
    bead, old = killed_at_work(desk)
    head = git(old, "rev-parse", "HEAD")
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    new = Path(slung["path"])
    assert (slung["hook"]["id"], slung["taken_from"]) == ("mp/nux", "mp/toast")
    assert git(new, "rev-parse", "HEAD") == head
    for name, content in HALF.items():
        assert (new / name).read_text() == content
    assert not old.exists()
    desk.work(new, {"rest.txt": "rest\n"})
    desk.gt("done", at=new)
    desk.gt("refinery", "run")
    assert desk.on_target("new/untracked.txt") == "2"
    assert desk.on_target("committed.txt") == "1"
    assert desk.shown(bead)["status"] == "closed"


def test_a_person_takes_over_without_losing_their_own(desk: Desk) -> None:
    """Found as a bug: a dead agent's files were put over a person's worktree.

    The person's files stay; where the agent's work is held is said.
    """
    desk.gt("crew", "add", "me")
    mine = desk.root / "mp" / "crew" / "me"
    write(mine, {"own.txt": "own\n"})
    commit_all(mine, "own")
    write(mine, {"README.md": "mine\n", "untracked.txt": "mine\n"})
    bead, old = killed_at_work(desk)
    head = git(old, "rev-parse", "HEAD")
    before = listing(mine)
    said = desk.gt("sling", bead, "mp/me")
    assert listing(mine) == before
    branch, rescue = f"polecat/toast/{bead}@1", "refs/gt/rescue/toast/1"
    assert branch in said.out
    assert rescue in said.out
    assert "its commits are kept" not in said.out
    bare = desk.root / "mp" / "repo.git"
    assert git(bare, "rev-parse", branch) == head
    for name, content in HALF.items():
        assert git(bare, "show", f"{rescue}:{name}") + "\n" == content
    assert desk.gt("hook", at=mine).out.startswith(bead)
    git(mine, "stash", "--quiet", "--include-untracked")
    git(mine, "merge", "--quiet", "--no-edit", branch)
    desk.gt("done", at=mine)
    desk.gt("refinery", "run")
    assert desk.on_target("committed.txt") == "1"
    assert desk.shown(bead)["status"] == "closed"


def test_what_a_secret_was_is_not_destroyed(desk: Desk) -> None:
    """Files that no snapshot may hold are set aside on this disk, and said."""
    bead, old = killed_at_work(desk)
    write(old, {".env": "TOKEN=1\n", "deep/key.pem": "key\n"})
    desk.gt("sling", bead, "mp", "--no-start")
    kept = desk.root / ".gt" / "quarantine" / "mp-toast-1"
    assert (kept / ".env").read_text() == "TOKEN=1\n"
    assert (kept / "deep" / "key.pem").read_text() == "key\n"


def test_a_person_who_closes_a_bead_at_work(desk: Desk) -> None:
    """The agent's hook is free and its worktree stays; it cannot hand in what is closed."""
    bead, tree, _ = at_work(desk)
    before = listing(tree)
    desk.bd("close", bead, "-r", "not needed")
    assert listing(tree) == before
    assert (desk.hook("mp/toast").state, desk.hook("mp/toast").bead) == ("created", None)
    desk.gt("hook", at=tree, status=1)
    assert "Nothing is on your hook" in desk.gt("prime", at=tree).out
    commit_all(tree)
    desk.gt("done", at=tree, status=1)
    assert desk.shown(bead)["close_reason"] == "not needed"
    # Opened again it is anybody's, and the first one's work is still there.
    desk.bd("reopen", bead)
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert slung["hook"]["id"] == "mp/nux"
    said = desk.gt("unsling", "mp/toast")
    assert f"polecat/toast/{bead}@1" in said.out
    assert session_is_over(desk)


def session_is_over(desk: Desk) -> bool:
    """Whether the first agent's process is gone."""
    pid = int((desk.root.parent / "pid").read_text())
    until(lambda: not Path(f"/proc/{pid}").exists())
    return True


def test_a_bead_closed_while_its_work_waits(desk: Desk) -> None:
    """Closing is refused while its work is queued; by force the request is withdrawn."""
    bead, _ = desk.hand_in()
    before = desk.target()
    assert "merge queue" in desk.bd("close", bead, status=1).err
    desk.bd("close", bead, "--force")
    assert "empty" in desk.gt("refinery", "run").out
    assert desk.target() == before
    desk.gt("unsling", "mp/toast")
    desk.gt("hooks", "list")


@pytest.mark.parametrize("point", ["tx:before-commit", "commit:after-import", "sync:after-restore"])
def test_a_killed_takeover_loses_nothing(desk: Desk, point: str) -> None:
    """Whoever takes over may be killed too: the next sling or repair ends with all of the work."""
    bead, old = killed_at_work(desk)
    head = git(old, "rev-parse", "HEAD")
    words = ("gt", "sling", bead, "mp", "--no-start")
    desk.run(*words, env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    if point == "tx:before-commit":
        desk.gt(*words[1:])
    else:
        desk.gt("hooks", "repair")
    new = desk.root / "mp" / "polecats" / "nux"
    assert git(new, "rev-parse", "HEAD") == head
    bare = desk.root / "mp" / "repo.git"
    for name, content in HALF.items():
        held = (old / name, new / name)
        assert any(file.exists() and file.read_text() == content for file in held) or (
            git(bare, "show", f"refs/gt/rescue/toast/1:{name}") + "\n" == content
        )
    assert "in order" in desk.gt("hooks", "repair").out
    assert not old.exists()


def test_a_takeover_into_another_rig(desk: Desk, tmp_path: Path) -> None:
    """Found as a bug: the dead agent's changes were looked for in the other rig's repository."""
    make_project(tmp_path / "other", branch="trunk")
    desk.gt("rig", "add", "second", tmp_path / "other")
    bead, _ = killed_at_work(desk)
    said = desk.gt("sling", bead, "second", "--no-start")
    assert f"polecat/toast/{bead}@1" in said.out
    assert "refs/gt/rescue/toast/1" in said.out
    assert desk.shown(bead)["assignee"] == "second/nux"
    desk.gt("hooks", "list")
