"""Gates: a rig's commands, run on a commit in a throw-away worktree."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.ops.runtimes import check_accepted
from gastown.runtime.command import run_command
from gastown.store import locks
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gastown.domain.settings import Gate
    from gastown.ops.host import Host
    from gastown.store.town import Town


@dataclass(frozen=True)
class GateResult:
    """How one gate ended. `output`: what it printed (its last part, where that is long)."""

    gate: Gate
    passed: bool
    reason: str
    seconds: float
    output: str


def gates_of(town: Town, rig: str) -> tuple[Gate, ...]:
    """A rig's gates.

    Raises:
        Refused: one was written into town.toml by hand and is not accepted yet.
    """
    gates = town.settings().gates.get(rig, ())
    for gate in gates:
        check_accepted(town, gate.text(rig))
    return gates


def run_gates(
    town: Town, host: Host, rig: str, name: str, commit: str, gates: tuple[Gate, ...], log: Path,
    stopping: Callable[[], bool] = lambda: False,
) -> GateResult | None:  # fmt: skip
    """Run gates one after the other on `commit`; the first that fails, or None: all passed.

    Once `stopping` is true, the one that runs is ended, and counts as failed.
    """
    if not gates:
        return None
    log.parent.mkdir(parents=True, exist_ok=True)
    with _checkout(town, rig, name, commit) as tree:
        for gate in gates:
            result = _run(host, rig, gate, tree, log, stopping)
            if not result.passed:
                return result
    return None


@contextmanager
def _checkout(town: Town, rig: str, name: str, commit: str) -> Iterator[Path]:
    """A worktree at `commit` that is nobody's, gone afterwards."""
    git = Git(town.layout.repository(rig), bare=True)
    tree = town.layout.gate_tree(rig, name)
    registry = town.layout.rig_lock(rig, "registry")
    tree.parent.mkdir(parents=True, exist_ok=True)
    with locks.hold(registry, what=f"rig {rig}"):
        _drop(git, tree)
        # Twice: a git that was killed here has left the place registered, and locked.
        force = ("--force", "--force")
        git.run("worktree", "add", "--detach", "--no-checkout", *force, str(tree), commit)
    try:
        Git(tree).run("read-tree", "--reset", "-u", "HEAD")
        yield tree
    finally:
        with locks.hold(registry, what=f"rig {rig}"):
            _drop(git, tree)


def _drop(git: Git, tree: Path) -> None:
    git.run("worktree", "remove", "--force", "--force", str(tree), accept=(0, 128, 255))
    shutil.rmtree(tree, ignore_errors=True)


def _run(
    host: Host, rig: str, gate: Gate, tree: Path, log: Path, stopping: Callable[[], bool]
) -> GateResult:
    with log.open("ab") as file:
        file.write(f"$ {gate.command}    # gate {gate.name}\n".encode())
        start = file.tell()
    env = {key: value for key, value in host.env.items() if not key.startswith(("GIT_", "GT_"))}
    env |= {"GT_RIG": rig, "GT_GATE": gate.name}
    done = run_command(
        ["/bin/sh", "-c", gate.command], cwd=tree, env=env, log=log, timeout_s=gate.timeout_s,
        stopping=stopping,
    )  # fmt: skip
    if done.timed_out:
        reason = f"gate {gate.name} took longer than {gate.timeout_s} s and was stopped"
    else:
        reason = f"gate {gate.name} ended with status {done.returncode}"
    with log.open("rb") as file:
        file.seek(start)
        output = file.read().decode("utf-8", "replace")
    return GateResult(gate, done.passed, reason, done.seconds, output)
