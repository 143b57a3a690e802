"""What a verdict depends on besides the command: where the agent may work, and the verdict."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _nowhere(_: str) -> bool:
    return False


@dataclass(frozen=True)
class Facts:
    """Whose command is judged, and where.

    Attributes:
        agent: `mp/toast`, or `mayor`.
        worktree, town, home: folders, with symbolic links resolved.
        cwd: where the command is typed.
        branch: the hook's own.
        target: the branch of the rig that only the merge queue moves; None: there is none.
        bead: what is on the hook.
        scratch: folders in which everybody may write.
        variables: of the environment, as far as they are known.
        real: a path with its symbolic links resolved.
        exists: whether something is at a path.
    """

    agent: str
    worktree: str
    town: str
    cwd: str
    branch: str
    target: str | None = None
    bead: str | None = None
    home: str = "/nonexistent"
    scratch: tuple[str, ...] = ("/tmp", "/var/tmp")  # noqa: S108  (asked about, never made)
    variables: Mapping[str, str] = field(default_factory=dict)
    real: Callable[[str], str] = posixpath.normpath
    exists: Callable[[str], bool] = _nowhere

    @property
    def is_mayor(self) -> bool:
        """Whether the agent coordinates the town, instead of working in a rig."""
        return self.agent == "mayor"


@dataclass(frozen=True)
class Refusal:
    """Why a command is refused.

    Attributes:
        rule: the name of the rule, for people who want to look it up.
        command: the part of the line that is meant.
        why: what it would do, in one sentence.
        instead: the way that leads there.
    """

    rule: str
    command: str
    why: str
    instead: str
