"""bd cook: commands run in order, recorded, stopped at the first failure, gone on with."""

from __future__ import annotations

import os
import pty
import select
import signal
from pathlib import Path

import pytest

from gastown.runtime.process import identify, is_alive
from tests.support.desk import SCRIPTS, Desk
from tests.support.people import commit_all, git, write
from tests.support.soundness import message
from tests.support.waiting import until

RELEASE = """\
formula: release
description: Standard release process
steps:
  - name: bump-version
    command: ./scripts/bump-version.sh {{version}}

  - name: run-tests
    command: make test

  - name: build
    command: make build

  - name: create-tag
    command: git tag -a v{{version}} -m "Release v{{version}}"

  - name: publish
    command: ./scripts/publish.sh
"""
BUMP = '#!/bin/sh\nset -e\necho "$1" >VERSION\ngit add VERSION\ngit commit -qm "Bump to $1"\n'
PROJECT = {
    ".beads/formulas/release.yaml": RELEASE,
    "Makefile": "test:\n\t@echo all well\nbuild:\n\t@echo built\n",
    "scripts/bump-version.sh": BUMP,
    "scripts/publish.sh": "#!/bin/sh\ngit describe --tags >>../published\n",
}


@pytest.fixture
def tree(desk: Desk) -> Path:
    """A person's worktree of a project with the release formula of the README."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(desk.root / "mp" / "repo.git", "config", key, value)
    tree = desk.root / "mp" / "crew" / "me"
    write(tree, PROJECT)
    for script in (tree / "scripts").iterdir():
        script.chmod(0o755)
    commit_all(tree, "A project with a release")
    return tree


def put(tree: Path, steps: str, name: str = "f", more: str = "") -> None:
    """Write a formula of a worktree."""
    write(tree, {f".beads/formulas/{name}.yaml": f"formula: {name}\n{more}steps:\n{steps}"})


def last(desk: Desk) -> dict[str, object]:
    """The newest run."""
    return dict(desk.bd("cook", "--list", "--json").json[0])


def states(run: dict[str, object]) -> list[str]:
    """How far the steps of a run are."""
    steps = run["steps"]
    assert isinstance(steps, list)
    return [step["state"] for step in steps]


def test_the_release_of_the_readme(desk: Desk, tree: Path) -> None:
    """Typed as it is written: five steps, a tag, and each result in the ledger."""
    said = desk.bd("cook", "release", "--var", "version=1.2.0", "--yes", at=tree)
    assert "✓ 2/5 run-tests" in said.out
    assert "all well" in said.out
    assert "✓ release: 5 steps done" in said.out
    assert git(tree, "describe", "--tags") == "v1.2.0"
    run = last(desk)
    assert (run["state"], run["formula"], run["rig"], run["worktree"]) == (
        "done", "release", "mp", "mp/crew/me",
    )  # fmt: skip
    assert states(run) == ["done"] * 5
    assert run["vars"] == {"version": "1.2.0"}
    assert run["head_before"] != run["head_after"] == git(tree, "rev-parse", "HEAD")
    assert "Move: run" in message(desk.town)
    log = git(desk.root / "hq", "log", "--format=%s", "-6").splitlines()
    assert log[0].endswith("publish done, all done")
    assert log[-1].endswith("bump-version begins")


def test_values_never_become_code(desk: Desk, tree: Path) -> None:
    """What would run in a shell arrives as an argument."""
    put(tree, "- {name: a, command: 'printf %s {{v}} >got'}\n")
    desk.bd("cook", "f", "--var", "v=1; touch X; $(touch X)", "--yes", at=tree)
    assert (tree / "got").read_text() == "1; touch X; $(touch X)"
    assert not (tree / "X").exists()


def test_a_failure_stops_and_is_gone_on_with(desk: Desk, tree: Path) -> None:
    """The step is named with its last lines; --resume does the rest, with the same values."""
    steps = (
        "- {name: a, command: 'echo {{v}} >>a'}\n"
        "- {name: b, command: 'test -e ready || { echo oh dear; exit 3; }'}\n"
        "- {name: c, command: 'echo {{v}} >c'}\n"
    )
    put(tree, steps)
    said = desk.bd("cook", "f", "--var", "v=1", "--yes", at=tree, status=1)
    assert "step b ended with status 3" in said.out
    assert "| oh dear" in said.out
    assert ".gt/log/runs/run-" in said.out
    run = last(desk)
    assert (run["state"], states(run)) == ("failed", ["done", "failed", "pending"])
    desk.bd("cook", "f", "--resume", "--var", "v=2", at=tree, status=1)
    (tree / "ready").touch()
    told = desk.bd("cook", "f", "--resume", "--json", at=tree)
    assert told.json["state"] == "done"
    assert "✓ 3/3 c" in told.err
    assert (tree / "a").read_text() == "1\n"
    assert (tree / "c").read_text() == "1\n"
    assert desk.bd("cook", "f", "--resume", at=tree, status=3).err.startswith("bd: nothing to")


def test_a_changed_text_is_not_gone_on_with_unasked(desk: Desk, tree: Path) -> None:
    """--resume on another text is refused, trusted or not; --yes takes it as it is now."""
    put(tree, "- {name: a, command: 'echo >>a'}\n- {name: b, command: 'false'}\n")
    desk.bd("cook", "f", "--yes", at=tree, status=1)
    put(tree, "- {name: a, command: 'echo >>a'}\n- {name: b, command: 'true'}\n")
    assert "nobody" in desk.bd("cook", "f", "--resume", at=tree, status=1).err
    desk.gt("config", "trust", "formula", "f", at=tree)
    assert "has changed" in desk.bd("cook", "f", "--resume", at=tree, status=1).err
    desk.bd("cook", "f", "--resume", "--yes", at=tree)
    assert (tree / "a").read_text() == "\n"


def test_a_clean_environment(desk: Desk, tree: Path) -> None:
    """Commands see nothing of a surrounding git hook, but the person's own settings of git."""
    put(tree, "- {name: a, command: 'env >../env.txt; pwd >>../env.txt'}\n")
    write(tree, {"sub/x": ""})
    env = {"GIT_DIR": "/nonsense", "GT_BOGUS": "1", "GIT_AUTHOR_NAME": "Ada"}
    desk.run("bd", "cook", "f", "--yes", at=tree / "sub", env=env)
    seen = (tree.parent / "env.txt").read_text().splitlines()
    assert not [line for line in seen if line.startswith(("GIT_DIR", "GT_BOGUS"))]
    told = {"GT_FORMULA=f", "GT_STEP=a", f"GT_TOWN={desk.root.resolve()}", "GIT_AUTHOR_NAME=Ada"}
    assert told <= set(seen)
    assert seen[-1] == str(tree.resolve())


