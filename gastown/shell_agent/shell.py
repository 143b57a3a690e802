"""The one door through which the agent starts programs: always in its worktree."""

from __future__ import annotations

import subprocess
from collections import deque
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OF_ANOTHER_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
_LAST_LINES = 15
_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Answer:
    """What a program said, and its exit status."""

    status: int
    out: str
    err: str


class Shell:
    """Starts programs in a worktree.

    Args:
        env: the environment of scripts; None: the agent's own.
    """

    def __init__(self, worktree: Path, env: Mapping[str, str] | None = None) -> None:
        self._worktree = worktree
        self._env = env

    def call(self, *argv: str, text: str | None = None) -> int:
        """Run a program, which prints where we print; its exit status."""
        done = subprocess.run(argv, cwd=self._worktree, input=text, text=True, check=False)
        return done.returncode

    def ask(self, *argv: str) -> Answer:
        """Run a program and take what it prints."""
        done = subprocess.run(
            argv, cwd=self._worktree, capture_output=True, text=True, errors="replace", check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str) -> str:
        """What git answers.

        Raises:
            CalledProcessError: it ended with an error.
        """
        return subprocess.run(
            ["git", *arguments], cwd=self._worktree, capture_output=True, text=True, check=True
        ).stdout

    def script(self, text: str, variables: Mapping[str, str]) -> tuple[int, list[str]]:
        """Run a script with more variables, shown as it goes; its status and its last lines."""
        env = {
            key: value for key, value in (self._env or {}).items() if key not in _OF_ANOTHER_PLACE
        }
        last: deque[str] = deque(maxlen=_LAST_LINES)
        child = subprocess.Popen(
            ["/bin/sh", "-c", text], cwd=self._worktree, env={**env, **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
        )  # fmt: skip

        def show() -> None:
            assert child.stdout is not None
            for line in child.stdout:
                say(line.rstrip("\n"))
                last.append(line.rstrip("\n"))

        # What the script leaves in the background may keep its output open: that is not waited for.
        reader = Thread(target=show, daemon=True)
        reader.start()
        status = child.wait()
        reader.join(_PATIENCE_S)
        return status, list(last)

    def commit(self, message: str) -> bool:
        """Commit all that was changed; nothing to commit is fine."""
        if self.call("git", "add", "-A") != 0:
            return False
        if self.call("git", "diff", "--cached", "--quiet") == 0:
            return True
        return self.call("git", "commit", "--quiet", "-F", "-", text=message) == 0


def say(text: str) -> None:
    """Print what the session shows."""
    print(safe(text, lines=True), flush=True)  # noqa: T201  (this is what the session shows)
