"""gt gates list, run: agents and people ask before they hand in; nothing is moved by it."""

from __future__ import annotations

from pathlib import Path

from gastown.domain.guarding.judge import judge
from tests.guarding.table import POLECAT
from tests.support.desk import Desk
from tests.support.gates import commit_of, runs, set_up
from tests.support.people import git, write
from tests.support.queue import assert_no_gate_trees, requests


def test_an_agent_asks_before_it_hands_in(desk: Desk, tmp_path: Path) -> None:
    """In its hook: its last commit, merged onto the target; the refinery's own test is then known.

    Nothing is moved, no request is made, and its worktree is as it was.
    """
    _, tree = desk.sling("Work")
    desk.work(tree, {"one.txt": "1\n"})
    desk.gate(f"echo x >>{tmp_path}/n; cat one.txt; git log -1 --format=%s")
    before, at = desk.target(), git(tree, "rev-parse", "HEAD")
    said = desk.gt("gates", "run", at=tree)
    assert "merged onto main" in said.out
    assert "  test: passed" in said.out
    assert "green" in said.out
    assert "gate test …" in said.err
    again = desk.gt("gates", "run", at=tree / "src")
    assert "recorded" in again.out
    assert "gate test …" not in again.err
    assert runs(tmp_path / "n") == 1
    assert (desk.target(), git(tree, "rev-parse", "HEAD"), requests(desk)) == (before, at, [])
    assert git(tree, "status", "--porcelain") == ""
    desk.gt("gates", "run", "--again", at=tree)
    assert runs(tmp_path / "n") == 2
    assert_no_gate_trees(desk)


def test_it_is_tested_as_it_would_be_merged(desk: Desk, project: Path) -> None:
    """With what the target got meanwhile; alone, and on another branch, if that is asked for."""
    bare = desk.root / "mp" / "repo.git"
    _, tree = desk.sling("Work")
    desk.work(tree, {"one.txt": "1\n"})
    commit = commit_of(desk, project, {"two.txt": "2\n"})
    git(bare, "update-ref", "refs/heads/main", commit)
    git(bare, "branch", "other", f"{commit}^")
    desk.gate("ls")
    outputs = []
    for words in ((), ("--alone",), ("--on", "other"), (git(tree, "symbolic-ref", "HEAD"),)):
        data = desk.gt("gates", "run", *words, "--json", at=tree).data
        outputs.append((data["target"], data["results"][0]["output"].split()))
    both, one = ["README.md", "one.txt", "src", "two.txt"], ["README.md", "one.txt", "src"]
    assert outputs == [("main", both), (None, one), ("other", one), ("main", both)]
    assert git(bare, "rev-parse", "refs/heads/main") == commit


def test_red_shows_why_and_where(desk: Desk) -> None:
    """The end of what it printed, as safe text, and the folder with all of it; status 1."""
    _, tree = desk.sling("Work")
    desk.work(tree)
    set_up(
        desk,
        """[rigs.mp.gates]
style = { command = "echo ugly; false", required = false }
test = "seq 50; printf '\\\\033[31mno\\\\033[0m\\\\n'; exit 4"
later = "true"
""",
    )
    said = desk.gt("gates", "run", at=tree, status=1)
    assert "style: red (advisory)" in said.out
    assert "test: red" in said.out
    assert "    | 50\n" in said.out
    assert "    | 1\n" not in said.out
    assert "\\x1b[31mno" in said.out
    assert "later: not run" in said.out
    assert "red: gate test ended with status 4" in said.out
    folder = Path(said.out.rpartition("all they printed: ")[2].strip())
    assert sorted(log.name for log in folder.iterdir()) == ["style.log", "test.log"]
    data = desk.gt("gates", "run", "--gate", "later", "--json", at=tree).data
    assert ([one["gate"]["name"] for one in data["results"]], data["passed"]) == (["later"], True)
    desk.gt("gates", "run", "--gate", "nothing", at=tree, status=3)


def test_phases_before_a_merge_are_all_asked(desk: Desk) -> None:
    """Those for the branch alone see the branch alone; those for afterwards only on demand."""
    _, tree = desk.sling("Work")
    desk.work(tree, {"one.txt": "1\n"})
    set_up(
        desk,
        """[rigs.mp.gates]
after = { command = "git rev-parse HEAD", phase = "post-merge" }
alone = { command = "git rev-parse HEAD", phase = "pre-merge" }
test = "git rev-parse HEAD"
""",
    )
    head = git(tree, "rev-parse", "HEAD")
    data = desk.gt("gates", "run", "--json", at=tree).data
    seen = {one["gate"]["name"]: one["output"].strip() for one in data["results"]}
    assert seen == {"alone": head, "test": data["tested"]}
    assert data["tested"] != head
    found = desk.gt("gates", "run", "--phase", "post-merge", "--json", at=tree).data["results"]
    assert [one["gate"]["name"] for one in found] == ["after"]