# A fresh worktree


def test_a_fresh_worktree_goes_when_nothing_is_left(desk: Desk, tree: Path) -> None:
    """--rig runs the project's formula at its target; the tag that was made holds the commit."""
    git(tree, "push", "-q", str(desk.root / "mp" / "repo.git"), "HEAD:refs/heads/main")
    said = desk.bd("cook", "release", "--var", "version=2.0.0", "--rig", "mp", "--yes")
    assert "✓ release: 5 steps done" in said.out
    place = said.err.partition("in ")[2].strip()
    assert not Path(place).exists()
    assert git(desk.root / "mp" / "repo.git", "tag") == "v2.0.0"
    assert "refinery/run-" not in git(desk.root / "mp" / "repo.git", "worktree", "list")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo >new", "not committed"), ("false", "it failed"),
        ("git commit -q --allow-empty -m x", "no branch or tag holds"),
    ],
)  # fmt: skip
def test_a_fresh_worktree_stays_when_something_is_left(
    desk: Desk, tree: Path, command: str, why: str
) -> None:
    """New files, commits that only it has, a failure: it is kept, and said."""
    write(desk.root / "hq", {".beads/formulas/f.yaml":
          f"formula: f\nsteps: [{{name: a, command: '{command}'}}]\n"})  # fmt: skip
    failed = command == "false"
    said = desk.bd("cook", "f", "--rig", "mp", "--yes", status=1 if failed else 0)
    assert why in said.out
    assert Path(said.out.rpartition("kept: ")[2].partition(" (")[0]).is_dir()
    if failed:
        desk.bd("cook", "f", "--rig", "mp", "--resume", status=1)


