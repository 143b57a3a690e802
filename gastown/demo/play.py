"""The demo's script: from `gt install` to a landed convoy, every command typed for real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.demo.project import (
    GATE,
    PAGE_GATE,
    Task,
    calculator_tasks,
    document_tasks,
    make_repository,
)
from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.ops.sessions import Host, is_dead, sessions_of
from gastown.store.git import Git
from gastown.store.town import Town

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.demo.stage import Stage

RIG = "calc"
PATIENCE_S = 120


@dataclass(frozen=True)
class Outcome:
    """How the demo ended."""

    town: Path
    convoy: str
    landed: bool


def play(stage: Stage, folder: Path, *, repository: str | None, host: Host) -> Outcome:
    """Play the whole demo in `folder` (new or empty); on `repository`, or on one it makes."""
    root = folder / "town"
    tasks = calculator_tasks() if repository is None else document_tasks()
    stage.say("1. A town, and a project in it")
    if repository is None:
        make_repository(folder / "calc")
    stage.type("gt", "install", str(root))
    stage.type("cd", str(root))
    stage.type("gt", "rig", "add", RIG, repository or str(folder / "calc"))
    gate = GATE if repository is None else PAGE_GATE
    stage.type("gt", "config", "set", f"rigs.{RIG}.gates.test", gate)
    town = Town(root)

    stage.say("2. What is to be done: beads, bundled in a convoy")
    beads = _create(stage, town, tasks)
    stage.type("gt", "convoy", "create", "The demo's work", *beads.values(), "--notify", "--human")
    stage.type("bd", "ready")

    rounds = 0
    while ready := _ready(town, beads):
        rounds += 1
        stage.say(f"3.{rounds} Slung to polecats: each in a worktree of its own, at the same time")
        stage.type("gt", "sling", *ready, RIG)
        _watch(stage, town, host, set(ready))
        _merge(stage, town, tasks, beads, host, rounds)

    return _finale(stage, town, beads)


def _create(stage: Stage, town: Town, tasks: list[Task]) -> dict[str, str]:
    beads: dict[str, str] = {}
    for task in tasks:
        words = ["bd", "create", task.title, "--rig", RIG, "-d", task.description]
        if task.needs:
            words += ["--deps", ",".join(beads[need] for need in task.needs)]
        stage.type(*words)
        known = set(beads.values())
        beads[task.key] = next(
            bead.id for bead in town.read().beads(rig=RIG) if bead.id not in known
        )
    return beads


def _ready(town: Town, beads: dict[str, str]) -> list[str]:
    now = town.edge.clock().timestamp()
    found = {bead.id for bead in town.read().ready(now, rig=RIG)}
    return [bead for bead in beads.values() if bead in found]


def _watch(stage: Stage, town: Town, host: Host, beads: set[str]) -> None:
    sessions = sessions_of(town, host)

    def handed_in() -> bool:
        at_work = [
            hook for hook in town.read().hooks(rig=RIG)
            if hook.bead in beads and hook.state is HookState.ACTIVE
        ]  # fmt: skip
        return all(is_dead(sessions, hook) for hook in at_work)

    stage.watch(town, sessions, handed_in, PATIENCE_S)


def _merge(
    stage: Stage, town: Town, tasks: list[Task], beads: dict[str, str], host: Host, rounds: int
) -> None:
    """Work the queue; a red gate is mended as a person would: by saying better what is wanted."""
    stage.say(f"4.{rounds} The refinery: merged in the object store, tested, then on the branch")
    stage.type("gt", "refinery", "run", RIG, accept=(0, 1))
    mended = {beads[task.key]: task.mended for task in tasks if task.mended}
    for merge in town.read().merges(rig=RIG, states=(MergeState.FAILED,)):
        description = mended.get(merge.bead)
        if description is None:
            continue
        stage.say("   A gate was red: the branch is untouched, the log says why")
        stage.type("gt", "mq", "log", merge.id)
        stage.say("   The person says better what is wanted, and gives it back to the same polecat")
        stage.type("bd", "update", merge.bead, "-d", description)
        stage.type("gt", "sling", merge.bead, merge.hook)
        _watch(stage, town, host, {merge.bead})
        stage.type("gt", "refinery", "run", RIG)


def _finale(stage: Stage, town: Town, beads: dict[str, str]) -> Outcome:
    stage.say("5. What is on the project's branch now")
    git = Git(town.layout.repository(RIG), bare=True)
    target = town.read().rig(RIG).target
    stage.console.print(
        git.text("log", "--graph", "--oneline", "--no-decorate", "--max-count=24", target),
        markup=False,
    )
    stage.say("6. What the town did: every step is a commit of the ledger")
    stage.type("gt", "log", "-n", "8")
    stage.type("gt", "convoy", "show")
    convoys = [c for c in town.read().convoys() if set(beads.values()) <= set(c.beads)]
    landed = bool(convoys) and convoys[0].state == "landed"
    root = town.layout.root
    stage.say("7. Look around; it is all there")
    for line in (
        f"cd {root}",
        "git -C hq log --stat            # the ledger is plain git",
        f"git --git-dir {RIG}/repo.git log --graph {target.removeprefix('refs/heads/')}",
        "gt status; gt mail inbox",
        'bd create "Something else" && gt sling ISSUE ' + RIG,
        f"rm -rf {root.parent}            # when you have seen enough",
    ):
        stage.console.print(f"  {line}", markup=False)
    return Outcome(root, convoys[0].id if convoys else "", landed)
