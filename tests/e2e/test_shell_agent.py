"""The embedded agent as a real process: it runs the bead's commands, commits, and hands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk, Said
from tests.support.people import git, write
from tests.support.queue import RED, requests


def block(*lines: str, fence: str = "```") -> str:
    """A fenced block of commands."""
    return "\n".join([f"{fence}sh", *lines, fence, ""])


def given(desk: Desk, description: str) -> tuple[str, Path]:
    """A bead with that description, on a hook; no agent runs."""
    return desk.sling("Do it", "-d", description)


def work(desk: Desk, tree: Path, status: int = 0) -> Said:
    """Run the agent in a worktree, as its session does."""
    return desk.run("gt", "shell-agent", at=tree, status=status)


def steps(desk: Desk, tree: Path) -> list[str]:
    """The subjects of the work's commits, oldest first."""
    span = f"main..{git(tree, 'rev-parse', 'HEAD')}"
    log = git(desk.root / "mp" / "repo.git", "log", "--reverse", "--format=%s", span)
    return log.splitlines()


def test_without_a_block_it_stops(desk: Desk) -> None:
    """A bead without commands is not handed in; its notes say why."""
    bead, tree = given(desk, "Make it better.\n```python\nprint()\n```\n")
    said = work(desk, tree, 1)
    assert "STOPPED" in said.out
    assert "no ```sh block" in desk.shown(bead)["notes"]
    assert requests(desk) == []
    assert desk.hook("mp/toast").state == "active"


def test_several_commands_are_several_commits(desk: Desk) -> None:
    """One commit for each command that changed something, with bead and command; then it lands."""
    text = "Some words.\n\n" + block("echo 1 >one.txt", "# a remark", "", "true") + "More.\n\n"
    text += block("mkdir -p deep/er", "echo 2 >deep/er/two.txt", "mv one.txt 'one again.txt'",
                  fence="~~~~")  # fmt: skip
    bead, tree = given(desk, text)
    said = work(desk, tree)
    assert "[1/5] $ echo 1 >one.txt" in said.out
    assert "handing in" in said.out
    assert steps(desk, tree) == [
        f"{bead}: echo 1 >one.txt", f"{bead}: echo 2 >deep/er/two.txt",
        f"{bead}: mv one.txt 'one again.txt'",
    ]  # fmt: skip
    trailers = git(tree, "log", "-1", "--format=%(trailers:key=Bead,valueonly)").strip()
    assert trailers == bead
    assert [merge["bead"] for merge in requests(desk)] == [bead]
    desk.gt("refinery", "run")
    assert desk.on_target("one again.txt") == "1"
    assert desk.on_target("deep/er/two.txt") == "2"
    assert desk.shown(bead)["status"] == "closed"


COMMANDS = {
    "here-document": (["cat >out.txt <<'END'", "a `b` $c", "# no remark", "", "END"],
                      "a `b` $c\n# no remark\n\n"),
    "two here-documents": (["cat <<A - >out.txt <<B", "lost", "A", "kept", "B"], "kept\n"),
    "tabbed here-document": (["cat >out.txt <<-END", "\ta", "\tEND"], "a\n"),
    "quotes over lines": (["printf '%s' 'one", "two' >out.txt"], "one\ntwo"),
    "continued": (["echo one \\", "  two >out.txt"], "one two\n"),
    "loop": (["for x in 1 2; do", "  echo $x >>out.txt", "done"], "1\n2\n"),
    "function": (["f() {", "  echo in f", "}; f >out.txt"], "in f\n"),
    "if": (["if true", "then echo yes >out.txt", "fi"], "yes\n"),
    "a word that looks like one": (["echo '<<END' >out.txt"], "<<END\n"),
    "shift": (["echo $((1<<3)) >out.txt"], "8\n"),
    "unicode": (["echo 'ä→😀' >out.txt"], "ä→😀\n"),
    "dollars and backslashes": ([r"printf '%s' '$HOME \n \\' >out.txt"], r"$HOME \n \\"),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMMANDS)
def test_it_reads_commands_as_a_shell_does(desk: Desk, kind: str) -> None:
    """Lines that belong together are one command, and reach the shell untouched."""
    lines, content = COMMANDS[kind]
    _, tree = given(desk, block(*lines, "echo after >after.txt"))
    work(desk, tree)
    assert (tree / "out.txt").read_text() == content
    assert (tree / "after.txt").read_text() == "after\n"
    assert len(steps(desk, tree)) == 2


@pytest.mark.parametrize(
    ("line", "status"), [("exit 7", 7), ("nonsense-command", 127), ("echo 'open", 2)]
)
def test_a_command_that_fails_stops_it(desk: Desk, line: str, status: int) -> None:
    """What came before is committed, what comes after does not run, and the bead says why."""
    bead, tree = given(desk, block("echo 1 >one.txt", line, "echo 3 >three.txt"))
    said = work(desk, tree, 1)
    assert f"STOPPED: command 2 ended with status {status}" in said.out
    assert f"command 2 ended with status {status}: {line}" in desk.shown(bead)["notes"]
    assert steps(desk, tree) == [f"{bead}: echo 1 >one.txt"]
    assert not (tree / "three.txt").exists()
    assert requests(desk) == []
    assert desk.shown(bead)["status"] in ("hooked", "in_progress")


