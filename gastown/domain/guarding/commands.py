"""One command of a shell text, and what the shell knows when it comes to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gastown.domain.guarding.words import UNKNOWN


@dataclass
class Simple:
    """One command as the shell would run it.

    Attributes:
        words: the program and its arguments.
        assigned: the variables set before it, for itself.
        writes: the files that its output goes to.
        fed: what it reads, where that is written down.
        upstream: the command whose output it reads.
        inner: the commands whose output became its words.
    """

    words: list[str] = field(default_factory=list)
    assigned: dict[str, str] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    fed: str = ""
    upstream: Simple | None = None
    inner: list[Simple] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read of it yet."""
        return not (self.words or self.assigned or self.writes or self.fed)


@dataclass
class Shell:
    """What a shell knows while it goes on.

    Attributes:
        cwd: its folder; None: it cannot be known.
        variables: as far as they are known.
        folders: what `pushd` has put aside.
    """

    cwd: str | None
    variables: dict[str, str]
    folders: list[str | None] = field(default_factory=list)

    def copy(self) -> Shell:
        """A subshell."""
        return Shell(self.cwd, dict(self.variables), list(self.folders))

    def enter(self, folder: str | None) -> None:
        """Change the folder."""
        self.variables["OLDPWD"] = self.cwd or UNKNOWN
        self.cwd = folder
        self.variables["PWD"] = folder or UNKNOWN


@dataclass
class Counter:
    """How much was read of all texts together."""

    commands: int = 0
    depth: int = 0
