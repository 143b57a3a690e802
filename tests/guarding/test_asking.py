"""The guard as clients and people ask it: exit statuses, words, and what is not understood."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.guarding.patterns import PATTERNS
from gastown.ops.guarding import tool_of
from gastown.runtime.agent_folder import agent_folder
from gastown.store.client_hooks import SCRIPT, place_client_hooks
from tests.support.desk import Desk, Said
from tests.support.people import git


def _asked(command: str, cwd: Path, **more: object) -> str:
    """What Claude Code gives to a hook before it runs a command."""
    return json.dumps({
        "session_id": "5b0c1c1e-1111-4222-8333-944445555666",
        "transcript_path": "/home/ada/.claude/projects/-home-ada-gt-mp-polecats-toast/5b0c.jsonl",
        "cwd": str(cwd), "permission_mode": "bypassPermissions", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": {"command": command, "description": "Do it"},
        "tool_use_id": "toolu_01ABC", **more,
    }) + "\n"  # fmt: skip


def test_a_client_is_answered_by_the_exit_status(desk: Desk) -> None:
    """0 and silence: it may; 2 and the right way on stderr: it may not."""
    _, tree = desk.sling()
    assert desk.gt("guard", at=tree, stdin=_asked("rm -rf build", tree)) == Said(0, "", "")
    said = desk.gt("guard", at=tree, stdin=_asked("git push --force", tree), status=2)
    assert said.out == ""
    assert "refused: git push --force" in said.err
    assert "instead:" in said.err


def test_the_agents_of_a_rig_are_kept_apart(desk: Desk) -> None:
    """What one may do in its worktree, another may not do there; each knows its own branch."""
    _, mine = desk.sling()
    _, other = desk.sling()
    branch = git(other, "rev-parse", "--abbrev-ref", "HEAD")
    refused = (f"rm -rf {other}", f"git -C {other} commit -am x", f"cd {other} && git add .",
               f"git checkout {branch}",
               f"git branch -D {branch}", "git push origin main")  # fmt: skip
    for command in refused:
        desk.gt("guard", at=mine, stdin=_asked(command, mine), status=2)
    for command in (f"git -C {other} diff", f"cat {other}/README.md", "git rebase main"):
        desk.gt("guard", at=mine, stdin=_asked(command, mine))
    desk.gt("guard", at=other, stdin=_asked(f"git switch {branch} && rm -rf {other}/x", other))


def test_a_folder_that_the_client_went_into_is_judged(desk: Desk) -> None:
    """A client that stands in another worktree by now is still the agent of its own."""
    _, mine = desk.sling()
    _, other = desk.sling()
    desk.gt("guard", at=mine, stdin=_asked("git commit -am x", other), status=2)
    desk.gt("guard", at=mine, stdin=_asked("git log", other))


def test_a_persons_terminal_is_not_guarded(desk: Desk) -> None:
    """Outside of hooks nothing is refused, and it is said whose terminal that is."""
    said = desk.gt("guard", "check", "rm -rf /")
    assert "person" in said.out
    assert desk.gt("guard", stdin=_asked("rm -rf /", desk.root)).err == ""


def test_people_can_try_it(desk: Desk) -> None:
    """A verdict is explained with its rule, also for another agent, also as JSON."""
    _, tree = desk.sling()
    agent = f"mp/{tree.name}"
    said = desk.gt("guard", "--as", agent, "check", "git worktree prune", status=2)
    assert "`worktree`" in said.out
    assert "allowed" in desk.gt("guard", "--as", agent, "--explain", "-c", "git status").out
    data = json.loads(desk.gt("guard", "--as", agent, "-c", "rm -rf ~", "--json", status=2).out)
    assert data["data"]["refusal"]["rule"] == "outside"
    desk.gt("guard", "--as", "mp/nobody", "check", "ls", status=3)
    desk.gt("guard", "check", "rm", "-rf", status=2)
    assert "hq" in desk.gt("guard", "--as", "mayor", "check", f"rm {desk.root}/hq/x", status=2).out


@pytest.mark.parametrize("given", ["", "garbage", "[1]", '{"tool_name": "Bash"}', "\x00", "null"])
def test_what_is_not_understood_stops_no_work(desk: Desk, given: str) -> None:
    """Garbage is allowed, with a word."""
    _, tree = desk.sling()
    said = desk.gt("guard", at=tree, stdin=given)
    assert "nothing was judged" in said.err


def test_other_tools_are_not_judged(desk: Desk) -> None:
    """Only commands are: reading and editing files has another way of being asked for."""
    said = desk.gt(
        "guard", stdin=json.dumps({"tool_name": "Read", "tool_input": {"x": "rm -rf /"}})
    )
    assert (said.out, said.err) == ("", "")


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.text(max_size=9) | st.just("Bash"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("tool_name", "tool_input", "command", "cwd", "toolArgs", "x")), inner,
        max_size=4), max_leaves=9).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_a_client_gives_is_read(data: bytes) -> None:
    """No bytes make the reading fail, and a command is a text."""
    tool = tool_of(data)
    assert tool.command is None or isinstance(tool.command, str)
    assert tool.command is None or tool.trouble is None


def test_other_clients_forms_are_read() -> None:
    """A command may be a list of words, or lie in a text of JSON."""
    listed = {"tool_name": "shell", "tool_input": {"command": ["git", "commit", "-m", "a b"]}}
    assert tool_of(json.dumps(listed).encode()).command == "git commit -m 'a b'"
    nested = {"toolName": "bash", "toolArgs": json.dumps({"command": "ls"})}
    assert tool_of(json.dumps(nested).encode()).command == "ls"
    assert tool_of(b'{"command": "ls", "cwd": "/x"}').cwd == "/x"


# The script that clients run


@pytest.fixture
def seat(desk: Desk) -> tuple[Desk, Path, list[str]]:
    """A polecat, its worktree, and the words with which its client asks the guard."""
    _, tree = desk.sling()
    town = desk.town
    hook = town.read().hook(f"mp/{tree.name}")
    assert hook is not None
    folder = agent_folder(town.layout.agents, hook.id)
    folder.make()
    place_client_hooks(town.layout, hook, folder.facts)
    return desk, tree, ["sh", str(town.layout.client_hooks / SCRIPT), "guard", str(folder.path)]


def _ask(seat: tuple[Desk, Path, list[str]], command: str, cwd: Path | None = None,
         form: str = "plain") -> subprocess.CompletedProcess[str]:  # fmt: skip
    _, tree, words = seat
    return subprocess.run(
        [*words, form], input=_asked(command, cwd or tree).replace('": "', '":"'), text=True,
        capture_output=True, check=False, cwd=tree,
    )  # fmt: skip


def test_a_client_that_runs_the_script_is_refused_and_told(
    seat: tuple[Desk, Path, list[str]],
) -> None:
    """Status 2 and the reason reach the client through the script; what is harmless passes."""
    done = _ask(seat, "git -C ../../../hq commit --allow-empty -m x")
    assert done.returncode == 2
    assert "your hook" in done.stderr
    assert _ask(seat, "rm -rf build").returncode == 0
    done = _ask(seat, "git commit -am x", cwd=seat[0].root / "hq")
    assert done.returncode == 2


def test_a_client_that_wants_json_gets_json(seat: tuple[Desk, Path, list[str]]) -> None:
    """Copilot is refused by its own answer, not by an exit status."""
    done = _ask(seat, "git push -f", form="copilot")
    assert done.returncode == 0
    assert json.loads(done.stdout)["permissionDecision"] == "deny"


def test_daily_commands_start_no_python(seat: tuple[Desk, Path, list[str]]) -> None:
    """Nothing in what Claude Code gives besides the command holds one of the patterns."""
    facts = Path(seat[2][3]) / "facts"
    facts.write_text(re.sub("gt_python=.*", "gt_python=/bin/false", facts.read_text()))
    daily = ("git status", "git add -A && git commit -m 'Add it'", "git diff", "pytest -q",
             "npm test", "make -j4", "ls -la", "cat README.md | head")  # fmt: skip
    for command in daily:
        assert _ask(seat, command).returncode == 0, command
    assert _ask(seat, "git push").returncode == 1  # so it would be seen
    assert _ask(seat, "git status", cwd=Path(f"{seat[1]}2")).returncode == 1


def test_the_script_looks_for_these_patterns() -> None:
    """The script's `case` and the data are the same."""
    text = (resources.files("gastown") / "clients" / SCRIPT).read_text()
    line = next(part for part in text.split("case $input in") if "GIT_DIR" in part)
    line = line.partition(") go_on")[0].replace("\\\n", "")
    found = [part.strip().strip("*").strip("'") for part in line.split(" | ")]
    assert found == list(PATTERNS)
