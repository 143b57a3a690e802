"""How the embedded agent reads commands out of a bead, and where it goes on after a restart."""

from __future__ import annotations

import subprocess

import pytest

from gastown.shell_agent.script import commands, finished, key_of
from tests.support.desk import Desk
from tests.support.waiting import until


def takes(text: str) -> bool:
    """Whether the real shell takes a text as whole."""
    return subprocess.run(["/bin/sh", "-n", "-c", text], capture_output=True).returncode == 0


def read(*lines: str) -> list[str]:
    """The commands of one block."""
    return commands("\n".join(["```sh", *lines, "```"]) + "\n", takes)


WHOLE = {
    "a here-document": ["cat >f <<'END'", "first", "  END", "echo no command", "# no comment",
                        "", "END"],
    "one with tabs": ["cat <<-X >f", "\tone", "\tX"],
    "two at once": ["cat <<A - <<\\B", "a", "A", "b", "B"],
    "a quoted end": ['cat <<"THE END"', "text", "THE END"],
    "a loop": ["for n in 1 2; do", "  echo $n", "done"],
    "a line that goes on": ["echo long \\", "  line"],
    "an open quote": ["echo 'one", "two'"],
    "a function": ["f() {", "  echo x", "}"],
}  # fmt: skip


@pytest.mark.parametrize("lines", WHOLE.values(), ids=list(WHOLE))
def test_what_belongs_together_is_one_command(lines: list[str]) -> None:
    """Lines are joined until a shell takes them as whole; what stands around them is not."""
    assert read("echo before", *lines, "echo after") == [
        "echo before", "\n".join(lines), "echo after",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["echo $((1 << N))", 'echo "a << b"', "echo '<<X'", "echo a \\\\", "cat <<<x || :"]
)
def test_what_only_looks_unfinished_is_a_command(line: str) -> None:
    """A shift, a quoted `<<` or an escaped backslash does not swallow the next line."""
    if not takes(line):
        pytest.skip("this shell does not know that form")
    assert read(line, "echo after") == [line, "echo after"]


def test_only_blocks_for_a_shell_are_read() -> None:
    """Blocks of `sh`, `bash` and `shell`, with either fence, in order; everything else is text."""
    text = (
        "`rm -rf x` $(rm x)\n    rm x\n```\nrm x\n```\n```python\nrm(x)\n```\n"
        "```shell-session\n$ rm x\n```\n```sh\none\n```\n~~~bash\ntwo\n~~~\n````shell\n```\n````\n"
        "inline ```sh rm x``` text\n"
    )
    assert commands(text, lambda _: True) == ["one", "two", "```"]


def test_comments_and_empty_lines_are_no_commands() -> None:
    """Nor is a block without commands."""
    assert read("# a comment", "", "   ", "true", "  # another") == ["true"]
    assert read() == []


def test_windows_line_ends_are_line_ends() -> None:
    """A description with CR LF holds the same commands."""
    text = "```sh\r\necho 1\r\ncat <<X\r\ntext\r\nX\r\n```\r\n"
    assert commands(text, takes) == ["echo 1", "cat <<X\ntext\nX"]


def test_what_never_ends_is_handed_to_the_shell_as_it_is() -> None:
    """An unclosed quote is one command, whose failure the shell will explain."""
    assert read("echo 'oh", "no") == ["echo 'oh\nno"]


@pytest.mark.parametrize(
    ("todo", "committed", "behind"),
    [
        ("abc", "", 0), ("abc", "a", 1), ("abc", "b", 2), ("abc", "abc", 3), ("aba", "ab", 2),
        ("aba", "aba", 3), ("aaa", "aa", 2), ("abc", "xb", 2), ("abc", "x", 0), ("", "a", 0),
    ],
)  # fmt: skip
def test_a_restart_goes_on_after_the_last_committed_command(
    todo: str, committed: str, behind: int
) -> None:
    """Also where a command stands twice, where one changed nothing, where the text was edited."""
    assert finished(list(todo), [key_of(command) for command in committed]) == behind


def test_a_successor_goes_on_where_the_dead_one_was(desk: Desk) -> None:
    """What a predecessor has committed is not run again by whoever takes its bead over."""
    folder = desk.root.parent
    wait = f"echo $$ >{folder}/pid; until test -e {folder}/go; do sleep 0.02; done"
    text = f"```sh\necho 1 >>count.txt\n{wait}\necho 2 >>count.txt\n```\n"
    bead = desk.bd("create", "Work", "-d", "-", "--silent", stdin=text).out.strip()
    desk.gt("sling", bead, "mp")
    until(lambda: (folder / "pid").exists() and (folder / "pid").read_text())
    desk.tidy()
    until(lambda: desk.gt("agents", "--json").data[-1]["session"] != "running")
    (folder / "go").touch()
    said = desk.run("gt", "sling", bead, "mp", "--wait")
    assert "is merged into main" in said.out
    assert desk.on_target("count.txt") == "1\n2"
    assert "[1/3] done before" in desk.gt("peek", "mp/nux").out


def test_what_git_does_not_take_stops_the_agent(desk: Desk) -> None:
    """A change that cannot be committed (a lock in the way) ends with a note, not with a trace."""
    text = '```sh\ntouch "$(git rev-parse --git-dir)/index.lock"; echo 1 >one.txt\n```\n'
    bead = desk.bd("create", "Work", "-d", "-", "--silent", stdin=text).out.strip()
    desk.gt("sling", bead, "mp", "--no-start")
    said = desk.run("gt", "shell-agent", at="mp/polecats/toast", status=1)
    assert "bug" not in said.err
    assert "could not be committed" in desk.shown(bead)["notes"]
