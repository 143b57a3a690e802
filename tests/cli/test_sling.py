"""gt sling, unsling: one bead, one hook; nothing lost on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import git, make_project, write
from tests.support.soundness import message, trailers
from tests.support.waiting import until

DIES = "sh -c 'exit 3'"
LIVES = "sh -c 'exec sleep 300'"


def start(desk: Desk, command: str, bead: str, *words: str, rig: str = "mp") -> Path:
    """Sling a bead to an agent whose command is `command`; its worktree."""
    desk.gt("config", "agent", "set", "fake", command)
    [slung] = desk.gt("sling", bead, rig, "--agent", "fake", "--json", *words).data
    assert slung["started"]
    return Path(slung["path"])


def session(desk: Desk, agent: str = "mp/toast") -> str:
    """What `gt agents` says of an agent's session."""
    told = desk.gt("agents", "--json").data
    return str(next(entry["session"] for entry in told if entry["id"] == agent))


def gone(desk: Desk, agent: str = "mp/toast") -> None:
    """Wait until an agent's session has ended."""
    until(lambda: session(desk, agent) != "running")


def test_a_sling_is_a_hook_a_worktree_and_a_convoy(desk: Desk) -> None:
    """One commit assigns the bead; the worktree is on its own branch from the target."""
    bead = desk.bead("Do it")
    said = desk.gt("sling", bead, "mp", "--no-start")
    tree = desk.root / "mp" / "polecats" / "toast"
    assert str(tree) in said.out
    assert "made for it" in said.out
    assert git(tree, "symbolic-ref", "HEAD") == f"refs/heads/polecat/toast/{bead}@1"
    assert git(tree, "rev-parse", "HEAD") == desk.target()
    assert git(tree, "status", "--porcelain") == ""
    assert "locked" in git(tree, "worktree", "list", "--porcelain")
    shown = desk.shown(bead)
    assert (shown["status"], shown["assignee"]) == ("hooked", "mp/toast")
    moves = [value for key, value in trailers(desk.town) if key == "Move"]
    assert [move.split(" ", 1)[0] for move in moves] == ["hook", "bead", "hook", "convoy"]
    assert message(desk.town).startswith(f"sling {bead} to mp/toast")


def test_a_bead_on_a_convoy_gets_no_other(desk: Desk) -> None:
    """The convoy that carries it already is named."""
    bead = desk.bead()
    convoy = desk.gt("convoy", "create", "X", bead, "--json").data["id"]
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert (slung["convoy"], slung["new_convoy"]) == (convoy, False)


def test_a_batch_shares_a_convoy(desk: Desk) -> None:
    """Several beads get a hook each and one convoy for those that were on none."""
    a, b, c = desk.bead("a"), desk.bead("b"), desk.bead("c")
    own = desk.gt("convoy", "create", "X", b, "--json").data["id"]
    slung = desk.gt("sling", a, b, c, "mp", "--no-start", "--json").data
    assert [one["hook"]["id"] for one in slung] == ["mp/toast", "mp/nux", "mp/slit"]
    assert slung[0]["convoy"] == slung[2]["convoy"] != own
    assert slung[1]["convoy"] == own
    assert [one["new_convoy"] for one in slung] == [True, False, False]
    told = desk.gt("convoy", "show", slung[0]["convoy"], "--json").data
    assert told["convoy"]["beads"] == [a, c]


def test_a_refused_bead_does_not_stop_a_batch(desk: Desk) -> None:
    """The others of a batch are slung and shown; the refused one is named and gives the status."""
    a, b = desk.bead("a"), desk.bead("b")
    c = desk.bead("c", "--deps", b)
    said = desk.gt("sling", a, c, b, "mp", "--no-start", status=4)
    assert f"{c}: it waits for {b}" in said.err
    assert f"{a} (a) is on the hook of mp/toast" in said.out
    assert [desk.shown(bead)["status"] for bead in (a, b, c)] == ["hooked", "hooked", "open"]


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_closed_bead_is_refused(desk: Desk, force: tuple[str, ...]) -> None:
    """Closed is closed, with --force too; the way back is named."""
    bead = desk.bead()
    desk.bd("close", bead)
    commit = desk.town.commit()
    said = desk.gt("sling", bead, "mp", *force, status=4)
    assert "reopen" in said.err
    assert desk.town.commit() == commit
    assert not (desk.root / "mp" / "polecats").exists()


