"""A rig made with the store only: a project, its bare clone in a town, hooks to work in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gastown.domain.hook import Hook
from gastown.store import repository
from gastown.store.git import Git
from gastown.store.town import Town
from gastown.store.worktree import Worktrees
from tests.support.people import commit_all, make_project
from tests.support.towns import a_hook, a_rig, put

FILES = {"README.md": "# A project\n", "src/a.txt": "one\ntwo\nthree\n", "src/b.txt": "b\n"}


@dataclass(frozen=True)
class Rig:
    """A rig of a town: its name, the project it was cloned from, and the commit of its target."""

    town: Town
    name: str
    origin: Path
    base: str

    @property
    def trees(self) -> Worktrees:
        """The worktrees of the rig."""
        return Worktrees(self.town.layout, self.name)

    @property
    def git(self) -> Git:
        """The bare clone."""
        return Git(self.town.layout.repository(self.name), bare=True)

    def hook(self, name: str = "toast", generation: int = 1, **changes: Any) -> Hook:
        """A hook of the rig, from its target."""
        values = {"base": self.base, "branch": f"polecat/{name}/mp-abc@{generation}",
                  "generation": generation, "bead": "mp-abc"}  # fmt: skip
        return a_hook(f"{self.name}/{name}", **(values | changes))

    def worktree(self, name: str = "toast", **changes: Any) -> Path:
        """The worktree of a new hook."""
        return self.trees.add(self.hook(name, **changes))

    def commit_on(self, worktree: Path, message: str = "work", **files: str) -> str:
        """Commit files in a worktree as its agent does; returns the commit."""
        for name, content in files.items():
            (worktree / name.replace("_", ".")).write_text(content)
        return commit_all(worktree, message)


def make_rig(town: Town, origin: Path, name: str = "mp", files: dict[str, str] = FILES) -> Rig:
    """Make a project at `origin` and a rig of it."""
    make_project(origin, files)
    target = town.layout.repository(name)
    repository.clone(str(origin), target)
    base = repository.start_target(Git(target, bare=True), "main")
    put(town, a_rig(name, url=str(origin)))
    return Rig(town, name, origin, base)
