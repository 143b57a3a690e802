"""Running a rig's gates on a commit, in a warm worktree, as far as no result is recorded.

Gates run in their order; neighbours that may run in parallel do, in threads. After the first
required one that is red, later ones are not started. A gate that is ended because the run is
stopped has no result that counts: it is not recorded.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.merge_settings import Gate, Phase
from gastown.errors import NotFound
from gastown.ops.gating.environment import gate_environment
from gastown.ops.gating.results import Recorded, Results
from gastown.ops.gating.trees import FIRST, WarmTree, warm_tree
from gastown.ops.runtimes import check_accepted
from gastown.runtime.command import run_command
from gastown.store.files import disk_errors
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gastown.domain.merge_settings import GateSetup
    from gastown.ops.host import Host
    from gastown.store.town import Town

OUTPUT_BYTES = 64 * 1024
SETUP = "setup"


@dataclass(frozen=True)
class GateResult:
    """How one gate ended.

    Attributes:
        reason: how it ended, in words.
        output: what it printed, or its last part.
        log: the file with all of it.
        reused: it was not run now; this is what was recorded at `at`.
        flaky: it had been red on this very tree before it passed.
    """

    gate: Gate
    passed: bool
    reason: str
    seconds: float
    output: str
    log: Path | None = None
    reused: bool = False
    flaky: bool = False
    at: str | None = None


@dataclass(frozen=True)
class Tested:
    """What gates say of a commit.

    Attributes:
        results: of those that were run or known, in their order.
        missing: required gates that have no result.
    """

    commit: str
    tree: str
    results: tuple[GateResult, ...]
    missing: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every required gate has passed."""
        return self.red is None and not self.missing

    @property
    def red(self) -> GateResult | None:
        """The first required gate that was red."""
        return next((one for one in self.results if one.gate.required and not one.passed), None)

    @property
    def advisory(self) -> tuple[str, ...]:
        """Gates that were red and are not required."""
        return tuple(
            one.gate.name for one in self.results if not one.gate.required and not one.passed
        )

    @property
    def flaky(self) -> tuple[str, ...]:
        """Gates that passed only when they were run again."""
        return tuple(one.gate.name for one in self.results if one.flaky)

    @property
    def reused(self) -> bool:
        """Whether nothing had to run."""
        return all(one.reused for one in self.results)


def gates_of(town: Town, rig: str, phase: Phase = Phase.MERGE) -> tuple[Gate, ...]:
    """A rig's gates of one phase, in their order.

    Raises:
        Refused: one, or the setup, was written into town.toml by hand and is not accepted yet.
    """
    settings = town.settings().rig(rig)
    gates = tuple(gate for gate in settings.gates if gate.phase is phase)
    for gate in gates:
        check_accepted(town, gate.text(rig))
    if gates and settings.gate_setup is not None:
        check_accepted(town, settings.gate_setup.text(rig))
    return gates


