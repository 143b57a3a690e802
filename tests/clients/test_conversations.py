"""Conversations in the ledger: begun, resumed, replaced, ended, handed on."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from gastown.domain.conversation import is_conversation_id
from gastown.domain.hook import Hook
from gastown.errors import NotFound
from gastown.ops.conversations import begin, end, hand_on
from gastown.ops.starting import resumable
from gastown.runtime.agent_folder import Thread, agent_folder
from gastown.runtime.agents import preset
from tests.support.desk import Desk, host
from tests.support.people import git

CLAUDE = preset("claude", "python3")


@pytest.fixture
def toast(desk: Desk) -> Hook:
    """A polecat with a bead."""
    bead, _ = desk.sling()
    [hook] = [one for one in desk.town.read().hooks() if one.bead == bead]
    return hook


def states(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """State and how of each conversation."""
    return {one.id: (one.state.value, one.how) for one in desk.town.read().conversations()}


def transcript(path: Path, *ids: str) -> str:
    """A transcript with a turn for each id."""
    usage = {"input_tokens": 10, "output_tokens": 2}
    lines = [
        json.dumps({"type": "assistant", "timestamp": "2099-01-01T00:00:00Z", "requestId": one,
                    "message": {"id": one, "model": "m-1", "role": "assistant", "usage": usage}})
        for one in ids
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_conversation_is_begun_once(desk: Desk, toast: Hook) -> None:
    """Compaction tells of it again, which is no operation."""
    town = desk.town
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    before = town.commit()
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    assert town.commit() == before
    [noted] = town.read().conversations(toast.id)
    assert (noted.bead, noted.generation, noted.runtime) == (toast.bead, 1, "claude")
    assert "Actor: mp/" in git(desk.root / "hq", "log", "-1", "--format=%B")


def test_an_agent_is_in_one_conversation_at_a_time(desk: Desk, toast: Hook) -> None:
    """A new one ends the former, in the same commit; resumed, they change places."""
    town = desk.town
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    before = git(desk.root / "hq", "rev-list", "--count", "town")
    begin(town, toast.id, conversation="c2", runtime="claude", transcript=None)
    assert int(git(desk.root / "hq", "rev-list", "--count", "town")) == int(before) + 1
    assert states(desk) == {"c1": ("ended", "replaced"), "c2": ("running", None)}
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    assert states(desk) == {"c1": ("running", None), "c2": ("ended", "replaced")}


def test_the_end_holds_what_was_used(desk: Desk, toast: Hook, tmp_path: Path) -> None:
    """Said again it is no operation."""
    town = desk.town
    path = transcript(tmp_path / "t.jsonl", "a", "b", "b")
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=path)
    ended = end(town, host(), toast.id, how="killed")
    assert ended is not None
    assert [(row["model"], row["turns"], row["output"]) for row in ended.usage] == [("m-1", 2, 4)]
    before = town.commit()
    assert end(town, host(), toast.id, how="exit 0") is None
    assert town.commit() == before
    assert states(desk) == {"c1": ("ended", "killed")}


def test_an_agent_without_conversations_ends_nothing(desk: Desk, toast: Hook) -> None:
    """The embedded agent costs the ledger no commit."""
    before = desk.town.commit()
    assert end(desk.town, host(), toast.id, how="exit 0") is None
    assert desk.town.commit() == before


def test_a_handoff_keeps_the_note_and_begins_anew(desk: Desk, toast: Hook) -> None:
    """The next session resumes nothing; also an agent without conversations can hand on."""
    town, folder = desk.town, agent_folder(desk.town.layout.agents, toast.id)
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    ended = hand_on(town, host(), toast, "half of it is done")
    assert (ended.id, ended.how, ended.note) == ("c1", "handed off", "half of it is done")
    assert folder.thread() is None
    other = hand_on(town, host(), toast, "and more")
    assert other.id != "c1"
    assert (other.state, other.note, other.bead) == ("ended", "and more", toast.bead)


def test_only_the_same_work_is_resumed(desk: Desk, toast: Hook, tmp_path: Path) -> None:
    """Of the same generation, bead and agent command, and with its transcript still there."""
    folder = agent_folder(desk.town.layout.agents, toast.id)
    assert resumable(folder, toast, CLAUDE) is None
    path = transcript(tmp_path / "t.jsonl", "a")
    good = Thread("c1", path, toast.generation, toast.bead, "claude")
    bad = [
        Thread("c1", path, toast.generation + 1, toast.bead, "claude"),
        Thread("c1", path, toast.generation, "another", "claude"),
        Thread("c1", path, toast.generation, toast.bead, "codex"),
        Thread("c1", str(tmp_path / "gone"), toast.generation, toast.bead, "claude"),
    ]
    for thread in bad:
        folder.write_thread(thread)
        assert resumable(folder, toast, CLAUDE) is None
    folder.write_thread(good)
    assert resumable(folder, toast, CLAUDE) == good


def test_an_unknown_agent_begins_nothing(desk: Desk) -> None:
    """A client of a hook that was taken away is told so."""
    with pytest.raises(NotFound):
        begin(desk.town, "mp/nobody", conversation="c1", runtime="claude", transcript=None)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-a", "a" * 81, "a b", "a\n"])
def test_an_id_must_be_able_to_name_a_file(name: str) -> None:
    """The client's own id is data like any other."""
    assert not is_conversation_id(name)
    assert is_conversation_id("0dfd217d-e798-4dc2-b8d4-13fb0087f359")


def test_a_revert_in_hq_is_taken(desk: Desk, toast: Hook) -> None:
    """`git revert` of an end makes the record running again; the town still fits together."""
    town = desk.town
    begin(town, toast.id, conversation="c1", runtime="claude", transcript=None)
    end(town, host(), toast.id, how="exit 0")
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert states(desk) == {"c1": ("running", None)}
    desk.gt("status")


def test_an_end_that_is_seen_twice_is_one_operation(desk: Desk, toast: Hook) -> None:
    """The monitor and whoever stopped the session often see it in the same moment."""
    begin(desk.town, toast.id, conversation="c1", runtime="claude", transcript=None)
    hq = desk.root / "hq"
    before = int(git(hq, "rev-list", "--count", "town"))
    start = threading.Barrier(4)

    def one() -> None:
        town = desk.town
        start.wait()
        end(town, host(), toast.id, how="stopped")

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert int(git(hq, "rev-list", "--count", "town")) == before + 1
