"""Where clients keep the transcript of a conversation, as far as its id tells.

Other than what a client's hooks say of the conversation that it is in, this finds earlier ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.runtime.transcripts.codex import sessions

if TYPE_CHECKING:
    from collections.abc import Mapping


def transcript_of(form: str | None, conversation: str, env: Mapping[str, str]) -> Path | None:
    """The file of a conversation; None: it is not here, or clients of that form tell of none.

    Args:
        conversation: an id that has been checked: it becomes a part of a pattern.
    """
    if form == "claude":
        home = env.get("CLAUDE_CONFIG_DIR") or Path(env.get("HOME") or Path.home()) / ".claude"
        return _only(Path(home) / "projects", f"*/{conversation}.jsonl")
    if form == "codex":
        return _only(sessions(env), f"*/*/*/rollout-*-{conversation}.jsonl")
    return None


def _only(folder: Path, pattern: str) -> Path | None:
    try:
        return next((file for file in sorted(folder.glob(pattern)) if file.is_file()), None)
    except OSError:
        return None