def test_outside_of_worktrees_a_rig_is_wanted(desk: Desk) -> None:
    """No worktree, no --rig: nothing runs, and hq is no place to run in."""
    write(desk.root / "hq", {".beads/formulas/f.yaml":
          "formula: f\nsteps: [{name: a, command: 'true'}]\n"})  # fmt: skip
    assert "--rig RIG" in desk.bd("cook", "f", "--yes", status=2).err
    assert "ledger" in desk.bd("cook", "f", "--yes", at="hq", status=1).err
    desk.bd("cook", "f", "--rig", "none", status=3)
    assert desk.bd("cook", "--list", "--json").json == []
    desk.bead("commits the formula in hq")


# Trust


def test_commands_want_trust(desk: Desk, tree: Path) -> None:
    """Without a terminal and without a word for it nothing runs; a change wants it again."""
    put(tree, "- {name: a, command: 'echo ran >ran'}\n")
    said = desk.bd("cook", "f", at=tree, status=1).err
    assert "gt config trust formula f" in said
    assert "--yes" in said
    assert not (tree / "ran").exists()
    desk.gt("config", "trust", "formula", "f", at=tree)
    desk.bd("cook", "f", at=tree)
    assert (tree / "ran").exists()
    put(tree, "- {name: a, command: 'echo again >ran'}\n")
    desk.bd("cook", "f", at=tree, status=1)


def test_agents_may_not_trust(desk: Desk) -> None:
    """A polecat can neither say --yes nor trust a text; what a person trusts it may run."""
    _, tree = desk.sling("Work")
    put(tree, "- {name: a, command: 'true'}\n")
    assert "may not trust" in desk.bd("cook", "f", "--yes", at=tree, status=1).err
    desk.gt("config", "trust", "formula", "f", at=tree, status=1)
    file = tree / ".beads" / "formulas" / "f.yaml"
    desk.gt("config", "trust", "formula", str(file))
    desk.bd("cook", "f", at=tree)


def test_built_in_formulas_are_trusted_unless_they_stand_on_others(desk: Desk, tree: Path) -> None:
    """What comes with gastown runs; what extends it does not by itself."""
    (tree / ".beads" / "formulas" / "release.yaml").unlink()
    commit_all(tree, "Use the one that is there")
    desk.bd("cook", "release", "--var", "version=1.0.0", at=tree)
    write(tree, {".beads/formulas/mine.yaml": "formula: mine\nextends: release\n"})
    assert "nobody" in desk.bd("cook", "mine", "--var", "version=1.0.1", at=tree, status=1).err


