"""Working a bead: ask for the assignment, run its commands, commit, hand in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gastown.shell_agent.script import commands, finished, key_of
from gastown.shell_agent.shell import Shell, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOTHING, UNREADABLE = 1, 5


class Worker:
    """One run of the agent in one hook.

    Args:
        gt, bd: how to call the town's commands.
        worktree: the hook's worktree; `env`: the environment of what runs there.
    """

    def __init__(
        self, gt: Sequence[str], bd: Sequence[str], worktree: Path, env: Mapping[str, str]
    ) -> None:
        self._gt = list(gt)
        self._bd = list(bd)
        self._shell = Shell(worktree, env)

    def run(self) -> int:
        """Work what is on the hook; returns the exit status."""
        asked = self._shell.ask(*self._gt, "hook", "--json")
        if asked.status == NOTHING:
            say("nothing is on my hook")
            return 0
        if asked.status != 0:
            say(asked.out + asked.err)
            return asked.status
        data = json.loads(asked.out)["data"]
        if data["molecule"] is not None:  # never the blocks of a text that a formula has filled in
            from gastown.shell_agent.molecule import MoleculeWorker

            steps = MoleculeWorker(self._gt, self._bd, self._shell)
            return steps.work(data["bead"], data["hook"], data["molecule"])
        return self._work(data["bead"], data["hook"])

    def _work(self, bead: dict[str, Any], hook: dict[str, Any]) -> int:
        identifier = str(bead["id"])
        say(f"working on {identifier}: {bead['title']}")
        todo = commands(str(bead.get("description") or ""), self._is_complete)
        if not todo:
            return self._give_up(identifier, "its description holds no ```sh block to run")
        done = finished(todo, self._committed(str(hook["target"])))
        for number, command in enumerate(todo, 1):
            if number <= done:
                say(f"[{number}/{len(todo)}] done before: {_first_line(command)}")
                continue
            say(f"[{number}/{len(todo)}] $ {command}")
            status = self._shell.call("/bin/sh", "-c", command)
            if status != 0:
                why = f"command {number} ended with status {status}: {command}"
                return self._give_up(identifier, why)
            if not self._commit(identifier, command):
                return self._give_up(identifier, f"command {number} could not be committed")
        say("all commands ran; handing in")
        if self._shell.call(*self._gt, "done") != 0:
            return self._give_up(identifier, "gt done refused the work (see the session's log)")
        return 0

    def _give_up(self, bead: str, why: str) -> int:
        say(f"STOPPED: {why}")
        note = f"shell agent stopped: {why}"
        self._shell.call(*self._bd, "update", bead, "--append-notes", note)
        return 1

    def _committed(self, target: str) -> list[str]:
        """The keys of commands whose changes are committed in this hook already, oldest first."""
        form = "--format=%(trailers:key=Command,valueonly)"
        return self._shell.git("log", "--reverse", form, f"refs/heads/{target}..HEAD").split()

    def _commit(self, bead: str, command: str) -> bool:
        trailers = f"Bead: {bead}\nCommand: {key_of(command)}"
        return self._shell.commit(f"{bead}: {_first_line(command)}\n\n{trailers}\n")

    def _is_complete(self, text: str) -> bool:
        return self._shell.ask("/bin/sh", "-n", "-c", text).status == 0


def _first_line(command: str) -> str:
    line, _, rest = command.partition("\n")
    line = line if len(line) <= 60 else f"{line[:59]}…"
    return f"{line} …" if rest else line
