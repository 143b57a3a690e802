"""Clients' transcripts: samples that the real clients wrote, and whatever else may lie there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import Unreadable
from gastown.ops.usage import rows, usage_of
from gastown.runtime.agent_folder import Thread
from gastown.runtime.transcripts import Turn, turns
from gastown.runtime.transcripts.codex import sessions, started_in

SAMPLES = Path(__file__).parent / "samples"
CLAUDE = SAMPLES / "claude-2.1.197"
CODEX = SAMPLES / "codex-0.169.0.jsonl"
FORKED_AT = "2026-11-23T00:56:26.500Z"


def answer(number: int, *, output: int = 57, model: str = "claude-x", **more: Any) -> str:
    """A line with an answer of the model."""
    usage = {"input_tokens": 100, "output_tokens": output, "cache_read_input_tokens": 20,
             "cache_creation_input_tokens": 3}  # fmt: skip
    message = {"id": f"msg_{number}", "model": model, "usage": usage, "content": []}
    at = f"2026-11-23T00:{number % 60:02}:00.000Z"
    return json.dumps({"type": "assistant", "timestamp": at, "message": message, **more}) + "\n"


def sums(found: Any) -> tuple[int, int, int, int, int]:
    """Turns and tokens."""
    found = list(found)
    kinds = ("input", "output", "cache_read", "cache_write")
    return (len(found), *(sum(getattr(turn, kind) for turn in found) for kind in kinds))


def test_an_answer_on_several_lines_counts_once() -> None:
    """Claude Code writes one line a block; its own agents' files count, a resumed turn too."""
    found = list(turns("claude", CLAUDE / "conversation.jsonl"))
    assert sums(found) == (6, 600, 342, 120, 18)  # 4 of the conversation, 2 of its agent
    assert {turn.model for turn in found} == {"claude-scripted-1"}


def test_a_fork_counts_only_what_is_its_own() -> None:
    """The copied turns are in the file; those before its beginning belong to the first one."""
    first = list(turns("claude", CLAUDE / "conversation.jsonl"))
    fork = list(turns("claude", CLAUDE / "fork.jsonl"))
    assert len(fork) == 5
    assert len({turn.id for turn in fork} - {turn.id for turn in first}) == 1
    [row] = rows(fork, FORKED_AT)
    assert (row["turns"], row["output"], row["day"]) == (1, 57, "2026-11-23")


def test_the_sum_of_codex_is_told_in_turns() -> None:
    """Cached tokens are part of the input there, and a sum that is told again is no turn."""
    found = list(turns("codex", CODEX))
    assert sums(found) == (4, 280, 80, 120, 0)
    assert {turn.model for turn in found} == {"gpt-5-codex"}


def test_the_same_sum_again_and_a_smaller_one(tmp_path: Path) -> None:
    """Repeated events cost nothing; a sum that has shrunk is a new beginning."""

    def event(total: int) -> str:
        usage = {"input_tokens": total, "cached_input_tokens": 0, "output_tokens": 1}
        info = {"total_token_usage": usage}
        return json.dumps({"timestamp": "2026-11-23T00:00:00Z", "type": "event_msg",
                           "payload": {"type": "token_count", "info": info}}) + "\n"  # fmt: skip

    file = tmp_path / "rollout.jsonl"
    nothing = json.dumps({"type": "event_msg", "payload": {"type": "token_count", "info": None}})
    file.write_text(nothing + "\n" + "".join(event(n) for n in (100, 100, 250, 40)))
    assert [turn.input for turn in turns("codex", file)] == [100, 150, 40]


def test_sessions_of_a_worktree_are_found_by_their_folder(tmp_path: Path) -> None:
    """Only those that were started in exactly that folder; odd files are nobody's."""
    folder = sessions({"CODEX_HOME": str(tmp_path)})
    day = folder / "2026" / "11" / "23"
    day.mkdir(parents=True)
    shutil.copy(CODEX, day / "rollout-a.jsonl")
    other = CODEX.read_text().replace("/town/mp/polecats/toast", "/town/mp/polecats/toast2")
    (day / "rollout-b.jsonl").write_text(other)
    (day / "rollout-c.jsonl").write_text("{]\n")
    (day / "rollout-d.jsonl").write_text("")
    [(name, file)] = started_in(folder, Path("/town/mp/polecats/toast"))
    assert (name, file.name) == ("01a205e7-83db-7be1-80c0-eb9cd6eff982", "rollout-a.jsonl")
    assert started_in(sessions({"HOME": str(tmp_path)}), Path("/town")) == []


