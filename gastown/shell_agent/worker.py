"""Working a bead: ask for the assignment, run its commands, commit, hand in."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from gastown.render.text import safe
from gastown.shell_agent.script import commands, finished, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOTHING, UNREADABLE = 1, 5


class Worker:
    """One run of the agent in one hook.

    Args:
        gt, bd: how to call the town's commands.
        worktree: the hook's worktree.
    """

    def __init__(self, gt: Sequence[str], bd: Sequence[str], worktree: Path) -> None:
        self._gt = list(gt)
        self._bd = list(bd)
        self._worktree = worktree

    def run(self) -> int:
        """Work what is on the hook; returns the exit status."""
        asked = subprocess.run(
            [*self._gt, "hook", "--json"], cwd=self._worktree, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if asked.returncode == NOTHING:
            _say("nothing is on my hook")
            return 0
        if asked.returncode != 0:
            _say(asked.stdout + asked.stderr)
            return asked.returncode
        data = json.loads(asked.stdout)["data"]
        return self._work(data["bead"], data["hook"])

    def _work(self, bead: dict[str, Any], hook: dict[str, Any]) -> int:
        identifier = str(bead["id"])
        _say(f"working on {identifier}: {bead['title']}")
        todo = commands(str(bead.get("description") or ""), _is_complete)
        if not todo:
            return self._give_up(identifier, "its description holds no ```sh block to run")
        done = finished(todo, self._committed(str(hook["target"])))
        for number, command in enumerate(todo, 1):
            if number <= done:
                _say(f"[{number}/{len(todo)}] done before: {_first_line(command)}")
                continue
            _say(f"[{number}/{len(todo)}] $ {command}")
            status = subprocess.run(["/bin/sh", "-c", command], cwd=self._worktree, check=False)
            if status.returncode != 0:
                why = f"command {number} ended with status {status.returncode}: {command}"
                return self._give_up(identifier, why)
            if not self._commit(identifier, command):
                return self._give_up(identifier, f"command {number} could not be committed")
        _say("all commands ran; handing in")
        handed_in = subprocess.run([*self._gt, "done"], cwd=self._worktree, check=False)
        if handed_in.returncode != 0:
            return self._give_up(identifier, "gt done refused the work (see the session's log)")
        return 0

    def _give_up(self, bead: str, why: str) -> int:
        _say(f"STOPPED: {why}")
        note = f"shell agent stopped: {why}"
        subprocess.run(
            [*self._bd, "update", bead, "--append-notes", note], cwd=self._worktree, check=False
        )
        return 1

    def _committed(self, target: str) -> list[str]:
        """The keys of commands whose changes are committed in this hook already, oldest first."""
        form = "--format=%(trailers:key=Command,valueonly)"
        return self._git("log", "--reverse", form, f"refs/heads/{target}..HEAD").split()

    def _commit(self, bead: str, command: str) -> bool:
        added = subprocess.run(["git", "add", "-A"], cwd=self._worktree, check=False)
        if added.returncode != 0:
            return False
        changed = subprocess.run(
            ["git", "diff", "--cached", "--quiet"], cwd=self._worktree, check=False
        )
        if changed.returncode == 0:
            return True
        message = f"{bead}: {_first_line(command)}\n\nBead: {bead}\nCommand: {key_of(command)}\n"
        done = subprocess.run(
            ["git", "commit", "--quiet", "-F", "-"], cwd=self._worktree, input=message, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode == 0

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self._worktree, capture_output=True, text=True, check=True
        ).stdout


def _is_complete(text: str) -> bool:
    asked = subprocess.run(["/bin/sh", "-n", "-c", text], capture_output=True, check=False)
    return asked.returncode == 0


def _first_line(command: str) -> str:
    line, _, rest = command.partition("\n")
    line = line if len(line) <= 60 else f"{line[:59]}…"
    return f"{line} …" if rest else line


def _say(text: str) -> None:
    print(safe(text, lines=True), flush=True)  # noqa: T201  (this is what the session shows)
