"""Rollouts of the Codex CLI: JSON lines, as 0.169.0 writes them.

- `token_count` events tell the sum of the session so far. They come again without a new answer, so
  a turn is what the sum has grown by; a sum that has shrunk has begun anew.
- Cached tokens are part of the input, and those of reasoning part of the output.
- The model is that of the latest `turn_context`.
- The client does not tell our hooks where its rollout is. It is found by the folder that the
  session was started in, in `$CODEX_HOME/sessions/YYYY/MM/DD` (local days).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.runtime.transcripts import Turn, number, text, whole_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

_FEATURES = (b'"token_count"', b'"turn_context"', b'"session_meta"')


@dataclass(frozen=True, slots=True)
class _Sum:
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


def turns(rollout: Path) -> list[Turn]:
    """The turns of a session, in the order they came."""
    found: list[Turn] = []
    model, before, session = "unknown model", _Sum(), rollout.stem
    for line in whole_lines(rollout):
        kind, payload, at = _event(line)
        if kind == "session_meta":
            session = text(payload.get("id")) or session
        elif kind == "turn_context":
            model = text(payload.get("model")) or model
        elif kind == "event_msg" and (now := _sum(payload)) is not None and now != before:
            start = before if _has_grown(before, now) else _Sum()
            found.append(_turn(f"{session} {len(found)}", model, at, start, now))
            before = now
    return found


def sessions(env: Mapping[str, str]) -> Path:
    """The folder in which the client keeps its rollouts."""
    home = env.get("CODEX_HOME") or Path(env.get("HOME") or Path.home()) / ".codex"
    return Path(home) / "sessions"


def started_in(folder: Path, worktree: Path) -> list[tuple[str, Path]]:
    """The sessions that were started in a worktree, oldest first: their ids and rollouts.

    Args:
        folder: that of all rollouts.
    """
    found = []
    for file in sorted(folder.glob("*/*/*/rollout-*.jsonl")):
        name, place = _heading(file)
        if place == str(worktree):
            found.append((name or file.stem, file))
    return found


def _heading(rollout: Path) -> tuple[str, str]:
    """The id of a session and the folder it was started in, from the first line of its rollout."""
    for line in islice(whole_lines(rollout), 1):
        kind, payload, _ = _event(line)
        if kind == "session_meta":
            return text(payload.get("id")), text(payload.get("cwd"))
    return "", ""


def _event(line: bytes) -> tuple[str, Mapping[str, Any], str]:
    if not any(feature in line for feature in _FEATURES):
        return "", {}, ""
    try:
        entry = json.loads(line)
        kind, payload = entry["type"], entry["payload"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", {}, ""
    whole = isinstance(payload, dict)
    return (text(kind), payload, text(entry.get("timestamp"))) if whole else ("", {}, "")


def _sum(payload: Mapping[str, Any]) -> _Sum | None:
    info = payload.get("info")
    total = info.get("total_token_usage") if isinstance(info, dict) else None
    if payload.get("type") != "token_count" or not isinstance(total, dict):
        return None
    read = number(total.get("cached_input_tokens"))
    written = number(total.get("cache_write_input_tokens"))
    fresh = max(0, number(total.get("input_tokens")) - read - written)
    return _Sum(fresh, number(total.get("output_tokens")), read, written)


def _has_grown(before: _Sum, now: _Sum) -> bool:
    return all(
        getattr(now, part) >= getattr(before, part)
        for part in ("input", "output", "cache_read", "cache_write")
    )


def _turn(name: str, model: str, at: str, before: _Sum, now: _Sum) -> Turn:
    return Turn(
        name, model, at, now.input - before.input, now.output - before.output,
        now.cache_read - before.cache_read, now.cache_write - before.cache_write,
    )  # fmt: skip