def run_gates(
    town: Town, host: Host, rig: str, commit: str, gates: tuple[Gate, ...], *, log: Path,
    batch: str | None = None, again: bool = False, fresh: bool = False,
    announce: Callable[[str], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False, slot: str = FIRST,
) -> Tested:  # fmt: skip
    """What gates say of a commit: recorded results where they count, else they are run.

    Args:
        log: the folder for what they print, a file for each.
        batch: what was red in it is not run again for it.
        again: required gates that were red in the batch are; one that passes now is flaky.
        fresh: all are run, whatever is recorded.
        stopping: once it is true, what runs is ended, and nothing more is started.
        slot: the warm worktree to run them in; `trees.AGENTS`: one that the refinery never uses.

    Raises:
        NotFound: there is no such commit.
        Busy: the slot is in use.
        DiskTrouble: the disk is full or read-only.
    """
    git = Git(town.layout.repository(rig), bare=True)
    oid = git.oid(commit)
    if oid is None:
        raise NotFound(f"no commit {commit} in rig {rig}", hint="git fetch there, or look it up")
    tree = git.text("rev-parse", f"{oid}^{{tree}}")
    with disk_errors():
        log.mkdir(mode=0o700, parents=True, exist_ok=True)
        run = _Run(town, host, rig, oid, tree, log, announce, stopping)
        run.batch, run.again, run.fresh, run.slot = batch, again, fresh, slot
        results = run.all(gates)
    known = {one.gate.name for one in results}
    missing = tuple(gate.name for gate in gates if gate.required and gate.name not in known)
    return Tested(oid, tree, tuple(results), missing)


class _Run:
    """One run of some gates on one commit."""

    batch: str | None = None
    again = False
    fresh = False
    slot = FIRST

    def __init__(
        self, town: Town, host: Host, rig: str, commit: str, tree: str, log: Path,
        announce: Callable[[str], None], stopping: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._town, self._host, self._rig, self._commit = town, host, rig, commit
        self._log = log
        self._say = announce
        self._saying = threading.Lock()
        self._stopping = stopping
        self._interrupted = threading.Event()
        self._setup: GateSetup | None = town.settings().rig(rig).gate_setup
        self._results = Results(town.layout.gate_results(rig), tree, self._setup)
        self._tree: WarmTree | None = None

    def all(self, gates: Sequence[Gate]) -> list[GateResult]:
        found: list[GateResult] = []
        with ExitStack() as stack:
            for stage in _stages(gates):
                known = {gate.name: self._recorded(gate) for gate in stage}
                todo = [gate for gate in stage if known[gate.name] is None]
                if todo and self._tree is None:
                    if self._over():
                        break
                    red = self._prepare(stack)
                    if red is not None:
                        return [*found, red]
                done = {one.gate.name: one for one in self._together(todo)}
                ended = [known[gate.name] or done.get(gate.name) for gate in stage]
                found += [one for one in ended if one is not None]
                if any(one.gate.required and not one.passed for one in found):
                    break
        return found

    def _prepare(self, stack: ExitStack) -> GateResult | None:
        """Take a worktree to run gates in, and make it ready; how that failed, if it did."""
        self._tree = stack.enter_context(
            warm_tree(self._town.layout, self._rig, self._commit, slot=self.slot, setup=self._setup)
        )
        if self._setup is None or self._tree.is_set_up:
            return None
        setup = Gate(SETUP, self._setup.command, self._setup.timeout_s, self._setup.env)
        result = self._run(setup, self._environment(setup))
        if not result.passed:
            return result
        self._tree.set_up()
        return None

    def _together(self, gates: Sequence[Gate]) -> list[GateResult]:
        """Run gates at the same time."""
        if len(gates) <= 1:
            return [self._one(gate) for gate in gates if not self._over()]
        with ThreadPoolExecutor(len(gates), "gate") as pool:
            running = [pool.submit(self._one, gate) for gate in gates]
            try:
                wait(running)
            except BaseException:
                self._interrupted.set()  # they end themselves, and the pool waits for that
                raise
        return [one.result() for one in running]

    def _recorded(self, gate: Gate) -> GateResult | None:
        """What is known of a gate and counts."""
        found = None if self.fresh else self._results.find(gate, self._environment(gate))
        if found is None:
            return None
        if not found.passed:
            same = self.batch is not None and found.batch == self.batch
            if not same or (self.again and gate.required):
                return None
        ago = _ago(found.at, self._town.edge.clock())
        log = self._log / f"{gate.name}.log"
        with log.open("a", encoding="utf-8", errors="replace") as file:
            file.write(
                f"{_header(gate)}# recorded {ago} ({found.at}) for the same tree: {found.reason},"
                f" in {found.seconds:.1f} s; its log was {found.log}\n"
            )
            if not found.passed:
                file.write(found.output)
        self._announce(f"{found.reason}, recorded {ago}")
        return GateResult(
            gate, found.passed, found.reason, found.seconds, found.output, log, True, found.flaky,
            found.at,
        )  # fmt: skip

    def _one(self, gate: Gate) -> GateResult:
        """Run a gate and record how it ended, unless it was stopped."""
        env = self._environment(gate)
        before = self._results.find(gate, env)
        result = self._run(gate, env)
        if not result.passed and self._over():
            return result
        was_red = before is not None and not before.passed and before.batch == self.batch
        flaky = result.passed and self.again and was_red
        at = self._town.now()
        self._results.put(
            gate, env,
            Recorded(result.passed, result.reason, result.seconds, result.output, at, self.batch,
                     flaky, str(result.log)),
        )  # fmt: skip
        return GateResult(
            gate, result.passed, result.reason, result.seconds, result.output, result.log,
            flaky=flaky, at=at,
        )  # fmt: skip

    def _run(self, gate: Gate, env: dict[str, str]) -> GateResult:
        """Run a command in the worktree; nothing it started is left."""
        assert self._tree is not None, "there is a worktree before a gate runs"
        log = self._log / f"{gate.name}.log"
        with log.open("ab") as file:
            file.write(_header(gate).encode("utf-8", "replace"))
            start = file.tell()
        self._announce(f"gate {gate.name} …")
        done = run_command(
            ["/bin/sh", "-c", gate.command], cwd=self._tree.path, env=env, log=log,
            timeout_s=gate.timeout_s, stopping=self._over, started=self._tree.note,
        )  # fmt: skip
        if done.passed:
            reason = f"gate {gate.name} passed"
        elif self._over():
            reason = f"gate {gate.name} was stopped"
        elif done.timed_out:
            reason = f"gate {gate.name} took longer than {gate.timeout_s} s and was stopped"
        else:
            reason = f"gate {gate.name} ended with status {done.returncode}"
        if done.timed_out:
            self._tree.forget_setup()
        self._announce(f"{reason} ({done.seconds:.1f} s)")
        return GateResult(gate, done.passed, reason, done.seconds, _tail(log, start), log)

    def _environment(self, gate: Gate) -> dict[str, str]:
        return gate_environment(self._host, self._rig, gate.name, gate.env)

    def _over(self) -> bool:
        return self._interrupted.is_set() or self._stopping()

    def _announce(self, text: str) -> None:
        with self._saying:
            self._say(text)


def _stages(gates: Sequence[Gate]) -> list[list[Gate]]:
    """Gates in their order, with neighbours together that may run in parallel."""
    found: list[list[Gate]] = []
    for gate in gates:
        if found and gate.parallel and found[-1][-1].parallel:
            found[-1].append(gate)
        else:
            found.append([gate])
    return found


def _header(gate: Gate) -> str:
    return f"$ {gate.command}    # gate {gate.name}\n"


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(start, size - OUTPUT_BYTES))
        return file.read().decode("utf-8", "replace")


def _ago(moment: str, now: datetime) -> str:
    """How long ago something was, for people."""
    try:
        seconds = max(0, int((now - datetime.fromisoformat(moment)).total_seconds()))
    except (ValueError, TypeError):
        return "some time ago"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
