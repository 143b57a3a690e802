"""Cooking: a formula's commands are run, one after the other, in a worktree, and recorded.

- Each step's result is one commit of the ledger; its output is a log on this machine.
- The first step that fails ends the run. It is resumed there: what is done is not run again.
- One run at a time in a worktree. A run that was killed can be resumed; a command of it that still
  runs is ended first.
- Nothing is committed or cleaned in the worktree: the commands do what they do.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.command_text import bind
from gastown.domain.run import RUN, Run, RunState
from gastown.domain.step import FINISHED, StepState
from gastown.errors import NotFound, Refused
from gastown.ids import ulid
from gastown.ops.cook_place import Kitchen, leave
from gastown.runtime.command import run_command
from gastown.runtime.logs import followed, log_tail
from gastown.runtime.process import ProcessId, stop
from gastown.store import locks
from gastown.store.files import read_or_none, write_atomically
from gastown.store.git import LOCAL_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gastown.domain.formulas.recipe import Recipe, Step
    from gastown.ops.host import Host
    from gastown.store.town import Town

_TAIL = 20
_AWAY = "bd mol pour {0} makes beads of its steps, gt sling {0} RIG gives them to an agent"


@dataclass(frozen=True)
class Report:
    """A step that begins (no seconds yet) or has ended."""

    number: int
    total: int
    step: Step
    state: StepState
    seconds: float | None = None


@dataclass(frozen=True)
class Audience:
    """Who watches a run.

    Attributes:
        tell: hears of each step; `show`: is given what commands print.
        approve: is asked at a human gate; None: nobody is there to be asked.
    """

    tell: Callable[[Report], None]
    show: Callable[[str], None]
    approve: Callable[[Step], bool] | None = None


@dataclass(frozen=True)
class Cooked:
    """What came of a run.

    Attributes:
        tail: the last lines that the failed step printed; `log`: where all of it is.
        kept: the spare worktree that stays, and `why`; None: there is none.
    """

    run: Run
    tail: str = ""
    log: Path | None = None
    kept: Path | None = None
    why: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all steps are done."""
        return self.run.state is RunState.DONE


def check_cookable(recipe: Recipe) -> None:
    """Refuse what a run of commands cannot do: steps for agents, gates that wait.

    Raises:
        Refused: the message names the step.
    """
    hint = _AWAY.format(recipe.formula)
    for step in recipe.steps:
        human = step.gate is not None and step.gate.type == "human"
        if step.gate is not None and not human:
            raise Refused(f"step {step.id} waits for {step.gate.type}, which a run cannot",
                          hint=hint)  # fmt: skip
        if step.command is None and not human and not recipe.children(step.id):
            raise Refused(f"step {step.id} has no command: it is for an agent or a person",
                          hint=hint)  # fmt: skip
        later = [label for label in step.labels if label.startswith(("gate:{", "loop:{"))]
        if later or "on_complete" in step.extra:
            raise Refused(f"step {step.id} decides while it is worked how it goes on", hint=hint)


def begin(town: Town, recipe: Recipe, kitchen: Kitchen, *, actor: str) -> Run:
    """A new run; nothing is written yet."""
    now = town.now()
    order = recipe.to_run()
    return Run(
        id=kitchen.tree.name if kitchen.spare else new_run_id(town),
        state=RunState.RUNNING,
        formula=recipe.formula,
        origin=recipe.origin,
        digest=recipe.digest,
        vars=dict(recipe.vars),
        rig=kitchen.rig,
        worktree=kitchen.name(town.layout.root),
        spare=kitchen.spare,
        head_before=kitchen.head(),
        steps=tuple(_step(step) for step in order),
        created_at=now,
        created_by=actor,
        updated_at=now,
    )


def new_run_id(town: Town) -> str:
    """An id for a run, which is also the name of a spare worktree."""
    milliseconds = int(town.edge.clock().timestamp() * 1000)
    return f"run-{ulid(milliseconds, town.edge.entropy(10)).lower()}"