def test_a_conflict_is_said_with_its_paths(desk: Desk, project: Path, tmp_path: Path) -> None:
    """Nothing is run; both sides stay."""
    _, tree = desk.sling("Work")
    desk.work(tree, {"README.md": "mine\n"})
    commit = commit_of(desk, project, {"README.md": "theirs\n"})
    git(desk.root / "mp" / "repo.git", "update-ref", "refs/heads/main", commit)
    desk.gate(f"touch {tmp_path}/ran")
    said = desk.gt("gates", "run", at=tree, status=1)
    assert "conflict:\n  README.md\n" in said.out
    data = desk.gt("gates", "run", "--json", at=tree, status=1).data
    assert (data["passed"], data["tested"], data["conflicts"]) == (False, None, ["README.md"])
    assert not (tmp_path / "ran").exists()
    assert "green" in desk.gt("gates", "run", "--alone", at=tree).out


def test_what_is_not_committed_is_not_tested(desk: Desk) -> None:
    """And that is said before and after."""
    _, tree = desk.sling("Work")
    desk.work(tree)
    write(tree, {"README.md": "changed\n", "new.txt": "new\n"})
    desk.gate("! test -e new.txt && ! grep changed README.md")
    said = desk.gt("gates", "run", at=tree)
    assert "not committed, and so not tested: README.md, new.txt" in said.err
    assert "not tested, because not committed: README.md, new.txt" in said.out
    quiet = desk.gt("gates", "run", "--json", at=tree)
    assert (quiet.data["uncommitted"], quiet.err) == (["README.md", "new.txt"], "")


def test_from_elsewhere_a_branch_and_its_rig_are_named(desk: Desk) -> None:
    """Outside of a rig's worktrees there is nothing to guess; what is wrong is said."""
    desk.gate("true")
    desk.gt("gates", "run", status=1)
    desk.gt("gates", "run", "main", status=2)
    desk.gt("gates", "run", "--rig", "mp", status=2)
    desk.gt("gates", "run", "nothing", "--rig", "mp", status=3)
    desk.gt("gates", "run", "main", "--rig", "no", status=3)
    desk.gt("gates", "run", "main", "--rig", "mp", "--on", "nothing", status=3)
    desk.gt("gates", "run", "main", "--rig", "mp", "--on", "main", "--alone", status=2)
    assert "green" in desk.gt("gates", "run", "main", "--rig", "mp").out
    assert "green" in desk.gt("gates", "run", "main", at="mp").out


def test_gates_are_listed_as_they_are_set(desk: Desk) -> None:
    """With what waits to be accepted; that one does not run."""
    assert 'gt config set rigs.mp.gates.test "COMMAND"' in desk.gt("gates", "list").out
    desk.gate("make test")
    set_up(
        desk,
        """[rigs.mp.gates.style]
command = "ruff check"
timeout_s = 60
parallel = true
required = false
phase = "pre-merge"
[rigs.mp.gate_setup]
command = "npm ci"
key = ["package-lock.json"]
cache = ["node_modules"]
""",
    )
    said = desk.gt("gates", "list", "mp").out
    assert "style    pre-merge  advisory, parallel  60s" in said
    assert "(setup)" in said
    assert "not accepted" not in said
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(settings.read_text().replace("ruff check", "ruff check ."))
    [found] = desk.gt("gates", "list", "--json").data
    assert [(one["gate"]["name"], one["accepted"]) for one in found["gates"]] == [
        ("test", True), ("style", False),
    ]  # fmt: skip
    assert "gt config accept" in desk.gt("gates", "list").out
    refused = desk.gt("gates", "run", "main", "--rig", "mp", status=1)
    assert "not accepted" in refused.err
    desk.gt("config", "accept")
    desk.bead("The next operation commits it", "--rig", "mp")


def test_an_agent_may_ask() -> None:
    """The guard lets agents run gates; what runs is the person's to accept."""
    assert judge("gt gates run && gt gates list", POLECAT) is None


def test_without_gates_it_is_said(desk: Desk) -> None:
    """Nothing runs, and that is green."""
    assert "there is no gate to run" in desk.gt("gates", "run", "main", "--rig", "mp").out
    assert_no_gate_trees(desk)
