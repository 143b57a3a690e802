"""Transcripts of Claude Code: JSON lines, as 2.1.197 writes them.

- An answer of the model stands on one line for each of its blocks, every one with the answer's id
  and its usage; an unfinished answer's usage grows, so that the highest numbers are the true ones.
- Agents that the client starts itself write files of their own, in `subagents/` of the folder that
  is named as the transcript is.
- A conversation that is resumed goes on in the same file. One that is forked begins a new file
  with copies of the earlier turns, under the ids and with the moments that they had.
- What the client says in the model's place (`<synthetic>`) has cost nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gastown.runtime.transcripts import Turn, number, text, whole_lines

if TYPE_CHECKING:
    from pathlib import Path

_SYNTHETIC = "<synthetic>"


def turns(transcript: Path) -> list[Turn]:
    """The turns of a conversation and of the agents that it started, in the order they came."""
    found: dict[str, Turn] = {}
    folder = transcript.with_suffix("") / "subagents"
    for file in (transcript, *sorted(folder.rglob("*.jsonl"))):
        for line in whole_lines(file):
            if b'"usage"' in line:
                _count(line, found)
    return list(found.values())


def _count(line: bytes, found: dict[str, Turn]) -> None:
    turn = _turn(line)
    if turn is None:
        return
    before = found.get(turn.id)
    found[turn.id] = turn if before is None else _highest(before, turn)


def _turn(line: bytes) -> Turn | None:
    try:
        entry = json.loads(line)
        message: dict[str, Any] = entry["message"]
        usage = message["usage"]
        model = text(message["model"])
        name = text(message.get("id")) or text(entry.get("uuid"))
        if entry["type"] != "assistant" or model == _SYNTHETIC or not (model and name):
            return None
        return Turn(
            name, model, text(entry.get("timestamp")),
            input=number(usage.get("input_tokens")), output=number(usage.get("output_tokens")),
            cache_read=number(usage.get("cache_read_input_tokens")),
            cache_write=number(usage.get("cache_creation_input_tokens")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _highest(one: Turn, other: Turn) -> Turn:
    return Turn(
        one.id, one.model, one.at, max(one.input, other.input), max(one.output, other.output),
        max(one.cache_read, other.cache_read), max(one.cache_write, other.cache_write),
    )  # fmt: skip
