"""What the machine gives to sessions and gates; read once at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What Claude Code tells the commands that it runs, one of which may start another agent.
_OF_A_CLIENT = (
    "AI_AGENT CLAUDECODE CLAUDE_CODE_CHILD_SESSION CLAUDE_CODE_ENTRYPOINT CLAUDE_CODE_EXECPATH"
    " CLAUDE_CODE_SESSION_ID CLAUDE_EFFORT"
)
_CLEARED = frozenset(("NODE_OPTIONS", "GT_TOWN", "GT_FAULT", *_OF_A_CLIENT.split()))


@dataclass(frozen=True)
class Host:
    """What the machine gives to sessions and gates; read once at the edge.

    Attributes:
        env: the caller's environment, which agents inherit.
        python: the interpreter that has gastown.
        scripts: the folder of `gt` and `bd`, put first on agents' search path.
    """

    env: Mapping[str, str]
    temp: Path
    python: str
    scripts: Path

    def clean_env(self) -> dict[str, str]:
        """The caller's environment without what belongs to its own place or agent."""
        return {
            key: value for key, value in self.env.items()
            if (key not in _CLEARED and not key.startswith("GIT_")) or key == "GIT_SSH_COMMAND"
        }  # fmt: skip
