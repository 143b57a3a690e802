"""A formula as it was written: a recipe before it is resolved. Pure.

Two older parsers agree on most of it, so one shape holds both: steps and their transformations
(extends, loops, advice, expansions, aspects), and convoys with legs that work side by side and a
synthesis that brings them together. `domain/formulas/cooking.py` turns it into a recipe.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gastown.domain.formulas.recipe import Gate
    from gastown.domain.record import Json

BUILT_IN = "built-in"
SYNTHESIS = "synthesis"


class FormulaType(StrEnum):
    """What a formula is for: to be worked, or to be built into others."""

    WORKFLOW = "workflow"
    EXPANSION = "expansion"
    ASPECT = "aspect"
    CONVOY = "convoy"


class BadFormula(ValueError):
    """A formula cannot be resolved; the message says which part of it, and why."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong in a formula's text. `where`: e.g. `steps[2].needs`."""

    message: str
    where: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Var:
    """A variable of a formula.

    Attributes:
        default: the value where none is given.
        required: must be given. Without it, a variable that is used and has no default must be
            given too, unless it is `optional`.
        unless: any of these, given, does instead.
        kind: string, int or bool.
    """

    description: str = ""
    default: str | None = None
    required: bool = False
    optional: bool = False
    unless: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    kind: str = "string"


@dataclass(frozen=True)
class Loop:
    """A body of steps that is repeated: `count` times, over a `range`, or `until` something."""

    body: tuple[FormulaStep, ...]
    count: int | None = None
    until: str | None = None
    max: int | None = None
    range: str | None = None
    var: str | None = None


@dataclass(frozen=True)
class FormulaStep:
    """A step as it was written.

    Attributes:
        needs: both spellings, `needs` and `depends_on`, in one.
        formula: the formula whose text it is from; `source`: where in it, e.g. `steps[0]`.
        parallel: may run beside its neighbours that are parallel too.
        extra: keys that only matter to whoever works it (on_complete, agent, output, …).
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
    expand: str | None = None
    expand_vars: Mapping[str, str] = field(default_factory=dict)
    condition: str | None = None
    children: tuple[FormulaStep, ...] = ()
    gate: Gate | None = None
    loop: Loop | None = None
    parallel: bool = False
    formula: str = ""
    source: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """Steps put before and after each step that the glob `target` matches."""

    target: str
    before: tuple[FormulaStep, ...] = ()
    after: tuple[FormulaStep, ...] = ()


@dataclass(frozen=True)
class Pointcut:
    """Which steps an aspect may touch; every given condition must hold."""

    glob: str | None = None
    type: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Expansion:
    """Replace the step `target` (or all that the glob `select` matches) by a template's steps."""

    by: str
    target: str | None = None
    select: str | None = None
    vars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Branch:
    """Side by side after `start`, and all of them before `join`."""

    start: str
    steps: tuple[str, ...]
    join: str


@dataclass(frozen=True)
class GateRule:
    """A condition that is asked while the recipe is worked, before a step."""

    before: str
    condition: str


@dataclass(frozen=True)
class Compose:
    """How a formula is put together with others."""

    expansions: tuple[Expansion, ...] = ()
    branches: tuple[Branch, ...] = ()
    gates: tuple[GateRule, ...] = ()
    aspects: tuple[str, ...] = ()
    bond_points: tuple[Mapping[str, Json], ...] = ()
    hooks: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True)
class Convoy:
    """What convoys have besides legs: a common prompt, where results go, and the synthesis."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    output: Mapping[str, str] = field(default_factory=dict)
    legs: tuple[FormulaStep, ...] = ()
    synthesis: FormulaStep | None = None


@dataclass(frozen=True)
class Formula:
    """One formula's text, read.

    Attributes:
        declares: whether the text has a table of variables at all: without one, whatever it uses
            is a variable; with one, an unknown `{{x}}` in prose is just prose.
        extra: keys that are kept but mean nothing here (agent, presets, squash, …).
    """

    name: str
    description: str = ""
    version: str = "1"
    type: FormulaType = FormulaType.WORKFLOW
    extends: tuple[str, ...] = ()
    vars: Mapping[str, Var] = field(default_factory=dict)
    declares: bool = False
    steps: tuple[FormulaStep, ...] = ()
    template: tuple[FormulaStep, ...] = ()
    compose: Compose = field(default_factory=Compose)
    advice: tuple[Advice, ...] = ()
    pointcuts: tuple[Pointcut, ...] = ()
    phase: str | None = None
    pour: bool | None = None
    convoy: Convoy = field(default_factory=Convoy)
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many steps it has, as written."""
        own = sum(1 for _ in every(self.steps)) + sum(1 for _ in every(self.template))
        legs = len(self.convoy.legs) + (self.convoy.synthesis is not None)
        return own + legs + sum(len(one.before) + len(one.after) for one in self.advice)


def every(steps: Iterable[FormulaStep]) -> Iterator[FormulaStep]:
    """All steps, each before its children; bodies of loops are not looked into."""
    for step in steps:
        yield step
        yield from every(step.children)