def test_an_unfinished_line_waits(tmp_path: Path) -> None:
    """A file that is being written is read up to its last whole line."""
    file = tmp_path / "t.jsonl"
    whole = answer(1) + answer(2)
    file.write_text(whole + answer(3)[:-20])
    assert len(list(turns("claude", file))) == 2
    file.write_text(whole + answer(3)[:-1])
    assert len(list(turns("claude", file))) == 2
    file.write_text(whole + answer(3))
    assert len(list(turns("claude", file))) == 3


def test_the_highest_numbers_of_an_answer_hold(tmp_path: Path) -> None:
    """An answer's first line may tell less than its last one."""
    file = tmp_path / "t.jsonl"
    file.write_text(answer(1, output=1) + answer(1, output=900) + answer(1, output=30))
    assert sums(turns("claude", file)) == (1, 100, 900, 20, 3)


def test_what_cost_nothing_is_no_turn(tmp_path: Path) -> None:
    """What the client says in the model's place, and lines of other kinds."""
    file = tmp_path / "t.jsonl"
    odd = ['{"type": "assistant", "message": {"usage": 3}}', '["usage"]', '"usage"', "{", "",
           '{"type": "assistant", "message": {"id": 4, "model": null, "usage": {}}}',
           '{"type": "assistant", "message": "usage"}', '{"usage": ' + "[" * 100_000]  # fmt: skip
    synthetic = answer(9, model="<synthetic>")
    file.write_text("\n".join(odd) + "\n" + synthetic + answer(2, type="user") + answer(1))
    assert sums(turns("claude", file)) == (1, 100, 57, 20, 3)


@given(st.binary(max_size=300), st.sampled_from(["claude", "codex"]))
def test_no_content_breaks_the_reading(data: bytes, form: str) -> None:
    """Any bytes: numbers or nothing, never an error."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.jsonl"
        file.write_bytes(data + b'\n{"message": {"usage": ' + data + b"\n")
        assert list(turns(form, file)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["type", "message", "usage", "id", "model", "payload", "info", "cwd",
                         "timestamp", "input_tokens", "total_token_usage"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from(["assistant", "event_msg", "turn_context", "session_meta"]))
def test_no_shape_breaks_the_reading(value: Any, kind: str) -> None:
    """Any JSON under the known keys: the numbers are numbers, and none is negative."""
    import tempfile

    payload = {"type": "token_count", "info": {"total_token_usage": value}}
    lines = [{"type": kind, "message": value, "payload": value, "usage": 1},
             {"type": kind, "payload": payload, "timestamp": value},
             {"type": "assistant", "timestamp": value,
              "message": {"id": "a", "model": "m", "usage": value}}]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        for form in ("claude", "codex"):
            for turn in turns(form, file):
                assert min(turn.input, turn.output, turn.cache_read, turn.cache_write) >= 0
                rows([turn])


def test_unknown_is_not_nothing(tmp_path: Path) -> None:
    """No file, no format: no rows. A conversation without a turn: a row of zeros."""
    missing = Thread("c", str(tmp_path / "gone"), 1, None, "claude")
    assert usage_of(missing, "claude") == ()
    assert usage_of(Thread("c", None, 1, None, "claude"), "claude") == ()
    assert usage_of(missing, "morse") == ()
    assert usage_of(missing, None) == ()
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"type": "mode"}\n')
    [row] = usage_of(Thread("c", str(empty), 1, None, "claude"), "claude")
    assert row["turns"] == row["input"] == 0
    with pytest.raises(Unreadable, match="morse"):
        list(turns("morse", empty))


def test_a_pipe_is_no_transcript(tmp_path: Path) -> None:
    """What would never end is not read."""
    import os

    os.mkfifo(tmp_path / "t.jsonl")
    with pytest.raises(Unreadable, match="not there"):
        list(turns("claude", tmp_path / "t.jsonl"))


def test_rows_are_of_days_and_models() -> None:
    """One row for each day (UTC) and model, in their order."""

    def turn(number: int, at: str, model: str) -> Turn:
        return Turn(str(number), model, at, 1, 2, 3, 4)

    found = rows([
        turn(1, "2026-11-23T23:30:00-02:00", "b"), turn(2, "2026-11-23T10:00:00Z", "b"),
        turn(3, "2026-11-23T11:00:00Z", "a"), turn(4, "2026-11-23T12:00:00Z", "a"),
        turn(5, "no moment", "a"),
    ], "2026-11-23T00:00:00Z")  # fmt: skip
    assert [(row["day"], row["model"], row["turns"]) for row in found] == [
        ("2026-11-23", "a", 3), ("2026-11-23", "b", 1), ("2026-11-24", "b", 1),
    ]  # fmt: skip
