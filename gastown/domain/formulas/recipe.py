"""A formula that is resolved: extended, expanded, filtered, its variables filled in. Pure.

What runs a formula (`bd cook`), makes beads of it (`bd mol pour`) or prints it reads only this.
Variables are filled into texts; in a `command` they stay as `{{name}}`, because what stands in a
command is bound when it runs, never spliced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gastown.domain.record import Json


@dataclass(frozen=True)
class Gate:
    """What a step waits for besides other steps.

    Attributes:
        type: upstream's await_type: human, timer, gh:run, gh:pr, mail, bead.
        timeout: as it was written, e.g. `30m`; None: it waits for ever.
    """

    type: str
    await_id: str | None = None
    timeout: str | None = None


@dataclass(frozen=True)
class Step:
    """One step of a recipe.

    Attributes:
        id: unique in the recipe; dots show where an expansion, loop or parent put it.
        command: shell text with `{{name}}` for variables; None: it is for an agent to do.
        needs: ids of the steps that come before it.
        parent: id of the step that it is a child of.
        waits_for: upstream's waits_for, e.g. `all-children`; None: nothing besides `needs`.
        source: where it comes from, e.g. `steps[0]`.
        extra: upstream's keys that only matter to whoever works it (on_complete, …).
    """

    id: str
    title: str
    command: str | None = None
    description: str = ""
    notes: str = ""
    acceptance: str = ""
    type: str = "task"
    priority: int | None = None
    labels: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    waits_for: str | None = None
    assignee: str | None = None
    gate: Gate | None = None
    parent: str | None = None
    source: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A resolved formula.

    Attributes:
        type: workflow, expansion, aspect or convoy.
        version: as it was written.
        phase: liquid (a molecule is poured) or vapor (a wisp), where the formula says so.
        vars: the values that were used, defaults included.
        origin: the file it was read from, or `built-in`.
        digest: SHA-256 over the text of the formula and of all that it extends or expands: what a
            person trusts.
        steps: in declared order; `in_order` sorts them by their needs.
        sources: where each of the texts was found that it stands on, its own first.
    """

    formula: str
    description: str
    type: str
    version: str
    phase: str | None
    vars: Mapping[str, str]
    origin: str
    digest: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...] = ()

    @property
    def has_commands(self) -> bool:
        """Whether a step runs something by itself."""
        return any(step.command is not None for step in self.steps)

    def in_order(self) -> list[Step]:
        """The steps so that each comes after those it needs; declared order where there is choice.

        The needs of a resolved recipe hold no circle.
        """
        done: set[str] = set()
        left = list(self.steps)
        found: list[Step] = []
        while left:
            ready = next(step for step in left if done.issuperset(step.needs))
            left.remove(ready)
            done.add(ready.id)
            found.append(ready)
        return found

    def to_run(self) -> list[Step]:
        """The steps in the order in which they end, for one worker.

        A step comes after those it needs, and a parent after its children, which come after what
        the parent needs.
        """
        before = _before(self.steps)
        done: set[str] = set()
        left = list(self.steps)
        found: list[Step] = []
        while left:
            ready = next(step for step in left if done.issuperset(before[step.id]))
            left.remove(ready)
            done.add(ready.id)
            found.append(ready)
        return found

    def children(self, identifier: str) -> list[Step]:
        """The steps that a step is the parent of."""
        return [step for step in self.steps if step.parent == identifier]


def find_circle(steps: Sequence[Step]) -> list[str]:
    """Ids of steps that wait for each other, the first one again at the end; or nothing."""
    before = _before(steps)
    done: set[str] = set()
    while True:
        ready = [name for name, others in before.items() if name not in done and others <= done]
        if not ready:
            break
        done.update(ready)
    stuck = [name for name in before if name not in done]
    trail: list[str] = []
    while stuck and (not trail or trail[-1] not in trail[:-1]):
        here = trail[-1] if trail else stuck[0]
        trail = trail or [here]
        trail.append(min(before[here] - done))
    return trail[trail.index(trail[-1]) :] if trail else []


def _before(steps: Sequence[Step]) -> dict[str, set[str]]:
    """For each step the ids of those that end before it can begin, or end; unknown ones not."""
    by_id = {step.id: step for step in steps}
    before = {step.id: set(step.needs) for step in steps}
    for step in steps:
        above, line = step.parent, {step.id}
        while above is not None and above not in line:
            before[step.id] |= set(by_id[above].needs)
            line.add(above)
            above = by_id[above].parent
        if step.parent is not None:
            before[step.parent].add(step.id)
        spawner = (step.waits_for or "").removeprefix("children-of(").removesuffix(")").strip()
        if spawner in by_id:
            before[step.id].add(spawner)
    return {name: others & by_id.keys() for name, others in before.items()}