def last_unfinished(
    town: Town, formula: str, *, kitchen: Kitchen | None, rig: str | None
) -> tuple[Run, Kitchen]:
    """The latest run of a formula in a worktree (or in one that was made of a rig), to go on with.

    Raises:
        NotFound: there is none that is not done, or its worktree is gone.
    """
    root = town.layout.root
    for run in town.read().runs():
        same = run.worktree == kitchen.name(root) if kitchen else run.spare and run.rig == rig
        if run.formula != formula or not same:
            continue
        if run.state is RunState.DONE:
            break
        tree = root / run.worktree
        if not tree.is_dir():
            raise NotFound(f"the worktree of {run.id} is gone: {run.worktree}",
                           hint=f"start anew: bd cook {formula}")  # fmt: skip
        return run, kitchen or Kitchen(tree, run.rig, spare=True)
    raise NotFound(f"nothing to resume: no unfinished run of {formula} here",
                   hint=f"bd cook --list; start one: bd cook {formula}")  # fmt: skip


def resumed(run: Run, recipe: Recipe) -> Run:
    """A run that goes on: what is done stays, everything else is still to do."""
    steps = []
    for step in recipe.to_run():
        known = next((dict(one) for one in run.steps if one.get("id") == step.id), None)
        done = known is not None and run.state_of(step.id) in FINISHED
        steps.append(known if done and known is not None else _step(step))
    killed = run.state is RunState.RUNNING
    state = run.state if killed else RUN.after(run.state, "resume")
    return replace(run, state=state, steps=tuple(steps), digest=recipe.digest, reason=None)


def cook(
    town: Town, host: Host, recipe: Recipe, run: Run, kitchen: Kitchen, audience: Audience, *,
    actor: str,
) -> Cooked:  # fmt: skip
    """Run every step that is not done yet, until one fails.

    Raises:
        Busy: another run is going on in the worktree.
        KeyboardInterrupt: the person has stopped it; that is recorded first.
    """
    check_cookable(recipe)
    name = hashlib.sha256(str(kitchen.tree).encode()).hexdigest()[:16]
    place = town.layout.locks / f"cook.{name}"
    with locks.hold(place, wait_s=0.5, what=f"a run in {kitchen.tree}"):
        _end_leftover(town, run)
        return _Cook(town, host, recipe, run, kitchen, audience, actor).all()