def test_a_blocked_bead_is_refused(desk: Desk) -> None:
    """A bead that waits for others is slung by --force only."""
    a = desk.bead("a")
    b = desk.bead("b", "--deps", a)
    assert f"it waits for {a}" in desk.gt("sling", b, "mp", "--no-start", status=4).err
    desk.gt("sling", b, "mp", "--no-start", "--force")


def test_put_off_or_claimed_is_refused(desk: Desk) -> None:
    """Deferred beads are opened first; what somebody has claimed is taken by --force only."""
    later, mine = desk.bead("later"), desk.bead("mine")
    desk.bd("update", later, "--status", "deferred")
    desk.bd("update", mine, "--claim")
    assert "undefer" in desk.gt("sling", later, "mp", "--no-start", status=4).err
    assert "human" in desk.gt("sling", mine, "mp", "--no-start", status=4).err
    desk.gt("sling", mine, "mp", "--no-start", "--force")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("nope", "mp"), 3), (("{}", "nope"), 3), (("nope",), 2), ((), 2), (("{}", "mp/a/b"), 2),
        (("{}", "../mp"), 2), (("{}", "mp/-x"), 2), (("{}", "mp", "--agent", "nope"), 3),
        (("{}", "mayor"), 2), (("{}", "mp", "--wait", "--no-start"), 2),
    ],
)  # fmt: skip
def test_words_that_name_nothing_are_said(desk: Desk, words: tuple[str, ...], status: int) -> None:
    """Unknown beads, rigs, runtimes and impossible targets are refused and leave no trace."""
    bead = desk.bead()
    commit = desk.town.commit()
    desk.gt("sling", *(word.format(bead) for word in words), status=status)
    assert desk.town.commit() == commit


def test_an_issue_alone_goes_to_its_own_rig(desk: Desk) -> None:
    """Where a bead is of a rig, that rig is meant when none is named."""
    [slung] = desk.gt("sling", desk.bead(), "--no-start", "--json").data
    assert slung["hook"]["rig"] == "mp"
    towns = desk.bead("of the town", "--rig", "hq")
    assert "where" in desk.gt("sling", towns, "--no-start", status=2).err


def test_to_a_named_agent(desk: Desk) -> None:
    """RIG/AGENT names the polecat; who holds a bead takes no second one."""
    a, b = desk.bead("a"), desk.bead("b")
    [slung] = desk.gt("sling", a, "mp/my-agent", "--no-start", "--json").data
    assert slung["hook"]["id"] == "mp/my-agent"
    said = desk.gt("sling", b, "mp/polecats/my-agent", "--no-start", status=4)
    assert a in said.err
    desk.gt("sling", a, b, "mp/other", status=1)
    assert desk.shown(b)["status"] == "open"


def test_to_a_person(desk: Desk) -> None:
    """A crew member gets the bead in their own worktree, and an agent only when one is named."""
    desk.gt("crew", "add", "me")
    tree = desk.root / "mp" / "crew" / "me"
    write(tree, {"mine.txt": "mine\n"})
    bead = desk.bead()
    [slung] = desk.gt("sling", bead, "mp/me", "--json").data
    assert (slung["started"], slung["path"]) == (False, str(tree))
    assert desk.gt("hook", at=tree).out.startswith(bead)
    assert (tree / "mine.txt").read_text() == "mine\n"
    (tree / "mine.txt").unlink()
    desk.work(tree)
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert tree.is_dir()
    assert desk.hook("mp/me").state == "created"


def test_an_owner_who_may_be_at_work_keeps_it(desk: Desk) -> None:
    """A living agent, and one of which nothing is known, keep their bead; they are named."""
    a, b = desk.bead("a"), desk.bead("b")
    start(desk, LIVES, a)
    said = desk.gt("sling", a, "mp", status=4)
    assert "on the hook of mp/toast" in said.err
    assert f"gt unsling {a}" in said.err
    desk.gt("sling", b, "mp", "--no-start")
    assert "on the hook of mp/nux" in desk.gt("sling", b, "mp", "--no-start", status=4).err
    assert "on the hook of mp/nux" in desk.gt("sling", b, "mp/toast", status=4).err