def test_started_again_it_goes_on(desk: Desk) -> None:
    """What is committed is not run twice; what failed is, and then the rest."""
    bead, tree = given(desk, block("echo x >>count.txt", "test -e ready.txt", "echo 3 >three.txt"))
    work(desk, tree, 1)
    work(desk, tree, 1)
    write(tree, {"ready.txt": "now\n"})
    said = work(desk, tree)
    assert "[1/3] done before" in said.out
    assert (tree / "count.txt").read_text() == "x\n"
    assert desk.shown(bead)["notes"].count("shell agent stopped") == 2
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_a_line_that_stands_twice_runs_twice(desk: Desk) -> None:
    """The same words at another place are another command, also when it is started again."""
    lines = ("echo x >>count.txt", "test -e ready.txt", "echo x >>count.txt")
    _, tree = given(desk, block(*lines))
    work(desk, tree, 1)
    (tree / "ready.txt").touch()
    work(desk, tree)
    assert (tree / "count.txt").read_text() == "x\nx\n"


def test_killed_between_command_and_commit_it_does_not_lose_it(desk: Desk) -> None:
    """What a command wrote before the agent died is committed with the next step, or redone."""
    _, tree = given(desk, block("echo 1 >one.txt; kill -9 $PPID", "echo 2 >two.txt"))
    work(desk, tree, -9)
    assert (tree / "one.txt").exists()
    desk.gt("hook", at=tree)
    assert requests(desk) == []


def test_no_change_is_not_handed_in(desk: Desk) -> None:
    """Commands that change nothing give no commit; `gt done` refuses, and the bead says so."""
    bead, tree = given(desk, block("true", "echo nothing"))
    said = work(desk, tree, 1)
    assert "no commit" in said.err
    assert "gt done refused" in desk.shown(bead)["notes"]
    assert desk.shown(bead)["status"] != "closed"


def test_what_the_project_ignores_is_not_committed(desk: Desk) -> None:
    """The agent adds as `git add` does."""
    _, tree = given(desk, block("echo '*.log' >.gitignore", "echo x >x.log", "echo y >y.txt"))
    work(desk, tree)
    assert git(tree, "ls-files", "--", "*.log") == ""
    assert len(steps(desk, tree)) == 2


def test_commands_that_commit_themselves(desk: Desk) -> None:
    """A block may use git; its own commits are the work."""
    bead, tree = given(
        desk,
        block("echo 1 >one.txt", "git commit --quiet --allow-empty -m 'by hand'"),
    )
    work(desk, tree)
    assert steps(desk, tree)[-1] == "by hand"
    assert requests(desk)[0]["bead"] == bead


def test_after_a_red_gate_it_runs_what_is_new(desk: Desk) -> None:
    """Given back with one more command, it runs that one and hands in again."""
    desk.gate(f"test -e two.txt || {RED}")
    bead, tree = given(desk, block("echo 1 >one.txt"))
    work(desk, tree)
    desk.gt("refinery", "run", status=1)
    desk.bd("update", bead, "-d", block("echo 1 >one.txt", "echo 2 >two.txt"))
    desk.gt("sling", bead, "mp/toast", "--no-start")
    said = work(desk, tree)
    assert "[1/2] done before" in said.out
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_with_nothing_on_its_hook_it_does_nothing(desk: Desk) -> None:
    """A free hook is no failure; outside of hooks, and with a broken one, it stops."""
    desk.gt("crew", "add", "me")
    assert "nothing is on my hook" in work(desk, desk.root / "mp" / "crew" / "me").out
    desk.run("gt", "shell-agent", status=1)


def test_an_unreadable_hook_is_not_an_empty_one(desk: Desk, broken_town: None) -> None:
    """It runs nothing and ends with 5, as the hook said."""
    _, tree = given(desk, block("echo 1 >one.txt"))
    (desk.root / "hq" / "hooks" / "mp" / "toast.json").write_text("{")
    git(desk.root / "hq", "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-am", "oops")
    said = desk.run("gt", "shell-agent", at=tree, status=None)
    assert said.status != 0
    assert not (tree / "one.txt").exists()
    assert "nothing is on my hook" not in said.out


def test_a_bead_cannot_speak_to_the_terminal(desk: Desk) -> None:
    """Title and commands of a bead are data where the session shows them."""
    bead = desk.bead("x\x1b]0;owned\x07y", "-d", block("printf '\\033[31m' >/dev/null; echo >one"))
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    said = work(desk, Path(slung["path"]))
    assert "\x1b" not in said.out