def on_terminal(desk: Desk, tree: Path, *words: str, answer: str) -> tuple[int, str]:
    """Run bd on a terminal and answer its first question."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tree)
        os.execv(str(SCRIPTS / "bd"), ["bd", *words])
    out = b""
    asked = False
    while select.select([terminal], [], [], 30)[0]:
        try:
            out += os.read(terminal, 4096)
        except OSError:
            break
        if b"[y/N]" in out and not asked:
            asked = True
            os.write(terminal, answer.encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), out.decode()


def test_on_a_terminal_trust_and_approval_are_asked(desk: Desk, tree: Path) -> None:
    """The commands are shown with the question; a human gate asks, and waits where nobody is."""
    put(tree, "- {name: a, command: 'echo ran >ran'}\n")
    status, out = on_terminal(desk, tree, "cook", "f", answer="n")
    assert (status, (tree / "ran").exists()) == (1, False)
    assert "echo ran >ran" in out
    assert on_terminal(desk, tree, "cook", "f", answer="y")[0] == 0
    put(tree, "- {name: a, gate: human, command: 'echo ok >ok'}\n", "g")
    said = desk.bd("cook", "g", "--yes", at=tree, status=1)
    assert "waits for a person" in said.out
    assert on_terminal(desk, tree, "cook", "g", "--resume", answer="n")[0] == 1
    assert on_terminal(desk, tree, "cook", "g", "--resume", answer="y")[0] == 0
    assert (tree / "ok").exists()


# Interrupted


LONG = "- {name: a, command: 'echo >>a'}\n- {name: b, command: 'echo $$ >b; sleep 300'}\n"


def is_gone(pid: int) -> bool:
    """Whether nobody, or only a zombie, has this number."""
    process = identify(pid)
    return process is None or not is_alive(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_is_gone_on_with(desk: Desk, tree: Path, number: int) -> None:
    """Ctrl-C and TERM end the command too and are recorded; after a kill --resume ends it."""
    put(tree, LONG)
    child = desk.start("bd", "cook", "f", "--yes", at=tree)
    until(lambda: (tree / "b").exists() and (tree / "b").read_text())
    child.send_signal(number)
    status = child.wait(30)
    pid = int((tree / "b").read_text())
    if number != signal.SIGKILL:
        assert status == 130
        until(lambda: is_gone(pid))
        assert (last(desk)["state"], last(desk)["reason"]) == ("failed", "step b was interrupted")
    put(tree, LONG.replace("sleep 300", "true"))
    desk.bd("cook", "f", "--resume", "--yes", at=tree)
    until(lambda: is_gone(pid))
    assert (tree / "a").read_text() == "\n"
    assert states(last(desk)) == ["done", "done"]


def test_one_run_at_a_time_in_a_worktree(desk: Desk, tree: Path) -> None:
    """A second run in the same worktree is told that it is busy."""
    put(tree, LONG)
    child = desk.start("bd", "cook", "f", "--yes", at=tree)
    until(lambda: (tree / "b").exists())
    assert "a run in" in desk.bd("cook", "f", at=tree, status=75).err
    child.send_signal(signal.SIGINT)
    child.wait(30)


# What cannot be run


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("- {name: a}\n", "no command"), ("- {name: a, command: x, gate: timer}\n", "timer"),
        ("- id: l\n  loop: {until: x, max: 2, body: [{name: a, command: x}]}\n", "how it goes on"),
    ],
)  # fmt: skip
def test_what_agents_do_is_not_cooked(desk: Desk, tree: Path, steps: str, said: str) -> None:
    """Steps without commands and gates that wait are for molecules, which is said."""
    put(tree, steps)
    told = desk.bd("cook", "f", "--yes", at=tree, status=1).err
    assert said in told
    assert "bd mol pour f" in told


def test_the_plan_and_the_resolved_form(desk: Desk, tree: Path) -> None:
    """--dry-run runs nothing and shows what the shell would get; the modes print JSON."""
    said = desk.bd("cook", "release", "--var", "version=1", "--dry-run", at=tree).out
    assert 'git tag -a v"${GT_VAR_version}" -m "Release v${GT_VAR_version}"' in said
    assert desk.bd("cook", "--list", "--json").json == []
    shape = desk.bd("cook", "release", "--mode", "compile", at=tree).json
    assert shape["steps"][3]["command"].startswith("git tag -a v{{version}}")
    assert shape["steps"][3]["needs"] == ["build"]
    shape = desk.bd("cook", "bugfix", "--mode", "runtime", "--var", "bug=It hangs").json
    assert shape["steps"][0]["title"] == "Reproduce: It hangs"
    plan = desk.bd("cook", "bugfix", "--var", "bug=x", "-n", "--json", at=tree).json
    assert [step["script"] for step in plan["steps"]] == [None] * 5
