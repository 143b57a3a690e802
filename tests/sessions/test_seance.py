"""Former conversations: listed, shown, and asked in a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.ops.conversations import end, hand_on
from tests.sessions.conftest import Client
from tests.support.desk import Desk, host

A, B = "aaaa1111-0000-4000-8000-000000000001", "bbbb2222-0000-4000-8000-000000000002"


@pytest.fixture
def spoken(desk: Desk, fake: Client) -> str:
    """A polecat that had two conversations; the first was handed off with a note."""
    _, tree = desk.sling("Say hello")
    agent = f"mp/{tree.name}"
    fake.converse(agent, A)
    hand_on(desk.town, host(), desk.hook(agent), "The parser is\nhalf done.")
    fake.converse(agent, B)
    end(desk.town, host(), agent, how="exit 0")
    return agent


def test_conversations_are_listed_with_how_they_ended(desk: Desk, spoken: str) -> None:
    """The latest first: whose, about what, how it ended, the first line of its note."""
    found = desk.gt("seance", "--json").data
    assert [one["id"] for one in found] == [B, A]
    assert [one["how"] for one in found] == ["exit 0", "handed off"]
    assert found[1]["note"] == "The parser is\nhalf done."
    assert found[1]["title"] == "Say hello"
    assert Path(found[1]["transcript"]).is_file()
    shown = desk.gt("seance", spoken).out
    assert "aaaa1111" in shown
    assert "The parser is" in shown
    assert "half done" not in shown
    assert desk.gt("seance", "mayor").out == "no conversation is on record\n"


def test_one_is_shown_by_the_beginning_of_its_id(desk: Desk, spoken: str) -> None:
    """With its whole note and where its transcript is; what fits several or none is refused."""
    shown = desk.gt("seance", "aaaa").out
    assert "    half done." in shown
    assert f"{A}.jsonl" in shown
    assert desk.gt("seance", "cccc", status=3).err.startswith("gt: no conversation 'cccc'")
    assert desk.gt("seance", spoken, "bbbb", "--json").data["id"] == B


def test_a_conversation_is_asked_in_a_copy(desk: Desk, fake: Client, spoken: str) -> None:
    """The client is given the transcript and told to fork; the answer comes from the worktree."""
    said = desk.gt("seance", spoken, "aaaa", "--ask", "What is left?")
    assert "the answer" in said.out
    assert f"in {desk.root.resolve()}/mp/polecats/" in said.out
    transcript = f"{Path.home()}/.claude/projects/-somewhere/{A}.jsonl"
    assert f"-p|--resume|{transcript}|--fork-session|[gt] A question from the person" in fake.calls
    assert fake.calls.rstrip().endswith("What is left?|")
    assert [one["id"] for one in desk.gt("seance", "--json").data] == [B, A]


def test_without_an_id_the_latest_that_has_ended_is_asked(
    desk: Desk, fake: Client, spoken: str
) -> None:
    """Of an agent the former conversation is meant, not the one that it is in."""
    fake.converse(spoken, "cccc3333-0000-4000-8000-000000000003")
    answer = desk.gt("seance", spoken, "--ask", "Why?", "--json").data
    assert answer["conversation"] == B
    assert answer["status"] == 0


def test_when_the_worktree_is_gone_an_empty_folder_serves(
    desk: Desk, fake: Client, spoken: str
) -> None:
    """A polecat that is gone can still be asked: its record and its transcript are there."""
    desk.gt("unsling", spoken)
    desk.gt("session", "stop", spoken)
    assert not (desk.root / "mp" / "polecats" / spoken.partition("/")[2]).exists()
    answer = desk.gt("seance", spoken, "--ask", "Why?", "--json").data
    assert "/.gt/run/asked/here" in answer["text"]


def test_what_cannot_be_asked_is_named(desk: Desk, fake: Client, spoken: str) -> None:
    """No transcript, no name of its own, no way to ask: each says so."""
    transcript = fake.converse(spoken, "dddd4444-0000-4000-8000-000000000004")
    transcript.unlink()
    said = desk.gt("seance", "dddd", "--ask", "Why?", status=1)
    assert "is not on this machine any more" in said.err
    desk.gt("config", "agent", "set", "fake", "/bin/cat")
    said = desk.gt("seance", "aaaa", "--ask", "Why?", status=1)
    assert "fake cannot be asked in a conversation" in said.err
    record = hand_on(desk.town, host(), desk.hook("mayor"), "a note")
    said = desk.gt("seance", record.id, "--ask", "Why?", status=1)
    assert "did not name this conversation" in said.err
    assert desk.gt("seance", "--ask", "Why?", status=2).err.startswith("gt: whose conversation?")


def test_the_exit_status_is_that_of_the_client(desk: Desk, spoken: str) -> None:
    """A client that fails says why; one that is too slow is ended, and what came is shown."""
    said = desk.gt("seance", spoken, "--ask", "fail", status=7)
    assert "fake ended with status 7" in said.err
    assert "no such thing" in said.err
    said = desk.gt("seance", spoken, "--ask", "linger", "--timeout", "0.5", status=1)
    assert "a first word" in said.out
    assert "did not answer within" in said.err
    assert not list((desk.root / ".gt" / "run" / "asked").glob("*.out"))
