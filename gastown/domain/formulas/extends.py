"""`extends`: a formula takes over everything of its parents, and overrides by name. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.formulas.formula import (
    BadFormula,
    Compose,
    Convoy,
    Formula,
    FormulaStep,
    FormulaType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def extend(
    formula: Formula, load: Callable[[str], Formula], chain: tuple[str, ...] = ()
) -> Formula:
    """The formula with all that its parents have; parents' steps come first.

    A step (variable, leg, bond point) of the same id or name replaces that of a parent in place;
    rules, advice and pointcuts add up.

    Raises:
        BadFormula: formulas extend each other in a circle.
    """
    chain = (*chain, formula.name)
    merged: Formula | None = None
    for name in formula.extends:
        if name in chain:
            raise BadFormula(f"formulas extend each other: {' -> '.join((*chain, name))}")
        parent = extend(load(name), load, chain)
        merged = parent if merged is None else _over(merged, parent)
    return formula if merged is None else _over(merged, formula)


def _over(base: Formula, child: Formula) -> Formula:
    bare = child.size == 0 and child.type is FormulaType.WORKFLOW
    return replace(
        child,
        description=child.description or base.description,
        type=base.type if bare else child.type,
        vars={**base.vars, **child.vars},
        declares=base.declares or child.declares,
        steps=_by_id(base.steps, child.steps),
        template=_by_id(base.template, child.template),
        compose=_compose(base.compose, child.compose),
        advice=base.advice + child.advice,
        pointcuts=base.pointcuts + child.pointcuts,
        phase=child.phase or base.phase,
        pour=base.pour if child.pour is None else child.pour,
        convoy=Convoy(
            {**base.convoy.prompts, **child.convoy.prompts},
            {**base.convoy.output, **child.convoy.output},
            _by_id(base.convoy.legs, child.convoy.legs),
            child.convoy.synthesis or base.convoy.synthesis,
        ),
        extra={**base.extra, **child.extra},
    )


def _by_id(
    base: tuple[FormulaStep, ...], child: tuple[FormulaStep, ...]
) -> tuple[FormulaStep, ...]:
    steps = {step.id: step for step in base}
    steps.update({step.id: step for step in child})
    return tuple(steps.values())


def _compose(base: Compose, child: Compose) -> Compose:
    points: dict[Any, Mapping[str, Any]] = {one["id"]: one for one in base.bond_points}
    points.update({one["id"]: one for one in child.bond_points})
    return Compose(
        base.expansions + child.expansions,
        base.branches + child.branches,
        base.gates + child.gates,
        tuple(dict.fromkeys(base.aspects + child.aspects)),
        tuple(points.values()),
        base.hooks + child.hooks,
    )
