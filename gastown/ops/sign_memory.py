"""What the gathering of signs remembers from look to look, and reads once for all agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.runtime.vital_signs import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.signs import Claim, Limit
    from gastown.ops.screens import Screens
    from gastown.runtime.agent_folder import AgentFolder, Said, Thread
    from gastown.runtime.agents import Runtime


@dataclass(frozen=True)
class Files:
    """Where the signs of one hook's agent are; made once, since making paths costs the most."""

    of: tuple[str, str]
    folder: AgentFolder
    state: str
    thread: str
    commits: str


@dataclass
class Known:
    """What earlier looks found of one session; it saves work, and measures what is used.

    Attributes:
        home: how old its worktree's link to the repository was at first: one that was removed and
            made again has another.
    """

    of: tuple[int, str]
    runtime: Runtime
    family: str | None
    pid: int | None = None
    home: int | None = None
    said: tuple[int, Said | None] = (0, None)
    screen_of: int | None = None  # how old the log was when the screen was looked at
    screen_at: float = float("-inf")
    shown: Claim | None = None
    screen_limit: Limit | None = None
    table_at: float = float("-inf")
    used_s: float | None = None
    busy_at: float | None = None
    child_at: float | None = None
    thread: tuple[int, Thread | None] = (0, None)
    told: tuple[int, Limit | None] = (0, None)
    ended: float | None = None
    at_end: Limit | None = None


@dataclass
class Now:
    """What one look reads once for all agents."""

    at: float
    steady: float
    commit: str
    frozen: bool
    ends: Mapping[str, tuple[float, ...]]
    statuses: Mapping[str, str]
    screens: Screens
    tables: list[Table] = field(default_factory=list)

    @property
    def table(self) -> Table:
        """All processes."""
        if not self.tables:
            self.tables.append(Table())
        return self.tables[0]
