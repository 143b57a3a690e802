"""A formula → a resolved formula → a recipe. Pure; other formulas come from a callback.

In this order, each on the result of the one before: extends, the order of the text, loops,
branches and gate rules, advice, inline expansions, expand and map, aspects; then, with values:
conditions and `{{name}}`. In commands variables stay: they are bound when a command runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.advice import advise, apply_aspects
from gastown.domain.formulas.conditions import check_condition, keep
from gastown.domain.formulas.convoy import context, convoy_steps, render
from gastown.domain.formulas.expand import expand_by_rules, expand_inline, template
from gastown.domain.formulas.extends import extend
from gastown.domain.formulas.formula import BadFormula, Formula, FormulaStep, FormulaType, every
from gastown.domain.formulas.loops import unroll
from gastown.domain.formulas.parts import Steps, each, fill_values
from gastown.domain.formulas.recipe import Recipe, Step, find_circle
from gastown.domain.formulas.variables import substitute, values_for
from gastown.domain.formulas.wiring import in_order, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Load = Callable[[str], Formula]


def resolve(formula: Formula, load: Load, given: Mapping[str, str]) -> Formula:
    """The formula with all its transformations done; variables still stand in its texts.

    Args:
        given: values for the ranges of loops, before the defaults.

    Raises:
        BadFormula: a rule names what is not there, ids clash, steps need each other in a circle.
    """
    merged = extend(formula, load)
    defaults = {name: var.default for name, var in merged.vars.items() if var.default is not None}
    steps = unroll(in_order(merged.steps), {**defaults, **given})
    steps = wire(steps, merged.compose)
    steps = advise(steps, merged.advice) if merged.type is not FormulaType.ASPECT else steps
    steps = expand_inline(steps, load)
    steps = expand_by_rules(steps, merged.compose.expansions, load)
    steps = apply_aspects(steps, merged.compose.aspects, load)
    if merged.type is FormulaType.EXPANSION and not steps:
        steps = _alone(merged)
    resolved = replace(merged, steps=convoy_steps(replace(merged, steps=steps)))
    check(resolved.steps)
    return resolved


def _alone(formula: Formula) -> Steps:
    """The steps of an expansion that is worked by itself, as if it expanded a step `main`."""
    target = FormulaStep("main", formula.name, description=formula.description)
    return template(target, formula, {})


def check(steps: Steps) -> None:
    """Look at resolved steps as a whole.

    Raises:
        BadFormula: ids clash, a need leads nowhere, or steps need each other in a circle.
    """
    names = Counter(step.id for step in every(steps))
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise BadFormula(f"two steps are called {twice[0]!r}")
    for step in every(steps):
        for need in step.needs:
            if need not in names:
                raise BadFormula(f"step {step.id} needs {need!r}, which is no step")
        spawner = spawner_of(step.waits_for)
        if spawner is not None and spawner not in names:
            raise BadFormula(f"step {step.id} waits for children of {spawner!r}, which is no step")
        if step.condition is not None:
            check_condition(step.condition)
    circle = find_circle(flat(steps))
    if circle:
        raise BadFormula(f"steps need each other: {' -> '.join(circle)}")


def spawner_of(waits_for: str | None) -> str | None:
    """The step in `children-of(STEP)`."""
    if waits_for is None or not waits_for.startswith("children-of("):
        return None
    return waits_for.removeprefix("children-of(").removesuffix(")").strip()


def recipe(
    formula: Formula, given: Mapping[str, str], offered: Mapping[str, str], *, origin: str,
    digest: str, sources: tuple[str, ...],
) -> Recipe:  # fmt: skip
    """A resolved formula with its values.

    Raises:
        BadValues: variables are missing, unknown or do not fit.
        BadFormula: no step is left, or the formula is for building others.
    """
    if formula.type is FormulaType.ASPECT:
        raise BadFormula("it is an aspect: another formula names it in compose.aspects")
    values = values_for(formula, given, offered)
    steps = each(keep(formula.steps, values), lambda step: _filled(formula, step, values))
    check(steps)
    if not steps:
        raise BadFormula("it has no steps" + (" with these values" if formula.steps else ""))
    return Recipe(
        formula=formula.name,
        description=substitute(formula.description, values),
        type=formula.type,
        version=formula.version,
        phase=formula.phase,
        vars=values,
        origin=origin,
        digest=digest,
        steps=tuple(flat(steps)),
        sources=sources,
    )


def fill_in(formula: Formula, values: Mapping[str, str]) -> Formula:
    """A resolved formula with conditions decided and values in its texts, commands left alone."""
    steps = each(keep(formula.steps, values), lambda step: _filled(formula, step, values))
    return replace(formula, steps=steps, description=substitute(formula.description, values))


def _filled(formula: Formula, step: FormulaStep, values: Mapping[str, str]) -> FormulaStep:
    is_convoy = bool(formula.convoy.legs) or bool(formula.convoy.synthesis)
    about = context(formula, values, step.id) if is_convoy else {}

    def change(text: str) -> str:
        return substitute(render(text, about) if about else text, values)

    gate = step.gate
    if gate is not None and gate.await_id is not None:
        gate = replace(gate, await_id=substitute(gate.await_id, values))
    return replace(
        step,
        title=" ".join(change(step.title).split()) or step.id,
        description=change(step.description),
        notes=change(step.notes),
        acceptance=change(step.acceptance),
        labels=tuple(map(change, step.labels)),
        assignee=None if step.assignee is None else change(step.assignee),
        metadata=fill_values(step.metadata, change),
        extra=fill_values(step.extra, change),
        gate=gate,
    )


def flat(steps: Steps, parent: str | None = None) -> list[Step]:
    """A recipe's steps: children follow their parent and name it."""
    found: list[Step] = []
    for step in steps:
        found.append(
            Step(
                id=step.id, title=step.title, command=step.command, description=step.description,
                notes=step.notes, acceptance=step.acceptance,
                type="epic" if step.children and step.type == "task" else step.type,
                priority=step.priority, labels=step.labels, metadata=step.metadata,
                needs=step.needs, waits_for=step.waits_for, assignee=step.assignee,
                gate=step.gate, parent=parent, source=step.source, extra=step.extra,
            )
        )  # fmt: skip
        found += flat(step.children, step.id)
    return found
