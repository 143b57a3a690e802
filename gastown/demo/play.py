"""The demo's script: from `gt install` to a landed convoy, every command typed for real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.demo.plain_git import PlainGit
from gastown.demo.project import (
    GATE,
    PAGE_GATE,
    calculator_tasks,
    document_tasks,
    make_repository,
)
from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.ops.sessions import is_dead, sessions_of
from gastown.store.git import Git
from gastown.store.town import Town

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.demo.project import Task
    from gastown.demo.stage import Stage
    from gastown.ops.host import Host

PATIENCE_S = 120


@dataclass(frozen=True)
class Outcome:
    """How the demo ended."""

    town: Path
    landed: bool


def play(stage: Stage, folder: Path, *, repository: str | None, host: Host) -> Outcome:
    """Play the whole demo in `folder` (new or empty); on `repository`, or on one it makes."""
    root = folder / "town"
    if repository is None:
        rig, source, gate, tasks = "calc", str(folder / "calc"), GATE, calculator_tasks()
        make_repository(folder / "calc")
    else:
        rig, source, gate, tasks = "project", repository, PAGE_GATE, document_tasks()
    stage.say("1. A town, and a project in it")
    stage.type("gt", "install", str(root))
    stage.type("cd", str(root))
    stage.type("gt", "rig", "add", rig, source)
    stage.type("gt", "config", "set", f"rigs.{rig}.gates.test", gate)
    show = _Show(stage, Town(root), host, rig, tasks)
    show.plan()
    show.work()
    PlainGit(stage, Town(root), host, rig).play()
    return show.finish()


class _Show:
    """One performance: the town it is played in, and the beads of its tasks."""

    def __init__(self, stage: Stage, town: Town, host: Host, rig: str, tasks: list[Task]) -> None:
        self._stage = stage
        self._town = town
        self._host = host
        self._rig = rig
        self._tasks = tasks
        self._beads: dict[str, str] = {}

    def plan(self) -> None:
        """Beads with their dependencies, bundled in a convoy."""
        self._stage.say("2. What is to be done: beads, bundled in a convoy")
        for task in self._tasks:
            words = ["bd", "create", task.title, "--rig", self._rig, "-d", task.description]
            if task.needs:
                words += ["--deps", ",".join(self._beads[need] for need in task.needs)]
            self._stage.type(*words)
            known = set(self._beads.values())
            found = self._town.read().beads(rig=self._rig)
            self._beads[task.key] = next(bead.id for bead in found if bead.id not in known)
        self._stage.type(
            "gt", "convoy", "create", "The demo's work", *self._beads.values(), "--notify",
            "--human",
        )  # fmt: skip

    def work(self) -> None:
        """Sling what is ready, watch it, merge it, until nothing is ready any more."""
        rounds = 0
        while ready := self._ready():
            rounds += 1
            self._stage.say(f"3.{rounds} Slung to polecats: each has a worktree, all work at once")
            self._stage.type("bd", "ready")
            self._stage.type("gt", "sling", *ready, self._rig)
            self._watch(set(ready))
            self._stage.say(f"4.{rounds} The refinery: merged aside, tested, then on the branch")
            self._stage.type("gt", "refinery", "run", self._rig, accept=(0, 1))
            self._mend()

    def finish(self) -> Outcome:
        """Show what there is now, and what to type next."""
        stage, town, rig = self._stage, self._town, self._rig
        stage.say("6. What is on the project's branch now")
        git = Git(town.layout.repository(rig), bare=True)
        target = town.read().rig(rig).target
        graph = ("log", "--graph", "--oneline", "--no-decorate", "--max-count=24")
        stage.show(git.text(*graph, target))
        stage.say("7. What the town did: every step is a commit of the ledger")
        stage.type("gt", "log", "-n", "8")
        stage.type("gt", "convoy", "list", "--all")
        beads = set(self._beads.values())
        landed = any(c.state == "landed" and beads <= set(c.beads) for c in town.read().convoys())
        root = town.layout.root
        branch = target.removeprefix("refs/heads/")
        stage.say("8. Look around; it is all there")
        stage.show(
            f"  cd {root}\n"
            "  git -C hq log --stat            # the ledger is plain git\n"
            f"  git --git-dir {rig}/repo.git log --graph {branch}\n"
            "  gt status; gt mail inbox\n"
            f'  gt up; bd create "Something else" && gt sling ISSUE {rig}\n'
            f"  rm -rf {root.parent}            # when you have seen enough"
        )
        return Outcome(root, landed)

    def _ready(self) -> list[str]:
        now = self._town.edge.clock().timestamp()
        found = {bead.id for bead in self._town.read().ready(now, rig=self._rig)}
        return [bead for bead in self._beads.values() if bead in found]

    def _watch(self, beads: set[str]) -> None:
        sessions = sessions_of(self._town, self._host)

        def handed_in() -> bool:
            hooks = self._town.read().hooks(rig=self._rig)
            at_work = [h for h in hooks if h.bead in beads and h.state is HookState.ACTIVE]
            return all(is_dead(sessions, hook) for hook in at_work)

        self._stage.watch(self._town, sessions, handed_in, PATIENCE_S)

    def _mend(self) -> None:
        """A red gate is mended as a person would do it: by saying better what is wanted."""
        mended = {self._beads[task.key]: task.mended for task in self._tasks if task.mended}
        stage = self._stage
        for merge in self._town.read().merges(rig=self._rig, states=(MergeState.FAILED,)):
            description = mended.get(merge.bead or "")
            if description is None or merge.bead is None or merge.hook is None:
                continue
            stage.say("   A gate was red: the branch is untouched, and the log says why")
            stage.type("gt", "mq", "log", merge.id)
            stage.say("   The person says better what is wanted; the same polecat gets it back")
            stage.type("bd", "update", merge.bead, "-d", description)
            stage.type("gt", "sling", merge.bead, merge.hook)
            self._watch({merge.bead})
            stage.type("gt", "refinery", "run", self._rig)