@pytest.mark.parametrize("target", ["mp", "mp/toast", "mp/other"])
def test_a_dead_owner_is_taken_over_with_all_work(desk: Desk, target: str) -> None:
    """Commits, staged, changed and new files of a dead agent are in its successor's worktree."""
    bead = desk.bead()
    old = start(desk, DIES, bead)
    gone(desk)
    commit = desk.work(old, {"done.txt": "done\n"})
    write(old, {"README.md": "half\n", "new/file.txt": "new\n", "staged.txt": "staged\n"})
    git(old, "add", "staged.txt")
    (old / "src" / "a.txt").unlink()
    [slung] = desk.gt("sling", bead, target, "--no-start", "--json").data
    new = Path(slung["path"])
    assert slung["taken_from"] == "mp/toast"
    assert git(new, "rev-parse", "HEAD") == commit
    assert (new / "README.md").read_text() == "half\n"
    assert (new / "new" / "file.txt").read_text() == "new\n"
    assert (new / "staged.txt").read_text() == "staged\n"
    assert not (new / "src" / "a.txt").exists()
    assert desk.shown(bead)["assignee"] == slung["hook"]["id"]
    if target != "mp/toast":
        assert not old.exists()
        assert desk.hook("mp/toast").state == "archived"
    assert git(desk.root / "mp" / "repo.git", "cat-file", "-t", slung["rescue"]) == "commit"


def test_force_takes_it_from_the_living(desk: Desk) -> None:
    """--force ends the agent that has it and keeps its work, uncommitted work too."""
    bead = desk.bead()
    old = start(desk, LIVES, bead)
    commit = desk.work(old, {"done.txt": "done\n"})
    write(old, {"half.txt": "half\n"})
    [slung] = desk.gt("sling", bead, "mp", "--force", "--no-start", "--json").data
    new = Path(slung["path"])
    assert git(new, "rev-parse", "HEAD") == commit
    assert (new / "half.txt").read_text() == "half\n"
    assert not old.exists()
    assert session(desk, "mp/nux") == "none"


def test_force_takes_it_from_a_person_and_leaves_their_files(desk: Desk) -> None:
    """A crew worktree stays as it is when its bead is taken away."""
    desk.gt("crew", "add", "me")
    tree = desk.root / "mp" / "crew" / "me"
    bead = desk.bead()
    desk.gt("sling", bead, "mp/me")
    write(tree, {"half.txt": "half\n"})
    desk.gt("sling", bead, "mp", "--force", "--no-start")
    assert (tree / "half.txt").read_text() == "half\n"
    assert desk.hook("mp/me").state == "created"


def test_a_worktree_that_cannot_be_made_is_mended(desk: Desk) -> None:
    """The assignment is committed first; when the worktree fails, repair completes it."""
    bead = desk.bead()
    write(desk.root, {"mp/polecats": "in the way\n"})
    said = desk.gt("sling", bead, "mp", "--no-start", status=1)
    assert "gt hooks repair" in said.err
    assert "bug" not in said.err
    assert desk.shown(bead)["assignee"] == "mp/toast"
    (desk.root / "mp" / "polecats").unlink()
    desk.gt("hooks", "list", status=1)
    desk.gt("hooks", "repair")
    tree = desk.root / "mp" / "polecats" / "toast"
    assert desk.gt("hook", at=tree).out.startswith(bead)
    assert "in order" in desk.gt("hooks", "repair").out


def test_a_lost_worktree_does_not_lose_commits(desk: Desk) -> None:
    """The branch of a dead agent whose directory was deleted is where its successor begins."""
    bead = desk.bead()
    old = start(desk, DIES, bead)
    gone(desk)
    commit = desk.work(old)
    shutil.rmtree(old)
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert git(Path(slung["path"]), "rev-parse", "HEAD") == commit


def test_an_agent_that_never_began_is_begun(desk: Desk) -> None:
    """Slung with --no-start and slung again to the same rig: now the agent starts."""
    bead, tree = desk.sling()
    commit = desk.work(tree)
    desk.gt("config", "agent", "set", "fake", LIVES)
    [slung] = desk.gt("sling", bead, "mp/toast", "--agent", "fake", "--json").data
    assert slung["started"]
    assert slung["hook"]["generation"] == 1
    assert git(tree, "rev-parse", "HEAD") == commit
    assert session(desk) == "running"


def test_unsling_gives_it_back_and_keeps_the_work(desk: Desk) -> None:
    """The agent stops, its commits and changes are held by refs that are printed."""
    bead = desk.bead()
    tree = start(desk, LIVES, bead)
    commit = desk.work(tree)
    write(tree, {"half.txt": "half\n"})
    said = desk.gt("unsling", bead)
    branch, rescue = f"polecat/toast/{bead}@1", "refs/gt/rescue/toast/1"
    assert branch in said.out
    assert rescue in said.out
    assert "session of mp/toast was stopped" in said.out
    bare = desk.root / "mp" / "repo.git"
    assert git(bare, "rev-parse", branch) == commit
    assert git(bare, "show", f"{rescue}:half.txt") == "half"
    assert not tree.exists()
    assert (desk.shown(bead)["status"], desk.shown(bead).get("assignee")) == ("open", None)
    desk.gt("unsling", bead, status=3)
    desk.gt("unsling", "mp/toast", status=3)