class _Cook:
    def __init__(
        self, town: Town, host: Host, recipe: Recipe, run: Run, kitchen: Kitchen,
        audience: Audience, actor: str,
    ) -> None:  # fmt: skip
        self._town = town
        self._host = host
        self._recipe = recipe
        self._run = run
        self._kitchen = kitchen
        self._audience = audience
        self._actor = actor
        self._order = recipe.to_run()
        self._unsaved: list[str] = []
        self._output_at = 0

    def all(self) -> Cooked:
        for number, step in enumerate(self._order, 1):
            if self._run.state_of(step.id) in FINISHED:
                continue
            try:
                reason = self._one(number, step)
            except KeyboardInterrupt:
                self._fail(step, f"step {step.id} was interrupted")
                raise
            if reason is not None:
                return self._failed(step, reason)
        return self._done()

    def _one(self, number: int, step: Step) -> str | None:
        """Run one step; why it failed, or None."""
        if step.gate is not None and (refusal := self._ask(step)) is not None:
            return refusal
        if step.command is None:
            self._run = self._run.with_step(step.id, state=StepState.DONE)
            self._unsaved.append(f"{step.id} done")
            self._tell(number, step, StepState.DONE, 0.0)
            return None
        log = self._log(number, step)
        name = log.relative_to(self._town.layout.logs).as_posix()
        self._run = self._run.with_step(step.id, state=StepState.RUNNING, log=name)
        self._save(f"{step.id} begins")
        self._tell(number, step, StepState.RUNNING, None)
        result = self._execute(step, log)
        state = StepState.DONE if result.passed else StepState.FAILED
        self._run = self._run.with_step(
            step.id, state=state, seconds=round(result.seconds, 3), exit_status=result.returncode
        )
        self._unsaved.append(f"{step.id} {state}")
        self._tell(number, step, state, result.seconds)
        return None if result.passed else f"step {step.id} {_ending(result.returncode)}"

    def _execute(self, step: Step, log: Path) -> _Result:
        bound = bind(step.command or "", self._recipe.vars)
        env = {
            name: value for name, value in self._host.env.items()
            if name not in LOCAL_VARIABLES and not name.startswith("GT_")
        }  # fmt: skip
        env |= {**bound.environment, "GT_FORMULA": self._recipe.formula, "GT_STEP": step.id,
                "GT_TOWN": str(self._town.layout.root)}  # fmt: skip
        leftover = self._leftover()
        try:
            with followed(log, self._audience.show):
                done = run_command(
                    ["/bin/sh", "-c", bound.script], cwd=self._kitchen.tree, env=env, log=log,
                    timeout_s=None, started=lambda process: _write_down(leftover, process),
                )  # fmt: skip
        finally:
            leftover.unlink(missing_ok=True)
        return _Result(done.returncode, done.passed, done.seconds)

    def _ask(self, step: Step) -> str | None:
        approve = self._audience.approve
        self._save(f"{step.id} waits for a person")  # who may take their time
        if approve is None:
            return f"step {step.id} waits for a person"
        return None if approve(step) else f"step {step.id} was not approved"

    def _log(self, number: int, step: Step) -> Path:
        folder = self._town.layout.logs / "runs" / self._run.id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = folder / f"{number:02}-{re.sub(r'[^A-Za-z0-9._-]+', '_', step.id)[:60]}.log"
        with log.open("ab") as file:
            file.write(f"$ {(step.command or '').rstrip()}\n".encode("utf-8", "replace"))
            self._output_at = file.tell()
        return log

    def _tell(self, number: int, step: Step, state: StepState, seconds: float | None) -> None:
        self._audience.tell(Report(number, len(self._order), step, state, seconds))

    def _save(self, what: str) -> None:
        self._run = replace(self._run, updated_at=self._town.now())
        said, self._unsaved = ", ".join([*self._unsaved, what]), []
        subject = f"cook {self._run.formula} in {self._run.worktree}: {said}"
        with self._town.transaction(subject, actor=self._actor) as tx:
            tx.put(self._run)

    def _fail(self, step: Step, reason: str) -> None:
        state = self._run.state_of(step.id)
        if state is StepState.RUNNING:
            self._run = self._run.with_step(step.id, state=StepState.FAILED)
        self._unsaved = [one for one in self._unsaved if not one.startswith(f"{step.id} ")]
        self._run = replace(
            self._run, state=RUN.after(self._run.state, "fail"), reason=reason,
            head_after=self._kitchen.head(),
        )  # fmt: skip
        self._save(reason)

    def _failed(self, step: Step, reason: str) -> Cooked:
        self._fail(step, reason)
        named = next((one.get("log") for one in self._run.steps if one.get("id") == step.id), None)
        log = self._town.layout.logs / str(named) if named else None
        tail = log_tail(log, _TAIL, self._output_at) if log is not None else ""
        kept = self._kitchen.tree if self._kitchen.spare else None
        return Cooked(self._run, tail, log, kept, "it failed" if kept else None)

    def _done(self) -> Cooked:
        self._run = replace(
            self._run, state=RUN.after(self._run.state, "finish"), head_after=self._kitchen.head()
        )
        self._save("all done")
        why = leave(self._town, self._kitchen)
        return Cooked(self._run, kept=self._kitchen.tree if why else None, why=why)

    def _leftover(self) -> Path:
        return self._town.layout.run / "cooking" / f"{self._run.id}.json"


@dataclass(frozen=True)
class _Result:
    returncode: int
    passed: bool
    seconds: float


def _step(step: Step) -> Mapping[str, str]:
    return {"id": step.id, "title": step.title, "state": StepState.PENDING.value}


def _ending(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by signal {-returncode}"
    return f"ended with status {returncode}"


def _write_down(file: Path, process: ProcessId) -> None:
    write_atomically(file, json.dumps({"pid": process.pid, "started": process.started}).encode())


def _end_leftover(town: Town, run: Run) -> None:
    """End the command of a run that was killed: it would work beside the one that we start."""
    file = town.layout.run / "cooking" / f"{run.id}.json"
    said = read_or_none(file)
    if said is None:
        return
    try:
        process = ProcessId(**json.loads(said))
    except (ValueError, TypeError):
        process = None
    if process is not None:
        stop(process)
    file.unlink(missing_ok=True)
