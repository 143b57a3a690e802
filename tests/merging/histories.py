"""A repository with a target and a branch, and looking at what was stacked of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gastown.store.git import Git
from gastown.store.merging import try_merge
from gastown.store.stacking import Layer
from tests.support.people import commit_all, git, make_project, write

FILES: dict[str, str] = {"a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n", "b.txt": "b\n", "d/e.txt": "e\n"}


@dataclass(frozen=True)
class History:
    """A repository in which `main` and `work` part from one commit."""

    place: Path

    @property
    def git(self) -> Git:
        """The door to it."""
        return Git(self.place)

    def commit(self, branch: str, message: str = "work", **files: str | bytes) -> str:
        """Commit files (`_` in a name stands for a dot) on a branch."""
        git(self.place, "switch", "--quiet", branch)
        write(self.place, {name.replace("_", "."): text for name, text in files.items()})
        return commit_all(self.place, message)

    def at(self, name: str) -> str:
        """The commit that a name stands for."""
        return git(self.place, "rev-parse", name)

    def layer(self, head: str = "work") -> Layer:
        """Work to be stacked."""
        return Layer(self.at(head), "Merge mp-1: Title\n\nBead: mp-1\n", ("mp/toast", "t@mp.gt"))

    def merged_tree(self) -> str:
        """The tree of the trial merge of `main` and `work`."""
        tree = try_merge(self.git, self.at("main"), self.at("work")).tree
        assert tree is not None
        return tree

    def subjects(self, commit: str) -> list[str]:
        """The subjects of the commits on top of `main`, oldest first."""
        span = f"main..{commit}"
        return git(self.place, "log", "--reverse", "--format=%s", span).splitlines()


def make_history(place: Path) -> History:
    """A repository with one commit, on `main` and on `work`."""
    make_project(place, FILES)
    git(place, "branch", "work")
    return History(place)
