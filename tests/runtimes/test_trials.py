"""gt config agent test: how far a command comes in a scratch hook, of which nothing is left."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from tests.runtimes.conftest import said
from tests.support.desk import Desk, host
from tests.support.waiting import until

TRUST = "printf 'Quick check\\n > 1. Yes, I trust this folder\\n'; exec sleep 300"
# A client that runs the hooks of its settings file, as Claude Code does.
HOOKS = r"""
moment() {
    hook=$(sed -n "s/.*\"command\": \"\(.* $1 .*\)\",*$/\1/p" "$3")
    echo '{"session_id":"1"}' | eval "$hook" >/dev/null 2>&1
}
while [ "$1" != --settings ]; do shift; done
moment session-start "" "$2"; moment prompt "" "$2"; moment stop "" "$2"
exec sleep 300
"""


def nothing_is_left(desk: Desk) -> bool:
    """No folder, no session, no log, no commit of a trial."""
    layout = desk.town.layout
    tmux = sessions_of(desk.town, host()).tmux
    assert tmux is not None
    return (
        not (
            list(layout.machine.rglob("*test-*")) + [p for p in tmux.panes() if "test" in p.session]
        )
        and not (layout.run / "trials").exists()
    )


def trial(desk: Desk, name: str, status: int, *words: str) -> dict[str, object]:
    """The answer of a trial in tmux, after which nothing is left."""
    desk.gt("config", "set", "town.runner", "tmux")
    before = desk.town.commit()
    told = desk.gt("config", "agent", "test", name, "--json", *words, status=status).data
    assert nothing_is_left(desk)
    assert desk.town.commit() == before
    assert told["ready"] is (status == 0)
    return dict(told)


def test_a_client_that_takes_work(desk: Desk, client: Callable[..., Path]) -> None:
    """Its hooks tell: every stage is a line, the moments are named, and it ends with 0."""
    client("claude", then=HOOKS)
    desk.gt("config", "set", "town.runner", "tmux")
    shown = desk.gt("config", "agent", "test", "claude", "--prompt", "say hi").out
    for words in ("(9.9.9)", "hooks: written for claude", "started: in tmux",
                  "prompt: given as an argument", "moments: session-start, prompt, stop",
                  "cleaned up: nothing of it is left", "claude is ready for work"):  # fmt: skip
        assert words in shown
    assert nothing_is_left(desk)
    assert trial(desk, "claude", 0)["moments"] == ["session-start", "prompt", "stop"]


def test_a_dialog_is_named_with_its_screen(desk: Desk, client: Callable[..., Path]) -> None:
    """The state, what stands on the screen, and what the person can do."""
    client("claude", then=TRUST)
    told = trial(desk, "claude", 1)
    assert (told["state"], told["detail"]) == ("waiting", "trust dialog")
    assert "I trust this folder" in str(told["screen"])
    assert "gt config trust claude" in str(told["advice"])
    shown = desk.gt("config", "agent", "test", "claude", status=1).out
    assert "| Quick check" in shown


@pytest.mark.parametrize(
    ("then", "state", "detail"),
    [("echo hello; exec sleep 300", "not ready in time", "no sign for 1 s"),
     ("echo no licence; exit 3", "ended", "status 3")],
)  # fmt: skip
def test_what_takes_no_work(
    desk: Desk, client: Callable[..., Path], then: str, state: str, detail: str
) -> None:
    """A client that never shows a sign, and one that ends at once, with what they printed."""
    client("mine", then=then)
    desk.gt("config", "agent", "set", "mine", "mine", "--ready", "ok>")
    told = trial(desk, "mine", 1, "--timeout", "1")
    assert (told["state"], told["detail"]) == (state, detail)
    assert str(told["screen"]).strip() in ("hello", "no licence")


def test_a_program_that_is_not_there(desk: Desk) -> None:
    """Nothing is started; how to get it is said."""
    told = trial(desk, "auggie", 1)
    assert told["state"] == "not installed"
    assert "npm install" in str(told["advice"])


def test_the_embedded_agent(desk: Desk) -> None:
    """It needs no client, so it is asked whether it answers."""
    assert trial(desk, "shell", 0)["state"] == "ready"


@pytest.mark.parametrize("status", [0, 4])
def test_without_a_terminal(desk: Desk, client: Callable[..., Path], status: int) -> None:
    """As a plain process a client is ready if its first turn ends with 0; it got its prompt."""
    program = client("mine", then=f"echo ready; exit {status}")
    desk.gt("config", "agent", "set", "mine", "mine", "--prompt", "stdin", "--headless", "-b")
    told = desk.gt("config", "agent", "test", "mine", "--json", "--prompt", "hi",
                   status=1 if status else 0).data  # fmt: skip
    assert told["ready"] is (status == 0)
    assert said(program) == ["-b"]
    assert Path(f"{program}.said.stdin").read_text() == "hi\n"


def test_a_command_that_nobody_knows_is_not_asked_for_its_version(
    desk: Desk, client: Callable[..., Path]
) -> None:
    """It might take the question for its work."""
    program = client("mine")
    desk.gt("config", "agent", "set", "mine", "mine go", "--ready", "ok>")
    trial(desk, "mine", 1, "--timeout", "1")
    assert said(program) == ["go"]
    assert not Path(f"{program}.said.asked").exists()


def test_an_unknown_or_unaccepted_command_is_refused(desk: Desk) -> None:
    """As a sling would."""
    desk.gt("config", "agent", "test", "nope", status=3)
    with desk.town.layout.settings.open("a") as file:
        file.write('\n[agents.hand]\ncommand = "true"\n')
    assert "gt config accept" in desk.gt("config", "agent", "test", "hand", status=1).err
    desk.bead()  # which commits the edit


def test_one_that_is_kept_is_ended_by_the_next(desk: Desk, client: Callable[..., Path]) -> None:
    """It says how to look at it; the next trial of that name takes its place."""
    client("claude", then=TRUST)
    desk.gt("config", "set", "town.runner", "tmux")
    shown = desk.gt("config", "agent", "test", "claude", "--keep", status=1).out
    assert "attach-session" in shown
    assert not nothing_is_left(desk)
    trial(desk, "claude", 1)


def test_nothing_is_left_after_ctrl_c(desk: Desk, client: Callable[..., Path]) -> None:
    """Whoever loses patience leaves no session and no folder."""
    program = client("claude", then="exec sleep 300")
    desk.gt("config", "set", "town.runner", "tmux")
    child = desk.start("gt", "config", "agent", "test", "claude", "--json")
    said_file = Path(f"{program}.said")
    until(lambda: said_file.exists() and "--settings" in said_file.read_text())
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=30)
    assert child.returncode == 130
    assert json.loads(out or "{}").get("ok") in (None, False)
    until(lambda: nothing_is_left(desk))
    assert shutil.which("claude") == str(program)
