"""Queues of branches that are good, bad or flaky, or conflict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.desks import desk, project, template
from tests.support.people import git
from tests.support.queue import assert_green, requests

__all__ = ["desk", "project", "template"]

GREEN = "! ls bad-* >/dev/null 2>&1"
"""What every commit of the target has to pass."""


@dataclass(frozen=True)
class Yard:
    """A rig with a gate that knows bad from good.

    Attributes:
        notes: where the gate writes which tree it was run on, a line each.
        start: the target's commit before anything was merged.
    """

    desk: Desk
    notes: Path
    start: str

    @property
    def bare(self) -> Path:
        """The rig's repository."""
        return self.desk.root / "mp" / "repo.git"

    @property
    def runs(self) -> list[str]:
        """The trees that the gate was run on, in order."""
        return self.notes.read_text().split() if self.notes.exists() else []

    def branch(self, name: str, files: dict[str, str], parent: str | None = None) -> str:
        """A branch with one commit on top of the target; returns the commit."""
        parent = parent or self.desk.target()
        entries = git(self.bare, "ls-tree", parent).splitlines()
        for path, text in files.items():
            blob = git(self.bare, "hash-object", "-w", "--stdin", stdin=text)
            entries = [one for one in entries if one.partition("\t")[2] != path]
            entries.append(f"100644 blob {blob}\t{path}")
        tree = git(self.bare, "mktree", stdin="\n".join(entries) + "\n")
        commit = git(self.bare, "commit-tree", "-p", parent, "-m", name, tree)
        git(self.bare, "update-ref", f"refs/heads/{name}", commit)
        return commit

    def submit(self, kinds: Iterable[str]) -> list[str]:
        """A request for each kind: good, bad, flaky, conflict (with the others of that kind)."""
        found = []
        for number, kind in enumerate(kinds):
            files = {f"{kind}-{number}.txt": "x\n"}
            if kind == "conflict":
                files = {"same.txt": f"{number}\n"}
            self.branch(f"work-{number}", files, self.start)
            done = self.desk.gt("mq", "submit", f"work-{number}", "--rig", "mp", "--json").data
            found.append(done["merge"]["id"])
        return found

    def run(self, status: int | None = None) -> str:
        """Work the queue; returns what was said on the way."""
        return self.desk.gt("refinery", "run", status=status).err

    @property
    def moves(self) -> list[str]:
        """What the target was moved to, newest first."""
        return git(self.bare, "reflog", "show", "--format=%H", "refs/heads/main").splitlines()[:-1]

    def states(self) -> list[str]:
        """The state of each request, in the order in which they were submitted."""
        return [merge["state"] for merge in requests(self.desk)]

    def assert_target_is_green(self) -> None:
        """Fail unless every commit that the target stood at passes what a good one passes."""
        assert_green(self.desk, GREEN, self.start)


def with_gate(desk: Desk, folder: Path) -> Yard:
    """A rig with a gate: a `bad-…` file is red, a `flaky-…` one the first time on each tree.

    Args:
        folder: where the gate writes what it was run on.
    """
    notes, marks = folder / "runs", folder / "marks"
    marks.mkdir()
    desk.gate(
        f"t=$(git rev-parse HEAD^{{tree}}); echo $t >>{notes}; "
        f"if ls flaky-* >/dev/null 2>&1 && ! test -e {marks}/$t; then touch {marks}/$t; "
        f"echo flaky; exit 1; fi; {GREEN}"
    )
    return Yard(desk, notes, desk.target())


@pytest.fixture
def yard(desk: Desk, tmp_path: Path) -> Yard:
    """A rig with a gate that tells good from bad."""
    return with_gate(desk, tmp_path)
