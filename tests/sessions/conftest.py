"""A town whose agents' client is a script with the looks and the words of Claude Code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.ops import reconcile, wants
from gastown.ops.conversations import begin
from gastown.ops.sessions import sessions_of
from gastown.runtime.tmux import available
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template
from tests.support.waiting import until

__all__ = ["broken_town", "desk", "project", "template"]

PROMPT = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"

# It notes how it was called. Without a screen it answers, says something on standard error, or
# fails; with one it says that it has started, shows a prompt and waits. Told to hang it shows that
# it works, and no more.
_CLIENT = """#!/bin/sh
printf '%s|' "$@" $CLAUDE_CODE_SESSION_ID >>"{calls}"; echo >>"{calls}"
case "$*" in
*"-p "*)
    echo "in $(pwd)"
    case "$*" in
    *fail*) echo "no such thing" >&2; exit 7 ;;
    *linger*) echo "a first word"; exec sleep 60 ;;
    esac
    echo "the answer"
    exit 0
    ;;
esac
[ "$2" = --settings ] && echo started >"${{3%/*}}/state"
printf '\\n{prompt} '
while read -r line; do
    case $line in
    *hang*) printf '(esc to interrupt)\\n'; continue ;;
    *command*) printf 'running a command (esc to interrupt)\\n'; sleep 60 ;;
    esac
    printf 'heard %s\\n{prompt} ' "$line"
done
"""

A = "aaaa1111-0000-4000-8000-000000000001"


class Client:
    """The script, and what it was told.

    Attributes:
        desk: the town it works in.
    """

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self._calls = folder / "calls"
        folder.mkdir()
        program = folder / "claude"
        program.write_text(_CLIENT.format(calls=self._calls, prompt=PROMPT))
        program.chmod(0o755)
        desk.gt("config", "agent", "set", "fake", f"{program} --dangerously-skip-permissions")

    @property
    def calls(self) -> str:
        """The words of all calls, with `|` after each word."""
        return self._calls.read_text() if self._calls.exists() else ""

    @property
    def last_start(self) -> str:
        """The words of the last start."""
        return self.calls[self.calls.rindex("--dangerously-skip-permissions|") :]

    def converse(self, agent: str, name: str, *, words: str = "{}\n") -> Path:
        """Say what the client's own hook would: which conversation it is in; its transcript."""
        folder = Path(os.environ["HOME"]) / ".claude" / "projects" / "-somewhere"
        folder.mkdir(parents=True, exist_ok=True)
        transcript = folder / f"{name}.jsonl"
        transcript.write_text(words)
        begin(self.desk.town, agent, conversation=name, runtime="fake", transcript=str(transcript))
        return transcript


def wanted_by_monitor(desk: Desk) -> list[str]:
    """What the monitor would do now."""
    sessions = sessions_of(desk.town, host())
    want = wants.wanted(desk.town.read())
    return [need.key for need in reconcile.needs(desk.town, want, sessions, sessions.all())]


@pytest.fixture
def fake(desk: Desk, tmp_path: Path) -> Client:
    """The script, as the agent command `fake`."""
    return Client(desk, tmp_path / "client")


@pytest.fixture
def in_tmux(desk: Desk) -> Iterator[Desk]:
    """The town with its agents in tmux."""
    if available(os.environ) is None:
        pytest.skip("NOT TESTED: sessions in tmux, because tmux is missing")
    desk.gt("config", "set", "town.runner", "tmux")
    yield desk
    desk.run("gt", "daemon", "stop", status=None)


@pytest.fixture
def works(in_tmux: Desk, fake: Client) -> str:
    """A polecat whose client runs in tmux, and has named its conversation."""
    bead = in_tmux.bead("Say hello", "--rig", "mp")
    [slung] = in_tmux.gt("sling", bead, "mp", "--agent", "fake", "--json").data
    agent = str(slung["hook"]["id"])
    until(lambda: PROMPT in in_tmux.gt("peek", agent).out)
    fake.converse(agent, A)
    return agent
