"""Working a molecule without AI: the command of each step, in the formula's order.

- A step is started in the ledger, its command runs, what it changed is committed with the trailers
  `Bead:` and `Step:`, then it is done in the ledger. The trailer names the attempt as well.
- Killed anywhere, it goes on at the right step: one whose commit is on the branch is only recorded;
  one that was running and left no commit is run again, and that is said. (A step that changes no
  file leaves no commit: it may run twice.)
- A step without a command stops it; so does one whose command fails: then its last lines are in the
  step's notes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gastown.shell_agent.shell import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gastown.shell_agent.shell import Shell


class MoleculeWorker:
    """One run of the agent through the steps of the molecule on its hook.

    Args:
        gt, bd: how to call the town's commands.
        shell: starts programs in the hook's worktree.
    """

    def __init__(self, gt: Sequence[str], bd: Sequence[str], shell: Shell) -> None:
        self._gt = list(gt)
        self._bd = list(bd)
        self._shell = shell

    def work(self, bead: Mapping[str, Any], hook: Mapping[str, Any], work: dict[str, Any]) -> int:
        """Do every step that can be done; returns the exit status."""
        say(f"molecule {work['id']} ({work['formula']}), {work['completed']}/{work['total']} done")
        if not work["trusted"]:
            why = f"the commands of {work['formula']} are not accepted on this machine"
            return self._stop(str(work["id"]), f"{why}: bd mol trust {work['id']}")
        while True:
            if work["is_complete"]:
                return self._hand_in(str(bead["id"]), str(hook["target"]))
            step = work["current"]
            if step is None:
                return self._wait(work)
            if work["alone"]:
                return self._alone(step, str(bead["id"]), str(hook["target"]))
            status = self._step(step, str(bead["id"]), work, str(hook["target"]))
            if status is not None:
                return status
            asked = self._ask()
            if asked is None:
                return 1
            work = asked

    def _ask(self) -> dict[str, Any] | None:
        """The molecule as it stands now; None: it is no longer on this hook."""
        asked = self._shell.ask(*self._gt, "hook", "--json")
        found = json.loads(asked.out)["data"]["molecule"] if asked.status == 0 else None
        if found is None:
            say(f"STOPPED: the molecule is gone from my hook\n{asked.out}{asked.err}")
        return found

    def _step(
        self, step: Mapping[str, Any], bead: str, work: Mapping[str, Any], target: str
    ) -> int | None:
        """Do one step; an exit status ends the run."""
        name = str(step["bead"])
        place = f"[{work['completed'] + 1}/{work['total']}] {step['title']} ({name})"
        if step["state"] == "running":
            if f"{name} {step['attempt']}" in self._committed(target):
                say(f"{place}: its work is committed already")
                return self._bead("step", "done", name)
            if step["command"] is not None:
                say(f"{place}: it was begun before and left no commit; it runs again")
        if step["command"] is None:
            return self._without_command(step, work, place)
        if step["script"] is None:
            return self._stop(name, f"its command cannot be run: {step['error']}")
        attempt = step["attempt"]
        if step["state"] != "running":
            attempt += 1
            if (failed := self._bead("step", "start", name)) is not None:
                return failed
        say(f"{place}\n$ {step['script']}")
        ended, last = self._run(step, str(work["formula"]))
        if ended != 0:
            return self._failed(name, f"ended with status {ended}", last)
        if not self._commit(bead, step, attempt):
            return self._failed(name, "its changes could not be committed", [])
        return self._bead("step", "done", name)

    def _without_command(
        self, step: Mapping[str, Any], work: Mapping[str, Any], place: str
    ) -> int | None:
        """An epic is done with its steps; what takes thinking is left to others."""
        name = str(step["bead"])
        if step["type"] == "epic":
            say(f"{place}: all of its steps are done")
            return self._bead("step", "done", name)
        again = f"gt sling {work['id']}"
        if step["type"] == "human":
            say(f"WAITING: {place} is for a person: bd close {name}; then {again}")
            return 0
        return self._stop(name, f"step {step['id']} has no command, so it is not for a shell")

    def _alone(self, step: Mapping[str, Any], bead: str, target: str) -> int:
        """One step of a convoy: run it, commit, hand in; its merge closes it."""
        name = str(step["bead"])
        if step["script"] is None:
            why = step["error"] or f"step {step['id']} has no command, so it is not for a shell"
            return self._stop(name, str(why))
        if f"{name} 0" not in self._committed(target):
            say(f"{step['title']} ({name})\n$ {step['script']}")
            ended, last = self._run(step, "")
            if ended != 0:
                told = "\n".join([f"its command ended with status {ended}", *last])
                return self._stop(name, told)
            if not self._commit(bead, step, 0):
                return self._stop(name, "its changes could not be committed")
        return self._hand_in(bead, target)

    def _run(self, step: Mapping[str, Any], formula: str) -> tuple[int, list[str]]:
        told = {"GT_STEP": str(step["id"]), "GT_FORMULA": formula}
        return self._shell.script(str(step["script"]), {**step["environment"], **told})

    def _failed(self, step: str, why: str, last: list[str]) -> int:
        say(f"STOPPED: step {step}: {why}")
        self._bead("step", "fail", step, "-r", "\n".join([f"shell agent: {why}", *last]))
        return 1

    def _stop(self, bead: str, why: str) -> int:
        say(f"STOPPED: {why}")
        note = f"shell agent stopped: {why}"
        self._shell.call(*self._bd, "update", bead, "--append-notes", note)
        return 1

    def _wait(self, work: Mapping[str, Any]) -> int:
        """Nothing can be done: a step has failed, or a gate is closed."""
        failed = any(step["state"] == "failed" for step in work["steps"])
        say(f"{'STOPPED' if failed else 'WAITING'}: {work['standing']}")
        if not failed:
            say(f"when it is open: gt sling {work['id']}")
        return 1 if failed else 0

    def _bead(self, *words: str) -> int | None:
        """Move a step; an exit status where that was refused."""
        return self._shell.call(*self._bd, "mol", *words) or None

    def _hand_in(self, bead: str, target: str) -> int:
        """Every step is done: what was committed is merged; where nothing was, there is no code."""
        commits = self._shell.git("rev-list", "--count", f"refs/heads/{target}..HEAD").strip()
        words = ["done"] if commits != "0" else ["done", "--no-code"]
        say("all steps are done; handing in")
        if self._shell.call(*self._gt, *words) != 0:
            return self._stop(bead, "gt done refused the work (see the session's log)")
        return 0

    def _committed(self, target: str) -> set[str]:
        """The steps, with their attempts, that have a commit on this branch."""
        form = "--format=%(trailers:key=Step,valueonly)%x00"
        found = self._shell.git("log", form, f"refs/heads/{target}..HEAD").split("\0")
        return {line.strip() for entry in found for line in entry.splitlines() if line.strip()}

    def _commit(self, bead: str, step: Mapping[str, Any], attempt: int) -> bool:
        title = " ".join(str(step["title"]).split())[:60]
        trailers = f"Bead: {bead}\nStep: {step['bead']} {attempt}"
        return self._shell.commit(f"{bead}: {title}\n\n{trailers}\n")
