"""Advice: steps put before and after others; an aspect is a formula of advice. Pure.

Advice touches only steps that were there before it, never those that it adds itself.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import (
    Advice,
    BadFormula,
    Formula,
    FormulaStep,
    FormulaType,
    Pointcut,
)
from gastown.domain.formulas.parts import Steps, check_size, depend, fill

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(glob: str, identifier: str) -> bool:
    """Whether a step's id matches: `design`, `*.implement`, `shiny.*`, `*`."""
    return fnmatchcase(identifier, glob.replace("[^", "[!"))


def advise(steps: Steps, advice: tuple[Advice, ...], cuts: tuple[Pointcut, ...] = ()) -> Steps:
    """Steps with those of all matching advice around them, chained in the order of the text."""
    if not advice:
        return steps
    made: list[FormulaStep] = []
    for step in steps:
        rules = [rule for rule in advice if matches(rule.target, step.id) and _cut(step, cuts)]
        before = _chain([_for(one, step) for rule in rules for one in rule.before], ())
        after = _chain([_for(one, step) for rule in rules for one in rule.after], (step.id,))
        needs = depend(step.needs, *(one.id for one in before[-1:]))
        children = advise(step.children, advice, cuts)
        made += [*before, replace(step, needs=needs, children=children), *after]
        check_size(tuple(made))
    return tuple(made)


def apply_aspects(steps: Steps, names: tuple[str, ...], load: Callable[[str], Formula]) -> Steps:
    """Steps with the advice of each aspect.

    Raises:
        BadFormula: one of the names is no aspect.
    """
    for name in names:
        aspect = load(name)
        if aspect.type is not FormulaType.ASPECT:
            raise BadFormula(f"{name} is no aspect, it is a formula of type {aspect.type}")
        steps = advise(steps, aspect.advice, aspect.pointcuts)
    return steps


def _cut(step: FormulaStep, cuts: tuple[Pointcut, ...]) -> bool:
    return not cuts or any(
        (cut.glob is None or matches(cut.glob, step.id))
        and cut.type in (None, step.type)
        and (cut.label is None or cut.label in step.labels)
        for cut in cuts
    )


def _for(advice: FormulaStep, target: FormulaStep) -> FormulaStep:
    def change(text: str) -> str:
        return text.replace("{step.id}", target.id).replace("{step.title}", target.title)

    return fill(advice, change)


def _chain(steps: list[FormulaStep], first: tuple[str, ...]) -> list[FormulaStep]:
    made: list[FormulaStep] = []
    for step in steps:
        before = (made[-1].id,) if made else first
        made.append(replace(step, needs=depend(step.needs, *before)))
    return made
