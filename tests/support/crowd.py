"""One of a crowd: a process that types random commands in a town, as fast as it can.

`python -m tests.support.crowd ROOT SEED COUNT` prints one JSON object: the commands with their
statuses, and the commits it made in agents' worktrees.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.desk import Desk, Said
from tests.support.people import git


class Busybody:
    """Somebody with a seed."""

    def __init__(self, root: Path, seed: int) -> None:
        self.desk = Desk(root)
        self.random = random.Random(seed)
        self.name = f"w{seed}"
        self.made = 0
        self.said: list[tuple[str, int, str]] = []
        self.commits: list[str] = []

    def act(self) -> None:
        """Do something."""
        deeds: list[tuple[int, Callable[[], None]]] = [
            (3, self.create), (4, self.sling), (4, self.commit), (4, self.done), (2, self.unsling),
            (1, self.close), (1, self.reopen), (1, self.update), (1, self.convoy), (2, self.merge),
            (1, self.look),
        ]  # fmt: skip
        weights = [weight for weight, _ in deeds]
        self.random.choices([deed for _, deed in deeds], weights)[0]()

    def type(self, program: str, *words: str, at: Path | str = "") -> Said | None:
        """Type a command and note how it ended; None: the place was gone before that."""
        command = self.desk.gt if program == "gt" else self.desk.bd
        try:
            said = command(*words, at=at, status=None)
        except FileNotFoundError:
            return None
        self.said.append((f"{program} {' '.join(words)}", said.status, said.err))
        return said

    def some_bead(self) -> str:
        """Any bead."""
        beads = self.desk.town.read().beads()
        return self.random.choice(beads).id if beads else "none"

    def some_tree(self) -> Path | None:
        """Any polecat's worktree."""
        trees = list((self.desk.root / "mp" / "polecats").glob("[!.]*"))
        return self.random.choice(trees) if trees else None

    def create(self) -> None:
        """A new bead."""
        self.made += 1
        self.type("bd", "create", f"{self.name} {self.made}", "--rig", "mp")

    def sling(self) -> None:
        """A bead onto a hook; sometimes by force."""
        force = ("--force",) if self.random.random() < 0.2 else ()
        self.type("gt", "sling", self.some_bead(), "mp", "--no-start", *force)

    def commit(self) -> None:
        """Work in somebody's worktree."""
        tree = self.some_tree()
        if tree is None:
            return
        self.made += 1
        name = f"{self.name}-{self.made}.txt"
        try:
            (tree / name).write_text("work\n")
            git(tree, "add", name)
            git(tree, "commit", "--quiet", "-m", name)
            self.commits.append(git(tree, "rev-parse", "HEAD"))
        except (AssertionError, OSError):  # it was taken away, or somebody commits there just now
            return

    def done(self) -> None:
        """Somebody says that the work is done."""
        tree = self.some_tree()
        if tree is not None:
            self.type("gt", "done", at=tree)

    def unsling(self) -> None:
        """Work is taken back."""
        self.type("gt", "unsling", self.some_bead())

    def close(self) -> None:
        """A person closes a bead."""
        self.type("bd", "close", self.some_bead())

    def reopen(self) -> None:
        """A person opens a bead again."""
        self.type("bd", "reopen", self.some_bead())

    def update(self) -> None:
        """A person changes a bead."""
        self.type("bd", "update", self.some_bead(), "-p", str(self.random.randrange(5)))

    def convoy(self) -> None:
        """A convoy over two beads."""
        self.type("gt", "convoy", "create", self.name, self.some_bead(), self.some_bead())

    def merge(self) -> None:
        """The refinery runs."""
        self.type("gt", "refinery", "run", "mp")

    def look(self) -> None:
        """Reading commands."""
        self.type("gt", "status")
        self.type("bd", "ready")


def main(root: str, seed: str, count: str) -> None:
    """Act `count` times and tell what happened."""
    one = Busybody(Path(root), int(seed))
    for _ in range(int(count)):
        one.act()
    told: dict[str, Any] = {"said": one.said, "commits": one.commits}
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
