"""A conflict: a bead for solving it, to the author, to a new polecat, or for a person."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from gastown.ops.refining import following
from tests.rework.conftest import Agents
from tests.support.desk import Desk, host
from tests.support.people import commit_all, git, write
from tests.support.queue import letters, request


def move_target(desk: Desk, text: str = "theirs\n") -> None:
    """Somebody else's change of the same file lands first."""
    bare = desk.root / "mp" / "repo.git"
    place = desk.root.parent / f"other-{len(list(desk.root.parent.glob('other-*')))}"
    git(bare, "worktree", "add", "--quiet", "--detach", str(place), "main")
    write(place, {"src/a.txt": text})
    git(bare, "update-ref", "refs/heads/main", commit_all(place, "their change"))


def solve(tree: Path, text: str, what: str = "main") -> None:
    """Merge the other side and commit a text for the file."""
    git(tree, "merge", what, check=False)
    write(tree, {"src/a.txt": text})
    commit_all(tree, "solved")


def conflict_of(desk: Desk, bead: str) -> dict[str, Any]:
    """The conflict bead of a bead's request."""
    return desk.shown(request(desk, bead)["conflict_bead"])


def test_the_author_solves_it(desk: Desk, agents: Agents) -> None:
    """The bead is claimed below its own, names both sides, and is closed with the merge."""
    bead, tree = agents.hand_in("Mine", {"src/a.txt": "mine\n"})
    move_target(desk)
    desk.gt("refinery", "run", status=1)
    agents.started(2)
    agents.rest()
    found = conflict_of(desk, bead)
    assert (found["status"], found["assignee"]) == ("in_progress", "mp/toast")
    assert found["title"] == f"Solve the conflict of {bead} with main"
    assert found["id"] == f"{bead}.1"
    for said in ("src/a.txt", "their change", "on polecat/toast/", git(tree, "rev-parse", "HEAD"),
                 desk.target()):  # fmt: skip
        assert said in found["description"]
    assert found["id"] in agents.told.read_text()
    [mail] = letters(desk, "merge conflict", tree)
    assert "git merge main" in mail
    assert letters(desk, "") == []
    solve(tree, "both\n")
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.on_target("src/a.txt") == "both"
    assert desk.shown(bead)["status"] == "closed"
    solved = desk.shown(found["id"])
    assert solved["status"] == "closed"
    assert "is merged as" in solved["close_reason"]


def test_a_second_conflict_uses_the_same_bead_and_the_last_asks_people(
    desk: Desk, agents: Agents
) -> None:
    """Opened again after somebody closed it; when the author has had it often enough, freed."""
    desk.gt("config", "set", "rigs.mp.merge.rework_max", "2")
    bead, tree = agents.hand_in("Mine", {"src/a.txt": "mine\n"})
    for attempt in range(3):
        move_target(desk, f"theirs {attempt}\n")
        desk.gt("refinery", "run", status=1)
        agents.started(min(attempt + 2, 3))
        agents.rest()
        found = conflict_of(desk, bead)
        assert found["id"] == f"{bead}.1"
        assert f"theirs {attempt}" not in found["title"]
        if attempt == 2:
            break
        assert found["assignee"] == "mp/toast"
        solve(tree, f"both {attempt}\n")
        if attempt == 0:
            desk.bd("close", found["id"])
        desk.gt("done", at=tree)
    assert (found["status"], found.get("assignee")) == ("open", None)
    assert desk.hook("mp/toast").state == "completed"
    [mail] = letters(desk, f"[medium] needs you: {bead} conflicts, 3 times")
    assert "gt mq retry" in mail
    solve(tree, "both\n")
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(found["id"])["status"] == "closed"


def abandoned(desk: Desk) -> tuple[str, str]:
    """A branch that is submitted for a bead without anybody's hook, and conflicts."""
    bead = desk.bead("Mine", "--rig", "mp")
    bare, place = desk.root / "mp" / "repo.git", desk.root.parent / "place"
    git(bare, "worktree", "add", "--quiet", "-b", "mine", str(place), "main")
    write(place, {"src/a.txt": "mine\n"})
    head = commit_all(place, "my change")
    said = desk.gt("mq", "submit", "mine", "--rig", "mp", "--bead", bead, status=None)
    if said.status:
        pytest.skip(f"NOT TESTED: gt mq submit: {said.err}")
    move_target(desk)
    return bead, head


@pytest.mark.parametrize("style", ["merge", "squash", "rebase"])
def test_without_an_author_a_new_polecat_solves_it(desk: Desk, agents: Agents, style: str) -> None:
    """It merges the branch into its own; with that the request is merged, and its bead closed."""
    desk.gt("config", "set", "rigs.mp.merge.style", style)
    desk.gt("config", "set", "rigs.mp.agent", "fake")
    bead, head = abandoned(desk)
    desk.gt("refinery", "run", status=1)
    found = conflict_of(desk, bead)
    agent = found["assignee"]
    assert desk.hook(agent).bead == found["id"]
    assert f"git merge {head}" in found["description"]
    assert "wants-agent" not in found["labels"]
    agents.rest(agent)
    tree = desk.root / desk.hook(agent).path
    solve(tree, "both\n", head)
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(found["id"])["status"] == "closed"
    assert request(desk, bead)["state"] == "merged"
    assert desk.shown(bead)["status"] == "closed"


def test_killed_before_it_is_slung(desk: Desk, agents: Agents) -> None:
    """The next run slings it, once."""
    desk.gt("config", "set", "rigs.mp.agent", "fake")
    bead, _ = abandoned(desk)
    desk.run("gt", "refinery", "run", env={"GT_FAULT": "conflict:committed:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    assert conflict_of(desk, bead)["status"] == "open"
    for _ in range(2):
        following.go_on(desk.town, host(), "mp")
        assert conflict_of(desk, bead)["status"] == "hooked"
    assert len(desk.town.read().hooks(rig="mp")) == 1


def test_where_no_agent_can_think_it_stays_open(desk: Desk) -> None:
    """The embedded agent solves nothing: the person is told, once."""
    bead, _ = abandoned(desk)
    desk.gt("refinery", "run", status=1)
    found = conflict_of(desk, bead)
    assert (found["status"], found["labels"]) == ("open", ["conflict"])
    assert len(letters(desk, f"[medium] needs you: {found['id']}")) == 1
    following.go_on(desk.town, host(), "mp")
    assert letters(desk, "[medium] needs you") == []


@pytest.mark.parametrize("how", ["hold", "by hand"])
def test_a_person_solves_it(desk: Desk, agents: Agents, how: str) -> None:
    """Held by the settings, or worked on by hand: mail as ever, no bead, and nobody is started."""
    if how == "hold":
        desk.gt("config", "set", "rigs.mp.merge.on_conflict", "hold")
        bead, _ = agents.hand_in("Mine", {"src/a.txt": "mine\n"})
    else:
        bead, _ = desk.hand_in("Mine", {"src/a.txt": "mine\n"})
    starts = len(agents.starts)
    move_target(desk)
    desk.gt("refinery", "run", status=1)
    assert request(desk, bead)["conflict_bead"] is None
    assert desk.hook("mp/toast").state == "completed"
    assert len(letters(desk, "merge conflict")) == 1
    assert len(agents.starts) == starts