def test_unsling_by_agent_and_of_a_person(desk: Desk) -> None:
    """An agent's name does as well; a person keeps their worktree."""
    bead, _ = desk.sling()
    desk.gt("unhook", "mp/toast")
    assert desk.shown(bead)["status"] == "open"
    desk.gt("crew", "add", "me")
    desk.gt("sling", bead, "mp/me")
    said = desk.gt("unsling", bead)
    assert "gone" not in said.out
    assert (desk.root / "mp" / "crew" / "me").is_dir()


def test_unsling_takes_work_out_of_the_queue(desk: Desk) -> None:
    """A queued request of unslung work is withdrawn; it is not merged behind one's back."""
    bead, _ = desk.hand_in()
    desk.gt("unsling", bead)
    before = desk.target()
    assert "empty" in desk.gt("refinery", "run").out
    assert desk.target() == before
    [merge] = desk.gt("mq", "list", "--all", "--json").data
    assert merge["state"] == "withdrawn"


def test_a_bead_that_a_person_closed_frees_its_polecat(desk: Desk) -> None:
    """After `bd close` of a slung bead its idle polecat can be let go, with its work kept."""
    bead, tree = desk.sling()
    commit = desk.work(tree)
    said = desk.bd("close", bead)
    assert "gt unsling mp/toast" in said.out
    desk.gt("unsling", "mp/toast")
    assert not tree.exists()
    assert git(desk.root / "mp" / "repo.git", "rev-parse", f"polecat/toast/{bead}@1") == commit
    desk.gt("unsling", "mp/toast", status=3)


def test_a_name_comes_again_with_a_new_generation(desk: Desk) -> None:
    """Names are used again when their bearer is gone; branches tell the generations apart."""
    bead, tree = desk.sling()
    desk.gt("unsling", bead)
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert (slung["hook"]["id"], slung["hook"]["generation"]) == ("mp/toast", 2)
    assert git(tree, "symbolic-ref", "HEAD") == f"refs/heads/polecat/toast/{bead}@2"


def test_a_branch_that_collides_is_said(desk: Desk) -> None:
    """A branch in the place of a folder of branches is named, and the rest goes on."""
    git(desk.root / "mp" / "repo.git", "update-ref", "refs/heads/polecat", desk.target())
    bead = desk.bead()
    said = desk.gt("sling", bead, "mp", "--no-start", status=1)
    assert "polecat" in said.err
    assert "gt hooks repair" in said.err
    git(desk.root / "mp" / "repo.git", "update-ref", "-d", "refs/heads/polecat")
    desk.gt("hooks", "repair")
    assert desk.gt("hook", "mp/toast").out.startswith(bead)


def test_a_bead_of_another_rig_is_worked_where_it_is_slung(desk: Desk, tmp_path: Path) -> None:
    """The rig of the sling decides where the work is merged."""
    make_project(tmp_path / "other", branch="trunk")
    desk.gt("rig", "add", "second", tmp_path / "other")
    bead = desk.bead("x", "--rig", "mp")
    [slung] = desk.gt("sling", bead, "second", "--no-start", "--json").data
    desk.work(Path(slung["path"]))
    desk.gt("done", at=slung["path"])
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert desk.on_target("toast.txt", "second", "trunk") == "work"


def test_the_assignment_is_there_before_the_agent(desk: Desk) -> None:
    """What `gt hook --json` says in an agent's first breath is its bead."""
    script = desk.root.parent / "agent.sh"
    script.write_text('gt hook --json >"$1/said"; echo $? >"$1/status.tmp"\n'
                      'mv "$1/status.tmp" "$1/status"\n')  # fmt: skip
    for number in range(3):
        bead = desk.bead(f"bead {number}")
        start(desk, f"sh {script} {desk.root.parent}", bead)
        until((desk.root.parent / "status").exists)
        told = json.loads((desk.root.parent / "said").read_text())
        assert told["data"]["bead"]["id"] == bead
        assert (desk.root.parent / "status").read_text() == "0\n"
        (desk.root.parent / "status").unlink()
